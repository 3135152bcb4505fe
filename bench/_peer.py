"""One end of a media line: ICE and DTLS by aiortc, then a bare socket with its SRTP keys; knows no server.

aiortc brings the association up and is then let go without a farewell, so that nothing of it runs while
packets are counted.  The private names of aiortc and aioice this needs are used in this module only.
"""
# ruff: noqa: SLF001 - bare sockets and SRTP keys have no public name

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aioice import Candidate, stun
from aioice.ice import Connection
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, pack_remb_fci
from aiortc.sdp import candidate_to_sdp

if TYPE_CHECKING:
    from pylibsrtp import Session

    from bench._sdp import Remote

__all__ = ["AES_CM", "AES_GCM", "Line", "Peer", "PeerError"]

AES_GCM = "SRTP_AEAD_AES_128_GCM"
AES_CM = "SRTP_AES128_CM_SHA1_80"
_CONNECT_TIMEOUT_S = 10.0
_RECEIVE_BUFFER = 16 << 20
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_HOST_PRIORITY = 2_130_706_431
_PLENTY = bytes(RtcpPsfbPacket(RTCP_PSFB_APP, 1, 0, pack_remb_fci(1_000_000_000, [])))  # bit/s


class PeerError(RuntimeError):
    """ICE or DTLS did not come up."""


class _OneAddress(Connection):
    """ICE on one address only; aioice itself gathers on every interface but loopback."""

    def __init__(self, address: str) -> None:
        super().__init__(ice_controlling=True, use_ipv6=False)
        self._address = address

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - the signature is aioice's
    ) -> list[Candidate]:
        del addresses
        return await super().get_component_candidates(component, [self._address], timeout)


@dataclass(frozen=True, slots=True)
class Line:
    """A connected, non-blocking UDP socket and the SRTP sessions of its association."""

    sock: socket.socket
    outbound: Session
    inbound: Session
    profile: str
    username: str
    password: bytes

    def renew_consent(self) -> None:
        """Send one authenticated check (RFC 7675); the answer is dropped by whoever drains the socket.

        And say, as a browser does, how much this end could take (REMB): a forwarder sends no more than that.
        """
        self.sock.send(self.outbound.protect_rtcp(_PLENTY))
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = self.username
        request.attributes["PRIORITY"] = _HOST_PRIORITY
        request.attributes["ICE-CONTROLLING"] = 1
        request.add_message_integrity(self.password)
        self.sock.send(bytes(request))

    def drain(self) -> int:
        """Throw away what waits in the socket; returns how many datagrams that was."""
        found = 0
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                self.sock.recv(1)
                found += 1
        return found

    def close(self) -> None:
        """Close the socket without a word to the other side."""
        self.sock.close()


class Peer:
    """A media line being set up: gather, tell the other side, connect."""

    def __init__(self, address: str, certificate: RTCCertificate, profile: str) -> None:
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = _OneAddress(address)
        self._gatherer = gatherer
        self._ice = RTCIceTransport(gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._dtls._srtp_profiles = [known for known in SRTP_PROFILES if known.openssl_profile == profile.encode()]
        self._profile = profile

    async def gather(self) -> tuple[str, ...]:
        """Bind a socket; return the SDP lines that describe this end."""
        await self._gatherer.gather()
        ice = self._gatherer.getLocalParameters()
        fingerprint = self._dtls.getLocalParameters().fingerprints[0]
        return (
            f"a=ice-ufrag:{ice.usernameFragment}",
            f"a=ice-pwd:{ice.password}",
            f"a=fingerprint:{fingerprint.algorithm} {fingerprint.value}",
            *(f"a=candidate:{candidate_to_sdp(c)}" for c in self._gatherer.getLocalCandidates()),
            "a=end-of-candidates",
        )

    async def connect(self, remote: Remote, *, controlling: bool) -> Line:
        """Bring the line up with what the other side's SDP says. Raises PeerError."""
        connection = self._gatherer._connection
        connection.ice_controlling = controlling or remote.lite
        for candidate in remote.candidates:
            if candidate.protocol.lower() == "udp":
                await self._ice.addRemoteCandidate(candidate)
        await self._ice.addRemoteCandidate(None)
        self._dtls._set_role("server" if remote.dtls_role == "client" else "client")
        try:
            await asyncio.wait_for(self._handshake(remote), _CONNECT_TIMEOUT_S)
        except (TimeoutError, ConnectionError) as error:
            await self._ice.stop()
            msg = f"no media line: ICE {self._ice.state}, DTLS {self._dtls.state} ({self._profile})"
            raise PeerError(msg) from error
        return await self._bare_line(remote)

    async def _handshake(self, remote: Remote) -> None:
        await self._ice.start(remote.ice_parameters())
        if self._ice.state != "completed":
            msg = "ICE failed"
            raise ConnectionError(msg)
        await self._dtls.start(remote.dtls_parameters())
        if self._dtls.state != "connected":
            msg = "DTLS failed"
            raise ConnectionError(msg)

    async def _bare_line(self, remote: Remote) -> Line:
        connection = self._gatherer._connection
        pair = connection._nominated[1]
        sock = pair.protocol.transport.get_extra_info("socket").dup()
        remote_address = pair.remote_addr
        await self._ice.stop()  # closes aioice's copy of the socket; the association itself lives on
        sock.settimeout(0)
        sock.connect(remote_address)
        _prepare(sock)
        return Line(
            sock=sock,
            outbound=self._dtls._tx_srtp,
            inbound=self._dtls._rx_srtp,
            profile=self._profile,
            username=f"{remote.username}:{connection.local_username}",
            password=remote.password.encode("utf-8"),
        )


def _prepare(sock: socket.socket) -> None:
    """Stamp arrivals in the kernel, and hold what arrives while the generator is kept from its core."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
