"""The main process's end of the recorders' channels: hands what workers heard to the packet sinks; knows no worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from mediation_server.media.engine import PacketSink, Publication
from mediation_server.media.farm.tape import REPORT, Kind, Lost, read_lost, read_started, records

__all__ = ["Seats", "TapeReader"]

_LOG = logging.getLogger(__name__)


class Seats:
    """The recorders of all rooms by number, each behind a fence: its faults touch nobody else."""

    def __init__(self) -> None:
        self.failed = 0  # calls that raised
        self._sinks: dict[int, PacketSink] = {}
        self._count = 0

    def take(self, sink: PacketSink) -> int:
        """Seat a recorder; its number is never used again."""
        self._count += 1
        self._sinks[self._count] = sink
        return self._count

    def leave(self, number: int) -> None:
        """It is never called again; idempotent."""
        self._sinks.pop(number, None)

    def call(self, number: int, what: Callable[[PacketSink], None]) -> None:
        """Hand something to a recorder, if it still sits there."""
        sink = self._sinks.get(number)
        if sink is None:
            return
        try:
            what(sink)
        except Exception:  # noqa: BLE001 - the fence
            self.failed += 1
            _LOG.exception("the recorder could not take what it was given")


class TapeReader(asyncio.Protocol):
    """One worker's channel. `read` counts records, as the writer's `written` does."""

    def __init__(self, seats: Seats, broken: Callable[[], None]) -> None:
        self.read = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seats = seats
        self._broken = broken
        self._buffer = bytearray()
        self._tracks: dict[int, tuple[int, Publication]] = {}
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []

    def reached(self, position: int) -> asyncio.Future[None]:
        """Done once so many records were handed over, or nothing comes any more."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.read >= position or self.ended.done():
            future.set_result(None)
        else:
            self._awaited.append((position, future))
        return future

    def data_received(self, data: bytes) -> None:
        """Hand over every whole record."""
        self._buffer += data
        try:
            for kind, track, at_ns, body in records(self._buffer):
                self._take(Kind(kind), track, at_ns, body)
                self.read += 1
        except ValueError:
            _LOG.exception("a media worker says what it must not say")
            self._broken()
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's shape
        """The worker is gone: nothing it let the recorders have goes on."""
        for number, publication in self._tracks.values():
            self._seats.call(number, lambda sink, whose=publication: sink.stopped(whose, "ended"))  # type: ignore[misc]
        self._tracks.clear()
        if not self.ended.done():
            self.ended.set_result(None)
        self._tell()

    def _take(self, kind: Kind, track: int, at_ns: int, body: bytes) -> None:
        if kind is Kind.STARTED:
            self._started(track, body)
        elif kind is Kind.LOST:
            self._lost(read_lost(body))
        elif track in self._tracks:
            self._of_track(kind, track, at_ns, body)

    def _of_track(self, kind: Kind, track: int, at_ns: int, body: bytes) -> None:
        number, publication = self._tracks[track]
        if kind is Kind.PACKET:
            self._seats.call(number, lambda sink: sink.packet(publication, body, at_ns))
        elif kind is Kind.REPORT:
            if len(body) != REPORT.size:
                raise ValueError("bad_report")
            ntp, rtp = REPORT.unpack(body)
            self._seats.call(number, lambda sink: sink.sender_report(publication, ntp, rtp, at_ns))
        else:
            del self._tracks[track]
            reason = "withheld" if body == b"withheld" else "ended"
            self._seats.call(number, lambda sink: sink.stopped(publication, reason))

    def _started(self, track: int, body: bytes) -> None:
        started = read_started(body)
        self._tracks[track] = (started.sink, started.publication)
        self._seats.call(started.sink, lambda sink: sink.started(started.publication))

    def _lost(self, lost: Lost) -> None:
        self._seats.call(lost.sink, lambda sink: sink.lost(lost.from_ns, lost.to_ns, lost.packets))

    def _tell(self) -> None:
        ended = self.ended.done()
        for position, future in self._awaited:
            if not future.done() and (ended or self.read >= position):
                future.set_result(None)
        self._awaited = [each for each in self._awaited if not each[1].done()]
