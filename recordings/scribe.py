"""The muxer thread of one recording: takes packets from a bounded queue and writes files; never on the event loop.

Everything but the putting end of the queue runs in the thread, so nothing here needs a lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import structlog

from mediation_server.clock import Clock, SystemClock
from mediation_server.domain.recording import GapReason
from mediation_server.media.engine import Publication
from mediation_server.rooms.timeline import Timeline
from recordings.books import LogHead
from recordings.captions import Caption
from recordings.gaps import GapListener
from recordings.journal import JournalState
from recordings.notebook import Notebook
from recordings.shelf import Shelf

__all__ = ["Scribe"]

_log = structlog.get_logger(__name__)

_ROUND_S = 0.04  # each round wakes a thread: half as many as a voice has packets, and a kill costs so much more
_REST_S = 0.1  # between rounds while nothing comes
_SYNC_MS = 1000
_WITNESS_MS = 500
_MAX_ITEMS = 16_384
_MAX_BYTES = 32 << 20  # 10 s of 25 Mbit/s
_DISK_ERRORS = (OSError, av.FFmpegError)


class Scribe:
    """Feed it from the event loop; `gap_changed` is called in the thread when a gap begins and when it ends."""

    def __init__(
        self,
        directory: Path,
        notebook: Notebook,
        known: JournalState,
        *,
        timeline: Timeline,
        clock: Clock,
        gap_changed: GapListener,
    ) -> None:
        self._timeline, self._clock = timeline, clock
        self._pace = SystemClock()  # syncing follows real time, whatever the sitting's clock does
        self._shelf = Shelf(directory, notebook, known, gap_changed)
        self._queue: deque[tuple[Callable[..., object], tuple[Any, ...], int]] = deque()
        self._put_bytes = 0  # written by the loop only
        self._taken_bytes = 0  # written by the thread only
        self._dropping_from: int | None = None
        self._dropped = 0
        self.overflowed = 0  # packets dropped in all
        self._synced_at = self._pace.monotonic_ms()
        self._latest_ms = 0
        self._witness_due_ms = 0  # asked about in the thread, also while packets never pause
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"scribe-{directory.name[-6:]}", daemon=True)

    # --- called on the event loop; none of these block -------------------------------------------------

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def started(self, publication: Publication, at_ms: int) -> None:
        """A publication may be written from now on."""
        self._put(self._shelf.let_in, publication, at_ms)

    def packet(self, publication: str, data: bytes, arrival_ms: int) -> None:
        """One RTP packet; dropped, counted and noted as a gap when the disk cannot keep up."""
        if self._dropping_from is not None and not self._relieved():
            self._dropped += 1
            self.overflowed += 1
            return
        if len(self._queue) >= _MAX_ITEMS or self.backlog_bytes >= _MAX_BYTES:
            self._dropping_from = arrival_ms
            self._dropped = 1
            self.overflowed += 1
            return
        self._put(self._packet, publication, data, arrival_ms, size=len(data))

    def report(self, publication: str, ntp: int, rtp_timestamp: int, arrival_ms: int) -> None:
        """One sender report."""
        if len(self._queue) < _MAX_ITEMS:
            self._put(self._shelf.report, publication, ntp, rtp_timestamp, arrival_ms)

    def lost(self, from_ms: int, to_ms: int, packets: int) -> None:
        """Packets were lost before they came here."""
        self._put(self._shelf.overflowed, from_ms, to_ms, packets, GapReason.FAULT)

    def stopped(self, publication: str) -> None:
        """A publication is over or withheld: its file is closed."""
        self._put(self._shelf.let_out, publication)

    def pause(self, reason: GapReason, at_ms: int, *, by: str = "", cause: str = "") -> None:
        """All files are closed and a gap begins."""
        self._note_dropped(at_ms)
        self._put(self._shelf.pause, reason, at_ms, by, cause)

    def resume(self, at_ms: int) -> None:
        """The gap ends."""
        self._note_dropped(at_ms)
        self._put(self._shelf.resume, at_ms)

    def heard_by(self, from_ms: int, at_ms: int, receivers: Mapping[str, Sequence[str]]) -> None:
        """From `at_ms` on the forwarder sends nobody anything that these receivers do not allow."""
        self._put(self._shelf.heard_by, from_ms, at_ms, receivers)

    def captioned(self, caption: Caption) -> None:
        """A machine's words; an aid, so they are the first to go when the disk cannot keep up."""
        if len(self._queue) < _MAX_ITEMS // 2:
            self._put(self._shelf.captioned, caption)

    def logged(self, head: LogHead) -> None:
        """The session log has reached this entry."""
        self._put(self._shelf.logged, head)

    def call(self, what: Callable[[], object]) -> None:
        """Have the thread call this when it has written everything put so far; for waiting."""
        self._put(what)
        self._wake.set()

    def end(self, at_ms: int) -> None:
        """Close everything and let the thread end."""
        self._note_dropped(at_ms)
        self._put(self._end, at_ms)
        self._wake.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the thread has written its last byte; not for the event loop. False when the time is up."""
        return self._over.wait(timeout_s)

    @property
    def backlog_bytes(self) -> int:
        """Bytes in the queue."""
        return self._put_bytes - self._taken_bytes

    @property
    def backlog(self) -> int:
        """Packets and commands in the queue."""
        return len(self._queue)

    def _put(self, do: Callable[..., object], *arguments: Any, size: int = 0) -> None:
        self._put_bytes += size
        self._queue.append((do, arguments, size))

    def _relieved(self) -> bool:
        """Whether the queue has emptied far enough to go on; if so the hole is noted before the next packet."""
        if len(self._queue) > _MAX_ITEMS // 2 or self.backlog_bytes > _MAX_BYTES // 2:
            return False
        self._note_dropped(self._timeline.offset_ms(self._clock))
        self._dropping_from = None
        return True

    def _note_dropped(self, at_ms: int) -> None:
        """Put the hole so far into the queue, in its place among the commands."""
        if self._dropping_from is not None:
            self._put(self._shelf.overflowed, self._dropping_from, at_ms, self._dropped)
            self._dropping_from, self._dropped = at_ms, 0

    # --- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        rest = _ROUND_S
        while not self._over.is_set():
            self._wake.wait(rest)
            self._wake.clear()
            busy = self._drain()
            rest = _ROUND_S if busy else _REST_S
            if not self._over.is_set():
                self._fenced(self._tend, (busy,))

    def _drain(self) -> bool:
        busy = bool(self._queue)
        while self._queue:
            do, arguments, size = self._queue.popleft()
            self._taken_bytes += size
            self._fenced(do, arguments)
        return busy

    def _fenced(self, do: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        """One hostile packet or one refused write never ends the thread."""
        try:
            do(*arguments)
        except _DISK_ERRORS as error:
            self._shelf.disk_failed(error, self._latest_ms)
        except Exception:  # noqa: BLE001 - the fence: whatever it is, it is logged and the next one goes on
            _log.exception("scribe_fault", step=getattr(do, "__name__", "?"))

    def _packet(self, publication: str, data: bytes, arrival_ms: int) -> None:
        self._latest_ms = max(self._latest_ms, arrival_ms)
        self._shelf.packet(publication, data, arrival_ms)
        if arrival_ms >= self._witness_due_ms:
            self._witness(arrival_ms)

    def _tend(self, busy: bool) -> None:  # noqa: FBT001 - called through the fence
        now_ms = self._latest_ms if busy else self._timeline.offset_ms(self._clock)
        self._latest_ms = max(self._latest_ms, now_ms)
        self._shelf.expire(now_ms)
        self._witness(self._latest_ms)
        if self._pace.monotonic_ms() - self._synced_at >= _SYNC_MS:
            self._synced_at = self._pace.monotonic_ms()
            self._shelf.sync(self._latest_ms)

    def _witness(self, at_ms: int) -> None:
        self._witness_due_ms = at_ms + _WITNESS_MS
        self._shelf.witness(at_ms)

    def _end(self, at_ms: int) -> None:
        try:
            self._shelf.end(at_ms, self._clock.now())
        finally:
            self._over.set()
