"""RTP as the recorder meets it: one packet parsed, serial numbers unwrapped; knows no codec and never raises."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["RtpPacket", "parse", "unwrapped"]

_FIXED = struct.Struct("!BBHII")
_VERSION = 2


class RtpPacket(NamedTuple):
    """One RTP packet without header extensions and padding; `timestamp` in units of the RTP clock, 32 bits."""

    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def parse(data: bytes) -> RtpPacket | None:
    """The packet in `data` (RFC 3550 §5.1), or None when it is malformed. An empty payload is legal (padding only)."""
    if len(data) < _FIXED.size:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != _VERSION:
        return None
    start = _FIXED.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if not padding:
            return None
        end -= padding
    if end < start:
        return None
    return RtpPacket(sequence, timestamp, ssrc, bool(second & 0x80), bytes(data[start:end]))


def unwrapped(value: int, reference: int, bits: int) -> int:
    """The integer congruent to `value` modulo 2**bits that lies nearest to `reference` (RFC 3550 §A.1, RFC 1982)."""
    span = 1 << bits
    delta = (value - reference) & (span - 1)
    return reference + (delta if delta < span >> 1 else delta - span)
