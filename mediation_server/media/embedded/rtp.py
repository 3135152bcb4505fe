"""Reading RTP headers and reducing packets to a plain 12-byte header (RFC 3550 §5.1, RFC 8285); knows no stream."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

__all__ = [
    "HEADER",
    "HEADER_SIZE",
    "MAX_PACKET",
    "ONE_BYTE",
    "RTCP_FIRST",
    "RTCP_LAST",
    "RTP_FIRST",
    "RTP_LAST",
    "Extensions",
    "RtpHeader",
    "is_rtcp",
    "octets_of",
    "parse",
    "rtx_of",
]

HEADER = Struct("!BBHII")  # version and flags, marker and payload type, sequence number, timestamp, SSRC
HEADER_SIZE = 12
MAX_PACKET = 1_500  # bytes; larger ones never come from a browser
RTP_FIRST, RTP_LAST = 128, 191  # RFC 7983 §7; RTCP too
ONE_BYTE = 0xBEDE  # profile of an extension block with heads of one byte, RFC 8285 §4.2

_PROFILE = Struct("!HH")
_OSN = Struct("!H")
_PLAIN = 0x80
_VERSION = 2
_TWO_BYTE = 0x1000
RTCP_FIRST, RTCP_LAST = 192, 223  # RFC 5761 §4

Extensions = dict[int, bytes]


class RtpHeader(NamedTuple):
    """Where things are in one packet: the payload is `packet[payload:end]`, padding lies behind it."""

    marker_and_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: int
    end: int
    extensions: Extensions | None


def is_rtcp(packet: bytes | memoryview) -> bool:
    """Whether a packet of at least two bytes is RTCP and not RTP, both sharing one port (RFC 5761 §4)."""
    return RTCP_FIRST <= packet[1] <= RTCP_LAST


def parse(packet: bytes | memoryview, size: int) -> RtpHeader:
    """Read the header of the first `size` bytes. Raises ValueError for whatever does not add up."""
    if size < HEADER_SIZE:
        raise ValueError("short")
    flags, marker_and_type, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
    if flags >> 6 != _VERSION:
        raise ValueError("version")
    start, end, extensions = HEADER_SIZE, size, None
    if flags != _PLAIN:
        start += 4 * (flags & 15)
        if flags & 0x10:
            start, extensions = _extensions(packet, start, size)
        if flags & 0x20:
            padding = packet[size - 1]
            end = size - padding if padding else -1
    if end < start:
        raise ValueError("length")
    return RtpHeader(marker_and_type, sequence, timestamp, ssrc, start, end, extensions)


def octets_of(packets: Sequence[bytes]) -> int:
    """Payload bytes of plain packets, as sender reports count them."""
    return sum(map(len, packets)) - HEADER_SIZE * len(packets)


def rtx_of(packet: bytes, payload_type: int, sequence: int, ssrc: int, original: int) -> bytes:
    """Wrap a plain packet as a retransmission (RFC 4588 §4): `original` is the number it was first sent with."""
    _, marker_and_type, _, timestamp, _ = HEADER.unpack_from(packet)
    head = HEADER.pack(_PLAIN, (marker_and_type & 0x80) | payload_type, sequence, timestamp, ssrc)
    return head + _OSN.pack(original) + packet[HEADER_SIZE:]


def _extensions(packet: bytes | memoryview, start: int, size: int) -> tuple[int, Extensions]:
    if start + 4 > size:
        raise ValueError("extension")
    profile, words = _PROFILE.unpack_from(packet, start)
    start += 4
    end = start + 4 * words
    if end > size:
        raise ValueError("extension")
    block = bytes(packet[start:end])
    if profile == ONE_BYTE:
        return end, _one_byte(block)
    if profile & 0xFFF0 == _TWO_BYTE:
        return end, _two_byte(block)
    return end, {}


def _one_byte(block: bytes) -> Extensions:
    found: Extensions = {}
    at, end = 0, len(block)
    while at < end:
        head = block[at]
        at += 1
        if not head:
            continue
        length = (head & 15) + 1
        if head >> 4 == 15 or at + length > end:  # noqa: PLR2004 - 15 ends the block, RFC 8285 §4.2
            break
        found[head >> 4] = block[at : at + length]
        at += length
    return found


def _two_byte(block: bytes) -> Extensions:
    found: Extensions = {}
    at, end = 0, len(block)
    while at + 1 < end:
        kind, length = block[at], block[at + 1]
        if not kind:
            at += 1
            continue
        at += 2
        if at + length > end:
            break
        found[kind] = block[at : at + length]
        at += length
    return found
