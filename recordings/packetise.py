"""Encoded frames to RTP packets, for the synthetic parties and for tests; the product itself only receives RTP."""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["Packetiser", "h264_payloads", "opus_payloads", "vp8_payloads"]

_MTU = 1100  # bytes of payload
_FU_A = 28


def opus_payloads(packet: bytes) -> Iterator[bytes]:
    """RFC 7587: the packet as it is."""
    yield packet


def vp8_payloads(frame: bytes, picture_id: int) -> Iterator[bytes]:
    """RFC 7741 with a 15-bit PictureID, as browsers send it."""
    for start in range(0, len(frame), _MTU):
        head = bytes((0x80 | (0x10 if start == 0 else 0), 0x80))
        yield head + struct.pack("!H", 0x8000 | (picture_id & 0x7FFF)) + frame[start : start + _MTU]


def h264_payloads(nals: list[bytes]) -> Iterator[bytes]:
    """RFC 6184: parameter sets aggregated (STAP-A), large units fragmented (FU-A), the rest single."""
    sets = [nal for nal in nals if nal[0] & 0x1F in (7, 8)]
    if sets:
        yield b"\x78" + b"".join(struct.pack("!H", len(nal)) + nal for nal in sets)
    for nal in nals:
        if nal in sets:
            continue
        if len(nal) <= _MTU:
            yield nal
            continue
        indicator, kind = (nal[0] & 0xE0) | _FU_A, nal[0] & 0x1F
        for start in range(1, len(nal), _MTU):
            first, last = start == 1, start + _MTU >= len(nal)
            yield bytes((indicator, kind | 0x80 * first | 0x40 * last)) + nal[start : start + _MTU]


class Packetiser:
    """Numbers the packets of one stream; the marker bit is set on the last of each frame."""

    def __init__(self, *, ssrc: int, payload_type: int, sequence: int = 0) -> None:
        self._ssrc, self._payload_type, self._sequence = ssrc, payload_type, sequence

    def packets(self, payloads: Iterator[bytes], timestamp: int) -> list[bytes]:
        """The RTP packets of one frame (RFC 3550 §5.1)."""
        bodies = list(payloads)
        out = []
        for index, body in enumerate(bodies):
            marker = 0x80 if index == len(bodies) - 1 else 0
            head = struct.pack(
                "!BBHII", 0x80, marker | self._payload_type, self._sequence, timestamp & 0xFFFFFFFF, self._ssrc
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            out.append(head + body)
        return out
