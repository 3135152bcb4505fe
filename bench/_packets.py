"""The video the generator sends: RTP packets shaped like a browser's VP8, each carrying its own number; no I/O."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

__all__ = ["FRAME_PACKETS", "Numbers", "Video", "number_in"]

FRAME_PACKETS = 8
_CLOCK_RATE = 90_000
_MAGIC = b"benchRTP"
_TAIL = struct.Struct("!8sQ")
_PADDING_BIT = 0x20
_ONE_BYTE_EXTENSIONS = 0xBEDE


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was negotiated: payload type, SSRC, and header extension ids (RFC 8285 one-byte form)."""

    payload_type: int
    ssrc: int
    mid: str
    mid_id: int
    twcc_id: int


class Video:
    """An endless VP8 stream in frames of eight packets (RFC 7741), a key frame at least once a second."""

    def __init__(self, numbers: Numbers, *, payload_bytes: int, packets_per_second: int) -> None:
        self._numbers = numbers
        self._filler = os.urandom(payload_bytes)
        self._pps = packets_per_second
        self._key_every = max(1, packets_per_second // FRAME_PACKETS)
        self._sent = 0

    @property
    def next_number(self) -> int:
        """Number the next packet will carry."""
        return self._sent

    def take(self, count: int) -> list[bytes]:
        """Return the next `count` packets, in clear."""
        packets = [self._packet(self._sent + offset) for offset in range(count)]
        self._sent += count
        return packets

    def _packet(self, number: int) -> bytes:
        frame, part = divmod(number, FRAME_PACKETS)
        last = part == FRAME_PACKETS - 1
        timestamp = frame * FRAME_PACKETS * _CLOCK_RATE // self._pps
        second_byte = self._numbers.payload_type | (0x80 if last else 0)
        header = struct.pack("!BBHII", 0x90, second_byte, number & 0xFFFF, timestamp & 0xFFFFFFFF, self._numbers.ssrc)
        head = self._descriptor(frame, first=part == 0)
        room = len(self._filler) - len(head) - _TAIL.size
        return header + self._extensions(number) + head + self._filler[:room] + _TAIL.pack(_MAGIC, number)

    def _extensions(self, number: int) -> bytes:
        mid = self._numbers.mid.encode("ascii")
        body = bytes([self._numbers.mid_id << 4 | len(mid) - 1]) + mid
        body += struct.pack("!BH", self._numbers.twcc_id << 4 | 1, number & 0xFFFF)
        body += bytes(-len(body) % 4)
        return struct.pack("!HH", _ONE_BYTE_EXTENSIONS, len(body) // 4) + body

    def _descriptor(self, frame: int, *, first: bool) -> bytes:
        """Return the VP8 descriptor as Chromium writes it (15-bit PictureID, TL0PICIDX, TID), and the frame's head."""
        key = frame % self._key_every == 0
        descriptor = struct.pack("!BBHBB", 0x90 if first else 0x80, 0xE0, 0x8000 | frame & 0x7FFF, frame & 0xFF, 0)
        if not first:
            return descriptor
        if key:
            return descriptor + b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 1280, 720)
        return descriptor + b"\x11\x02\x00"


def number_in(packet: bytes) -> int | None:
    """Read the number a packet carries, RTP padding (RFC 3550 §5.1) taken off, or None if it is not one of ours."""
    end = len(packet)
    if end and packet[0] & _PADDING_BIT:
        end -= packet[-1]
    if end < _TAIL.size:
        return None
    magic, number = _TAIL.unpack_from(packet, end - _TAIL.size)
    return int(number) if magic == _MAGIC else None
