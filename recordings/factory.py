"""`Recordings`, the `RecorderFactory` of the product: begins, resumes, parks, seals; the rooms know only its call."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from mediation_server import __version__
from mediation_server.at_rest.matter_keys import KeyStore, Purpose, keys_of
from mediation_server.at_rest.stored import ScopeKey
from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import instant
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.domain.session import Session
from mediation_server.errors import Conflict, MediationError, Unavailable
from mediation_server.keyring import KeyRing
from mediation_server.rooms.decision import SYSTEM
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.rooms.timeline import Timeline
from recordings.books import Books, LogHead
from recordings.chest import Chest, scope_of
from recordings.evidence import Checkpoint
from recordings.finisher import Finisher
from recordings.gaps import gap_ms
from recordings.journal import Journal, JournalState
from recordings.manifest import MANIFEST
from recordings.notebook import Notebook
from recordings.recorder import Recorder, Telling
from recordings.repair import Repaired, repair
from recordings.scribe import Scribe
from recordings.seal import Sealer, SealOrder, seal_in_subprocess
from recordings.vault import CLOSED, Vault
from recordings.witness import EvidenceState, Stamping, Witness

__all__ = ["Keeping", "Recordings", "keeping_of"]

_log = structlog.get_logger(__name__)

_LATE_MS = 100
_TRIES = 5
_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Keeping:
    """How recordings are kept: who signs evidence, whether SM3 stands beside SHA-256, who has the matters' keys."""

    keys: KeyRing
    sm3: bool = False
    opens: KeyStore | None = None  # without it files are written plain


def keeping_of(settings: Settings) -> Keeping:
    """As an installation's settings say."""
    return Keeping(KeyRing(settings.keys_dir), settings.evidence_sm3, keys_of(settings))


