"""One round of the media canary: a synthetic party publishes a few packets and must get its own back; keeps no count.

It comes in as a browser does - ICE, DTLS and SRTP over the real port, once to publish and once to subscribe - in a room
of its own that no person is in, that has no recorder, and that is gone after the round.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import struct
from collections.abc import Sequence
from dataclasses import replace

from aiortc import RTCCertificate

from mediation_server.media.embedded.far_end import FarEnd, Remote
from mediation_server.media.engine import CANARY_ROOM, MediaEngine, Source

__all__ = ["CanaryBird"]

_MEMBER = "canary"
_PAYLOAD_TYPE = 111
_BACK = 3  # packets that must return
_PERIOD_S = 0.02
_FRAME = 960  # 20 ms of the 48 kHz clock
_SECTION = re.compile(r"(?m)^(?=m=)")
_KEPT = re.compile(r"m=|c=|a=(?:mid|rtpmap|fmtp|rtcp)")


class CanaryBird:
    """`host` is where the media port is called; empty: where browsers are told to."""

    def __init__(self, engine: MediaEngine, host: str = "") -> None:
        self._engine = engine
        self._host = host
        self._certificate = RTCCertificate.generateCertificate()  # its own, for as long as the process lives
        self.stage = ""  # how far the round came: room, line, media

    async def sing(self) -> None:
        """One round. Never ends where packets do not return: give it a timeout.

        Raises `ConnectionError` when the line does not come up, whatever the engine refuses, `OSError`.
        """
        back: set[bytes] = set()
        up = FarEnd(self._certificate, lambda _: None)
        down = FarEnd(self._certificate, lambda packet: back.add(packet[12:]))
        self.stage = "room"
        try:
            await self._engine.open_room(CANARY_ROOM)
            await self._connect(up, down)
            self.stage = "media"
            await _exchange(up, back)
        finally:
            try:  # a server that stops may cancel even this
                await asyncio.gather(up.close(), down.close(), return_exceptions=True)
            finally:
                await self._engine.close_room(CANARY_ROOM)

    async def _connect(self, up: FarEnd, down: FarEnd) -> None:
        engine = self._engine
        answer = await engine.publish(CANARY_ROOM, _MEMBER, self._offer(up), {"0": Source.MICROPHONE})
        await engine.set_audience(CANARY_ROOM, {_MEMBER: frozenset({_MEMBER})})
        published = [each.id for each in answer.publications]
        offer = await engine.subscribe(CANARY_ROOM, _MEMBER, published, fresh=True)
        await engine.answer(CANARY_ROOM, _MEMBER, offer.revision, self._answer(offer.sdp, down))
        self.stage = "line"
        await asyncio.gather(up.connect(self._remote(answer.sdp)), down.connect(self._remote(offer.sdp)))

    def _remote(self, sdp: str) -> Remote:
        told = Remote.of(sdp)
        return replace(told, address=(self._host, told.address[1])) if self._host else told

    def _transport(self, end: FarEnd, setup: str) -> Sequence[str]:
        return (
            f"a=ice-ufrag:{end.credentials.ufrag}",
            f"a=ice-pwd:{end.credentials.password}",
            f"a=fingerprint:sha-256 {self._certificate.getFingerprints()[0].value}",
            f"a=setup:{setup}",
        )

    def _offer(self, end: FarEnd) -> str:
        """One microphone, as a browser offers it."""
        lines = [
            *("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0"),
            f"m=audio 9 UDP/TLS/RTP/SAVPF {_PAYLOAD_TYPE}",
            "c=IN IP4 0.0.0.0",
            *self._transport(end, "actpass"),
            *("a=mid:0", "a=sendonly", "a=rtcp-mux", f"a=rtpmap:{_PAYLOAD_TYPE} opus/48000/2"),
        ]
        return "\r\n".join(lines) + "\r\n"

    def _answer(self, offer: str, end: FarEnd) -> str:
        """Takes everything that was offered."""
        head, *sections = _SECTION.split(offer)
        told = [head.replace("a=ice-lite\r\n", "")]
        for section in sections:
            lines = [line for line in section.split("\r\n") if _KEPT.match(line)]
            told.append("\r\n".join([*lines, "a=recvonly", *self._transport(end, "active")]) + "\r\n")
        return "".join(told)


async def _exchange(up: FarEnd, back: set[bytes]) -> None:
    """Send a packet of fresh random bytes every 20 ms until enough of them have come back."""
    sent: set[bytes] = set()
    ssrc, sequence = secrets.randbits(32), secrets.randbits(16)
    while len(sent & back) < _BACK:
        payload = secrets.token_bytes(16)
        sent.add(payload)
        number = len(sent)
        header = struct.pack("!BBHII", 0x80, _PAYLOAD_TYPE, (sequence + number) & 0xFFFF, number * _FRAME, ssrc)
        up.send_rtp(header + payload)
        await asyncio.sleep(_PERIOD_S)
