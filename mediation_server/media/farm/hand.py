"""`Hand`: one worker process as the main process holds it: started, asked, watched over, ended; knows no room."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mediation_server.errors import MediationError, Unavailable
from mediation_server.media.engine import EngineEvent, Load, MemberQuality
from mediation_server.media.farm.calls import CALLS, Call
from mediation_server.media.farm.frames import (
    BUG,
    Beat,
    Reply,
    Report,
    Request,
    Serving,
    Told,
    error_of,
    event_of,
    frame,
    read_frame,
)
from mediation_server.media.farm.order import Order
from mediation_server.media.farm.patience import came
from mediation_server.media.farm.tape_reader import Seats, TapeReader

__all__ = ["CRASHED", "SILENT", "UNANSWERED", "Hand"]

_LOG = logging.getLogger(__name__)
CRASHED, SILENT, UNANSWERED, CONFUSED, ENDED = "crashed", "silent", "unanswered", "confused", "ended"
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_ORDER, _REQUEST = TypeAdapter(Order), TypeAdapter(Request)
_HOME = str(Path(__file__).parents[3])
_BUFFER = 4 << 20  # asked for; the kernel gives what it allows
_DYING_S = 10.0


@dataclass(eq=False)
class Hand:
    """Lives from `start` until `dead`, and is never started again; `reason` then says why it ended."""

    order: Order
    seats: Seats
    heard: Callable[[Hand, EngineEvent], None]
    load: Load = field(default_factory=lambda: Load(0, 0, 0, 0, {}))
    qualities: Mapping[str, Mapping[str, MemberQuality]] = field(default_factory=dict)
    busy: float = 0.0
    port: int = 0
    tcp_port: int | None = None
    reason: str = ""
    serving: bool = False
    _process: asyncio.subprocess.Process | None = None
    _writer: asyncio.StreamWriter | None = None
    _tape: TapeReader | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _asked: dict[int, asyncio.Future[Reply]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _beaten: asyncio.Event = field(default_factory=asyncio.Event)
    _dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Start the process and wait until it serves. Raises `Unavailable`, also what it says is not to be had."""
        try:
            await self._begin()
        except BaseException:  # cancelled too: nobody holds this worker then
            self.kill(CRASHED)
            if self._writer is not None:
                self._writer.close()
            raise

    async def _begin(self) -> None:
        control, its_control = _pair()
        tape, its_tape = _pair()
        loop = asyncio.get_running_loop()
        try:
            self._process = await _process(its_control, its_tape)
        finally:
            its_control.close()
            its_tape.close()
        reader, self._writer = await asyncio.open_unix_connection(sock=control)
        _, self._tape = await loop.create_unix_connection(
            lambda: TapeReader(self.seats, lambda: self.kill(CONFUSED)), sock=tape
        )
        self._writer.write(frame(_ORDER.dump_json(self.order)))
        first = loop.create_task(self._greeting(reader))
        self._tasks = [loop.create_task(self._burial())]
        if not await came([first], self.order.paces.starting_s):
            first.cancel()
        problem = await _outcome(first)
        if problem is not None:
            self.kill(CRASHED)
            await self._dead.wait()
            raise problem
        self.serving = True
        self._tasks += [loop.create_task(self._listen(reader)), loop.create_task(self._watch())]

    @property
    def pid(self) -> int:
        """The process id, once it is started."""
        return self._process.pid if self._process else 0

    async def dead(self) -> None:
        """Wait until the process is gone, and everything it had to say has been heard."""
        await self._dead.wait()

    def kill(self, reason: str) -> None:
        """End it at once (SIGKILL): whatever it held flows no more. The first reason is kept; idempotent."""
        self.reason = self.reason or reason
        self.serving = False
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """End it in good order: it closes its rooms and tells so, and is killed when that takes too long."""
        self.reason = self.reason or ENDED
        self.serving = False
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write_eof()
        waiting = asyncio.ensure_future(self._dead.wait())
        await came([waiting], 2 * self.order.paces.closing_s)
        self.kill(ENDED)
        await waiting

    async def ask(self, call: Call, patience_s: float | None = None) -> Any:
        """The result as JSON gives it. Raises what the engine raises, `Unavailable` without an answer."""
        reply = await self._reply(call, patience_s or self.order.paces.answer_s)
        if reply is None:
            raise Unavailable("media_closed")
        if reply.refusal is not None:
            raise Unavailable(reply.refusal.code) if reply.refusal.kind == BUG else error_of(reply.refusal)
        return reply.result

    async def fence(self, call: Call, patience_s: float | None = None) -> None:
        """When this returns the call is in force and the recorders have what was before it, or the worker is dead.

        Raises what the engine raises.
        """
        paces = self.order.paces
        reply = await self._reply(call, patience_s or paces.fence_s)
        stumbled = reply is not None and reply.refusal is not None and reply.refusal.kind == BUG
        if reply is None or stumbled:
            self.kill(CONFUSED if stumbled else UNANSWERED)
            await self._dead.wait()
            return
        if self._tape is not None:
            await came([self._tape.reached(reply.tape)], paces.fence_s)
        if reply.refusal is not None:
            raise error_of(reply.refusal)

    async def _reply(self, call: Call, patience_s: float) -> Reply | None:
        if self._writer is None or not self.serving:
            return None
        number = next(self._numbers)
        name = type(call).__name__
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        request = Request(number, name, CALLS[name].dump_python(call, mode="json"))
        self._writer.write(frame(_REQUEST.dump_json(request)))
        try:
            return answer.result() if await came([answer], patience_s) and not answer.cancelled() else None
        finally:
            self._asked.pop(number, None)

    async def _greeting(self, reader: asyncio.StreamReader) -> None:
        message = _REPORT.validate_json(await read_frame(reader, self.order.paces.frame))
        if not isinstance(message, Serving):
            raise Unavailable("media_closed")
        if message.refusal is not None:
            raise error_of(message.refusal)
        self.port, self.tcp_port = message.port, message.tcp_port

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self._take(_REPORT.validate_json(await read_frame(reader, self.order.paces.frame)))
        except (asyncio.IncompleteReadError, OSError):
            self.serving = False  # it has ended; `_burial` says when
        except ValueError:
            _LOG.exception("a media worker says what it must not say")
            self.kill(CONFUSED)

    def _take(self, message: Report) -> None:
        if isinstance(message, Beat):
            self._beaten.set()
            self.load, self.busy = message.load, (self.busy + message.busy) / 2
            self.qualities = self.qualities if message.qualities is None else message.qualities
        elif isinstance(message, Reply):
            self.load = message.load or self.load
            answer = self._asked.get(message.number)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif isinstance(message, Told):
            self.heard(self, event_of(message))

    async def _watch(self) -> None:
        """Kill it when it falls silent."""
        while True:
            self._beaten.clear()
            beat = asyncio.ensure_future(self._beaten.wait())
            try:
                if not await came([beat], self.order.paces.silence_s):
                    self.kill(SILENT)
                    return
            finally:
                beat.cancel()

    async def _burial(self) -> None:
        """When the process is gone: hear what it still said, then tell everybody who waits for it."""
        if self._process is None or self._tape is None:
            return
        await self._process.wait()
        self.reason = self.reason or CRASHED
        self.serving = False
        heard = [self._tape.ended, *(each for each in self._tasks[1:2])]
        if not await came(heard, _DYING_S):
            _LOG.error("what a dead media worker said last could not be read")
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks[1:], return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
        for answer in self._asked.values():
            answer.cancel()
        self._dead.set()


def _pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for each in (ours, theirs):
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            each.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
    return ours, theirs


async def _process(control: socket.socket, tape: socket.socket) -> asyncio.subprocess.Process:
    """A fresh interpreter: nothing of this process's memory, and of its files only these two."""
    handles = (control.fileno(), tape.fileno())
    path = os.pathsep.join(filter(None, (_HOME, os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mediation_server.media.farm.worker"),
        *map(str, handles),
        pass_fds=handles,
        stdin=asyncio.subprocess.DEVNULL,
        env={**_environment(), "PYTHONPATH": path},
    )


def _environment() -> dict[str, str]:
    """The parent's environment without its settings: a worker is told all it needs, and knows no secret's place."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MEDIATION_")}


async def _outcome(first: asyncio.Task[None]) -> MediationError | None:
    """Why a worker does not serve, or None."""
    try:
        await first
    except MediationError as error:
        return error
    except (asyncio.CancelledError, asyncio.IncompleteReadError, ValidationError, ValueError, OSError):
        return Unavailable("media_closed")
    return None
