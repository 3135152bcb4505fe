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
    inspect: Callable[[bytes], Payload]
    places: Places | None = None  # where PictureID and TL0PICIDX stand; None: the codec has none
    red_payload_type: int = 0  # of packets that carry what came before once more (RFC 2198); 0: there are none

    def runs(self, packets: Sequence[bytes], tag: int) -> list[Run]:
        """Lay out packets of this codec for receivers whose encryption adds `tag` bytes."""
        return make_runs(packets, self.payload_type, tag, self.places)

    def numbers(self, packet: bytes) -> Segment:
        """The numbers that each receiver gets rewritten, as they stand in one plain packet."""
        return make_runs((packet,), self.payload_type, 0, self.places)[0].segments[0]


_VP8_EXTENDED, _VP8_START, _VP8_PARTITION = 0x80, 0x10, 0x0F
_VP8_PICTURE_ID, _VP8_LONG_ID, _VP8_TL0, _VP8_TID_OR_KEYIDX = 0x80, 0x80, 0x40, 0x30
_NAL_IDR, _NAL_SPS = 5, 7
_STAP_A, _FU_A = 24, 28
_FU_HEADER = 2


def _opus(payload: bytes) -> Payload:
    return Payload.MEDIA if payload else Payload.UNUSABLE


def _vp8_descriptor(payload: bytes) -> int:
    """Length of the payload descriptor (RFC 7741 §4.2), possibly more than the payload holds."""
    if not payload[0] & _VP8_EXTENDED:
        return 1
    if len(payload) < 2:  # noqa: PLR2004
        return 2
    extended, at = payload[1], 2
    if extended & _VP8_PICTURE_ID:
        at += 2 if len(payload) > at and payload[at] & _VP8_LONG_ID else 1
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


def _vp8(payload: bytes) -> Payload:
    if not payload:
        return Payload.UNUSABLE
    at = _vp8_descriptor(payload)
    if at >= len(payload):
        return Payload.UNUSABLE
    if not payload[0] & _VP8_START or payload[0] & _VP8_PARTITION:
        return Payload.MEDIA
    return Payload.MEDIA if payload[at] & 1 else Payload.KEY_FRAME  # inverse key frame flag, RFC 6386 §9.1


def _h264_aggregate(payload: bytes) -> Payload:
    """A STAP-A (RFC 6184 §5.7.1): units, each behind its 16-bit length."""
    at, found = 1, Payload.UNUSABLE
    while at + 2 < len(payload):
        length = int.from_bytes(payload[at : at + 2], "big")
        at += 2
        if not length or at + length > len(payload):
            return Payload.UNUSABLE
        found = max(found, _h264_unit(payload[at] & 31))
        at += length
    return found


def _h264_unit(kind: int) -> Payload:
    if not 0 < kind < _STAP_A:
        return Payload.UNUSABLE
    return Payload.KEY_FRAME if kind in {_NAL_SPS, _NAL_IDR} else Payload.MEDIA


def _h264(payload: bytes) -> Payload:
    if len(payload) < 2:  # noqa: PLR2004
        return Payload.UNUSABLE
    kind = payload[0] & 31
    if kind == _STAP_A:
        return _h264_aggregate(payload)
    if kind != _FU_A:
        return _h264_unit(kind)
    if len(payload) <= _FU_HEADER:
        return Payload.UNUSABLE
    starts = payload[1] & 0x80
    return Payload.KEY_FRAME if starts and payload[1] & 31 == _NAL_IDR else Payload.MEDIA


CODECS = {
    codec.name: codec
    for codec in (
        Codec("opus", Kind.AUDIO, 48_000, 2, 111, 0, _opus, red_payload_type=63),
        Codec("vp8", Kind.VIDEO, 90_000, 0, 96, 97, _vp8, _vp8_places),
        Codec("h264", Kind.VIDEO, 90_000, 0, 102, 103, _h264),
    )
}
