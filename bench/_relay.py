"""One person's line on loopback: a relay of UDP and TCP between a browser and a server, under any weather.

A browser reaches a server through a `Line` of its own: pages and sockets over `url`, media over the UDP port that
`script` writes into the server's descriptions before the browser reads them. Knows neither pages nor benchmarks.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self, cast
from urllib.parse import urlsplit, urlunsplit

from bench._weather import Crossing, Scenario, Weather

__all__ = ["Counts", "Line", "line", "play"]

_HOST = "127.0.0.1"
_CHUNK = 65_536
_MOST_FLOWS = 64
_KERNEL_BUFFER = 4 * 1024 * 1024
# What TCP held back while nothing passed comes with its next retransmission, whose pauses double.
_BACKOFF = 0.25
_Address = tuple[str, int]


@dataclass(slots=True)
class Counts:
    """What passed: datagrams in each direction, and those that were lost."""

    up: int = 0
    down: int = 0
    lost: int = 0


class _Way(asyncio.DatagramProtocol):
    """One socket of the relay: hands each datagram on with its source."""

    def __init__(self, take: Callable[[bytes, _Address], None]) -> None:
        self._take = take
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)

    def datagram_received(self, data: bytes, address: _Address) -> None:
        self._take(data, address)

    def error_received(self, exc: Exception) -> None:
        """A peer that went away is part of the weather."""

    def send(self, data: bytes, address: _Address) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(data, address)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


@dataclass(slots=True)
class _Flow:
    """A browser's socket and the address under which the server sees it."""

    browser: _Address
    server: _Address
    towards: _Way | None = None
    waiting: list[bytes] = field(default_factory=list)


