"""Encoded streams, packets, a clock that stands still and books kept in lists, for the tests of the recorder."""

import random
import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.config import Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.media.engine import Kind, Publication, Source
from mediation_server.rooms.timeline import Timeline
from recordings.books import LogHead
from recordings.packetise import Packetiser, h264_payloads, opus_payloads, vp8_payloads

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
MS = 1_000_000


class StandingClock:
    """A clock that moves only when told to; its monotonic time starts at an odd place on purpose."""

    def __init__(self, origin_ms=777_000):
        self.ms = origin_ms
        self.origin_ms = origin_ms

    def now(self):
        return START + timedelta(milliseconds=self.ms - self.origin_ms)

    def monotonic_ms(self):
        return self.ms


@dataclass
class BooksInLists:
    told: list = field(default_factory=list)
    stamped: list = field(default_factory=list)
    people: tuple = ()
    length: int | None = None
    head: LogHead = field(default_factory=lambda: LogHead(7, "ab" * 32))

    async def started(self, recording):
        self.told.append(("started", recording))

    async def gap(self, recording, gap):
        self.told.append(("gap", gap))

    async def repaired(self, recording, lost_ms):
        self.told.append(("repaired", lost_ms))

    async def stamp(self, recording, subject, digest):
        self.stamped.append((subject, digest))

    async def stamps(self, recording):
        return ()

    async def sealed(self, recording, gaps):
        self.told.append(("sealed", recording, gaps))

    async def is_sealed(self, recording_id):
        return any(each.id == recording_id for each in self.named("sealed"))

    async def failed(self, recording):
        self.told.append(("failed", recording))

    async def log_head(self, session_id):
        return self.head

    async def length_ms(self, session_id):
        return self.length

    async def participants(self, session_id):
        return self.people

    def named(self, what):
        return [each[1] for each in self.told if each[0] == what]


def a_session(**changes):
    session = Session(
        new_id(), new_id(), SessionKind.MEDIATION, SessionState.LIVE, START, 60, "mediator", started_at=START
    )
    return replace(session, **changes)


def keys_in(directory):
    """The keys of an installation whose data lie in this directory; it has a master key from the start."""
    keys = keys_of(Settings(data_dir=directory))
    keys.prepare()
    return keys


def a_person(session, name="郑思远", role=Role.MEDIATOR, side=Side.NEUTRAL):
    return Participant(new_id(), session.id, role, side, name, name)


def a_publication(member="m1", source=Source.MICROPHONE, codec="opus"):
    kind = Kind.AUDIO if codec == "opus" else Kind.VIDEO
    return Publication(new_id(), "room", member, kind, source, codec, 48_000 if codec == "opus" else 90_000)


def a_timeline(clock):
    return Timeline(START, clock.origin_ms)


@cache
def opus_packets(count=500):
    """20 ms packets of a 440 Hz tone, louder and softer."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.options = {"frame_duration": "20"}
    rng = random.Random(440)
    out = []
    for index in range(count + 4):
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        loud = rng.randrange(2000, 9000)  # so that no two packets are alike
        wave = struct.pack("<960h", *(loud * ((n * 440 // 48_000) % 2 * 2 - 1) for n in range(960)))
        frame.planes[0].update(wave)
        frame.sample_rate, frame.pts, frame.time_base = 48_000, index * 960, Fraction(1, 48_000)
        out += [bytes(each) for each in encoder.encode(frame)]
    return out[:count]


def _pictures(width, height, count):
    """A fixed texture under colours that change; too rich for one packet."""
    cells = width // 8
    texture = random.Random(width).randbytes(cells * height)
    lines = [b"".join(bytes((cell,)) * 8 for cell in texture[y * cells : (y + 1) * cells]) for y in range(height)]
    for index in range(count):
        frame = av.VideoFrame(width, height, "yuv420p")
        stride = frame.planes[0].line_size
        luma = b"".join(lines[(y + index) % height].ljust(stride, b"\0") for y in range(height))
        frame.planes[0].update(luma.ljust(frame.planes[0].buffer_size, b"\0"))
        for plane in frame.planes[1:]:
            plane.update(bytes(((index * 5) % 256,)) * plane.buffer_size)
        frame.pts, frame.time_base = index, Fraction(1, 30)
        yield frame


@cache
def vp8_frames(count=150, width=160, height=96, every=30):
    """(data, is key) at 30 frames/s."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, 30)
    encoder.bit_rate, encoder.thread_count = 900_000, 1
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "g": str(every),
        "keyint_min": str(every),
    }
    return [(bytes(p), p.is_keyframe) for frame in _pictures(width, height, count) for p in encoder.encode(frame)]


