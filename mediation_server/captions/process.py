"""`Listener`: one process that listens, started when somebody speaks, restarted when it dies or hangs; knows no room.

Nothing here waits for the process: what finds no place in the queue is dropped and counted. Whatever it says is read as
if a stranger had said it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from mediation_server.captions.frames import LONGEST_LINE, FrameKind, Said, frame, parsed
from mediation_server.clock import Clock
from mediation_server.config import Settings

__all__ = ["Booths", "Listener", "Paces", "Tally", "captions_command"]

_log = structlog.get_logger(__name__)

_MOST_FRAMES = 1500  # half a minute of one voice
_BATCH = 64
_AFTERWARDS_S = 3.0
_NS = 1_000_000  # of a millisecond


@dataclass(frozen=True, slots=True)
class Paces:
    """How a process is watched and how long it is left alone after a failure, in seconds."""

    ask_s: float = 1.0
    patience_s: float = 30.0  # loading a large model takes some seconds, too
    first_rest_s: float = 1.0
    longest_rest_s: float = 60.0
    healthy_s: float = 60.0  # whoever lived so long begins anew with the shortest rest
    flush_s: float = 2.0


@dataclass(slots=True)
class Tally:
    """Processes started and lost (dead, hanging, confused), frames dropped, since the start; how many run now."""

    running: int = 0
    started: int = 0
    lost: int = 0
    dropped: int = 0


@dataclass(slots=True)
class Booths:
    """What all processes of this server share: how they are started, how many there may be at a time."""

    command: Sequence[str]
    clock: Clock
    most: int = 8
    paces: Paces = field(default_factory=Paces)
    tally: Tally = field(default_factory=Tally)


def captions_command(settings: Settings) -> tuple[str, ...]:
    """How the process is started that listens, as an installation's settings say; empty where nothing shall."""
    if settings.captions == "off":
        return ()
    child = ("-m", "mediation_server.captions.child", settings.captions, str(settings.captions_memory_mib))
    model = (str(settings.captions_model.absolute()),) if settings.captions_model else ()
    return (sys.executable, *child, *model)


class Listener:
    """Feed it from the event loop; `take` is awaited for whatever was understood."""

    def __init__(self, booths: Booths, take: Callable[[Said], Awaitable[None]]) -> None:
        self._booths, self._take = booths, take
        self._queue: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._resting = False
        self._asked: deque[tuple[int, float]] = deque()  # time in the frame, when by the loop
        self._asking_until = 0.0  # by the loop: whoever falls silent is asked about for a while
        self._latest = 0.0  # when it said anything, by the loop
        self._done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, kind: FrameKind, voice: int, at_ns: int, body: bytes = b"") -> None:
        """One frame; dropped and counted when there is no place or nobody listens. Never blocks."""
        if self._closed or self._resting or len(self._queue) >= _MOST_FRAMES:
            self._booths.tally.dropped += 1
            return
        self._queue.append(frame(kind, voice, at_ns, body))
        self._asking_until = asyncio.get_running_loop().time() + _AFTERWARDS_S
        self._filled.set()
        if self._task is None:
            self._task = asyncio.create_task(self._live())

    async def flush(self) -> None:
        """Wait until everything put so far was understood, or for `Paces.flush_s`."""
        if self._task is None or self._resting or self._closed:
            return
        self._done.clear()
        self._ask(FrameKind.FLUSH)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._done.wait(), self._booths.paces.flush_s)

    async def close(self) -> None:
        """The process is killed; nothing it says is taken any more. Idempotent."""
        self._closed = True
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- one life after the other -----------------------------------------------------------------------------------

    async def _live(self) -> None:
        tally, paces, loop, failures = self._booths.tally, self._booths.paces, asyncio.get_running_loop(), 0
        while True:
            await self._filled.wait()
            began, why = loop.time(), "full"
            if tally.running < self._booths.most:
                tally.running += 1
                try:
                    why = await self._life()
                except Exception:  # noqa: BLE001 - the fence: whatever it is, the next life begins after a rest
                    _log.exception("captions_fault")
                    why = "fault"
                finally:
                    tally.running -= 1
                tally.lost += 1
            failures = 0 if loop.time() - began > paces.healthy_s else failures
            rest = min(paces.longest_rest_s, paces.first_rest_s * 2**failures)
            failures += 1
            _log.warning("captions_lost", why=why, rest_s=rest)
            await self._rest(rest)

    async def _rest(self, rest_s: float) -> None:
        """Leave it alone for a while; what is said meanwhile is lost."""
        self._resting = True
        self._booths.tally.dropped += len(self._queue)
        self._queue.clear()
        self._asked.clear()
        self._filled.clear()
        await asyncio.sleep(rest_s)
        self._resting = False

    async def _life(self) -> str:
        """One process from start to end; why it ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._booths.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what a library says may quote what was said
                env={"PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "MALLOC_ARENA_MAX": "2"},
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        except OSError:
            return "not_started"
        self._booths.tally.started += 1
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        works = {
            asyncio.create_task(self._write(process.stdin)): "hung_up",
            asyncio.create_task(self._read(process.stdout)): "died",
            asyncio.create_task(self._watch()): "hangs",
        }
        try:
            ended, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            return works[ended.pop()]
        finally:
            for each in works:
                each.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.gather(*works, return_exceptions=True)
            if not process.stdin.is_closing():
                process.stdin.transport.abort()
            await process.stdout.read()  # a pipe that is not read to its end keeps `wait` from coming back
            await process.wait()

    async def _write(self, pipe: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._filled.wait()
                batch = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
                if not self._queue:
                    self._filled.clear()
                pipe.write(b"".join(batch))
                await pipe.drain()

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await pipe.readuntil()
                said = parsed(line)
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                return
            except (ValueError, KeyError, TypeError):
                return
            self._latest = asyncio.get_running_loop().time()
            if isinstance(said, int):
                self._answered(said)
            elif said.from_ns <= said.to_ns <= self._now_ns() + _NS:
                await self._take(said)

    async def _watch(self) -> None:
        """Ask whether it has come so far, as long as there is anything; done when it says nothing for too long.

        One that is slow, on a machine with much to do, says something now and then, and is left alone.
        """
        loop, paces = asyncio.get_running_loop(), self._booths.paces
        while not self._asked or loop.time() - max(self._asked[0][1], self._latest) < paces.patience_s:
            if loop.time() < self._asking_until:
                self._ask(FrameKind.ASK)
            await asyncio.sleep(paces.ask_s)

    def _ask(self, kind: FrameKind) -> None:
        at_ns = max(self._now_ns(), self._asked[-1][0] + 1 if self._asked else 0)
        self._asked.append((at_ns, asyncio.get_running_loop().time()))
        self._queue.append(frame(kind, 0, at_ns))
        self._filled.set()

    def _answered(self, at_ns: int) -> None:
        while self._asked and self._asked[0][0] <= at_ns:
            self._asked.popleft()
        if not self._asked:
            self._done.set()

    def _now_ns(self) -> int:
        return self._booths.clock.monotonic_ms() * _NS
