"""Packets sent in a room of six in speaker view, against forwarding everything: synthetic people, real allocation.

`python -m bench.room --json`: six associations that publish a voice and a camera in three encodings (180, 360 and 720
lines at 30 pictures a second) and six that receive the five others, over real ICE, DTLS and SRTP with the
embedded engine.  One person speaks; the others are silent and their Opus is discontinuous (RFC 7587 §3.1.3), in both
runs.  First everybody gets everything at its best, as without encodings; then each looks at the speaker large and
at the others small (the speaker looks at whoever spoke before).  Packets are those the engine sent.
"""

from __future__ import annotations

import asyncio
import struct
import sys
from dataclasses import dataclass, field
from typing import Annotated

import typer
from aiortc.rtcdtlstransport import RTCCertificate

from bench import report
from bench._peer import AES_GCM, Line, Peer
from bench._sdp import MID_URI, answer_to_all, remote_of
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.engine import Source, Watching

__all__ = ["TARGETS", "build_report", "measure"]

TARGETS = {"packets_ratio": report.Target(at_most=0.4)}
_ADDRESS, _ROOM, _PEOPLE = "127.0.0.1", "bench", 6
_MID_ID, _RID_ID, _RID_URI = 4, 5, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
_RIDS = ("q", "h", "f")
_PACKETS = (1, 2, 7)  # of one picture by encoding: 150, 500 and 1,700 kbit/s at 30 a second
_BYTES = (600, 1_000, 1_000)
_LARGE, _SMALL = 720, 180  # px
_PACE_S = 1 / 30
_KEY_EVERY = 30  # pictures
_SILENCE_EVERY = 12  # pictures: a silent voice sends every 400 ms
_SOURCES = {"0": Source.MICROPHONE, "1": Source.CAMERA}