@cache
def h264_frames(count=150, width=160, height=96, every=30):
    """Lists of NAL units at 30 frames/s, parameter sets before each IDR."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, 30)
    encoder.thread_count = 1
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "g": str(every),
        "x264-params": "repeat-headers=1:scenecut=0",
    }
    return [nals(bytes(p)) for frame in _pictures(width, height, count) for p in encoder.encode(frame)]


def nals(annex_b):
    parts = annex_b.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts if part and part[0] & 0x1F != 6]


def opus_stream(count=500, *, ssrc=11, sequence=0, timestamp=1000, first=0):
    """(capture ms, RTP packet) of a voice."""
    packetiser = Packetiser(ssrc=ssrc, payload_type=111, sequence=sequence)
    return [
        (20 * n, packet)
        for n, data in enumerate(opus_packets(first + count)[first:])
        for packet in packetiser.packets(opus_payloads(data), timestamp + 960 * n)
    ]


@cache
def voice_packets(tone_hz, count):
    """20 ms Opus packets of a pure tone."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.options = {"frame_duration": "20"}
    wave = (np.sin(2 * np.pi * tone_hz * np.arange(960 * (count + 4)) / 48_000) * 9_000).astype("<i2")
    out = []
    for start in range(0, len(wave), 960):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 960], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        out += [bytes(each) for each in encoder.encode(frame)]
    return out[:count]


def voice_stream(tone_hz, count):
    """(capture ms, RTP packet) of somebody who is known by their tone."""
    packetiser = Packetiser(ssrc=12, payload_type=111)
    return [
        (20 * n, packet)
        for n, data in enumerate(voice_packets(tone_hz, count))
        for packet in packetiser.packets(opus_payloads(data), 960 * n)
    ]


def vp8_stream(count=150, *, ssrc=22, sequence=0, timestamp=5000, **size):
    packetiser = Packetiser(ssrc=ssrc, payload_type=96, sequence=sequence)
    return [
        (n * 1000 // 30, packet)
        for n, (data, _) in enumerate(vp8_frames(count, **size))
        for packet in packetiser.packets(vp8_payloads(data, n), timestamp + 3000 * n)
    ]


def h264_stream(count=150, *, ssrc=33, sequence=0, timestamp=9000, **size):
    packetiser = Packetiser(ssrc=ssrc, payload_type=102, sequence=sequence)
    return [
        (n * 1000 // 30, packet)
        for n, units in enumerate(h264_frames(count, **size))
        for packet in packetiser.packets(h264_payloads(units), timestamp + 3000 * n)
    ]


def read_file(file):
    """[(ms, key, data)] of a media file, a path or an open one, and its codec name."""
    with av.open(file) as container:
        stream = container.streams[0]
        packets = [
            (round(p.pts * p.time_base * 1000), p.is_keyframe, bytes(p)) for p in container.demux(stream) if p.size
        ]
        return packets, stream.codec_context.name


def decoded(file):
    """How many frames of a file decode."""
    with av.open(file) as container:
        return sum(1 for _ in container.decode(container.streams[0]))


def loudest_hz(path: Path):
    """The frequency that carries most of a file's sound."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / 48_000)[spectrum.argmax()])


def colours(path: Path):
    """The colour in the middle of each picture of a file, as (red, green, blue)."""
    with av.open(str(path)) as container:
        pictures = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
        return [tuple(int(part) for part in each[each.shape[0] // 2, each.shape[1] // 2]) for each in pictures]
