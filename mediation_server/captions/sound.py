"""One voice's Opus packets as plain sound, and when each sample arrived; runs in the child process alone.

What was lost or never sent is silence, so that samples keep their time; what comes late is passed over.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import deque

import av

from mediation_server.captions.engine import RATE

__all__ = ["VoiceSound"]

_RTP = struct.Struct(">HHII")  # flags, number, timestamp, source: the recorder's ear reduces headers to these
_CLOCK = 48_000
_PER_SAMPLE = _CLOCK // RATE
_LONGEST_HOLE = _CLOCK  # a second; what follows a longer one is a new beginning
_BREAK = RATE // 2  # so much silence stands for it: enough for an engine to find an end
_MARKS = 3000  # a minute of packets
_BYTES = 2


class VoiceSound:
    """Feed it packets in the order they came in."""

    def __init__(self) -> None:
        self.samples = 0  # given out so far
        self.bad = 0
        self._next: int | None = None  # timestamp
        self._source = 0
        self._marks: deque[tuple[int, int]] = deque([(0, 0)], maxlen=_MARKS)
        self._decoder = self._new_decoder()
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)

    def take(self, packet: bytes, at_ns: int) -> bytes:
        """Sound of one packet, silence before it where something is missing; empty for what is late or broken."""
        _, _, timestamp, source = _RTP.unpack_from(packet)
        if source != self._source:
            self._source, self._next = source, None
        hole = 0 if self._next is None else (timestamp - self._next + (1 << 31)) % (1 << 32) - (1 << 31)
        if hole < 0:
            return b""
        sound, length = self._decoded(packet[_RTP.size :])
        if not length:
            return b""
        silence = _BREAK if self._next is None or hole > _LONGEST_HOLE else hole // _PER_SAMPLE
        self._next = (timestamp + length) % (1 << 32)
        sound = bytes(silence * _BYTES) + sound
        self._marks.append((self.samples + silence, at_ns))
        self.samples += len(sound) // _BYTES
        return sound

    def arrived_ns(self, sample: int) -> int:
        """When the packet with this sample came (monotonic, ns), as far as that is remembered."""
        at = bisect_right(self._marks, sample, key=lambda mark: mark[0])
        return self._marks[max(0, at - 1)][1]

    def _decoded(self, payload: bytes) -> tuple[bytes, int]:
        """Sound, and how long it is by the packet's own clock."""
        if not payload:
            return b"", 0
        try:
            frames = self._decoder.decode(av.Packet(payload))
        except av.FFmpegError:
            self.bad += 1
            return b"", 0
        plain = [out for frame in frames for out in self._resampler.resample(frame)]
        length = sum(frame.samples for frame in frames)
        return b"".join(bytes(out.planes[0])[: out.samples * _BYTES] for out in plain), length

    @staticmethod
    def _new_decoder() -> av.AudioCodecContext:
        decoder = av.CodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = _CLOCK, "mono"
        return decoder
