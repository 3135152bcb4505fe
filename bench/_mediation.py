"""Random mediations for the recorder: who sends what when, what must be recorded of it and what must not.

The recorder is the product's own, with its thread, files and seal; only its clock is moved by hand, so that a minute
takes seconds.  Packets come late by a line of each person's own.  A crash leaves the files exactly as they stand on
the disk at that moment; another recorder goes on with them.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench._markers import FRAME_MS, PACKET_MS, Pictures, voice
from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import Gap, GapReason, Recording, TimeStamp
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.media.engine import Kind, Publication, Source
from mediation_server.rooms.timeline import Timeline
from recordings.books import LogHead
from recordings.factory import Recordings
from recordings.manifest import Manifest
from recordings.packetise import Packetiser, opus_payloads, vp8_payloads
from recordings.recorder import Recorder
from recordings.seal import Sealed, SealOrder, seal

__all__ = ["LEAK_MS", "Deed", "Mediation", "held", "schedule"]

_START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_NTP_1970 = 2_208_988_800
_SIZES = ((160, 96), (320, 192), (80, 48))
_KEY_EVERY_MS = 3_000
_REASONS = {"caucus": GapReason.CAUCUS, "suspension": GapReason.SUSPENDED}
LEAK_MS = 300  # how much of a caucus a planted leak lets through


@dataclass(frozen=True, slots=True)
class Deed:
    """Something happens: `caucus`, `suspension`, `mute`, `reload`, `crash` or `layer`, to `who` or to all (-1)."""

    kind: str
    from_ms: int
    to_ms: int
    who: int = -1


@dataclass(slots=True)
class Mediation:
    """A schedule: people by number, deeds in order; none of those that stop the recording touches another."""

    seed: int
    length_ms: int
    people: int
    deeds: tuple[Deed, ...]
    leaky: bool = False  # the pause of the first caucus comes late: what the detector must find

    def sends(self, who: int, at_ms: int, *, picture: bool) -> bool:
        """Whether this person's device sends at this moment."""
        mine = [each for each in self.deeds if each.who == who and each.from_ms <= at_ms < each.to_ms]
        return not any(each.kind == "reload" or (each.kind == "mute" and not picture) for each in mine)

    def withheld(self, at_ms: float) -> bool:
        """Whether a caucus or a suspension is on."""
        return any(each.kind in {"caucus", "suspension"} and each.from_ms <= at_ms < each.to_ms for each in self.deeds)


