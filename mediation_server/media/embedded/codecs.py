"""The codecs that are forwarded, their payload checks and key-frame detection; knows no packet header.

Payloads are never decoded.  What a decoder could choke on (empty or truncated descriptors) is told apart here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from mediation_server.media.embedded.runs import Places, Run, Segment, make_runs
from mediation_server.media.engine import Kind

__all__ = ["CODECS", "Codec", "Payload"]


class Payload(IntEnum):
    """What one payload is to a forwarder."""

    UNUSABLE = 0
    MEDIA = 1
    KEY_FRAME = 2  # the first packet of a key frame, with the parameter sets if they travel apart


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec, the payload types subscribers get it under, and how to look at a payload."""

    name: str
    kind: Kind
    clock_rate: int
    channels: int
    payload_type: int
    rtx_payload_type: int  # 0: what is lost is sent again as it was
    inspect: Callable[..., Payload]  # of the payload that begins at byte `at` of some data; 0 by itself
    number: int  # what the compiled path calls it
    places: Places | None = None  # where PictureID and TL0PICIDX stand; None: the codec has none
    red_payload_type: int = 0  # of packets that carry what came before once more (RFC 2198); 0: there are none

    def runs(self, packets: Sequence[bytes], tag: int, *, pictures: bool = True) -> list[Run]:
        """Lay out packets of this codec for receivers whose encryption adds `tag` bytes.

        `pictures`: whether any of them is to get other picture numbers than those in the packets.
        """
        return make_runs(packets, self.payload_type, tag, self.places if pictures else None)

    def numbers(self, packet: bytes) -> Segment:
        """The numbers that each receiver gets rewritten, as they stand in one plain packet."""
        return make_runs((packet,), self.payload_type, 0, self.places)[0].segments[0]


_VP8_EXTENDED, _VP8_START, _VP8_PARTITION = 0x80, 0x10, 0x0F
_VP8_PICTURE_ID, _VP8_LONG_ID, _VP8_TL0, _VP8_TID_OR_KEYIDX = 0x80, 0x80, 0x40, 0x30
_NAL_IDR, _NAL_SPS = 5, 7
_STAP_A, _FU_A = 24, 28
_FU_HEADER = 2
_VP8_LONGEST = 6  # bytes of a payload descriptor
_UNUSABLE, _MEDIA, _KEY_FRAME = Payload  # an attribute of an enumeration costs as much as the rest of a look


def _opus(data: bytes, at: int = 0) -> Payload:
    return _MEDIA if len(data) > at else _UNUSABLE


def _vp8_frame(data: bytes, at: int) -> int:
    """Where the frame begins behind the payload descriptor (RFC 7741 §4.2), possibly behind the end of the data."""
    if not data[at] & _VP8_EXTENDED:
        return at + 1
    if len(data) < at + 2:
        return at + 2
    extended, at = data[at + 1], at + 2
    if extended & _VP8_PICTURE_ID:
        at += 2 if len(data) > at and data[at] & _VP8_LONG_ID else 1
    at += 1 if extended & _VP8_TL0 else 0
    at += 1 if extended & _VP8_TID_OR_KEYIDX else 0
    return at


def _vp8_places(data: bytes, at: int) -> tuple[int, int]:
    """The places of PictureID and TL0PICIDX in a packet whose payload begins at byte `at`; 0 for what is not there."""
    if len(data) < at + 3 or not data[at] & _VP8_EXTENDED:
        return 0, 0
    extended, at = data[at + 1], at + 2
    picture_at = tl0_at = 0
    if extended & _VP8_PICTURE_ID:
        picture_at = at
        at += 2 if data[at] & _VP8_LONG_ID else 1
    if extended & _VP8_TL0:
        tl0_at = at
        at += 1
    return (picture_at, tl0_at) if at <= len(data) else (0, 0)


def _vp8(data: bytes, at: int = 0) -> Payload:
    left = len(data) - at
    if left <= 0:
        return _UNUSABLE
    starts = data[at] & _VP8_START and not data[at] & _VP8_PARTITION
    if left > _VP8_LONGEST and not starts:
        return _MEDIA
    frame = _vp8_frame(data, at)
    if frame >= len(data):
        return _UNUSABLE
    return _KEY_FRAME if starts and not data[frame] & 1 else _MEDIA  # inverse key frame flag, RFC 6386 §9.1


def _h264_aggregate(data: bytes, at: int) -> Payload:
    """The units of a STAP-A (RFC 6184 §5.7.1), each behind its 16-bit length."""
    found = _UNUSABLE
    while at + 2 < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        at += 2
        if not length or at + length > len(data):
            return _UNUSABLE
        found = max(found, _h264_unit(data[at] & 31))
        at += length
    return found


def _h264_unit(kind: int) -> Payload:
    if not 0 < kind < _STAP_A:
        return _UNUSABLE
    return _KEY_FRAME if kind in {_NAL_SPS, _NAL_IDR} else _MEDIA


def _h264(data: bytes, at: int = 0) -> Payload:
    left = len(data) - at
    if left < 2:  # noqa: PLR2004
        return _UNUSABLE
    kind = data[at] & 31
    if kind == _STAP_A:
        return _h264_aggregate(data, at + 1)
    if kind != _FU_A:
        return _h264_unit(kind)
    if left <= _FU_HEADER:
        return _UNUSABLE
    starts = data[at + 1] & 0x80
    return _KEY_FRAME if starts and data[at + 1] & 31 == _NAL_IDR else _MEDIA


CODECS = {
    codec.name: codec
    for codec in (
        Codec("opus", Kind.AUDIO, 48_000, 2, 111, 0, _opus, 0, red_payload_type=63),
        Codec("vp8", Kind.VIDEO, 90_000, 0, 96, 97, _vp8, 1, _vp8_places),
        Codec("h264", Kind.VIDEO, 90_000, 0, 102, 103, _h264, 2),
    )
}