class Line:
    """One browser's line. `weather` may be set at any time; `move` gives it a new address."""

    def __init__(self, server_url: str, seed: int) -> None:
        parts = urlsplit(server_url)
        self._server: _Address = (parts.hostname or _HOST, parts.port or 80)
        self._parts = parts
        self._rng = random.Random(seed)
        self._weather = Weather()
        self.counts = Counts()
        self._crossings: dict[str, Crossing] = {}
        self._crossings = self._crossed(self._weather)
        self._here = 2  # 127.0.0.N: where the browser seems to be
        self._fronts: dict[int, _Way] = {}  # by the server's media port
        self._flows: dict[tuple[int, _Address], _Flow] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._web: asyncio.Server | None = None
        self._streams: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._cut_at = 0.0
        self._holds = 0.0  # seconds TCP still waits after the line is back
        self.url = ""

    async def open(self) -> Self:
        """Listen; `url` is then the address to open pages at."""
        self._web = await asyncio.start_server(self._accept, _HOST, 0)
        port = int(self._web.sockets[0].getsockname()[1])
        self.url = urlunsplit(self._parts._replace(netloc=f"{_HOST}:{port}")).rstrip("/")
        return self

    async def close(self) -> None:
        """Drop everything; idempotent."""
        if self._web is not None:
            self._web.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in tuple(self._streams):
            writer.transport.abort()
        for way in [*self._fronts.values(), *(flow.towards for flow in self._flows.values())]:
            if way is not None:
                way.close()
        self._fronts.clear()
        self._flows.clear()
        await asyncio.sleep(0)  # sockets are closed in the next turn of the loop

    def through(self, link: str) -> str:
        """A link of the server as this browser must open it."""
        here = urlsplit(self.url)
        return urlunsplit(urlsplit(link)._replace(scheme=here.scheme, netloc=here.netloc))

    @property
    def weather(self) -> Weather:
        """The weather now."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        now = asyncio.get_running_loop().time()
        if weather.out and not self._weather.out:
            self._cut_at = now
            self._passes.clear()
        elif self._weather.out and not weather.out:
            self._holds = _BACKOFF * (now - self._cut_at)
            self._passes.set()
        if (weather.up, weather.down) != (self._weather.up, self._weather.down):
            self._crossings = self._crossed(weather)
        self._weather = weather

    def move(self) -> None:
        """From now on the server sees this browser's media under a new address and new ports (RFC 4787 §4.1)."""
        self._here = 2 + (self._here - 1) % 250
        for flow in self._flows.values():
            if flow.towards is not None:
                flow.towards.close()
            flow.towards = None

    def cut_signalling(self) -> None:
        """Break every TCP connection, as a proxy that restarts does; media goes on."""
        for writer in tuple(self._streams):
            writer.transport.abort()

    async def media_port(self, server_port: int) -> int:
        """The relay's UDP port for that media port of the server; made when first asked for."""
        front = self._fronts.get(server_port)
        if front is None:
            front = _Way(lambda data, address: self._up(server_port, data, address))
            self._fronts[server_port] = front
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: front, local_addr=(_HOST, 0))
        if front.transport is None:
            msg = "the relay could not be bound"
            raise OSError(msg)
        return int(front.transport.get_extra_info("sockname")[1])

    # -- media -----------------------------------------------------------------------------------------------------

    def _crossed(self, weather: Weather) -> dict[str, Crossing]:
        free_at = {name: each.free_at for name, each in self._crossings.items()}
        ways = {"up": weather.up, "down": weather.down}
        return {
            name: Crossing(way, random.Random(self._rng.random()), free_at.get(name, 0.0)) for name, way in ways.items()
        }

    def _up(self, server_port: int, data: bytes, browser: _Address) -> None:
        flow = self._flows.get((server_port, browser))
        if flow is None:
            if len(self._flows) >= _MOST_FLOWS:
                self._flows.pop(next(iter(self._flows)))
            flow = self._flows[server_port, browser] = _Flow(browser, (self._server[0], server_port))
        self._cross("up", data, lambda: self._send_up(flow, data))

    def _send_up(self, flow: _Flow, data: bytes) -> None:
        self.counts.up += 1
        if flow.towards is None or flow.towards.transport is None:
            flow.waiting.append(data)
            if flow.towards is None:
                self._keep(self._dial(flow))
            return
        flow.towards.send(data, flow.server)

    async def _dial(self, flow: _Flow) -> None:
        """A socket towards the server at the address where the browser is now."""
        front = self._fronts[flow.server[1]]
        flow.towards = _Way(lambda data, _: self._cross("down", data, lambda: self._send_down(front, flow, data)))
        towards = flow.towards
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: towards, local_addr=(f"127.0.0.{self._here}", 0)
        )
        waiting, flow.waiting = flow.waiting, []
        for data in waiting:
            towards.send(data, flow.server)

    def _send_down(self, front: _Way, flow: _Flow, data: bytes) -> None:
        self.counts.down += 1
        front.send(data, flow.browser)

    def _cross(self, way: str, data: bytes, send: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        times = [] if self._weather.out else self._crossings[way].plan(len(data), now * 1000)
        self.counts.lost += not times
        for when in times:
            if when <= now * 1000:
                send()
            else:
                loop.call_at(when / 1000, self._arrive, send)

    def _arrive(self, send: Callable[[], None]) -> None:
        if self._weather.out:
            self.counts.lost += 1
        else:
            send()

    # -- pages and sockets -----------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather.out:  # a SYN that is lost: whoever called has to find out and to call again
            self._streams.add(writer)
            with contextlib.suppress(OSError):
                while await reader.read(_CHUNK):
                    pass
            self._streams.discard(writer)
            writer.transport.abort()
            return
        try:
            onward_reader, onward = await asyncio.open_connection(*self._server)
        except OSError:
            writer.transport.abort()
            return
        self._streams |= {writer, onward}
        self._keep(self._pump(reader, onward, "up"))
        self._keep(self._pump(onward_reader, writer, "down"))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        """TCP repairs losses by itself; what is left of the weather is delay, the rate, and outages."""
        try:
            while data := await reader.read(_CHUNK):
                if not self._passes.is_set():
                    await self._passes.wait()
                    await asyncio.sleep(self._holds)
                kind = self._crossings[way].way
                wait = kind.delay_ms / 1000 + (len(data) * 8 / kind.kbit_s / 1000 if kind.kbit_s else 0)
                if wait:
                    await asyncio.sleep(wait)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._streams.discard(writer)
            writer.transport.abort() if self._weather.out else writer.close()

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def line(server_url: str, seed: int = 1) -> AsyncIterator[Line]:
    """A line to this server, closed at the end."""
    made = await Line(server_url, seed).open()
    try:
        yield made
    finally:
        await made.close()


async def play(scenario: Scenario, on: Line) -> None:
    """Let a scenario happen to a line, and leave it in fair weather."""
    for step in scenario.steps:
        on.weather = step.weather
        if step.move:
            on.move()
        await asyncio.sleep(step.seconds)
    on.weather = Weather()
