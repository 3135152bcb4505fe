"""Packing a burst of packets into equally long segments, once for all receivers; knows no key and no socket.

One UDP_SEGMENT send takes segments of one length, only the last may be shorter.  A frame's packets differ by
a byte or two, so RTP padding (RFC 3550 §5.1) of so many bytes makes the whole frame one send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import NamedTuple

from mediation_server.media.embedded.rtp import HEADER, HEADER_SIZE

__all__ = ["MOST_BYTES", "MOST_SEGMENTS", "Places", "Rewriting", "Run", "Segment", "make_runs", "rewritten"]

MOST_BYTES = 60_000
MOST_SEGMENTS = 48  # the kernel takes 64
_MOST_PADDING = 2
_PADDED = 0x20
_NUMBERS = Struct("!2xHI")  # sequence number and timestamp of an RTP header
_LONG = 0x8000  # the M bit in front of a 15-bit PictureID, RFC 7741 §4.2

# Finds PictureID and TL0PICIDX in a packet whose payload begins at byte `at`: their places, each 0 where there is none.
Places = Callable[[bytes, int], tuple[int, int]]


class Rewriting(NamedTuple):
    """What one receiver's packets differ by: its SSRC, and numbers added modulo each field's width."""

    ssrc: int
    sequence: int = 0
    timestamp: int = 0
    picture_id: int = 0  # modulo 2^15, or 2^7 where the packet carries the short form
    tl0: int = 0


class Segment(NamedTuple):
    """One packet inside a run: where it begins, its plain length, and the fields each receiver rewrites.

    `picture_at` and `tl0_at` count from the packet's first byte, 0: not carried.  `picture_id` is the field as it
    stands: bit 15 set and 15 bits of number, or 7 bits.
    """

    at: int
    size: int
    sequence: int
    timestamp: int
    picture_at: int = 0
    tl0_at: int = 0
    picture_id: int = 0
    tl0: int = 0

    def retold(self, packet: bytearray | memoryview, rewriting: Rewriting) -> None:
        """Rewrite PictureID and TL0PICIDX of the packet that begins at byte `at` of this memory."""
        if self.picture_at:
            at, original, number = self.at + self.picture_at, self.picture_id, self.picture_id + rewriting.picture_id
            if original & _LONG:
                packet[at : at + 2] = (_LONG | number & 0x7FFF).to_bytes(2, "big")
            else:
                packet[at] = number & 0x7F
        if self.tl0_at:
            packet[self.at + self.tl0_at] = (self.tl0 + rewriting.tl0) & 0xFF


class Run(NamedTuple):
    """Packets laid out `stride` bytes apart with room for the tag; `template[:total]` is what each receiver copies."""

    template: bytes
    stride: int
    total: int
    segments: tuple[Segment, ...]
    octets: int  # payload bytes without padding, as sender reports count them


def make_runs(packets: Sequence[bytes], payload_type: int, tag: int, places: Places | None = None) -> list[Run]:
    """Lay out plain packets, in order, for receivers whose encryption adds `tag` bytes."""
    sizes = [len(packet) for packet in packets]
    if _is_one(sizes, tag):
        return [_lay_out(packets, max(sizes), payload_type, tag, places)]
    runs = []
    start = 0
    while start < len(packets):
        end, target = _reach(sizes, start, tag)
        runs.append(_lay_out(packets[start:end], target, payload_type, tag, places))
        start = end
    return runs


def _is_one(sizes: list[int], tag: int) -> bool:
    """Whether it is plain to see that packets of these sizes make one run, as those of a frame mostly do."""
    if not 0 < len(sizes) <= MOST_SEGMENTS:
        return False
    most = max(sizes)
    return most - min(sizes[:-1], default=most) <= _MOST_PADDING and len(sizes) * (most + tag) <= MOST_BYTES


def _reach(sizes: list[int], start: int, tag: int) -> tuple[int, int]:
    """Where the run that begins at `start` ends, and the length its segments are padded to."""
    low = target = sizes[start]
    limit = min(len(sizes), start + MOST_SEGMENTS)
    for at in range(start + 1, limit):
        size = sizes[at]
        if (at + 1 - start) * (max(size, target) + tag) > MOST_BYTES:
            return at, target
        if max(size, target) - min(size, low) > _MOST_PADDING:
            return (at + 1, target) if size < target else (at, target)
        low, target = min(size, low), max(size, target)
    return limit, target


def rewritten(packet: bytes, rewriting: Rewriting, places: Places | None = None) -> bytes:
    """One plain packet as a receiver of that rewriting gets it, for those that do not travel in runs."""
    data = bytearray(packet)
    flags, marker_and_type, sequence, timestamp, _ = HEADER.unpack_from(packet)
    sequence, timestamp = sequence + rewriting.sequence, timestamp + rewriting.timestamp
    HEADER.pack_into(data, 0, flags, marker_and_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, rewriting.ssrc)
    _segment(packet, places).retold(data, rewriting)
    return bytes(data)


def _segment(packet: bytes, places: Places | None, at: int = 0, size: int = 0) -> Segment:
    sequence, timestamp = _NUMBERS.unpack_from(packet)
    picture_at = tl0_at = picture_id = tl0 = 0
    if places is not None:
        picture_at, tl0_at = places(packet, HEADER_SIZE)
        if picture_at:
            picture_id = packet[picture_at]
            if picture_id & 0x80:
                picture_id = picture_id << 8 | packet[picture_at + 1]
        if tl0_at:
            tl0 = packet[tl0_at]
    # Past the constructor, which costs as much as all the rest: this is called for every packet.
    return tuple.__new__(Segment, (at, size, sequence, timestamp, picture_at, tl0_at, picture_id, tl0))


def _lay_out(packets: Sequence[bytes], target: int, payload_type: int, tag: int, places: Places | None) -> Run:
    stride = target + tag
    template = bytearray(stride * len(packets))
    segments: list[Segment] = []
    octets = at = size = 0
    for packet in packets:
        at, size = len(segments) * stride, len(packet)
        template[at : at + size] = packet
        template[at + 1] = (packet[1] & 0x80) | payload_type
        octets += size - HEADER_SIZE
        if size < target <= size + _MOST_PADDING:
            template[at] |= _PADDED
            template[at + target - 1] = target - size
            size = target
        segments.append(_segment(packet, places, at, size))
    return Run(bytes(template), stride, at + size + tag, tuple(segments), octets)