class Recordings:
    """Call it with a session and its timeline at the start of the sitting, and again after a restart."""

    def __init__(
        self,
        data_dir: Path,
        clock: Clock,
        books: Books,
        *,
        sealer: Sealer = seal_in_subprocess,
        keeping: Keeping | None = None,
    ) -> None:
        keeping = keeping or Keeping(KeyRing(data_dir / "keys"))
        self.vault = Vault(data_dir, keeping.opens)
        self._keys, self._sm3, self._opens = keeping.keys, keeping.sm3, keeping.opens
        self._clock, self._books, self._sealer = clock, books, sealer
        self._live: dict[str, Recorder] = {}
        self._finishers: dict[str, Finisher] = {}  # by recording
        self._witnesses: dict[str, Witness] = {}
        self._ahead = asyncio.Lock()  # one file at a time over all rooms
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
        if mended is not None and await self._books.is_sealed(mended.state.recording):
            raise Conflict("recording_sealed")  # its manifest is gone, or it was disposed of
        recording = Recording(
            mended.state.recording if mended else new_id(), session.id, RecordingState.RECORDING, timeline.started_at
        )
        key = await asyncio.to_thread(self._key, session, recording.id)
        recorder = Recorder(recording, timeline=timeline, clock=self._clock, books=self._books, closed=self._closed)
        at_ms = timeline.offset_ms(self._clock)  # after the key: what making one takes is told if it is long
        finisher = Finisher(self.vault.chest(session.id, recording.id), self._ahead)
        self._live[session.id], self._finishers[recording.id] = recorder, finisher
        try:
            scribe = await asyncio.to_thread(self._scribe, recorder, timeline, mended, at_ms, key)
        except BaseException:
            del self._live[session.id], self._finishers[recording.id]
            await finisher.stop()
            raise
        if mended is not None:
            finisher.closed()  # whatever the earlier process left
        self._tell_begin(recorder, mended, at_ms)
        recorder.attach(scribe, at_ms if mended is not None else 0)
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

    async def finished_ahead(self) -> None:
        """Wait until whatever the live recordings have closed is in its final form."""
        for each in list(self._finishers.values()):
            await each.caught_up()

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
        mended = repair(directory, self._opens)
        return mended if mended.state.recording else None  # nobody can go on with what does not say whose it is

    def _key(self, session: Session, recording_id: str) -> ScopeKey | None:
        """What this recording is encrypted with. Without a key it is kept plain, until it is taken over."""
        if self._opens is None:
            return None
        try:
            return self._opens.writing(session.matter_id, Purpose.RECORD, scope_of(recording_id))
        except (MediationError, OSError) as error:
            code = error.code if isinstance(error, MediationError) else type(error).__name__
            _log.error("recorded_without_encryption", recording=recording_id, code=code)
            return None

    def _scribe(
        self, recorder: Recorder, timeline: Timeline, mended: Repaired | None, at_ms: int, key: ScopeKey | None
    ) -> Scribe:
        """Directory, journal and thread of a recording; blocks."""
        recording = recorder.recording
        directory = mended.directory if mended else self.vault.create(recording.session_id, recording.id)
        notebook = self._notebook(directory, recording.id, recorder.checkpointed, key)
        notebook.when_closed = self._finishers[recording.id].closed
        try:
            self._note_begin(notebook, recording, timeline, mended, at_ms)
        except BaseException:  # it may be tried again
            notebook.close()
            raise
        self._witnesses[recording.id] = notebook.witness
        return Scribe(
            directory,
            notebook,
            mended.state if mended else JournalState(),
            timeline=timeline,
            clock=self._clock,
            gap_changed=recorder.gap_changed,
        )

    def _note_begin(
        self, notebook: Notebook, recording: Recording, timeline: Timeline, mended: Repaired | None, at_ms: int
    ) -> None:
        wall = instant(self._clock.now())
        if mended is not None:
            mended.note(notebook, at_ms, wall, over=False)
        else:
            notebook.opened(
                session=recording.session_id,
                recording=recording.id,
                started_at=instant(timeline.started_at),
                at_ms=at_ms,
                wall=wall,
                software=f"mediation-server {__version__}",
            )
            if _late(at_ms):
                notebook.whole_gap(_missed_beginning(at_ms))
        notebook.flush()
        notebook.journal.sync()

    def _notebook(
        self,
        directory: Path,
        recording_id: str,
        stamping: Stamping | None,
        key: ScopeKey | None = None,
        known: EvidenceState | None = None,
    ) -> Notebook:
        signer = self._keys.signer(self._clock.now())
        witness = Witness(directory, recording_id, signer, self._clock, stamping=stamping, known=known)
        return Notebook(Journal(directory), witness, sm3=self._sm3, key=key)

    def _tell_begin(self, recorder: Recorder, mended: Repaired | None, at_ms: int) -> None:
        recording, telling = recorder.recording, recorder.telling
        telling.tell("started", partial(self._books.started, recording))
        if mended is not None:
            self._tell_repair(recording, telling, mended, at_ms, over=False)
        elif _late(at_ms):
            telling.tell("gap", partial(self._books.gap, recording, _missed_beginning(at_ms)))

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
        directory = self.vault.directory(recording.session_id, recording.id)
        finisher = self._finishers.pop(recording.id, None)
        self._in_background(self._conclude(directory, recorder.telling, finisher))

    async def _conclude(self, directory: Path, telling: Telling, finisher: Finisher | None = None) -> None:
        """Seal a recording nobody writes any more, if its sitting is over by the log."""
        if finisher is not None:
            await finisher.stop()
        if await self._books.is_sealed(directory.name):  # whoever was to close it was killed, or it was restored
            await asyncio.to_thread(_close_sealed, directory)
            return
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
            recording, gaps = sealed
            telling.tell("sealed", partial(self._told_sealed, directory, recording, gaps))
            self._tell_stamp(recording, telling, "manifest", recording.manifest_sha256 or "")
        await telling.done()

    async def _told_sealed(self, directory: Path, recording: Recording, gaps: tuple[Gap, ...]) -> None:
        """Nobody writes there any more once the books know it; until then the next start looks at it again."""
        await self._books.sealed(recording, gaps)
        await asyncio.to_thread(directory.chmod, CLOSED)

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
        mended = await asyncio.to_thread(repair, directory, self._opens)
        if mended.locked:
            raise Unavailable("record_key_missing")
        recording = mended.recording(RecordingState.FINALIZING)
        head = await self._books.log_head(recording.session_id)
        wanted = await asyncio.to_thread(self._note_end, mended, length_ms, head)
        if wanted is not None:
            self._tell_repair(recording, telling, mended, length_ms, over=True)
            for each in wanted:
                self._tell_stamp(recording, telling, f"checkpoint:{each.n}", each.digest)
        await telling.done()
        return recording

    def _tell_stamp(self, recording: Recording, telling: Telling, subject: str, digest: str) -> None:
        telling.tell("stamp", partial(self._books.stamp, recording, subject, digest))

    def _note_end(self, mended: Repaired, at_ms: int, head: LogHead) -> list[Checkpoint] | None:
        """Write the end down; the checkpoints that want a time stamp.

        None when a seal is there already, by a process killed after it.
        """
        if (mended.directory / MANIFEST).is_file():
            return None
        wanted: list[Checkpoint] = []
        witness = self._witnesses.pop(mended.state.recording, None)
        known = witness.left() if witness and mended.in_order else None  # an hour of evidence takes a while to read
        notebook = self._notebook(mended.directory, mended.state.recording, wanted.append, known=known)
        try:
            notebook.witness.logged(head)
            mended.note(notebook, at_ms, instant(self._clock.now()), over=True)
            notebook.flush()
            notebook.journal.sync()
            os.fsync(notebook.witness.fd)
        finally:
            notebook.close()
        return wanted

    async def _sealed(self, recording: Recording, directory: Path, length_ms: int) -> tuple[Recording, tuple[Gap, ...]]:
        async with self._one_at_a_time:
            head = await self._books.log_head(recording.session_id)
            people = await self._books.participants(recording.session_id)
            stamps = await self._books.stamps(recording)
            opens = tuple((await asyncio.to_thread(Chest(directory, self._opens).held)).told())
            order = SealOrder(
                str(directory), length_ms, head, people, stamps, str(self._keys.directory), self._clock.now(), opens
            )
            sealed = await self._sealer(order)
        done = replace(
            recording,
            state=RecordingState.SEALED,
            duration_ms=sealed.total_ms,
            recorded_ms=sealed.total_ms - gap_ms(sealed.gaps, sealed.total_ms),
            manifest_sha256=sealed.manifest_sha256,
            root=sealed.root,
            sealed_at=self._clock.now(),
        )
        return done, sealed.gaps

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)


def _close_sealed(directory: Path) -> None:
    """Close what the books know as sealed, for good; blocks.

    Where its manifest is gone, another seal would be another hash than the one the court was told.
    """
    if (directory / MANIFEST).is_file():
        directory.chmod(CLOSED)
    else:
        _log.error("sealed_recording_lacks_its_manifest", recording=directory.name)


def _missed_beginning(at_ms: int) -> Gap:
    return Gap(0, at_ms, GapReason.FAULT, SYSTEM, "late")


def _late(at_ms: int) -> bool:
    """Whether the recorder came so late that the beginning is missing."""
    return at_ms > _LATE_MS
