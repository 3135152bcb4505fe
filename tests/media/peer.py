"""A raw browser for tests: ICE checks, DTLS and SRTP over one real socket, RTP written and read byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import pylibsrtp
from aioice import stun
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    unpack_remb_fci,
)

from mediation_server.media.engine import Answer, MediaEngine, Publication, Source, SubscribeOffer

HOST = "127.0.0.1"
ROOM = "room"
TWCC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
VP8_KEY = bytes.fromhex("10") + bytes.fromhex("100200") + b"\x9d\x01\x2a" + bytes(4)
VP8_DELTA = bytes.fromhex("10") + bytes.fromhex("110200")


async def until(condition: Callable[[], object], seconds: float = 5.0, what: str = "") -> None:
    """Poll until something is true, or fail."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, what or "it did not happen in time"
        await asyncio.sleep(0.005)


class _Pipe:
    role = "controlling"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._out = send

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, data: bytes) -> None:
        self._out(data)


@dataclass(frozen=True)
class Remote:
    """What the engine's description says about its transport."""

    ufrag: str
    password: str
    port: int
    fingerprint: str

    @classmethod
    def of(cls, sdp: str) -> Remote:
        """Read the first m-section."""

        def value(pattern: str) -> str:
            found = re.search(pattern, sdp)
            assert found, pattern
            return found[1]

        return cls(
            value(r"a=ice-ufrag:(\S+)"),
            value(r"a=ice-pwd:(\S+)"),
            int(value(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)")),
            value(r"a=fingerprint:sha-256 (\S+)"),
        )


class Wire(asyncio.DatagramProtocol):
    """One transport of one browser."""

    def __init__(self) -> None:
        self.ufrag = os.urandom(4).hex()
        self.password = os.urandom(16).hex()
        self.certificate = RTCCertificate.generateCertificate()
        self.rtp: list[RtpPacket] = []
        self.rtcp: list[object] = []
        self.raw: list[bytes] = []
        self.lose: Callable[[RtpPacket], bool] = lambda _: False
        self.answered: set[bytes] = set()
        self.dtls: RTCDtlsTransport | None = None
        self.remote: Remote | None = None
        self.transport: asyncio.DatagramTransport | None = None
        self._consent: asyncio.Task[None] | None = None
        self._early: list[bytes] = []  # came with the last flight of the handshake, before this task saw it
        self._pipe = _Pipe(self.send)

    @property
    def fingerprint(self) -> str:
        """Our SHA-256 fingerprint."""
        return self.certificate.getFingerprints()[0].value

    @property
    def address(self) -> tuple[str, int]:
        """Our socket's address."""
        assert self.transport
        return self.transport.get_extra_info("sockname")

    async def open(self) -> None:
        """Bind a socket (a second call moves to a new one, as a phone does)."""
        if self.transport:
            self.transport.close()
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

    async def connect(self, sdp: str, *, consent: bool = True, fingerprint: str | None = None) -> None:
        """ICE, then DTLS as the client."""
        self.remote = Remote.of(sdp)
        if self.transport is None:
            await self.open()
        await self.check(nominate=True)
        if consent:
            self._consent = asyncio.create_task(self._keep_consent())
        self.dtls = RTCDtlsTransport(self._pipe, [self.certificate])
        self.dtls._set_role("client")
        parameters = RTCDtlsParameters([RTCDtlsFingerprint("sha-256", fingerprint or self.remote.fingerprint)])
        await asyncio.wait_for(self.dtls.start(parameters), 5)
        assert self.dtls.state == "connected"
        self._take_srtp()

    def request(self, *, nominate: bool, ufrag: str | None = None, password: str | None = None) -> stun.Message:
        """A connectivity check with the engine's present credentials or with others."""
        assert self.remote
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{ufrag or self.remote.ufrag}:{self.ufrag}"
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["PRIORITY"] = 1
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((password or self.remote.password).encode())
        return message

    async def check(self, *, nominate: bool) -> None:
        """Send checks until one is answered."""
        message = self.request(nominate=nominate)
        for _ in range(50):
            self.send(bytes(message))
            with contextlib.suppress(AssertionError):
                await until(lambda: message.transaction_id in self.answered, 0.2)
                return
        raise AssertionError("no check was answered")

    async def _keep_consent(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.send(bytes(self.request(nominate=True)))

    def stop_consent(self) -> None:
        """Fall silent."""
        if self._consent:
            self._consent.cancel()

    def send(self, data: bytes) -> None:
        """One datagram to the engine."""
        assert self.transport
        assert self.remote
        if not self.transport.is_closing():
            self.transport.sendto(data, (HOST, self.remote.port))

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send RTP."""
        assert self.dtls
        self.send(self.dtls._tx_srtp.protect(packet))

    def send_rtcp(self, packet: object) -> None:
        """Encrypt and send RTCP."""
        assert self.dtls
        self.send(self.dtls._tx_srtp.protect_rtcp(bytes(packet)))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Tell STUN, DTLS and SRTP apart."""
        self.raw.append(data)
        if data[0] < 4:
            message = stun.parse_message(data)
            assert self.remote
            self.answered.add(message.transaction_id)
        elif 20 <= data[0] <= 63:
            self._pipe.inbox.put_nowait(data)
        else:
            self._early.append(data)
            with contextlib.suppress(pylibsrtp.Error):  # what came twice
                self._take_srtp()

    def _take_srtp(self) -> None:
        if self.dtls and self.dtls.state == "connected":
            early, self._early = self._early, []
            for data in early:
                self._srtp(data)

    def _srtp(self, data: bytes) -> None:
        assert self.dtls
        if 192 <= data[1] <= 223:
            plain = self.dtls._rx_srtp.unprotect_rtcp(data)
            self.rtcp.append(plain if plain[1] == 205 and plain[0] & 31 == 15 else RtcpPacket.parse(plain)[0])
            return
        packet = RtpPacket.parse(self.dtls._rx_srtp.unprotect(data))
        if not self.lose(packet):
            self.rtp.append(packet)

    async def close(self) -> None:
        """Leave with a close_notify."""
        self.stop_consent()
        if self._consent:
            await asyncio.gather(self._consent, return_exceptions=True)
        if self.dtls:
            pump = self.dtls._task
            await self.dtls.stop()
            if pump:
                await asyncio.gather(pump, return_exceptions=True)
        if self.transport:
            await asyncio.sleep(0)
            self.transport.close()


@dataclass
class Stream:
    """One track that a test publishes packet by packet."""

    wire: Wire
    publication: Publication
    payload_type: int
    rtx_type: int
    ssrc: int
    sequence: int = 1000
    timestamp: int = 90_000
    transport_sequence: int = 0
    sent: dict[int, bytes] = field(default_factory=dict)

    def packet(self, payload: bytes, *, marker: bool = True, extension: bytes = b"", padding: int = 0) -> bytes:
        """The next packet in clear."""
        flags = 0x80 | (0x10 if extension else 0) | (0x20 if padding else 0)
        header = struct.pack(
            "!BBHII",
            flags,
            (0x80 if marker else 0) | self.payload_type,
            self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
        )
        if extension:
            body = extension + bytes(-len(extension) % 4)
            header += struct.pack("!HH", 0xBEDE, len(body) // 4) + body
        packet = header + payload + (bytes(padding - 1) + bytes((padding,)) if padding else b"")
        self.sent[self.sequence & 0xFFFF] = payload
        self.sequence += 1
        self.timestamp += 3000
        return packet

    def send(self, payload: bytes, *, lost: bool = False, extension: bytes = b"", padding: int = 0) -> int:
        """Send one packet, or lose it on the way; returns its sequence number."""
        packet = self.packet(payload, extension=extension, padding=padding)
        if not lost:
            self.wire.send_rtp(packet)
        return (self.sequence - 1) & 0xFFFF

    def key(self, tail: bytes = b"") -> int:
        """Send a VP8 key frame of one packet."""
        return self.send(VP8_KEY + tail)

    def delta(self, tail: bytes = b"", *, lost: bool = False) -> int:
        """Send a VP8 frame of one packet."""
        return self.send(VP8_DELTA + tail, lost=lost)

    def resend(self, sequence: int, rtx_sequence: int = 1) -> None:
        """Answer a NACK of the engine."""
        header = struct.pack("!BBHII", 0x80, 0x80 | self.rtx_type, rtx_sequence, self.timestamp, self.ssrc + 1)
        self.wire.send_rtp(header + struct.pack("!H", sequence) + self.sent[sequence])

    def sender_report(self, ntp: int = 1 << 40, rtp: int = 90_000) -> None:
        """Send a sender report."""
        self.wire.send_rtcp(struct.pack("!BBHIQIII", 0x80, 200, 6, self.ssrc, ntp, rtp, 1, 1))


def section(kind: str, mid: str, wire: Wire, ssrc: int, direction: str = "sendonly", codec: str = "VP8") -> list[str]:
    """An m-section as a browser offers it."""
    lines = [f"m={kind} 9 UDP/TLS/RTP/SAVPF {'111' if kind == 'audio' else '96 97'}", "c=IN IP4 0.0.0.0"]
    lines += [f"a=ice-ufrag:{wire.ufrag}", f"a=ice-pwd:{wire.password}", f"a=fingerprint:sha-256 {wire.fingerprint}"]
    lines += ["a=setup:actpass", f"a=mid:{mid}", f"a={direction}", "a=rtcp-mux", "a=rtcp-rsize"]
    lines += [f"a=extmap:3 {TWCC}"]
    if kind == "audio":
        lines += ["a=rtpmap:111 opus/48000/2", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"]
        return [*lines, "a=rtcp-fb:111 transport-cc", f"a=ssrc:{ssrc} cname:x"]
    lines += [f"a=rtpmap:96 {codec}/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 transport-cc"]
    if codec == "H264":
        lines += ["a=fmtp:96 packetization-mode=1;profile-level-id=42e01f"]
    lines += ["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]
    return [*lines, f"a=ssrc-group:FID {ssrc} {ssrc + 1}", f"a=ssrc:{ssrc} cname:x", f"a=ssrc:{ssrc + 1} cname:x"]


def offer(wire: Wire, kinds: dict[str, str], codec: str = "VP8", directions: dict[str, str] | None = None) -> str:
    """A publish offer; `kinds` maps mid to audio or video."""
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(kinds)}"]
    for mid, kind in kinds.items():
        lines += section(kind, mid, wire, 1000 + 10 * int(mid), (directions or {}).get(mid, "sendonly"), codec)
    return "\r\n".join(lines) + "\r\n"


def answer_to(sdp: str, wire: Wire, *, reject: frozenset[str] = frozenset()) -> str:
    """A browser's answer to a subscribe offer."""
    head, *sections = re.split(r"(?m)^(?=m=)", sdp)
    out = [head.replace("a=ice-lite\r\n", "")]
    for each in sections:
        mid = re.search(r"a=mid:(\S+)", each)
        assert mid
        kept = [line for line in each.split("\r\n") if re.match(r"m=|c=|a=(mid|rtpmap|fmtp|rtcp)", line)]
        direction = "inactive" if "a=inactive" in each or mid[1] in reject else "recvonly"
        kept += [f"a=ice-ufrag:{wire.ufrag}", f"a=ice-pwd:{wire.password}", f"a={direction}"]
        kept += [f"a=fingerprint:sha-256 {wire.fingerprint}", "a=setup:active"]
        out.append("\r\n".join(kept) + "\r\n")
    return "".join(out)


def ssrcs_of(offered: SubscribeOffer) -> dict[int, str]:
    """Which publication comes under which SSRC."""
    found = {}
    for each in re.split(r"(?m)^(?=m=)", offered.sdp)[1:]:
        mid = re.search(r"a=mid:(\S+)", each)
        assert mid
        found |= {
            int(ssrc): offered.mids[mid[1]] for ssrc in re.findall(r"a=ssrc:(\d+)", each) if mid[1] in offered.mids
        }
    return found


SOURCES = {"0": Source.MICROPHONE, "1": Source.CAMERA, "2": Source.SCREEN}
KINDS = {"0": "audio", "1": "video"}


class Peer:
    """One member with a publishing and a subscribing wire."""

    def __init__(self, engine: MediaEngine, name: str) -> None:
        self.engine = engine
        self.name = name
        self.up = Wire()
        self.down = Wire()
        self.streams: dict[Source, Stream] = {}
        self.mids: dict[str, str] = {}
        self.offered: SubscribeOffer | None = None
        self.ssrcs: dict[int, str] = {}

    async def publish(self, *, codec: str = "VP8", kinds: dict[str, str] | None = None) -> Answer:
        """Publish a microphone (mid 0) and a camera (mid 1), or other kinds by mid."""
        kinds = kinds or KINDS
        answer = await self.engine.publish(ROOM, self.name, offer(self.up, kinds, codec), SOURCES)
        if self.up.dtls is None:
            await self.up.connect(answer.sdp)
        for mid, publication in zip(kinds, answer.publications, strict=True):
            audio = publication.source is Source.MICROPHONE
            self.streams.setdefault(
                publication.source,
                Stream(self.up, publication, 111 if audio else 96, 97, 1000 + 10 * int(mid)),
            )
        return answer

    @property
    def camera(self) -> Stream:
        """The camera's stream."""
        return self.streams[Source.CAMERA]

    @property
    def microphone(self) -> Stream:
        """The microphone's stream."""
        return self.streams[Source.MICROPHONE]

    async def subscribe(self, *streams: Stream, fresh: bool = False) -> None:
        """Subscribe to these and connect."""
        if fresh:
            await self.down.close()
            self.down = Wire()
        offered = await self.engine.subscribe(ROOM, self.name, [each.publication.id for each in streams], fresh=fresh)
        self.offered = offered
        self.mids = dict(offered.mids)
        await self.engine.answer(ROOM, self.name, offered.revision, answer_to(offered.sdp, self.down))
        self.ssrcs |= ssrcs_of(offered)
        if self.down.dtls is None:
            await self.down.connect(offered.sdp)

    async def prepare(self, guest: str = "door:1", *, answered: bool = True) -> SubscribeOffer:
        """Connect at the door, under the name of a guest."""
        self.offered = await self.engine.prepare(ROOM, guest)
        if answered:
            await self.engine.answer(ROOM, guest, self.offered.revision, answer_to(self.offered.sdp, self.down))
            await self.down.connect(self.offered.sdp)
        return self.offered

    async def named(self, *streams: Stream) -> SubscribeOffer:
        """Subscribe to these over what was prepared, without answering anything."""
        offered = await self.engine.subscribe(ROOM, self.name, [each.publication.id for each in streams], fresh=False)
        self.mids = dict(offered.mids)
        self.ssrcs = ssrcs_of(offered)
        return offered

    def got(self, stream: Stream) -> list[RtpPacket]:
        """What came of a publication, retransmissions among it, in order of arrival."""
        return [packet for packet in self.down.rtp if self.ssrcs.get(packet.ssrc) == stream.publication.id]

    def payloads(self, stream: Stream) -> list[bytes]:
        """Payloads of a publication; those sent again without their two-byte head."""
        return [each.payload[2:] if each.payload_type in {97, 103} else each.payload for each in self.got(stream)]

    def nack(self, stream: Stream, *sequences: int) -> None:
        """Ask the engine for packets again."""
        self.down.send_rtcp(RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=self.ssrc_of(stream), lost=sorted(sequences)))

    def picture_lost(self, stream: Stream) -> None:
        """Ask for a key frame."""
        self.down.send_rtcp(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=self.ssrc_of(stream)))

    def report(self, stream: Stream, fraction_lost: int, lsr: int = 0, dlsr: int = 0) -> None:
        """Send a receiver report."""
        info = RtcpReceiverInfo(self.ssrc_of(stream), fraction_lost, 0, 0, 0, lsr, dlsr)
        self.down.send_rtcp(RtcpRrPacket(ssrc=1, reports=[info]))

    def ssrc_of(self, stream: Stream) -> int:
        """The first SSRC the engine sends a publication under."""
        return next(ssrc for ssrc, each in self.ssrcs.items() if each == stream.publication.id)

    async def close(self) -> None:
        """Leave."""
        await self.up.close()
        await self.down.close()


def nacked(wire: Wire) -> list[int]:
    """What the engine asked for again."""
    return [lost for each in wire.rtcp if isinstance(each, RtcpRtpfbPacket) and each.fmt == 1 for lost in each.lost]


def key_frame_requests(wire: Wire) -> int:
    """How often the engine asked for a key frame."""
    return sum(isinstance(each, RtcpPsfbPacket) and each.fmt == 1 for each in wire.rtcp)


def estimates(wire: Wire) -> list[int]:
    """What the engine said the line upwards carries, bit/s."""
    found = (unpack_remb_fci(each.fci) for each in wire.rtcp if isinstance(each, RtcpPsfbPacket) and each.fmt == 15)
    return [bps for bps, _ in found]


def receiver_reports(wire: Wire) -> int:
    """How many receiver reports the engine sent; one a second."""
    return sum(isinstance(each, RtcpRrPacket) for each in wire.rtcp)


class Sink:
    """A recorder that only remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.packets: dict[str, list[bytes]] = {}
        self.reports: list[tuple[str, int, int]] = []
        self.losses: list[tuple[int, int, int]] = []

    def started(self, publication: Publication) -> None:
        """Note it."""
        self.calls.append(("started", publication.id, ""))

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        """Keep it."""
        assert arrival_ns > 0
        self.packets.setdefault(publication.id, []).append(packet)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """Keep it."""
        assert arrival_ns > 0
        self.reports.append((publication.id, ntp, rtp_timestamp))

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """Note it."""
        self.losses.append((from_ns, to_ns, packets))

    def stopped(self, publication: Publication, reason: str) -> None:
        """Note it."""
        self.calls.append(("stopped", publication.id, reason))

    def payloads(self, stream: Stream) -> list[bytes]:
        """Payloads of one publication."""
        return [packet[12:] for packet in self.packets.get(stream.publication.id, [])]