@dataclass
class _Person:
    """Both lines of one member, and what was sent so far."""

    name: str
    number: int
    up: Line
    publications: tuple[str, str]
    down: Line | None = None
    received: int = 0
    pictures: int = 0
    sequences: list[int] = field(default_factory=lambda: [0] * 4)

    def picture(self, *, speaking: bool) -> None:
        """Send what a browser sends in one picture's time."""
        for place, (packets, size) in enumerate(zip(_PACKETS, _BYTES, strict=True)):
            for at in range(packets):
                start = 0x10 if at == 0 else 0
                kind = 0 if self.pictures % _KEY_EVERY == 0 and at == 0 else 1
                head = struct.pack("!BBHBB", 0x80 | start, 0xC0, 0x8000 | self.pictures & 0x7FFF, 0, kind)
                names = _extension(_MID_ID, "1") + _extension(_RID_ID, _RIDS[place])
                self._send(place + 1, 96, 3_000 * self.pictures, head + bytes(size), (at == packets - 1, names))
        if speaking or self.pictures % _SILENCE_EVERY == 0:
            for _ in range(2 - self.pictures % 3 // 2 if speaking else 1):  # 50 in 30 pictures
                stamp = 960 * self.sequences[0]
                self._send(0, 111, stamp, bytes(80 if speaking else 1), (False, _extension(_MID_ID, "0")))
        self.pictures += 1

    def _send(self, stream: int, kind: int, stamp: int, payload: bytes, form: tuple[bool, bytes]) -> None:
        marker, names = form
        self.sequences[stream] += 1
        body = names + bytes(-len(names) % 4)
        head = struct.pack(
            "!BBHII", 0x90, marker << 7 | kind, self.sequences[stream] & 0xFFFF, stamp, self._ssrc(stream)
        )
        packet = head + struct.pack("!HH", 0xBEDE, len(body) // 4) + body + payload
        self.up.sock.send(self.up.outbound.protect(packet))

    def _ssrc(self, stream: int) -> int:
        return 1_000 * (self.number + 1) + stream


def _extension(number: int, value: str) -> bytes:
    return bytes((number << 4 | len(value) - 1,)) + value.encode("ascii")


def _offer(transport: tuple[str, ...]) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", *transport, "a=setup:actpass", "a=mid:0"]
    lines += [f"a=extmap:{_MID_ID} {MID_URI}", "a=sendonly", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"]
    lines += ["m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", *transport, "a=setup:actpass", "a=mid:1"]
    lines += [f"a=extmap:{_MID_ID} {MID_URI}", f"a=extmap:{_RID_ID} {_RID_URI}", "a=sendonly", "a=rtcp-mux"]
    lines += ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", *(f"a=rid:{rid} send" for rid in _RIDS)]
    return "\r\n".join([*lines, f"a=simulcast:send {';'.join(_RIDS)}"]) + "\r\n"


async def _arrive(engine: EmbeddedEngine, number: int, certificate: RTCCertificate) -> _Person:
    peer, name = Peer(_ADDRESS, certificate, AES_GCM), f"person-{number}"
    answer = await engine.publish(_ROOM, name, _offer(await peer.gather()), _SOURCES)
    voice, camera = (each.id for each in answer.publications)
    return _Person(name, number, await peer.connect(remote_of(answer.sdp), controlling=True), (voice, camera))


async def _sit_down(engine: EmbeddedEngine, person: _Person, people: list[_Person], peer: Peer) -> None:
    transport = await peer.gather()
    wanted = [each for other in people if other is not person for each in other.publications]
    offer = await engine.subscribe(_ROOM, person.name, wanted, fresh=True)
    connecting = asyncio.create_task(peer.connect(remote_of(offer.sdp), controlling=False))
    await engine.answer(_ROOM, person.name, offer.revision, answer_to_all(offer.sdp, transport))
    person.down = await connecting


async def _talk(engine: EmbeddedEngine, people: list[_Person], seconds: float) -> tuple[int, int]:
    """One person speaks for so long; packets that the engine sent, and datagrams that came."""
    loop = asyncio.get_running_loop()
    sent, came = engine.load().packets_out, sum(each.received for each in people)
    start = loop.time()
    for number in range(int(seconds / _PACE_S)):
        for person in people:
            person.picture(speaking=person.number == 0)
            for line in (person.up, person.down):
                if line is not None and number % 30 == 0:
                    line.renew_consent()
            await asyncio.sleep(0)
            person.up.drain()
            person.received += person.down.drain() if person.down is not None else 0
        await asyncio.sleep(max(0.0, start + number * _PACE_S - loop.time()))
    return engine.load().packets_out - sent, sum(each.received for each in people) - came


async def measure(seconds: float, steps: report.Steps) -> report.Report:
    """Let six people come in, then count with everything and with what is looked at."""
    engine = EmbeddedEngine(_ADDRESS, 0, [_ADDRESS])
    await engine.start()
    people: list[_Person] = []
    try:
        await engine.open_room(_ROOM)
        names = [f"person-{number}" for number in range(_PEOPLE)]
        await engine.set_audience(_ROOM, {name: frozenset(names) - {name} for name in names})
        certificate = RTCCertificate.generateCertificate()
        for number in range(_PEOPLE):
            steps.begin(f"person {number + 1} of {_PEOPLE}")
            people.append(await _arrive(engine, number, certificate))
        for person in people:
            await _sit_down(engine, person, people, Peer(_ADDRESS, certificate, AES_GCM))
            steps.done()
        counts = []
        for watching in (False, True):
            steps.begin("what is looked at" if watching else "everything")
            for name in names if watching else ():
                large = names[1] if name == names[0] else names[0]
                heights = {(each, Source.CAMERA): _LARGE if each == large else _SMALL for each in names}
                await engine.look(_ROOM, name, Watching(heights))
            await _talk(engine, people, 4)
            counts.append(await _talk(engine, people, seconds))
            steps.done()
        return build_report(seconds, *counts)
    finally:
        for person in people:
            person.up.close()
            if person.down is not None:
                person.down.close()
        await engine.close()


def build_report(seconds: float, everything: tuple[int, int], looked_at: tuple[int, int]) -> report.Report:
    """Turn packets sent and datagrams received, of both runs, into the figure."""
    figures: dict[str, report.Figure] = {"packets_ratio": looked_at[0] / everything[0] if everything[0] else None}
    details = {
        "people": _PEOPLE,
        "seconds": seconds,
        "packets_per_second_everything": round(everything[0] / seconds),
        "packets_per_second_looked_at": round(looked_at[0] / seconds),
        "received_share": round((everything[1] + looked_at[1]) / max(1, everything[0] + looked_at[0]), 3),
    }
    return report.Report("room", figures, TARGETS, details)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Count for longer.")] = False,
) -> None:
    """Measure what looking at what is looked at saves."""
    with report.progress(_PEOPLE + 2) as steps:
        result = asyncio.run(measure(30.0 if long else 8.0, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