def schedule(seed: int, *, length_ms: int, leaky: bool = False) -> Mediation:
    """The mediation of this seed."""
    chance = random.Random(seed)
    people, deeds, at_ms = chance.randint(2, 4), [], 2_000
    kinds = ["caucus", "suspension", "crash", "mute", "reload", "layer"]
    wanted = ["caucus", *chance.choices(kinds, weights=(3, 1, 2, 3, 3, 3), k=length_ms // 4_000)]
    for kind in wanted:
        lasts = chance.randint(700, 2_500)
        if at_ms + lasts + 2_000 > length_ms:
            break
        who = -1 if kind in {"caucus", "suspension", "crash"} else chance.randrange(people)
        deeds.append(Deed(kind, at_ms, at_ms + lasts, who))
        at_ms += lasts + chance.randint(800, 2_000)
    return Mediation(seed, length_ms, people, tuple(deeds), leaky)


@dataclass(slots=True)
class _Clock:
    ms: int = 0

    def now(self) -> datetime:
        return _START + timedelta(milliseconds=self.ms)

    def monotonic_ms(self) -> int:
        return self.ms


@dataclass(slots=True)
class _Books:
    """Books of a sitting that nobody keeps; `length` tells that it is over."""

    length: int | None = None
    told: list[Gap] = field(default_factory=list)

    async def started(self, recording: Recording) -> None: ...

    async def gap(self, recording: Recording, gap: Gap) -> None:
        del recording
        self.told.append(gap)

    async def repaired(self, recording: Recording, lost_ms: int) -> None: ...

    async def stamp(self, recording: Recording, subject: str, digest: str) -> None: ...

    async def stamps(self, recording: Recording) -> tuple[TimeStamp, ...]:
        del recording
        return ()

    async def sealed(self, recording: Recording, gaps: tuple[Gap, ...]) -> None: ...

    async def is_sealed(self, recording_id: str) -> bool:
        del recording_id
        return False

    async def failed(self, recording: Recording) -> None: ...

    async def log_head(self, session_id: str) -> LogHead:
        del session_id
        return LogHead(1, "ab" * 32)

    async def length_ms(self, session_id: str) -> int | None:
        del session_id
        return self.length

    async def participants(self, session_id: str) -> tuple[Participant, ...]:
        del session_id
        return ()


async def _seal_here(order: SealOrder) -> Sealed:
    return await asyncio.to_thread(seal, order)


async def held(mediation: Mediation, directory: Path) -> tuple[Manifest, Path]:
    """Hold it and seal it: the manifest and where the files lie."""
    return await _Sitting(mediation, directory).held()


@dataclass(slots=True)
class _Track:
    """One track of one person as sent now; a reload gives it another identity."""

    who: int
    source: Source
    publication: Publication
    packetiser: Packetiser
    base: int
    pictures: int = 0
    keyed_ms: int = -_KEY_EVERY_MS
    on: bool = False


class _Sitting:
    def __init__(self, mediation: Mediation, directory: Path) -> None:
        self._plan, self._directory, self._turn = mediation, directory, 0
        self._chance = random.Random(mediation.seed + 1)
        self._clock, self._books = _Clock(), _Books()
        self._session = Session(
            new_id(), new_id(), SessionKind.MEDIATION, SessionState.LIVE, _START, 60, "m", started_at=_START
        )
        self._recordings = self._factory()
        self._recorder: Recorder | None = None
        self._voices = [voice(who, mediation.length_ms) for who in range(mediation.people)]
        self._cameras = [Pictures(who) for who in range(mediation.people)]
        self._sizes = [_SIZES[0]] * mediation.people
        self._tracks = {
            (who, source): self._track(who, source)
            for who in range(mediation.people)
            for source in (Source.MICROPHONE, Source.CAMERA)
        }
        self._lines_ms = [self._chance.randint(8, 25) for _ in range(mediation.people)]

    def _factory(self) -> Recordings:
        return Recordings(self._directory / str(self._turn), self._clock, self._books, sealer=_seal_here)

    def _track(self, who: int, source: Source) -> _Track:
        sound = source is Source.MICROPHONE
        kind, codec, rate = (Kind.AUDIO, "opus", 48_000) if sound else (Kind.VIDEO, "vp8", 90_000)
        publication = Publication(new_id(), "room", f"person-{who}", kind, source, codec, rate)
        packetiser = Packetiser(
            ssrc=self._chance.getrandbits(32), payload_type=111 if sound else 96, sequence=self._chance.getrandbits(16)
        )
        return _Track(who, source, publication, packetiser, self._chance.getrandbits(32))

    async def held(self) -> tuple[Manifest, Path]:
        self._recorder = await self._recordings(self._session, Timeline(_START, 0))
        for at_ms in range(0, self._plan.length_ms, PACKET_MS):
            self._clock.ms = at_ms
            await self._deeds(at_ms)
            self._send(at_ms)
            if at_ms % 500 == 0:
                await self._now().caught_up()
        self._clock.ms = self._books.length = self._plan.length_ms
        await self._now().finish()
        await self._recordings.settled()
        vault = self._recordings.vault
        directory = await asyncio.to_thread(vault.of_session, self._session.id)
        assert directory is not None  # noqa: S101 - just written
        manifest, _ = await asyncio.to_thread(vault.manifest, self._session.id, directory.name)
        return manifest, directory

    def _now(self) -> Recorder:
        assert self._recorder is not None  # noqa: S101 - made first
        return self._recorder

    async def _deeds(self, at_ms: int) -> None:
        first = next(each for each in self._plan.deeds if each.kind == "caucus")
        for deed in self._plan.deeds:
            late = LEAK_MS if self._plan.leaky and deed is first else 0
            if _is_at(at_ms, deed.from_ms + late):
                await self._begins(deed)
            elif _is_at(at_ms, deed.to_ms):
                await self._ends(deed)

    async def _begins(self, deed: Deed) -> None:
        if deed.kind in _REASONS:
            await self._now().pause(_REASONS[deed.kind])
        elif deed.kind == "crash":
            await self._crash()
        elif deed.kind == "reload":
            self._reload(deed.who)
        elif deed.kind == "layer":
            self._sizes[deed.who] = self._chance.choice([each for each in _SIZES if each != self._sizes[deed.who]])
            self._tracks[deed.who, Source.CAMERA].keyed_ms = -_KEY_EVERY_MS

    async def _ends(self, deed: Deed) -> None:
        if deed.kind in _REASONS:
            await self._now().resume()
            self._key_frames()
        elif deed.kind == "crash":
            self._recorder = await self._recordings(self._session, Timeline(_START, 0))
            for track in self._tracks.values():
                track.on = False

    async def _crash(self) -> None:
        """What stands on the disk now is all that is left of this process."""
        await self._now().caught_up()
        self._turn += 1
        before, after = (self._directory / str(turn) for turn in (self._turn - 1, self._turn))
        await asyncio.to_thread(shutil.copytree, before, after)
        await self._now().finish()
        await self._recordings.close()
        await asyncio.to_thread(shutil.rmtree, before)
        self._recordings = self._factory()

    def _reload(self, who: int) -> None:
        for source in (Source.MICROPHONE, Source.CAMERA):
            self._now().stopped(self._tracks[who, source].publication, "ended")
            self._tracks[who, source] = self._track(who, source)

    def _key_frames(self) -> None:
        """The room asks for them when a recording goes on."""
        for track in self._tracks.values():
            track.keyed_ms = -_KEY_EVERY_MS

    def _send(self, at_ms: int) -> None:
        down = any(each.kind == "crash" and each.from_ms <= at_ms < each.to_ms for each in self._plan.deeds)
        for (who, source), track in self._tracks.items():
            picture = source is Source.CAMERA
            if down or not self._plan.sends(who, at_ms, picture=picture) or (picture and at_ms % FRAME_MS):
                continue
            fresh = not track.on
            if fresh:
                self._now().started(track.publication)
                track.on, track.keyed_ms = True, -_KEY_EVERY_MS
            delay_ms = self._lines_ms[who] + self._chance.randint(0, 15)
            for packet in self._packets(track, at_ms, picture=picture):
                self._now().packet(track.publication, packet, (at_ms + delay_ms) * 1_000_000)
            if fresh or at_ms % 1_000 == 0:
                self._report(track, at_ms, delay_ms)

    def _packets(self, track: _Track, at_ms: int, *, picture: bool) -> Iterator[bytes]:
        stamp = track.base + at_ms * track.publication.clock_rate // 1000
        if not picture:
            yield from track.packetiser.packets(opus_payloads(self._voices[track.who][at_ms // PACKET_MS]), stamp)
            return
        key = at_ms - track.keyed_ms >= _KEY_EVERY_MS
        track.keyed_ms = at_ms if key else track.keyed_ms
        data = self._cameras[track.who].at(at_ms, self._sizes[track.who], key=key)
        track.pictures += 1
        yield from track.packetiser.packets(vp8_payloads(data, track.pictures), stamp)

    def _report(self, track: _Track, at_ms: int, delay_ms: int) -> None:
        """A sender report (RFC 3550 §6.4.1)."""
        seconds = _START.timestamp() + at_ms / 1000 + _NTP_1970
        rtp = (track.base + at_ms * track.publication.clock_rate // 1000) & 0xFFFFFFFF
        self._now().sender_report(track.publication, round(seconds * (1 << 32)), rtp, (at_ms + delay_ms) * 1_000_000)


def _is_at(at_ms: int, moment_ms: int) -> bool:
    return at_ms - PACKET_MS < moment_ms <= at_ms
