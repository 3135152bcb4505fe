"""Recordings for benchmarks, made by the product's own pipeline out of invented packets; measures nothing."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, SessionEvent, append
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Gap, GapReason, Recording, TimeStamp
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.keyring import KeyRing
from mediation_server.media.engine import Kind, Publication, Source
from mediation_server.rooms.timeline import Timeline
from mediation_server.timestamping.local_authority import LocalAuthority
from recordings.books import LogHead
from recordings.factory import Keeping, Recordings
from recordings.packetise import Packetiser, opus_payloads, vp8_payloads
from recordings.recorder import Recorder
from recordings.synthetic import SteppedClock

__all__ = ["BITS_PER_S", "FRAME_MS", "PACKET_MS", "Books", "Made", "Stream", "made", "streams_of"]

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PACKET_MS, FRAME_MS = 20, 33
BITS_PER_S = 1_000_000  # of one person: picture and voice
_VOICE_BYTES = 80
_KEY_EVERY = 90
_BACKLOG = 4000
_TRAVEL_MS = 15  # how long a packet is on its way


class Books:
    """The recorder's books in a list, with a session log as the services keep it."""

    def __init__(self, session: Session, clock: SteppedClock, people: tuple[Participant, ...]) -> None:
        self.log: list[SessionEvent] = []
        self.wanted: list[tuple[str, str]] = []
        self.recording: Recording | None = None
        self.length: int | None = None
        self._session, self._clock, self._people = session, clock, people

    def say(self, kind: EventKind, actor: str, payload: Mapping[str, object]) -> SessionEvent:
        """One more entry of the session log."""
        last = self.log[-1] if self.log else None
        at, offset_ms = self._clock.now(), self._clock.offset_ms
        self.log.append(
            append(
                last, session_id=self._session.id, at=at, offset_ms=offset_ms, actor=actor, kind=kind, payload=payload
            )
        )
        return self.log[-1]

    async def started(self, recording: Recording) -> None:
        """Its event, once."""
        if not any(each.kind is EventKind.RECORDING_STARTED for each in self.log):
            self.say(EventKind.RECORDING_STARTED, "recorder", {"recording": recording.id})

    async def gap(self, recording: Recording, gap: Gap) -> None:
        """Its event once it is over."""
        if gap.to_ms is not None:
            said = {"from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}
            self.say(EventKind.RECORDING_GAP, "recorder", {"recording": recording.id, **said})

    async def repaired(self, recording: Recording, lost_ms: int) -> None:
        """Its event."""
        self.say(EventKind.RECORDING_REPAIRED, "recorder", {"recording": recording.id, "lost_ms": lost_ms})

    async def stamp(self, recording: Recording, subject: str, digest: str) -> None:  # noqa: ARG002 - the port's shape
        """Kept until the authority is asked."""
        self.wanted.append((subject, digest))

    async def stamps(self, recording: Recording) -> tuple[TimeStamp, ...]:  # noqa: ARG002 - the port's shape
        """None has come."""
        return ()

    async def sealed(self, recording: Recording, gaps: tuple[Gap, ...]) -> None:  # noqa: ARG002 - the port's shape
        """Row and event."""
        if self.recording is not None:
            return
        self.recording = recording
        said = {"manifest_sha256": recording.manifest_sha256, "root": recording.root}
        self.say(EventKind.RECORDING_SEALED, "recorder", {"recording": recording.id, **said})

    async def is_sealed(self, recording_id: str) -> bool:  # noqa: ARG002 - the port's shape
        """Once it has been told."""
        return self.recording is not None

    async def failed(self, recording: Recording) -> None:
        """Nothing here fails quietly."""
        raise RuntimeError(recording.id)

    async def log_head(self, session_id: str) -> LogHead:  # noqa: ARG002 - the port's shape
        """The last entry."""
        return LogHead(self.log[-1].seq, self.log[-1].hash)

    async def length_ms(self, session_id: str) -> int | None:  # noqa: ARG002 - the port's shape
        """Once it is over."""
        return self.length

    async def participants(self, session_id: str) -> tuple[Participant, ...]:  # noqa: ARG002 - the port's shape
        """Everybody."""
        return self._people


@dataclass(frozen=True, slots=True)
class Made:
    """A sealed recording with all that stands around it."""

    directory: Path
    log: list[SessionEvent]
    recording: Recording
    stamps: tuple[TimeStamp, ...]
    keys: KeyRing
    authority: LocalAuthority
    clock: SteppedClock


@dataclass
class Stream:
    """One track: RTP packets of a moment, made when it is asked for; the content is noise of the right shape."""

    publication: Publication
    packetiser: Packetiser
    step_ms: int
    size: int  # bytes of a frame
    rng: random.Random
    count: int = field(default=0)

    def packets(self, at_ms: int) -> list[bytes]:
        """The packets of the frame captured at this moment."""
        self.count += 1
        rate = self.publication.clock_rate // 1000
        if self.publication.kind is Kind.AUDIO:
            voice = b"\x78" + self.rng.randbytes(self.size - 1)  # one SILK frame of 20 ms
            return list(self.packetiser.packets(opus_payloads(voice), at_ms * rate))
        noise = self.rng.randbytes(self.size)
        key = self.count % _KEY_EVERY == 1
        # RFC 6386 §9.1: the tag with an empty first partition; a key frame adds start code and size.
        frame = b"\x10\x00\x00\x9d\x01\x2a\x80\x02\x68\x01" + noise if key else b"\x11\x00\x00" + noise
        return list(self.packetiser.packets(vp8_payloads(frame, self.count), at_ms * rate))


def streams_of(people: Sequence[str], *, bits_per_s: int = BITS_PER_S, seed: int = 0) -> list[Stream]:
    """A voice and a picture for each of these people."""
    found = []
    for index, who in enumerate(people):
        voice = Publication(new_id(), "bench", who, Kind.AUDIO, Source.MICROPHONE, "opus", 48_000)
        face = Publication(new_id(), "bench", who, Kind.VIDEO, Source.CAMERA, "vp8", 90_000)
        picture = (bits_per_s // 8 - _VOICE_BYTES * 1000 // PACKET_MS) * FRAME_MS // 1000
        rng = random.Random(seed * 1000 + index)
        found.append(Stream(voice, Packetiser(ssrc=2 * index + 1, payload_type=111), PACKET_MS, _VOICE_BYTES, rng))
        found.append(Stream(face, Packetiser(ssrc=2 * index + 2, payload_type=96), FRAME_MS, picture, rng))
    return found


async def made(root: Path, *, people: int, seconds: int, seed: int, bits_per_s: int = BITS_PER_S) -> Made:
    """A whole sitting with a caucus, a suspension, somebody muted, perhaps a restart; time-stamped at its end."""
    rng = random.Random(seed)
    session = Session(
        new_id(), new_id(), SessionKind.MEDIATION, SessionState.LIVE, START, 60, "presider", started_at=START
    )
    sides = (Side.NEUTRAL, Side.APPLICANT, Side.RESPONDENT, Side.THIRD)
    roles = (Role.MEDIATOR, Role.APPLICANT, Role.RESPONDENT, Role.THIRD_PARTY)
    named = tuple(
        Participant(new_id(), session.id, roles[n % 4], sides[n % 4], f"某{n}", f"Person {n}") for n in range(people)
    )
    clock = SteppedClock(START)
    books = Books(session, clock, named)
    keys = KeyRing(root / "keys")
    sitting = _Sitting(session, clock, books, Recordings(root, clock, books, keeping=Keeping(keys)))
    books.say(EventKind.STARTED, named[0].id, {})
    await sitting.play([each.id for each in named], seconds, rng, bits_per_s)
    books.say(EventKind.ENDED, named[0].id, {"result": "agreed"})
    books.length = seconds * 1000
    recordings = sitting.recordings
    await recordings.settled()
    await recordings.recover()
    await recordings.settled()
    if books.recording is None:
        raise RuntimeError("nothing was sealed")
    authority = await asyncio.to_thread(LocalAuthority, root / "tsa", clock)
    stamps = [
        TimeStamp(books.recording.id, subject, digest, clock.now(), await _token(authority, digest), clock.now())
        for subject, digest in books.wanted
    ]
    directory = recordings.vault.directory(session.id, books.recording.id)
    return Made(directory, books.log, books.recording, tuple(stamps), keys, authority, clock)


async def _token(authority: LocalAuthority, digest: str) -> str:
    return base64.b64encode(await authority.stamp(bytes.fromhex(digest))).decode()


class _Sitting:
    """Plays a sitting to the recorder: what the room would tell it, in the order in which it would."""

    def __init__(self, session: Session, clock: SteppedClock, books: Books, recordings: Recordings) -> None:
        self.session, self.clock, self.books, self.recordings = session, clock, books, recordings
        self._recorder: Recorder | None = None

    async def play(self, people: list[str], seconds: int, rng: random.Random, bits_per_s: int) -> None:
        """From start to end, in thirds: joint, a caucus or a suspension or a restart, joint again."""
        streams = streams_of(people, bits_per_s=bits_per_s, seed=rng.randrange(1 << 16))
        third = seconds * 1000 // 3
        await self._joint(people, streams, 0, third)
        await self._between(people, rng.choice(("caucus", "suspended", "restart")), 2 * third)
        await self._joint(people, streams, 2 * third, seconds * 1000)
        self.clock.offset_ms = seconds * 1000
        if self._recorder is not None:
            await self._recorder.finish()

    async def _joint(self, people: list[str], streams: list[Stream], from_ms: int, to_ms: int) -> None:
        self.clock.offset_ms = from_ms
        if self._recorder is None:
            self._recorder = await self.recordings(self.session, Timeline(START, 0))
        recorder = self._recorder
        self._hear(people, recorder=True)
        await recorder.resume()
        await recorder.caught_up()
        for each in streams:
            recorder.started(each.publication)
        due = [(from_ms, n) for n in range(len(streams))]
        while due[0][0] < to_ms:
            at_ms, n = due.pop(0)
            self.clock.offset_ms = at_ms
            for packet in streams[n].packets(at_ms):
                recorder.packet(streams[n].publication, packet, (at_ms + _TRAVEL_MS) * 1_000_000)
            due.append((at_ms + streams[n].step_ms, n))
            due.sort()
            if recorder.backlog > _BACKLOG:
                await recorder.caught_up()
        await recorder.caught_up()

    async def _between(self, people: list[str], kind: str, to_ms: int) -> None:
        recorder, presider = self._recorder, people[0]
        self.clock.offset_ms += _TRAVEL_MS  # whatever is on its way has come
        if recorder is None:
            return
        if kind == "restart":
            await recorder.finish()
            self._recorder = None
            return
        private = people[:2] if kind == "caucus" else []
        event = EventKind.CAUCUS_OPENED if kind == "caucus" else EventKind.SUSPENDED
        self.books.say(event, presider, {"participants": private} if private else {"reason": "break"})
        self._hear(private, recorder=False)
        reason = GapReason.CAUCUS if kind == "caucus" else GapReason.SUSPENDED
        await recorder.pause(reason, by=presider)
        self.clock.offset_ms = to_ms
        await recorder.caught_up()

    def _hear(self, people: Sequence[str], *, recorder: bool) -> None:
        extra = ["recorder"] if recorder else []
        receivers = {each: sorted([*(other for other in people if other != each), *extra]) for each in people}
        event = self.books.say(EventKind.AUDIENCE_CHANGED, "system", {"receivers": receivers})
        if self._recorder is not None:
            self._recorder.logged(event.seq, event.hash)
            self._recorder.fencing()
            self._recorder.fenced(receivers)


def later(clock: SteppedClock, days: float) -> SteppedClock:
    """The same wall clock, so many days on."""
    return SteppedClock(clock.now() + timedelta(days=days))
