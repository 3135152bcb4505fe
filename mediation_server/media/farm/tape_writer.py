"""The worker's end of the recorders' channel: never blocks, keeps what a stalled main process does not take.

What it keeps has a bound.  Beyond it packets are lost, counted, and told to their recorder where they are missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque

from mediation_server.media.engine import PacketSink, Publication
from mediation_server.media.farm.order import FarmLimits
from mediation_server.media.farm.tape import REPORT, Kind, Lost, Started, lost_body, record, started_body

__all__ = ["TapeWriter"]

_CHUNK = 64 * 1024  # bytes collected before they are sent without waiting for the pause to end
_PIECES = 512  # of one call; IOV_MAX is 1,024


class TapeWriter:
    """`written` counts records ever put in; `lost` packets that found no room."""

    def __init__(self, sock: socket.socket, paces: FarmLimits) -> None:
        self.written = 0
        self.lost = 0
        self._sock = sock
        self._paces = paces
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._fresh = 0  # bytes put in since the last flush
        self._tracks = 0
        self._losing: dict[int, Lost] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._stuck = False
        sock.setblocking(False)  # noqa: FBT003 - the socket module's shape

    def sink(self, number: int) -> PacketSink:
        """A recorder's ear in this process."""
        return _Ear(self, number)

    def next_track(self) -> int:
        """A number no track has had."""
        self._tracks += 1
        return self._tracks

    def put(self, data: bytes) -> None:
        """One record that is never dropped."""
        self.written += 1
        self._waiting.append(data)
        self._bytes += len(data)
        self._fresh += len(data)
        if self._fresh >= _CHUNK:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._paces.tape_pause_s, self.flush)

    def put_packet(self, sink: int, track: int, packet: bytes, at_ns: int) -> None:
        """One packet, unless there is no room for it."""
        if self._bytes >= self._paces.tape or (self._losing and self._bytes > self._paces.tape // 2):
            self.lost += 1
            before = self._losing.get(sink)
            self._losing[sink] = Lost(
                sink, before.from_ns if before else at_ns, at_ns, before.packets + 1 if before else 1
            )
            return
        if self._losing:
            self._tell_losses()
        self.put(record(Kind.PACKET, track, at_ns, packet))

    def flush(self) -> None:
        """Send what the socket takes now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._fresh = 0
        if not self._stuck:
            self._send()

    async def drained(self, patience_s: float) -> None:
        """Wait until everything was taken, or for so long."""
        if self._losing:
            self._tell_losses()
        self.flush()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while self._waiting and loop.time() < deadline:  # noqa: ASYNC110 - once, at the end of the process
            await asyncio.sleep(self._paces.tape_pause_s)

    def close(self) -> None:
        """Send nothing more; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._unstick()
        self._waiting.clear()
        self._sock.close()

    def _tell_losses(self) -> None:
        losses, self._losing = self._losing, {}
        for each in losses.values():
            self.put(record(Kind.LOST, 0, each.to_ns, lost_body(each)))

    def _send(self) -> None:
        while self._waiting:
            pieces = [self._waiting[at] for at in range(min(_PIECES, len(self._waiting)))]
            try:
                sent = self._sock.sendmsg(pieces)
            except (BlockingIOError, InterruptedError):
                self._stick()
                return
            except OSError:  # the main process is gone, and this one follows it
                self._waiting.clear()
                self._bytes = 0
                return
            self._bytes -= sent
            self._forget(sent)
        self._unstick()
        if self._losing:
            self._tell_losses()

    def _forget(self, sent: int) -> None:
        """Take so many bytes off the front."""
        while sent:
            first = self._waiting[0]
            if len(first) > sent:
                self._waiting[0] = first[sent:]
                return
            sent -= len(first)
            self._waiting.popleft()

    def _stick(self) -> None:
        if not self._stuck:
            self._stuck = True
            asyncio.get_running_loop().add_writer(self._sock, self._send)

    def _unstick(self) -> None:
        if self._stuck:
            self._stuck = False
            with contextlib.suppress(OSError, ValueError):
                asyncio.get_running_loop().remove_writer(self._sock)


class _Ear(PacketSink):
    """What the worker's engine takes for the recorder."""

    def __init__(self, writer: TapeWriter, number: int) -> None:
        self._writer = writer
        self._number = number
        self._tracks: dict[str, int] = {}

    def started(self, publication: Publication) -> None:
        track = self._tracks[publication.id] = self._writer.next_track()
        body = started_body(Started(self._number, publication))
        self._writer.put(record(Kind.STARTED, track, 0, body))

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        track = self._tracks.get(publication.id)
        if track is not None:
            self._writer.put_packet(self._number, track, packet, arrival_ns)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        track = self._tracks.get(publication.id)
        if track is not None:
            self._writer.put(record(Kind.REPORT, track, arrival_ns, REPORT.pack(ntp, rtp_timestamp)))

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        self._writer.put(record(Kind.LOST, 0, to_ns, lost_body(Lost(self._number, from_ns, to_ns, packets))))

    def stopped(self, publication: Publication, reason: str) -> None:
        track = self._tracks.pop(publication.id, None)
        if track is not None:
            self._writer.put(record(Kind.STOPPED, track, 0, reason.encode("ascii")))
