"""Opus in RTP (RFC 7587): one payload is one packet; checks its structure by RFC 6716 §3 and decodes nothing."""

from __future__ import annotations

import struct

from recordings.depacketise import Frame, Setup
from recordings.rtp import RtpPacket

__all__ = ["CLOCK_RATE", "OPUS_SETUP", "OpusDepacketiser", "duration", "lost_packet"]

CLOCK_RATE = 48_000
_MAX_FRAME = 1275  # bytes, RFC 6716 §3.2.1
_MAX_SAMPLES = 5760  # 120 ms at 48 kHz, RFC 6716 §3.2.5
_PRE_SKIP = 0  # the stream is joined in the middle: nothing of what arrived may be cut off
_SILK = (480, 960, 1920, 2880)
_CELT = (120, 240, 480, 960)

# RFC 7845 §5.1: version, channels, pre-skip, input rate, gain, mapping family. RTP negotiates two channels always.
OPUS_SETUP = Setup("opus", b"OpusHead" + struct.pack("<BBHIhB", 1, 2, _PRE_SKIP, CLOCK_RATE, 0, 0))


def _frame_samples(toc: int) -> int:
    config = toc >> 3
    if config < 12:  # noqa: PLR2004 - RFC 6716 table 2: 0..11 SILK, 12..15 hybrid, 16..31 CELT
        return _SILK[config & 3]
    if config < 16:  # noqa: PLR2004
        return _SILK[config & 1]
    return _CELT[config & 3]


def duration(packet: bytes) -> int | None:
    """Samples at 48 kHz in an Opus packet, or None when it breaks a rule of RFC 6716 §3.4."""
    if not packet:
        return None
    samples, code = _frame_samples(packet[0]), packet[0] & 3
    body = len(packet) - 1
    if code == 0:
        return samples if body <= _MAX_FRAME else None
    if code == 1:
        return 2 * samples if body % 2 == 0 and body // 2 <= _MAX_FRAME else None
    if code == 2:  # noqa: PLR2004 - two frames of different size
        first = _length(packet, 1)
        fits = first is not None and 0 <= body - first[1] - first[0] <= _MAX_FRAME
        return 2 * samples if fits else None
    return _many(packet, samples)


def _length(packet: bytes, at: int) -> tuple[int, int] | None:
    """A frame length at `at` and how many bytes it took (RFC 6716 §3.2.1)."""
    if at >= len(packet):
        return None
    if packet[at] < 252:  # noqa: PLR2004
        return packet[at], 1
    if at + 1 >= len(packet):
        return None
    return packet[at] + 4 * packet[at + 1], 2


def _padding(packet: bytes, at: int) -> tuple[int, int] | None:
    """Bytes of padding announced from `at`, and where the announcement ends (RFC 6716 §3.2.5)."""
    total = 0
    while at < len(packet):
        value = packet[at]
        at += 1
        total += 254 if value == 255 else value  # noqa: PLR2004
        if value != 255:  # noqa: PLR2004
            return total, at
    return None


def _many(packet: bytes, samples: int) -> int | None:
    """Code 3: any number of frames."""
    if len(packet) < 2:  # noqa: PLR2004
        return None
    count, at, end = packet[1] & 0x3F, 2, len(packet)
    if not count or count * samples > _MAX_SAMPLES:
        return None
    if packet[1] & 0x40:
        padding = _padding(packet, at)
        if padding is None:
            return None
        at, end = padding[1], end - padding[0]
    if packet[1] & 0x80:
        at_or_none = _past_lengths(packet, at, count - 1, end)
        return count * samples if at_or_none is not None else None
    size = end - at
    return count * samples if size >= 0 and size % count == 0 and size // count <= _MAX_FRAME else None


def _past_lengths(packet: bytes, at: int, lengths: int, end: int) -> int | None:
    """Check a variable-rate table: where the frames begin, or None when they do not fit before `end`."""
    total = 0
    for _ in range(lengths):
        length = _length(packet, at)
        if length is None:
            return None
        total += length[0]
        at += length[1]
    return at if 0 <= end - at - total <= _MAX_FRAME else None


def lost_packet(like: bytes) -> tuple[bytes, int]:
    """A packet that says "nothing was transmitted here" in the mode of `like`, and its samples.

    A frame of length zero is Opus's own mark for a lost or untransmitted frame (RFC 6716 §3.2.1, §2.1.9): the
    decoder conceals it, and later sounds keep their place.
    """
    return bytes((like[0] & 0xFC,)), _frame_samples(like[0])


class OpusDepacketiser:
    """Opus payloads to frames; each is a key frame."""

    def __init__(self) -> None:
        self.bad = 0
        self.broken = 0

    def push(self, packet: RtpPacket, *, after_loss: bool) -> Frame | None:  # noqa: ARG002 - no frame spans packets
        """One payload, one frame; a payload that is no Opus packet is dropped and counted. Never raises."""
        samples = duration(packet.payload)
        if samples is None:
            self.bad += 1
            return None
        return Frame(packet.payload, packet.timestamp, key=True, setup=OPUS_SETUP, duration_ms=samples // 48)
