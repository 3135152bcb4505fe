"""`Recorder`, the member of a room that writes: hands packets to its thread and tells the books; decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from mediation_server.clock import Clock
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.media.engine import Publication
from mediation_server.rooms.timeline import Timeline
from recordings.books import Books, LogHead
from recordings.captions import Caption
from recordings.evidence import Checkpoint
from recordings.scribe import Scribe

__all__ = ["Recorder", "Telling"]

_log = structlog.get_logger(__name__)

_CLOSING_S = 30.0  # how long a slow disk may take to swallow the queue


class Telling:
    """Calls to the books in order, one at a time, off the path of packets; a call that fails is logged."""

    def __init__(self) -> None:
        self._last: asyncio.Task[None] | None = None

    def tell(self, what: str, call: Callable[[], Awaitable[None]]) -> None:
        """Make this call after all earlier ones."""
        self._last = asyncio.get_running_loop().create_task(self._after(self._last, what, call))

    async def done(self) -> None:
        """Wait until everything told so far has been taken."""
        if self._last is not None:
            await asyncio.shield(self._last)

    @staticmethod
    async def _after(before: asyncio.Task[None] | None, what: str, call: Callable[[], Awaitable[None]]) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await call()
        except Exception:  # noqa: BLE001 - the fence: whatever it is, it is logged and the next one goes on
            _log.exception("recording_books", what=what)


class Recorder:
    """A `RoomRecorder`. Packet methods never block and never raise; `closed` is called once, when files are closed."""

    def __init__(
        self,
        recording: Recording,
        *,
        timeline: Timeline,
        clock: Clock,
        books: Books,
        closed: Callable[[Recorder], None],
    ) -> None:
        self.recording = recording
        self.telling = Telling()
        self.withheld = 0  # packets that came while nothing may be recorded
        self._overflowed = 0  # as the thread left it
        self._timeline, self._clock, self._books = timeline, clock, books
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._scribe: Scribe | None = None
        self._paused: GapReason | None = None
        self._open_from_ms = 0
        self._fencing_ms = 0
        self._ending: asyncio.Task[None] | None = None

    def attach(self, scribe: Scribe, resumed_ms: int = 0) -> None:
        """Begin to write with this thread; `resumed_ms`: since when, after a restart, and nothing is told before it."""
        self._scribe = scribe
        self._fencing_ms = max(self._fencing_ms, resumed_ms)
        scribe.begin()

    @property
    def recording_id(self) -> str:
        """Id of the `Recording` being written."""
        return self.recording.id

    @property
    def backlog(self) -> int:
        """Packets and commands the thread has not taken yet."""
        return self._scribe.backlog if self._scribe else 0

    @property
    def backlog_bytes(self) -> int:
        """Bytes of packets the thread has not taken yet."""
        return self._scribe.backlog_bytes if self._scribe else 0

    @property
    def overflowed(self) -> int:
        """Packets dropped because the disk could not keep up; known also after the end."""
        return self._scribe.overflowed if self._scribe else self._overflowed

    def started(self, publication: Publication) -> None:
        """The audience grants this publication."""
        if self._scribe is not None:
            self._scribe.started(publication, self._now_ms())

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        """One RTP packet. In a pause nothing passes, nor what arrived before the pause ended: fail closed."""
        arrival_ms = self._timeline.offset_of_ns(arrival_ns)
        if self._scribe is None or self._paused is not None or arrival_ms < self._open_from_ms:
            self.withheld += 1
            return
        self._scribe.packet(publication.id, packet, arrival_ms)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """One sender report."""
        if self._scribe is not None:
            self._scribe.report(publication.id, ntp, rtp_timestamp, self._timeline.offset_of_ns(arrival_ns))

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """Packets that never came here: a gap, on at the next key frame."""
        if self._scribe is not None and self._paused is None:
            from_ms, to_ms = (self._timeline.offset_of_ns(each) for each in (from_ns, to_ns))
            self._scribe.lost(max(from_ms, self._open_from_ms), to_ms, packets)

    def stopped(self, publication: Publication, reason: str) -> None:  # noqa: ARG002 - the port's word
        """No more of this publication."""
        if self._scribe is not None:
            self._scribe.stopped(publication.id)

    def fencing(self) -> None:
        """The forwarder is being told anew who may receive whom; until it has it, the old and the new may hold."""
        self._fencing_ms = self._now_ms()

    def fenced(self, receivers: Mapping[str, Sequence[str]]) -> None:
        """The forwarder keeps to this from now on."""
        if self._scribe is not None:
            now_ms = self._now_ms()
            self._scribe.heard_by(min(self._fencing_ms, now_ms), now_ms, receivers)

    def captioned(self, participant: str, from_ms: int, to_ms: int, text: str) -> None:
        """A machine's words for what was recorded between these offsets."""
        if self._scribe is not None:
            self._scribe.captioned(Caption(participant, from_ms, to_ms, text))

    def logged(self, seq: int, digest: str) -> None:
        """The session log has reached this entry."""
        if self._scribe is not None:
            self._scribe.logged(LogHead(seq, digest))

    async def pause(self, reason: GapReason, *, by: str = "", cause: str = "") -> None:
        """Begin a gap at once; nothing is awaited, so nothing can come between."""
        if self._scribe is not None and self._paused is not reason:
            self._paused = reason
            self._scribe.pause(reason, self._now_ms(), by=by, cause=cause)

    async def resume(self) -> None:
        """End the gap at once."""
        if self._scribe is not None and self._paused is not None:
            self._paused = None
            self._open_from_ms = self._now_ms()
            self._scribe.resume(self._open_from_ms)

    async def finish(self) -> None:
        """Close the files; once this returns nothing can be lost any more. Idempotent.

        Whether that was the end or only a restart is the session log's to say: an ended sitting is sealed in the
        background, any other goes on when the factory is called again.
        """
        if self._ending is None:
            self._ending = self._loop.create_task(self._close())
        await asyncio.shield(self._ending)

    async def caught_up(self) -> None:
        """Wait until everything put so far is written and told to the books."""
        if self._scribe is not None:
            reached = self._loop.create_future()
            self._scribe.call(partial(self._loop.call_soon_threadsafe, reached.set_result, None))
            await reached
        await self.telling.done()

    def gap_changed(self, gap: Gap) -> None:
        """Called in the muxer thread when a gap begins or ends."""
        self._loop.call_soon_threadsafe(self._tell_gap, gap)

    def checkpointed(self, checkpoint: Checkpoint) -> None:
        """Called in the muxer thread when a checkpoint wants a time stamp."""
        self._loop.call_soon_threadsafe(self._tell_stamp, checkpoint)

    async def _close(self) -> None:
        scribe, self._scribe = self._scribe, None
        if scribe is None:
            return
        scribe.end(self._now_ms())
        if not await asyncio.to_thread(scribe.wait, _CLOSING_S):
            _log.error("recording_slow_close", recording=self.recording.id)
        self._overflowed = scribe.overflowed
        self._closed(self)

    def _tell_gap(self, gap: Gap) -> None:
        self.recording = recording = replace(self.recording, state=_state_in(gap))
        self.telling.tell("gap", partial(self._books.gap, recording, gap))

    def _tell_stamp(self, checkpoint: Checkpoint) -> None:
        subject = f"checkpoint:{checkpoint.n}"
        self.telling.tell("stamp", partial(self._books.stamp, self.recording, subject, checkpoint.digest))

    def _now_ms(self) -> int:
        return self._timeline.offset_ms(self._clock)


def _state_in(gap: Gap) -> RecordingState:
    if gap.to_ms is not None:
        return RecordingState.RECORDING
    meant = gap.reason in (GapReason.CAUCUS, GapReason.SUSPENDED)
    return RecordingState.PAUSED if meant else RecordingState.INTERRUPTED
