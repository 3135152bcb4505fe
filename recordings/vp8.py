"""VP8 in RTP (RFC 7741): payload descriptors off, frames together, frame headers checked; decodes nothing."""

from __future__ import annotations

from recordings.depacketise import MAX_SIDE, Assembly, Frame, Setup
from recordings.rtp import RtpPacket

__all__ = ["Vp8Depacketiser", "descriptor", "frame_setup"]

_TAG = 3  # bytes of frame tag, RFC 6386 §9.1
_KEY_HEADER = 10  # tag, start code, width, height
_START_CODE = b"\x9d\x01\x2a"


def descriptor(payload: bytes) -> tuple[int, bool] | None:
    """Length of the payload descriptor and whether a frame begins here (RFC 7741 §4.2); None when malformed."""
    if not payload:
        return None
    first, at = payload[0], 1
    if first & 0x80:
        if len(payload) < 2:  # noqa: PLR2004
            return None
        flags, at = payload[1], 2
        if flags & 0x80:
            if at >= len(payload):
                return None
            at += 2 if payload[at] & 0x80 else 1
        at += bool(flags & 0x40) + bool(flags & 0x30)
    if at >= len(payload):
        return None
    return at, bool(first & 0x10) and not first & 0x07


def frame_setup(frame: bytes) -> tuple[bool, Setup | None]:
    """(whether the frame header is plausible, the setup of a key frame) by RFC 6386 §9.1."""
    if len(frame) <= _TAG:
        return False, None
    tag = int.from_bytes(frame[:_TAG], "little")
    key, first_partition = not tag & 1, tag >> 5
    if not key:
        return _TAG + first_partition <= len(frame), None
    if len(frame) < _KEY_HEADER + first_partition or frame[3:6] != _START_CODE:
        return False, None
    width = int.from_bytes(frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(frame[8:10], "little") & 0x3FFF
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        return False, None
    return True, Setup("vp8", width=width, height=height)


class Vp8Depacketiser:
    """VP8 payloads to frames."""

    def __init__(self) -> None:
        self.bad = 0
        self.broken = 0
        self._frame = Assembly()

    def push(self, packet: RtpPacket, *, after_loss: bool) -> Frame | None:
        """Take the next packet in order; a frame when this one completes it. Never raises."""
        if not packet.payload:  # padding only: nothing was lost
            return None
        if after_loss:
            self.broken += self._frame.drop()
        found = descriptor(packet.payload)
        if found is None:
            self.bad += 1
            self._frame.drop()
            return None
        start, begins = found
        if begins:
            self.broken += self._frame.drop()
            self._frame.begin(packet.timestamp)
        elif self._frame.timestamp != packet.timestamp:
            self.broken += packet.marker or self._frame.drop()
            return None
        if not self._frame.add(packet.payload[start:]):
            self.bad += 1
            return None
        return self._whole(packet.timestamp) if packet.marker else None

    def _whole(self, timestamp: int) -> Frame | None:
        data = self._frame.finish()
        plausible, setup = frame_setup(data)
        if not plausible:
            self.bad += 1
            return None
        return Frame(data, timestamp, key=setup is not None, setup=setup, duration_ms=0)
