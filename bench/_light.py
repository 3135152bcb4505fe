"""People without a browser: seats taken over from pages, real signalling, numbered pictures over bare lines.

Each sends a picture thirty times a second that says whose it is and which; when it was sent is noted as it goes, when
it came is the kernel's stamp, so that a late bench makes no picture late. Knows no fault and no figure.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import struct
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pylibsrtp
import socketio
from aiortc.rtcdtlstransport import RTCCertificate
from playwright.async_api import Page

from bench._peer import AES_GCM, Line, Peer
from bench._sdp import answer_to_all, remote_of
from recordings.packetise import Packetiser, vp8_payloads

__all__ = ["FPS", "Person", "Seat", "Window", "longest_ms", "seat_of", "seated", "share", "talk"]

FPS = 30
_ADDRESS = "127.0.0.1"
_VIDEO, _MID = 96, "0"
_KEY_EVERY = FPS
_BYTES = 700
_TAIL = struct.Struct("!4sBI")
_MARK = b"pict"
# RFC 6386 §9.1: the tag with an empty first partition; a key frame adds start code and size.
_KEY, _DELTA = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00", b"\x11\x00\x00"
_DATAGRAM, _ANCILLARY = 2_048, 64
_RTCP = range(192, 224)
_FIRST_BYTES = range(0x80, 0xC0)
_PATIENCE_S = 15.0
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in a sitting and the cookies that say so."""

    url: str
    participant: str
    cookies: str


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment to another, in s since 1970 by our clock."""

    from_s: float
    to_s: float


@dataclass
class Person:
    """One of them: what was sent when, and what came when, in s since 1970."""

    number: int
    socket: socketio.AsyncClient
    up: Line | None = None
    down: Line | None = None
    sent: list[float] = field(default_factory=list)
    came: dict[tuple[int, int], float] = field(default_factory=dict)  # by whose and which it is
    view: Mapping[str, object] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    hears: asyncio.Event = field(default_factory=asyncio.Event)
    packets: Packetiser = field(init=False)

    def __post_init__(self) -> None:
        self.packets = Packetiser(ssrc=7_000 + self.number, payload_type=_VIDEO)

    def told(self, view: Mapping[str, object]) -> None:
        """The room looks like this now."""
        self.view = view
        self.changed.set()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those that are up."""
        return tuple(each for each in (self.up, self.down) if each is not None)

    def recording(self, part: str) -> object:
        """What this person is told of the recording now."""
        told = self.view.get("recording")
        return told.get(part) if isinstance(told, dict) else None

    async def ask(self, event: str, payload: Mapping[str, object]) -> dict[str, object]:
        """Say something and have it acknowledged. Raises `LookupError` where it is refused."""
        answer: dict[str, object] = await self.socket.call(event, payload, timeout=_PATIENCE_S)
        if not answer.get("ok"):
            msg = f"{event}: {answer.get('error')}"
            raise LookupError(msg)
        return answer

    async def until(self, part: str, value: object) -> None:
        """Wait until this is what the recording is said to be. Raises `TimeoutError`."""
        async with asyncio.timeout(_PATIENCE_S):
            while self.recording(part) != value:
                self.changed.clear()
                await self.changed.wait()

    def show(self) -> None:
        """Send the next picture."""
        number = len(self.sent)
        head = _DELTA if number % _KEY_EVERY else _KEY
        picture = head + bytes(_BYTES - len(head) - _TAIL.size) + _TAIL.pack(_MARK, self.number, number)
        self.sent.append(time.time())
        for packet in self.packets.packets(vp8_payloads(picture, number), number * 90_000 // FPS):
            if self.up is not None:
                self.up.sock.send(self.up.outbound.protect(packet))

    def take(self) -> None:
        """Note what has come."""
        if self.up is not None:
            self.up.drain()
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while self.down is not None:
                data, ancillary, _flags, _address = self.down.sock.recvmsg(_DATAGRAM, _ANCILLARY)
                if data[0] in _FIRST_BYTES and data[1] not in _RTCP:
                    self._note(self.down, data, ancillary)

    def _note(self, down: Line, data: bytes, ancillary: list[tuple[int, int, bytes]]) -> None:
        with contextlib.suppress(pylibsrtp.Error):
            mark, who, which = _TAIL.unpack(down.inbound.unprotect(data)[-_TAIL.size :])
            if mark == _MARK and ancillary:
                seconds, ns = struct.unpack("qq", ancillary[0][2][:16])
                self.came.setdefault((who, which), seconds + ns / 1e9)


async def seat_of(page: Page) -> Seat:
    """The seat of the person at this page, to be taken over once the page is closed."""
    parts = urlsplit(page.url)
    participant = re.search(r"/seats/([\w-]+)", parts.path)
    if participant is None:
        msg = f"{page.url} is nobody's seat"
        raise LookupError(msg)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in await page.context.cookies())
    return Seat(f"{parts.scheme}://{parts.netloc}", participant[1], cookies)


