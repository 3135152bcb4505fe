"""`Taping`: one room's recorder: when it runs, pauses and finishes; what it receives is the audience's affair."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.recording import GapReason
from mediation_server.domain.session import Session
from mediation_server.rooms.decision import SYSTEM
from mediation_server.rooms.recording_port import RecorderFactory, RoomRecorder
from mediation_server.rooms.stage import Stage
from mediation_server.rooms.state import RoomState
from mediation_server.rooms.timeline import Timeline

__all__ = ["Taping"]

_LOG = logging.getLogger(__name__)
_CAUSES = {"presider_lost": "network", "party_lost": "network", "recording_failed": "recording"}


class _Cause(NamedTuple):
    by: str
    word: str


class Taping:
    """Holds the recorder of a sitting. A broken recorder never breaks the room; the view tells whether one is there."""

    def __init__(self, factory: RecorderFactory, stage: Stage, last_words: Callable[[], Awaitable[None]]) -> None:
        """`last_words`: waited for before the recorder finishes."""
        self._factory = factory
        self._stage = stage
        self._last_words = last_words
        self._recorder: RoomRecorder | None = None
        self._leaving: RoomRecorder | None = None  # takes the last captions yet
        self._gap: GapReason | None = None
        self._last: SessionEvent | None = None
        self._causes: dict[GapReason, _Cause] = {GapReason.FAULT: _Cause(SYSTEM, "media")}
        self._cut_off = False
        self.refused = False  # whether the disk refuses what is recorded, as the recorder says
        self.waived = False  # whether the presider has let the sitting go on without, since then
        self._finishing: asyncio.Task[None] | None = None
        self._beginning = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether a recorder is attached to the room."""
        return self._recorder is not None

    def refuse(self, *, refused: bool) -> None:
        """The disk refuses, or takes it again; each time anew the presider has to say what shall be."""
        self.waived = self.waived and self.refused and refused
        self.refused = refused

    def logged(self, event: SessionEvent) -> None:
        """An entry of the session log: what is recorded is bound to it, and it may say why a gap begins."""
        self._last = event
        if self._recorder is not None:
            self._recorder.logged(event.seq, event.hash)
        if event.kind is EventKind.WENT_ON_UNRECORDED:
            self.waived = True
        elif event.kind is EventKind.CAUCUS_OPENED:
            self._causes[GapReason.CAUCUS] = _Cause(event.actor, "")
        elif event.kind is EventKind.SUSPENDED:
            # What a mediator types as a reason stays in the log: the gap carries no free text.
            self._causes[GapReason.SUSPENDED] = _Cause(event.actor, _CAUSES.get(str(event.payload.get("reason")), ""))

    def captioned(self, participant: str, from_ms: int, to_ms: int, text: str) -> None:
        """A machine's words for what the recorder heard, also while it pauses or has just ended."""
        recorder = self._recorder or self._leaving
        if recorder is not None:
            recorder.captioned(participant, from_ms, to_ms, text)

    async def begin(self, session: Session, timeline: Timeline, *, resumed: bool) -> None:
        """Attach a recorder unless one is there. Raises whatever keeps it from being made."""
        async with self._beginning:
            if self._recorder is None and self._finishing is None:
                self._recorder = await self._factory(session, timeline, resumed)
                self.refuse(refused=False)
                if self._last is not None:
                    self._recorder.logged(self._last.seq, self._last.hash)
                await self._stage.record(self._recorder)

    async def cut_off(self, state: RoomState) -> None:
        """The media of the room is gone: a gap with the reason fault, from now until somebody sends again."""
        self._cut_off = True
        await self.follow(state)

    async def reconnected(self, state: RoomState) -> None:
        """Somebody is about to send again; before that, nothing could be recorded. Does nothing without a loss."""
        if self._cut_off:
            self._cut_off = False
            await self.follow(state)

    async def follow(self, state: RoomState) -> None:
        """Pause in a caucus and while suspended, go on after it, finish when the sitting has ended."""
        if self._recorder is None:
            return
        if state.ended:
            self._finish()
            return
        gap = self._reason(state)
        if gap is self._gap:
            return
        try:
            if self._gap is not None:
                await self._recorder.resume()
            if gap is not None:
                cause = self._causes.get(gap, _Cause("", ""))
                await self._recorder.pause(gap, by=cause.by, cause=cause.word)
        except Exception:  # noqa: BLE001 - the audience withholds the media in any case; the sitting goes on
            _LOG.exception("the recorder did not follow the room")
        self._gap = gap

    async def close(self) -> None:
        """Finish and wait until nothing can be lost any more; idempotent."""
        if self._recorder is not None:
            self._finish()
        if self._finishing is not None:
            await asyncio.gather(self._finishing, return_exceptions=True)

    def _reason(self, state: RoomState) -> GapReason | None:
        if state.suspended is not None:
            return GapReason.SUSPENDED
        if state.caucus_id:
            return GapReason.CAUCUS
        return GapReason.FAULT if self._cut_off else None

    def _finish(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        self._leaving = recorder
        self._finishing = asyncio.create_task(self._finished(recorder))
        self._finishing.add_done_callback(_report)

    async def _finished(self, recorder: RoomRecorder) -> None:
        try:
            await self._stage.record(None)
            await self._last_words()
        finally:  # whatever is away: the files are closed and sealed
            self._leaving = None
            await recorder.finish()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _LOG.error("the recording could not be finished", exc_info=task.exception())
