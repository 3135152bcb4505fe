"""The browser's end of a media line, for the canary: ICE, DTLS and SRTP over a socket of its own; knows no engine."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aioice import stun
from aiortc import RTCCertificate
from pylibsrtp import Error, Session

from mediation_server.media.embedded.dtls import DtlsAssociation, is_dtls
from mediation_server.media.embedded.rtp import is_rtcp
from mediation_server.media.embedded.stun import Credentials

__all__ = ["FarEnd", "Remote"]

_STUN_LAST = 3  # RFC 7983 §7
_CHECK_PERIOD_S = 0.1
_PRIORITY = 2_130_706_431  # a host candidate, RFC 8445 §5.1.2
_INBOX = 64
_SHORTEST_RTP = 12
_LARGEST = 2_048  # bytes of a datagram that is looked at

_UFRAG = re.compile(r"a=ice-ufrag:(\S+)")
_PASSWORD = re.compile(r"a=ice-pwd:(\S+)")
_FINGERPRINT = re.compile(r"a=fingerprint:(\S+) (\S+)")
_CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host")


@dataclass(frozen=True, slots=True)
class Remote:
    """What an engine's description says of its transport."""

    credentials: Credentials
    fingerprint: tuple[str, str]  # (algorithm, value)
    address: tuple[str, int]

    @classmethod
    def of(cls, sdp: str) -> Remote:
        """Read the transport everything is bundled on. Raises `ConnectionError` without one."""
        ufrag, password = _UFRAG.search(sdp), _PASSWORD.search(sdp)
        fingerprint, candidate = _FINGERPRINT.search(sdp), _CANDIDATE.search(sdp)
        if not (ufrag and password and fingerprint and candidate):
            raise ConnectionError("no transport in the description")
        credentials = Credentials(ufrag[1], password[1])
        return cls(credentials, (fingerprint[1], fingerprint[2]), (candidate[1], int(candidate[2])))


class FarEnd(asyncio.DatagramProtocol):
    """One transport. `received` gets each decrypted RTP packet; whatever cannot be read is passed over."""

    def __init__(self, certificate: RTCCertificate, received: Callable[[bytes], None]) -> None:
        self.credentials = Credentials.fresh()
        self._received = received
        self._transport: asyncio.DatagramTransport | None = None
        self._dtls = DtlsAssociation(certificate, self._send, _INBOX, self._changed)
        self._sessions: tuple[Session, Session] | None = None
        self._password = ""  # of the other side, under which it answers checks
        self._reached, self._secured = asyncio.Event(), asyncio.Event()

    async def connect(self, remote: Remote) -> None:
        """Check, nominate, shake hands as the DTLS client. For ever where nothing answers: give it a timeout.

        Raises `ConnectionError` when the handshake fails, `OSError` without a way there.
        """
        loop = asyncio.get_running_loop()
        self._password = remote.credentials.password
        # A connected socket: the kernel lets nothing in that does not come from there.
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=remote.address)
        checks = loop.create_task(self._check(remote.credentials))
        try:
            await self._reached.wait()
        finally:
            checks.cancel()
            await asyncio.gather(checks, return_exceptions=True)
        self._dtls.start([remote.fingerprint], "client")
        await self._secured.wait()
        if self._sessions is None:
            raise ConnectionError("no handshake")

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send one packet, once connected."""
        if self._sessions is not None:
            self._send(self._sessions[1].protect(packet))

    async def close(self) -> None:
        """Say goodbye and free the socket, that also when this is cancelled; idempotent."""
        try:
            await self._dtls.close()
        finally:
            if self._transport is not None:
                self._transport.close()

    # -- called by asyncio -----------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - connected: it is known
        """Tell STUN, DTLS and SRTP apart (RFC 7983)."""
        if not 0 < len(data) <= _LARGEST:
            return
        if data[0] <= _STUN_LAST:
            self._answered(data)
        elif is_dtls(data[0]):
            self._dtls.feed(data)
        elif self._sessions is not None and len(data) >= _SHORTEST_RTP and not is_rtcp(data):
            self._open(self._sessions[0], data)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error is silence like any other."""

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _check(self, theirs: Credentials) -> None:
        """Ask until one check is answered (RFC 8445 §7.2)."""
        while True:
            request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, secrets.token_bytes(12))
            request.attributes["USERNAME"] = f"{theirs.ufrag}:{self.credentials.ufrag}"
            request.attributes["PRIORITY"] = _PRIORITY
            request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
            request.attributes["USE-CANDIDATE"] = None
            request.add_message_integrity(theirs.password.encode("ascii"))
            self._send(bytes(request))
            await asyncio.sleep(_CHECK_PERIOD_S)

    def _answered(self, data: bytes) -> None:
        try:
            message = stun.parse_message(data)
            authentic = message.check_message_integrity(self._password.encode("ascii"))
        except Exception:  # noqa: BLE001 - whatever a parser makes of noise, it is no answer
            return
        if authentic and message.message_class is stun.Class.RESPONSE:
            self._reached.set()

    def _open(self, session: Session, data: bytes) -> None:
        try:
            packet = session.unprotect(data)
        except Error:
            return
        self._received(packet)

    def _changed(self, state: str) -> None:
        self._sessions = self._dtls.sessions() if state == "connected" else None
        self._secured.set()

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)
