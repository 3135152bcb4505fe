"""A long sitting of four people, recorded by the product's own pipeline into a data directory; measures only its end.

Every picture is the same minute of moving test bars at a call's bitrate, sent again with the times going on, as RTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from mediation_server.clock import SystemClock
from mediation_server.config import DATABASE, Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionState
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.engine import Kind, Publication, Source
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.rooms.timeline import Timeline
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.demo_data import SESSION_4
from mediation_server.services.reading import session_of
from mediation_server.store import sessions
from mediation_server.store.database import Database
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings, keeping_of
from recordings.figures import PACKET_MS, Figure, voice
from recordings.packetise import Packetiser, opus_payloads, vp8_payloads
from recordings.recorder import Recorder
from recordings.synthetic import SteppedClock

__all__ = ["Recorded", "record"]

_LOOP_MS, _FRAME_MS, _TURN_MS = 60_000, 1000 // 15, 12_000
_BITS = 600_000
_KEY_EVERY = 60  # frames
_BACKLOG = 4000
_REPORT_MS = 5000
_NTP_1970 = 2_208_988_800
_PEOPLE = (
    (Role.MEDIATOR, Side.NEUTRAL, "何秀兰"),
    (Role.APPLICANT, Side.APPLICANT, "钱慧敏"),
    (Role.RESPONDENT, Side.RESPONDENT, "孙巧云"),
    (Role.THIRD_PARTY, Side.THIRD, "周立新"),
)
_FIGURE = Figure((182, 114, 148), (42, 127, 130), (64, 140, 122), 33, 190.0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The sealed recording: its id, its bytes on disk, and how long after its end it could be opened."""

    recording: str
    bytes: int
    ready_after_end_s: float


async def record(data: Path, minutes: int) -> Recorded:
    """Hold a sitting of `minutes` in the demo's matter 4 and record it into a data directory that the demo has made."""
    async with AsyncExitStack() as stack:
        database = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
        await database.open()
        stack.push_async_callback(database.close)
        settings = Settings.model_validate({"demo": True, "data_dir": data})
        clock = SteppedClock(SystemClock().now() - timedelta(minutes=minutes + 5))
        recordings = Recordings(data, clock, ServiceBooks(lambda: context), keeping=keeping_of(settings))
        stack.push_async_callback(recordings.close)
        rooms = RoomRegistry(engine=EmbeddedEngine("127.0.0.1", 0, []), recorder_factory=recordings, clock=clock)
        context = Context(database, clock, rooms, settings)
        session, people = await _sitting(context, minutes)
        recorder = await recordings(session, Timeline(clock.started_at, 0))
        await _Player(context, clock, session, people).play(recorder, minutes * 60_000)
        await recordings.finished_ahead()  # a sitting takes an hour for what is played here in a minute or two
        return await _ended(recordings, recorder)


async def _ended(recordings: Recordings, recorder: Recorder) -> Recorded:
    began = time.monotonic()
    await recorder.finish()
    await recordings.settled()
    ready = time.monotonic() - began
    directory = recordings.vault.directory(recorder.recording.session_id, recorder.recording.id)
    size = await asyncio.to_thread(lambda: sum(each.stat().st_size for each in directory.iterdir()))
    return Recorded(recorder.recording.id, size, ready)


async def _sitting(context: Context, minutes: int) -> tuple[Session, list[Participant]]:
    now, like = context.clock.now(), await session_of(context, SESSION_4)
    session = replace(
        like, id=new_id(), state=SessionState.ENDED, starts_at=now, started_at=now,
        ended_at=now + timedelta(minutes=minutes), minutes=minutes,
    )  # fmt: skip
    people = [Participant(new_id(), session.id, role, side, name, "") for role, side, name in _PEOPLE]
    async with context.db.transaction() as tx:
        await sessions.add(tx, session, people)
    return session, people


def _bars() -> list[bytes]:
    """A minute of VP8 at 640 x 360, 15 frames a second: bars, a clock and noise, as a camera has it."""
    graph = av.filter.Graph()
    source = graph.add("testsrc2", f"size=640x360:rate=15:duration={_LOOP_MS // 1000}")
    noise = graph.add("noise", "alls=6:allf=t")
    sink = graph.add("buffersink")
    source.link_to(noise)
    noise.link_to(sink)
    graph.configure()
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 360, "yuv420p"
    encoder.time_base, encoder.bit_rate, encoder.gop_size = Fraction(1, 15), _BITS, _KEY_EVERY
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    frames: list[bytes] = []
    while len(frames) < _LOOP_MS // _FRAME_MS:
        try:
            frame = graph.pull()
        except (av.EOFError, av.BlockingIOError):
            break
        assert isinstance(frame, av.VideoFrame)  # noqa: S101 - what the graph makes
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = len(frames), Fraction(1, 15)
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return frames


