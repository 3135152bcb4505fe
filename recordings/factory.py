"""`Recordings`, the `RecorderFactory` of the product: begins, resumes, parks, seals; the rooms know only its call."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from mediation_server import __version__
from mediation_server.clock import Clock
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import instant
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.session import Session
from mediation_server.errors import Conflict
from mediation_server.rooms.timeline import Timeline
from recordings.books import Books
from recordings.gaps import gap_ms
from recordings.journal import Journal, JournalState
from recordings.recorder import Recorder, Telling
from recordings.repair import Repaired, repair
from recordings.scribe import Scribe
from recordings.seal import Sealer, SealOrder, seal_in_subprocess
from recordings.vault import Vault

__all__ = ["Recordings"]

_log = structlog.get_logger(__name__)


class Recordings:
    """Call it with a session and its timeline at the start of the sitting, and again after a restart."""

    def __init__(self, data_dir: Path, clock: Clock, books: Books, *, sealer: Sealer = seal_in_subprocess) -> None:
        self.vault = Vault(data_dir)
        self._clock, self._books, self._sealer = clock, books, sealer
        self._live: dict[str, Recorder] = {}
        self._sealing: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()  # sealing is heavy and can wait

    async def __call__(self, session: Session, timeline: Timeline) -> Recorder:
        """The recorder of this sitting, writing from now on.

        Where an earlier process was killed or stopped, its recording goes on: torn files are measured, the time
        in between becomes a gap with the reason fault. Raises `Conflict("recording_finished")` for a sitting
        whose recording was closed, `OSError` when the data directory cannot be written.
        """
        if session.id in self._live:
            return self._live[session.id]
        found = await asyncio.to_thread(self.vault.of_session, session.id)
        mended = await asyncio.to_thread(repair, found) if found else None
        if mended is not None and mended.state.finished_ms is not None:
            raise Conflict("recording_finished")
        recording = Recording(
            mended.state.recording if mended else new_id(), session.id, RecordingState.RECORDING, timeline.started_at
        )
        recorder = Recorder(recording, timeline=timeline, clock=self._clock, books=self._books, closed=self._closed)
        scribe = await asyncio.to_thread(self._scribe, recorder, timeline, mended)
        self._live[session.id] = recorder
        self._tell_begin(recorder, timeline, mended)
        recorder.attach(scribe)
        return recorder

    async def recover(self, live_sessions: Collection[str]) -> list[str]:
        """Seal what earlier processes left behind, except sittings still live (their rooms will call).

        In the background; the ids of the recordings concerned come back at once.
        """
        left = [each for each in await asyncio.to_thread(self.vault.unsealed) if each.parent.name not in live_sessions]
        for directory in left:
            self._in_background(self._finalise(directory))
        return [each.name for each in left]

    async def settled(self) -> None:
        """Wait until everything that is being sealed is sealed."""
        while self._sealing:
            await asyncio.wait(set(self._sealing))

    async def close(self) -> None:
        """The process stops: park what is live, let what is being sealed end. Idempotent."""
        live = list(self._live.values())
        self._live.clear()
        await asyncio.gather(*(each.park() for each in live))
        for each in live:
            await each.telling.done()
        await self.settled()

    # --- beginning and going on -------------------------------------------------------------------------

    def _scribe(self, recorder: Recorder, timeline: Timeline, mended: Repaired | None) -> Scribe:
        """Directory, journal and thread of a recording; blocks."""
        recording = recorder.recording
        directory = mended.directory if mended else self.vault.create(recording.session_id, recording.id)
        journal = Journal(directory)
        at_ms, wall = timeline.offset_ms(self._clock), instant(self._clock.now())
        if mended is None:
            journal.line(
                "opened",
                session=recording.session_id,
                recording=recording.id,
                started_at=instant(timeline.started_at),
                at_ms=at_ms,
                wall=wall,
                software=f"mediation-server {__version__}",
            )
        else:
            mended.note(journal, at_ms, wall)
        journal.sync()
        return Scribe(
            directory,
            journal,
            mended.state if mended else JournalState(),
            timeline=timeline,
            clock=self._clock,
            gap_changed=recorder.gap_changed,
        )

    def _tell_begin(self, recorder: Recorder, timeline: Timeline, mended: Repaired | None) -> None:
        recording, telling = recorder.recording, recorder.telling
        if mended is None:
            telling.tell("started", partial(self._books.started, recording))
            return
        now_ms = timeline.offset_ms(self._clock)
        for gap in mended.gaps_until(now_ms):
            telling.tell("gap", partial(self._books.gap, recording, gap))
        telling.tell("repaired", partial(self._books.repaired, recording, now_ms - mended.last_ms))

    # --- sealing ------------------------------------------------------------------------------------------

    def _closed(self, recorder: Recorder) -> None:
        recording = recorder.recording
        self._live.pop(recording.session_id, None)
        directory = self.vault.directory(recording.session_id, recording.id)
        self._in_background(self._seal(recording, directory, recorder.finished_ms, recorder.telling))

    async def _finalise(self, directory: Path) -> None:
        """Close and seal a recording nobody writes any more."""
        mended = await asyncio.to_thread(repair, directory)
        recording = mended.recording(RecordingState.FINALIZING)
        telling = Telling()
        finished_ms = mended.state.finished_ms
        if finished_ms is None:
            finished_ms = max(mended.last_ms, await self._books.length_ms(recording.session_id) or 0)
            await asyncio.to_thread(self._note_end, mended, finished_ms)
            for gap in mended.gaps_until(finished_ms):
                telling.tell("gap", partial(self._books.gap, recording, gap))
            telling.tell("repaired", partial(self._books.repaired, recording, finished_ms - mended.last_ms))
        await self._seal(recording, directory, finished_ms, telling)

    def _note_end(self, mended: Repaired, at_ms: int) -> None:
        journal = Journal(mended.directory)
        try:
            mended.note(journal, at_ms, instant(self._clock.now()), finished=True)
            journal.sync()
        finally:
            journal.close()

    async def _seal(self, recording: Recording, directory: Path, finished_ms: int | None, telling: Telling) -> None:
        await telling.done()
        try:
            async with self._one_at_a_time:
                head = await self._books.log_head(recording.session_id)
                people = await self._books.participants(recording.session_id)
                sealed = await self._sealer(SealOrder(str(directory), head, people, finished_ms))
        except Exception:  # noqa: BLE001 - the live files are kept and the books are told
            _log.exception("recording_seal", recording=recording.id)
            telling.tell("failed", partial(self._books.failed, replace(recording, state=RecordingState.FAILED)))
            await telling.done()
            return
        done = replace(
            recording,
            state=RecordingState.SEALED,
            duration_ms=sealed.total_ms,
            recorded_ms=sealed.total_ms - gap_ms(sealed.gaps, sealed.total_ms),
            manifest_sha256=sealed.manifest_sha256,
            sealed_at=self._clock.now(),
        )
        telling.tell("sealed", partial(self._books.sealed, done, sealed.gaps))
        await telling.done()

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sealing.add(task)
        task.add_done_callback(self._sealing.discard)