@contextlib.asynccontextmanager
async def seated(seats: Sequence[Seat]) -> AsyncIterator[list[Person]]:
    """These people, their cameras on, each receiving the others. Raises `LookupError`, `PeerError`, `TimeoutError`."""
    certificate = RTCCertificate.generateCertificate()
    async with contextlib.AsyncExitStack() as stack:
        people = []
        for number, seat in enumerate(seats):
            client = socketio.AsyncClient(reconnection=False)
            person, offers = Person(number, client), asyncio.Queue[Mapping[str, object]]()
            client.on("offer", offers.put_nowait)
            client.on("room", person.told)
            headers = {"Cookie": seat.cookies, "Origin": seat.url}
            await client.connect(seat.url, headers=headers, auth={"seat": seat.participant}, transports=["websocket"])
            stack.push_async_callback(client.disconnect)
            answering = asyncio.create_task(_answer_all(stack, person, offers, certificate))
            stack.push_async_callback(_ended, answering)
            await _publish(stack, person, certificate)
            people.append(person)
        async with asyncio.timeout(_PATIENCE_S):
            for person in people:
                await person.hears.wait()
        yield people


async def _publish(stack: contextlib.AsyncExitStack, person: Person, certificate: RTCCertificate) -> None:
    """Sit down, and publish a camera."""
    await person.ask("hello", {"take_over": True})
    peer = Peer(_ADDRESS, certificate, AES_GCM)
    offer = _offer(await peer.gather(), person.number)
    answer = await person.ask("publish", {"sdp": offer, "sources": {_MID: "camera"}})
    person.up = await peer.connect(remote_of(str(answer["sdp"])), controlling=True)
    stack.callback(person.up.close)
    await person.ask("devices", {"camera": True})


async def _answer_all(
    stack: contextlib.AsyncExitStack,
    person: Person,
    offers: asyncio.Queue[Mapping[str, object]],
    certificate: RTCCertificate,
) -> None:
    """Answer each offer; what is received comes over the first one's transport."""
    peer = Peer(_ADDRESS, certificate, AES_GCM)
    transport = await peer.gather()
    connecting = None
    while True:
        offer = await offers.get()
        text = str(offer["sdp"])
        if connecting is None:
            connecting = asyncio.create_task(peer.connect(remote_of(text), controlling=False))
        with contextlib.suppress(LookupError):  # a newer offer is on its way
            await person.ask("subscribed", {"revision": offer["revision"], "sdp": answer_to_all(text, transport)})
            if person.down is None:
                person.down = await connecting
                stack.callback(person.down.close)
                person.hears.set()


async def _ended(task: asyncio.Task[None]) -> None:
    """End it. Raises whatever ended it before."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def _offer(transport: Sequence[str], number: int) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {_MID}"]
    lines += [f"m=video 9 UDP/TLS/RTP/SAVPF {_VIDEO}", "c=IN IP4 0.0.0.0", *transport, "a=setup:actpass"]
    lines += [f"a=mid:{_MID}", "a=sendonly", "a=rtcp-mux", f"a=rtpmap:{_VIDEO} VP8/90000", f"a=rtcp-fb:{_VIDEO} nack"]
    return "\r\n".join([*lines, f"a=ssrc:{7_000 + number} cname:light"]) + "\r\n"


async def talk(people: Sequence[Person]) -> None:
    """Send pictures and note what comes, until it is cancelled."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for tick in itertools.count():  # people one after another, so that they do not send at once
        person = people[tick % len(people)]
        person.show()
        if len(person.sent) % FPS == 1:
            for line in person.lines:
                line.renew_consent()
        for each in people:
            each.take()
        await asyncio.sleep(max(0.0, begun + (tick + 1) / (FPS * len(people)) - loop.time()))


def share(people: Sequence[Person], windows: Sequence[Window], within_s: float) -> float | None:
    """Of the pictures sent in these windows, the share that was with each of the others within that time."""
    waited = [each for window in windows for each in _waits(people, window)]
    return sum(each <= within_s for each in waited) / len(waited) if waited else None


def longest_ms(people: Sequence[Person], windows: Sequence[Window]) -> float:
    """How long the latest picture that came at all was on its way."""
    waited = [each for window in windows for each in _waits(people, window)]
    return max((each for each in waited if each != _NEVER), default=0.0) * 1000


def _waits(people: Sequence[Person], window: Window) -> list[float]:
    return [
        receiver.came.get((sender.number, which), _NEVER) - at_s
        for sender in people
        for which, at_s in enumerate(sender.sent)
        if window.from_s <= at_s < window.to_s
        for receiver in people
        if receiver is not sender
    ]
