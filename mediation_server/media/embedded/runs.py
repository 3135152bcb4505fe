"""Packing a burst of packets into equally long segments, once for all receivers; knows no key and no socket.

One UDP_SEGMENT send takes segments of one length, only the last may be shorter.  A frame's packets differ by
a byte or two, so RTP padding (RFC 3550 §5.1) of so many bytes makes the whole frame one send.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mediation_server.media.embedded.rtp import HEADER, HEADER_SIZE

__all__ = ["MOST_BYTES", "Run", "Segment", "make_runs"]

MOST_BYTES = 60_000
_MOST_SEGMENTS = 48  # the kernel takes 64
_MOST_PADDING = 2
_PADDED = 0x20


class Segment(NamedTuple):
    """One packet inside a run: where it begins, its plain length, and the fields each receiver rewrites."""

    at: int
    size: int
    sequence: int
    timestamp: int


class Run(NamedTuple):
    """Packets laid out `stride` bytes apart with room for the tag; `template[:total]` is what each receiver copies."""

    template: bytes
    stride: int
    total: int
    segments: tuple[Segment, ...]
    octets: int  # payload bytes without padding, as sender reports count them


def make_runs(packets: Sequence[bytes], payload_type: int, tag: int) -> list[Run]:
    """Lay out plain packets, in order, for receivers whose encryption adds `tag` bytes."""
    runs = []
    start = 0
    while start < len(packets):
        end, target = _reach(packets, start, tag)
        runs.append(_lay_out(packets[start:end], target, payload_type, tag))
        start = end
    return runs


def _reach(packets: Sequence[bytes], start: int, tag: int) -> tuple[int, int]:
    """Where the run that begins at `start` ends, and the length its segments are padded to."""
    low = target = len(packets[start])
    limit = min(len(packets), start + _MOST_SEGMENTS)
    for at in range(start + 1, limit):
        size = len(packets[at])
        if (at + 1 - start) * (max(size, target) + tag) > MOST_BYTES:
            return at, target
        if max(size, target) - min(size, low) > _MOST_PADDING:
            return (at + 1, target) if size < target else (at, target)
        low, target = min(size, low), max(size, target)
    return limit, target


def _lay_out(packets: Sequence[bytes], target: int, payload_type: int, tag: int) -> Run:
    stride = target + tag
    template = bytearray(stride * len(packets))
    segments = []
    octets = 0
    at = size = 0
    for place, packet in enumerate(packets):
        at, size = place * stride, len(packet)
        _, marker_and_type, sequence, timestamp, _ = HEADER.unpack_from(packet)
        template[at : at + size] = packet
        template[at + 1] = (marker_and_type & 0x80) | payload_type
        octets += size - HEADER_SIZE
        if size < target <= size + _MOST_PADDING:
            template[at] |= _PADDED
            template[at + target - 1] = target - size
            size = target
        segments.append(Segment(at, size, sequence, timestamp))
    return Run(bytes(template), stride, at + size + tag, tuple(segments), octets)
