"""`Recordings`, the `RecorderFactory` of the product: begins, resumes, parks, seals; the rooms know only its call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from mediation_server import __version__
from mediation_server.clock import Clock
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import instant
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.domain.session import Session
from mediation_server.errors import Conflict
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.rooms.timeline import Timeline
from recordings.books import Books
from recordings.gaps import gap_ms
from recordings.journal import Journal, JournalState
from recordings.manifest import MANIFEST
from recordings.recorder import Recorder, Telling
from recordings.repair import Repaired, repair
from recordings.scribe import Scribe
from recordings.seal import Sealer, SealOrder, seal_in_subprocess
from recordings.vault import Vault

__all__ = ["Recordings"]

_log = structlog.get_logger(__name__)

_LATE_MS = 100
_TRIES = 5
_PATIENCE_S = 0.5


class Recordings:
    """Call it with a session and its timeline at the start of the sitting, and again after a restart."""

    def __init__(self, data_dir: Path, clock: Clock, books: Books, *, sealer: Sealer = seal_in_subprocess) -> None:
        self.vault = Vault(data_dir)
        self._clock, self._books, self._sealer = clock, books, sealer
        self._live: dict[str, Recorder] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._overflowed = 0  # packets that recorders now closed have dropped
        self._one_at_a_time = asyncio.Lock()  # sealing is heavy and can wait
        self._stopping = asyncio.Event()

    async def __call__(self, session: Session, timeline: Timeline, resumed: bool = False) -> Recorder:  # noqa: ARG002, FBT001, FBT002 - the port's shape; what lies on the disk decides
        """The recorder of this sitting, writing from now on.

        Where an earlier process was killed or stopped, its recording goes on: torn files are measured, the time
        in between becomes a gap with the reason fault. Raises `Conflict("recording_sealed")` for a sitting
        whose recording is sealed, `OSError` when the data directory cannot be written.
        """
        if session.id in self._live:
            return self._live[session.id]
        mended = await asyncio.to_thread(self._found, session.id)
        recording = Recording(
            mended.state.recording if mended else new_id(), session.id, RecordingState.RECORDING, timeline.started_at
        )
        recorder = Recorder(recording, timeline=timeline, clock=self._clock, books=self._books, closed=self._closed)
        at_ms = timeline.offset_ms(self._clock)
        self._live[session.id] = recorder
        try:
            scribe = await asyncio.to_thread(self._scribe, recorder, timeline, mended, at_ms)
        except BaseException:
            del self._live[session.id]
            raise
        self._tell_begin(recorder, mended, at_ms)
        recorder.attach(scribe)
        return recorder

    async def recover(self) -> list[str]:
        """At the start: seal in the background what earlier processes left of sittings that are over.

        Sittings still live are left to their rooms, which will call. The ids of all recordings looked at come back.
        """
        left = [each for each in await asyncio.to_thread(self.vault.unsealed) if each.parent.name not in self._live]
        for directory in left:
            self._in_background(self._conclude(directory, Telling()))
        return [each.name for each in left]

    def load(self) -> RecorderLoad:
        """What is being written and what waits for it."""
        live = self._live.values()
        return RecorderLoad(
            writing=len(live),
            sealing=len(self._working),
            queued=sum(each.backlog for each in live),
            queued_bytes=sum(each.backlog_bytes for each in live),
            dropped=self._overflowed + sum(each.overflowed for each in live),
        )

    async def settled(self) -> None:
        """Wait until everything that is over is sealed."""
        while self._working:
            await asyncio.wait(set(self._working))

    async def close(self) -> None:
        """The process stops: close what is live, let what is being sealed end. Idempotent."""
        self._stopping.set()
        live = list(self._live.values())
        await asyncio.gather(*(each.finish() for each in live))
        await self.settled()

    # --- beginning and going on -------------------------------------------------------------------------

    def _found(self, session_id: str) -> Repaired | None:
        """What an earlier process left of this sitting's recording; blocks. Raises `Conflict`."""
        directory = self.vault.of_session(session_id)
        if directory is None:
            return None
        if (directory / MANIFEST).is_file():
            raise Conflict("recording_sealed")
        return repair(directory)

    def _scribe(self, recorder: Recorder, timeline: Timeline, mended: Repaired | None, at_ms: int) -> Scribe:
        """Directory, journal and thread of a recording; blocks."""
        recording = recorder.recording
        directory = mended.directory if mended else self.vault.create(recording.session_id, recording.id)
        journal = Journal(directory)
        wall = instant(self._clock.now())
        if mended is not None:
            mended.note(journal, at_ms, wall, over=False)
        else:
            journal.line(
                "opened",
                session=recording.session_id,
                recording=recording.id,
                started_at=instant(timeline.started_at),
                at_ms=at_ms,
                wall=wall,
                software=f"mediation-server {__version__}",
            )
            if _late(at_ms):
                journal.line("gap", from_ms=0, reason=GapReason.FAULT.value)
                journal.line("gap_end", to_ms=at_ms)
        journal.sync()
        return Scribe(
            directory,
            journal,
            mended.state if mended else JournalState(),
            timeline=timeline,
            clock=self._clock,
            gap_changed=recorder.gap_changed,
        )

    def _tell_begin(self, recorder: Recorder, mended: Repaired | None, at_ms: int) -> None:
        recording, telling = recorder.recording, recorder.telling
        telling.tell("started", partial(self._books.started, recording))
        if mended is not None:
            self._tell_repair(recording, telling, mended, at_ms, over=False)
        elif _late(at_ms):
            telling.tell("gap", partial(self._books.gap, recording, Gap(0, at_ms, GapReason.FAULT)))

    def _tell_repair(self, recording: Recording, telling: Telling, mended: Repaired, at_ms: int, *, over: bool) -> None:
        cut, hole = mended.cut_gap(at_ms, over=over), mended.hole(at_ms, over=over)
        if cut is not None:
            telling.tell("gap", partial(self._books.gap, recording, cut))
        if hole is not None:
            telling.tell("gap", partial(self._books.gap, recording, hole))
            telling.tell("repaired", partial(self._books.repaired, recording, at_ms - hole.from_ms))

    # --- sealing ------------------------------------------------------------------------------------------

    def _closed(self, recorder: Recorder) -> None:
        recording = recorder.recording
        if self._live.pop(recording.session_id, None) is recorder:
            self._overflowed += recorder.overflowed
        self._in_background(self._conclude(self.vault.directory(recording.session_id, recording.id), recorder.telling))

    async def _conclude(self, directory: Path, telling: Telling) -> None:
        """Seal a recording nobody writes any more, if its sitting is over by the log."""
        length_ms = await self._length_ms(directory.parent.name)
        await telling.done()
        if length_ms is None:
            return
        try:
            recording = await self._finalised(directory, telling, length_ms)
            sealed = await self._sealed(recording, directory, length_ms)
        except Exception as error:  # noqa: BLE001 - the live files are kept and the books are told
            _log.error("recording_seal", recording=directory.name, error=repr(error))
            failed = Recording(directory.name, directory.parent.name, RecordingState.FAILED, self._clock.now())
            telling.tell("failed", partial(self._books.failed, failed))
        else:
            telling.tell("sealed", partial(self._books.sealed, *sealed))
        await telling.done()

    async def _length_ms(self, session_id: str) -> int | None:
        """How long the sitting was; asked a few times, since a room may close its recorder before it logs its end."""
        for _ in range(_TRIES):
            length_ms = await self._books.length_ms(session_id)
            if length_ms is not None or self._stopping.is_set():
                return length_ms
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _PATIENCE_S)
        return None

    async def _finalised(self, directory: Path, telling: Telling, length_ms: int) -> Recording:
        """Close the journal's accounts up to the end of the sitting."""
        mended = await asyncio.to_thread(repair, directory)
        recording = mended.recording(RecordingState.FINALIZING)
        if await asyncio.to_thread(self._note_end, mended, length_ms):
            self._tell_repair(recording, telling, mended, length_ms, over=True)
        await telling.done()
        return recording

    def _note_end(self, mended: Repaired, at_ms: int) -> bool:
        """Write the end into the journal; False when a seal is there already, by a process killed after it."""
        if (mended.directory / MANIFEST).is_file():
            return False
        journal = Journal(mended.directory)
        try:
            mended.note(journal, at_ms, instant(self._clock.now()), over=True)
            journal.sync()
        finally:
            journal.close()
        return True

    async def _sealed(self, recording: Recording, directory: Path, length_ms: int) -> tuple[Recording, tuple[Gap, ...]]:
        async with self._one_at_a_time:
            head = await self._books.log_head(recording.session_id)
            people = await self._books.participants(recording.session_id)
            sealed = await self._sealer(SealOrder(str(directory), length_ms, head, people))
        done = replace(
            recording,
            state=RecordingState.SEALED,
            duration_ms=sealed.total_ms,
            recorded_ms=sealed.total_ms - gap_ms(sealed.gaps, sealed.total_ms),
            manifest_sha256=sealed.manifest_sha256,
            sealed_at=self._clock.now(),
        )
        return done, sealed.gaps

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)


def _late(at_ms: int) -> bool:
    """Whether the recorder came so late that the beginning is missing."""
    return at_ms > _LATE_MS
