"""A worker process: one embedded engine with ports and an event loop of its own; knows no room but by name.

`python -m mediation_server.media.farm.worker CONTROL TAPE` with two inherited sockets.  It is started by the farm,
hears and tells over the first, hands the recorders' packets over the second, and ends with its parent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from mediation_server.children import end_with_parent
from mediation_server.errors import MediationError
from mediation_server.heap import settle_heap
from mediation_server.logs import configure_logs
from mediation_server.media.embedded.certificate import certificate_from
from mediation_server.media.embedded.engine import EmbeddedEngine
from mediation_server.media.engine import EngineEvent, Load, MediaEngine, MemberQuality, PacketSink
from mediation_server.media.farm.calls import CALLS, Call
from mediation_server.media.farm.frames import (
    BUG,
    Beat,
    Refusal,
    Reply,
    Report,
    Request,
    Serving,
    frame,
    read_frame,
    refusal_of,
    told,
)
from mediation_server.media.farm.order import FarmLimits, Order
from mediation_server.media.farm.tape_writer import TapeWriter

__all__ = ["Worker", "main"]

_LOG = logging.getLogger(__name__)
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_ORDER = TypeAdapter(Order)
_REQUEST = TypeAdapter(Request)
_DUMP: TypeAdapter[object] = TypeAdapter(object)
_FIRST = 1 << 20  # bytes of the order
_SECOND = 1.0
_IDLE_BYTES = 64 * 1024  # with more than this unread, a beat would only add to the pile
_FAREWELL_S = 1.0


class Worker:
    """What requests are carried out on; see `calls.Workplace`."""

    def __init__(
        self, engine: EmbeddedEngine, tape: TapeWriter, control: asyncio.StreamWriter, paces: FarmLimits
    ) -> None:
        self.engine: MediaEngine = engine
        self._embedded = engine
        self._tape = tape
        self._control = control
        self._paces = paces
        self._running: set[asyncio.Task[None]] = set()
        self._beats = 0

    def open(self, room: str) -> None:
        """Tell the main process what happens in this room."""
        self.engine.listen(room, self._told)

    def sink(self, room: str, number: int) -> PacketSink:  # noqa: ARG002 - the numbers are unique over all rooms
        """The recorder's ear of this number."""
        return self._tape.sink(number)

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Carry out what is asked until the main process hangs up. Requests begin in the order they came in."""
        beating = asyncio.create_task(self._beat())
        try:
            while True:
                request = _REQUEST.validate_json(await read_frame(reader, self._paces.frame))
                task = asyncio.create_task(self._carry_out(request))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            beating.cancel()
            await self.engine.close()
            await self._tape.drained(_FAREWELL_S)

    async def _carry_out(self, request: Request) -> None:
        result: object = None
        refusal: Refusal | None = None
        try:
            call: Call = CALLS[request.do].validate_python(request.arguments)
            result = await call.carry_out(self)
        except MediationError as error:
            refusal = refusal_of(error)
        except Exception:  # noqa: BLE001 - the fence: a bug is logged here, and the room goes on
            _LOG.exception("a request to the media worker failed")
            refusal = Refusal(BUG, "media_closed")
        # Through the loop, as the engine's events go: what happened before the answer is told before it.
        asyncio.get_running_loop().call_soon(self._reply, request.number, result, refusal)

    def _reply(self, number: int, result: object, refusal: Refusal | None) -> None:
        self._tape.flush()
        told_result = _DUMP.dump_python(result, mode="json")
        self._send(Reply(number, told_result, refusal, self._tape.written, self._load()))

    def _load(self) -> Load:
        load, lost = self.engine.load(), self._tape.lost
        return replace(load, dropped={**load.dropped, "recorder_unread": lost}) if lost else load

    def _told(self, event: EngineEvent) -> None:
        self._send(told(event))

    async def _beat(self) -> None:
        wall, used = time.monotonic(), time.process_time()
        while True:
            await asyncio.sleep(self._paces.beat_s)
            now, spent = time.monotonic(), time.process_time()
            busy = (spent - used) / max(now - wall, self._paces.beat_s)
            wall, used = now, spent
            if self._control.transport.get_write_buffer_size() < _IDLE_BYTES:
                self._send(Beat(self._load(), busy, self._qualities()))

    def _qualities(self) -> Mapping[str, Mapping[str, MemberQuality]] | None:
        self._beats += 1
        due = self._beats % max(1, round(_SECOND / self._paces.beat_s)) == 0
        return self._embedded.qualities() if due else None

    def _send(self, message: Report) -> None:
        self._control.write(frame(_REPORT.dump_json(message)))
        if self._control.transport.get_write_buffer_size() > self._paces.unread:
            _LOG.error("nobody reads what the media worker says")
            os._exit(1)


async def _run(control: socket.socket, tape: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=control)
    order = _ORDER.validate_json(await read_frame(reader, _FIRST))
    engine = EmbeddedEngine(
        order.host,
        order.port,
        order.advertised,
        tcp_port=order.tcp_port,
        limits=order.limits,
    )
    engine.certificate = certificate_from(order.certificate)
    try:
        await engine.start()
    except MediationError as error:
        writer.write(frame(_REPORT.dump_json(Serving(refusal=refusal_of(error)))))
        await writer.drain()
        return
    settle_heap()
    writer.write(frame(_REPORT.dump_json(Serving(engine.port, engine.tcp_port))))
    channel = TapeWriter(tape, order.paces)
    try:
        await Worker(engine, channel, writer, order.paces).serve(reader)
    finally:
        channel.close()


def main(arguments: list[str]) -> int:
    """Serve until the parent hangs up or dies."""
    end_with_parent()  # elsewhere the end of the control channel does
    configure_logs()
    # Ctrl-C and a service manager signal the whole group; the main process closes this one when its rooms are closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    control, tape = (socket.socket(fileno=int(each)) for each in arguments)
    try:
        asyncio.run(_run(control, tape))
    except (asyncio.IncompleteReadError, ConnectionError, ValidationError):
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
