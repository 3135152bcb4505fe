"""Voices for the tests of captions: sound as a browser's microphone sends it, packet by packet."""

from __future__ import annotations

import struct
import subprocess
from fractions import Fraction

import av
import numpy as np

RATE = 48_000
FRAME = 960  # 20 ms


def opus(samples):
    """Packets of 20 ms of this sound (16 bit, mono, 48 kHz)."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = RATE, "s16", "mono", 40_000
    found = []
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + FRAME], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        found += [bytes(each) for each in encoder.encode(frame)]
    return found


def tone(hertz, ms=400):
    return (np.sin(2 * np.pi * hertz * np.arange(RATE * ms // 1000) / RATE) * 12_000).astype(np.int16)


def silence(ms):
    return np.zeros(RATE * ms // 1000, np.int16)


def spoken(text):
    """What espeak-ng makes of an English sentence."""
    command = ["espeak-ng", "-v", "en-us", "-s", "140", "--stdout", text]
    wave = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    rate, start = struct.unpack_from("<I", wave, 24)[0], wave.index(b"data") + 8
    said = np.frombuffer(wave[start : start + (len(wave) - start) // 2 * 2], np.int16)
    at = np.arange(len(said) * RATE // rate) * rate / RATE
    return np.interp(at, np.arange(len(said)), said).astype(np.int16)


class Microphone:
    """RTP of one voice; packets of DTX are left out when asked to."""

    def __init__(self, ssrc=7):
        self.number, self.timestamp, self.ssrc = 0, 4_294_900_000, ssrc

    def packets(self, samples):
        for payload in opus(samples):
            yield struct.pack(">BBHII", 0x80, 111, self.number, self.timestamp, self.ssrc) + payload
            self.number = (self.number + 1) % (1 << 16)
            self.timestamp = (self.timestamp + FRAME) % (1 << 32)

    def pause(self, ms):
        self.timestamp = (self.timestamp + ms * 48) % (1 << 32)