class _Stream(NamedTuple):
    """One track: the packets of the second that begins at a moment, and the RTP timestamp at 0."""

    publication: Publication
    packets: Callable[[int], Iterator[tuple[int, bytes]]]
    base: int


class _Player:
    """Sends everybody's minute again and again, moves the clock, and says who has the floor."""

    def __init__(self, context: Context, clock: SteppedClock, session: Session, people: list[Participant]) -> None:
        self._context, self._clock, self._session, self._people = context, clock, session, people
        self._frames, self._talk, self._hush = _bars(), voice(_FIGURE, talks=True), voice(_FIGURE, talks=False)

    async def play(self, recorder: Recorder, total_ms: int) -> None:
        """From the first packet to the last."""
        await self._say(EventKind.STARTED, {})
        for each in self._people:
            await self._say(EventKind.CONNECTED, {"participant": each.id})
        streams = [stream for at, each in enumerate(self._people) for stream in self._streams(at, each)]
        for stream in streams:
            recorder.started(stream.publication)
        for second in range(total_ms // 1000):
            for stream in streams:
                self._second(recorder, stream, second * 1000)
            if recorder.backlog > _BACKLOG:
                await recorder.caught_up()
            if second and second * 1000 % _TURN_MS == 0:
                await self._turn(second * 1000)
        self._clock.offset_ms = total_ms
        await recorder.caught_up()
        await self._say(EventKind.ENDED, {"result": "agreed"})

    def _second(self, recorder: Recorder, stream: _Stream, from_ms: int) -> None:
        if from_ms % _REPORT_MS == 0:
            self._report(recorder, stream, from_ms)
        for at_ms, data in stream.packets(from_ms):
            self._clock.offset_ms = max(self._clock.offset_ms, at_ms)
            recorder.packet(stream.publication, data, at_ms * 1_000_000)

    def _streams(self, at: int, person: Participant) -> Iterator[_Stream]:
        """Voice and picture of one person."""
        base = 1_000_000 * (at + 1)
        sound = Packetiser(ssrc=base + 1, payload_type=111)
        sight = Packetiser(ssrc=base + 2, payload_type=96)

        def heard(from_ms: int) -> Iterator[tuple[int, bytes]]:
            loop = self._talk if from_ms // _TURN_MS % len(self._people) == at else self._hush
            for number in range(1000 // PACKET_MS):
                at_ms = from_ms + number * PACKET_MS
                for packet in sound.packets(opus_payloads(loop[number]), base + at_ms * 48):
                    yield at_ms, packet

        def seen(from_ms: int) -> Iterator[tuple[int, bytes]]:
            first = from_ms * 15 // 1000
            for index in range(first, first + 15):
                at_ms = index * 1000 // 15
                data = self._frames[index % len(self._frames)]
                for packet in sight.packets(vp8_payloads(data, index), base + at_ms * 90):
                    yield at_ms, packet

        voiced = Publication(new_id(), "bench", person.id, Kind.AUDIO, Source.MICROPHONE, "opus", 48_000)
        filmed = Publication(new_id(), "bench", person.id, Kind.VIDEO, Source.CAMERA, "vp8", 90_000)
        yield _Stream(voiced, heard, base)
        yield _Stream(filmed, seen, base)

    def _report(self, recorder: Recorder, stream: _Stream, at_ms: int) -> None:
        seconds = self._clock.started_at.timestamp() + at_ms / 1000 + _NTP_1970
        timestamp = (stream.base + at_ms * stream.publication.clock_rate // 1000) & 0xFFFFFFFF
        recorder.sender_report(stream.publication, round(seconds * (1 << 32)), timestamp, at_ms * 1_000_000)

    async def _turn(self, at_ms: int) -> None:
        """Whoever had the floor has had it."""
        who = self._people[(at_ms - 1) // _TURN_MS % len(self._people)].id
        spoke = {"participant": who, "from_ms": at_ms - _TURN_MS, "to_ms": at_ms - 500}
        await self._say(EventKind.SPOKE, spoke)
        line = {"participant": who, "message_id": new_id(), "text": f"第{at_ms // _TURN_MS}段发言的要点。"}
        await self._say(EventKind.CHAT_SENT, line)

    async def _say(self, kind: EventKind, payload: Mapping[str, object]) -> None:
        async with self._context.db.transaction() as tx:
            await noted(self._context, tx, self._session, kind, self._people[0].id, **payload)
