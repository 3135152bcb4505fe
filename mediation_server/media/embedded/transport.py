"""One ICE + DTLS + SRTP association with a browser; knows neither tracks nor SDP.

What it decrypts goes to its `Handler`; every packet is fenced: nothing a peer sends can end more than itself.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiortc import RTCCertificate

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.dtls import DtlsAssociation, is_dtls
from mediation_server.media.embedded.ice import Address, IceLite
from mediation_server.media.embedded.limits import Counters, Limits
from mediation_server.media.embedded.opening import Expected, Opened
from mediation_server.media.embedded.reading import Reader, Train
from mediation_server.media.embedded.routing import Routing
from mediation_server.media.embedded.rtp import HEADER_SIZE, RTP_FIRST, RTP_LAST, is_rtcp
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys
from mediation_server.media.embedded.udp import UdpPort
from mediation_server.media.engine import TransportState

__all__ = ["Handler", "Services", "Transport"]

logger = logging.getLogger(__name__)

_FAILED = TransportState.FAILED
_SSRC = slice(8, 12)
_RTCP_SSRC = slice(4, 8)


@dataclass(frozen=True, slots=True)
class Services:
    """What every transport of an engine shares."""

    port: UdpPort
    certificate: RTCCertificate
    limits: Limits
    counters: Counters
    clock: Callable[[], int]  # monotonic, ns
    routing: Routing = field(default_factory=Routing)


class Handler(Protocol):
    """Whose transport it is: a member's publishing or subscribing side."""

    def may_open(self, ssrc: int) -> bool:
        """Whether an RTP packet of that SSRC is worth decrypting."""
        ...

    def take_rtp(self, packet: memoryview, size: int, now: int) -> None:
        """One decrypted RTP packet; the memory is reused after the call."""
        ...

    def expected(self, train: Train, done: int) -> Expected | None:
        """How a train goes on behind its first `done` packets if they are ordinary; None: take them one by one."""
        ...

    def take_train(self, train: Train, opened: Opened, now: int) -> None:
        """Packets of that train that were as expected."""
        ...

    def take_rtcp(self, packets: Sequence[rtcp.AnyRtcpPacket], now: int) -> None:
        """The packets of one decrypted RTCP compound."""
        ...

    def changed(self, state: TransportState) -> None:
        """The transport is connected, failed (silent) or closed (by the peer or for good)."""
        ...


class Transport:
    """State: connecting → connected ⇄ failed → closed; failed is left by the next sign of life."""

    def __init__(self, services: Services, handler: Handler) -> None:
        self.ice = IceLite(services.limits, services.routing)
        self._keys: SrtpKeys | None = None
        self.state = TransportState.CONNECTING
        self.session = secrets.randbits(48)  # names the association in descriptions, over ICE restarts too
        self.bytes_in = 0
        self.lost = False  # closed by no one's wish: a failed handshake or a long silence
        self._services = services
        self._handler = handler
        self._dtls = DtlsAssociation(
            services.certificate, self._send_record, services.limits.dtls_inbox, self._dtls_changed
        )
        self._born = services.clock()
        self._budget = services.limits.packet_burst
        self._rtcp_budget = services.limits.rtcp_per_second
        self._fingerprints: frozenset[tuple[str, str]] = frozenset()
        services.port.add(self)

    @property
    def keys(self) -> SrtpKeys | None:
        """Those of both directions, while there are any."""
        return self._keys

    @keys.setter
    def keys(self, keys: SrtpKeys | None) -> None:
        self._keys = keys
        self._services.routing.changed()

    @property
    def identity(self) -> frozenset[tuple[str, str]]:
        """The peer's certificate fingerprints, (algorithm, value); empty before `start`."""
        return self._fingerprints

    @property
    def heard_at(self) -> int:
        """When a sign of life last came over the path in use, in ns; 0: never."""
        return self.ice.heard_at

    @property
    def address(self) -> Address | None:
        """Where to send, once connected."""
        return self.ice.selected

    def start(self, fingerprints: Sequence[tuple[str, str]], role: str) -> None:
        """Begin DTLS as `role` with the peer of these fingerprints."""
        self._fingerprints = frozenset(fingerprints)
        self._dtls.start(fingerprints, role)

    def restart_ice(self) -> None:
        """New credentials on the same association."""
        self.ice.restart()
        self._services.port.add(self)

    async def close(self) -> None:
        """Silent at once, then close_notify; idempotent."""
        self.state = TransportState.CLOSED
        await self._dtls.close()
        self.keys = None
        self._services.port.remove(self)

    def send_rtp(self, packet: bytes) -> bool:
        """Encrypt and send a single RTP packet; False when that is not possible now."""
        sealed = self.keys.seal(packet) if self.keys and self.ice.selected else None
        if sealed is None or self.ice.selected is None:
            return False
        self._services.counters.packets_out += 1
        self._services.port.send(sealed, self.ice.selected)
        return True

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send RTCP, or nothing when that is not possible now."""
        sealed = self.keys.seal_rtcp(packet) if self.keys and self.ice.selected else None
        if sealed is not None and self.ice.selected is not None:
            self._services.port.send(sealed, self.ice.selected)

    def receive(self, reader: Reader, train: Train, now: int) -> None:
        """Take what came from a proven address; never raises."""
        if train.media:
            try:
                self._receive_media(reader, train, now)
            except Exception as error:  # noqa: BLE001 - the fence
                self._blame(error)
            return
        for single in train.singly():
            self._fenced(self._receive_other, reader.buffers[single.first], single.sizes[0], train.address, now)

    def follow(self, buffer: Buffer, size: int, address: Address, now: int) -> bool:
        """Move to an unproven address if this packet from there is authentic, no replay, and a move is allowed."""
        keys = self.keys
        if keys is None or self.state is TransportState.CLOSED or not self.ice.may_follow(now):
            return False
        reports = is_rtcp(buffer.view)
        if not reports and not self._handler.may_open(int.from_bytes(buffer.view[_SSRC], "big")):
            return False
        size = keys.open_rtcp(buffer, size) if reports else keys.open(buffer, size)
        if not size:
            return False
        self.ice.follow(address, now)
        if reports:
            self._fenced(self._take_rtcp, buffer, size, address, now)
        else:
            self._fenced(self._take_rtp, buffer.view, size, address, now)
        return True

    def reachable(self) -> None:
        """An authenticated check has come in: a sign of life."""
        self._disown()
        if self.state is TransportState.FAILED:
            self._become(TransportState.CONNECTED)

    def second(self, now: int) -> None:
        """Once a second: refill budgets, notice silence."""
        limits = self._services.limits
        self.ice.refill()
        self._budget = min(limits.packet_burst, max(0, self._budget)) + limits.packets_per_second
        self._rtcp_budget = limits.rtcp_per_second
        self.ice.expire(now)
        self._disown()
        silence = now - (self.ice.heard_at or self._born)
        patience = limits.slow_silence if self.ice.checks_slowly else limits.silence
        if silence > limits.give_up or (self.keys is None and now - self._born > limits.give_up):
            self.lost = True
            self._become(TransportState.CLOSED)
        elif self.state is TransportState.CONNECTED and silence > patience:
            self._become(TransportState.FAILED)

    def _receive_media(self, reader: Reader, train: Train, now: int) -> None:
        """Ordinary packets of a train at once, each of the others by itself."""
        sizes, first, handler, keys = train.sizes, train.first, self._handler, self._keys
        done, end = 0, len(sizes)
        if keys is None:
            self._drop("srtp_too_early", end)
            return
        if end > self._budget:
            end = self._admit(end)
        else:
            self._budget -= end
        while done < end:
            expected, keys = handler.expected(train, done), self._keys
            if expected is None and not handler.may_open(train.ssrc):
                self._drop("ssrc_refused", end - done)
                return
            if expected is None or keys is None:  # they are gone: closed by what a packet before led to
                odd = keys.open(reader.buffers[first + done], sizes[done]) if keys is not None else 0
            else:
                opened = reader.open(first + done, sizes[done:end], keys, expected)
                if opened.packets:
                    self._take_train(train, opened, now)
                    done += len(opened.packets)
                odd = opened.odd
            if done < end:
                self._take_odd(reader.buffers[first + done], odd, train.address, now)
                done += 1

    def _admit(self, count: int) -> int:
        """How many of so many packets the budget allows, which are more than all."""
        admitted = max(0, self._budget)
        self._budget -= count
        self._drop("packet_budget", count - admitted)
        return admitted

    def _receive_other(self, buffer: Buffer, size: int, address: Address, now: int) -> None:
        first = buffer.view[0]
        if RTP_FIRST <= first <= RTP_LAST:
            if self.keys is None or size < HEADER_SIZE:
                self._drop("srtp_too_early" if self.keys is None else "malformed")
            else:
                self._receive_rtcp(self.keys, buffer, size, address, now)
        elif is_dtls(first) and address != self.ice.borrowed:
            if not self._dtls.feed(bytes(buffer.view[:size])):
                self._drop("dtls_inbox_full")
        else:
            self._drop("unknown_protocol")

    def _take_train(self, train: Train, opened: Opened, now: int) -> None:
        try:
            if train.address == self.ice.selected and self.state is not _FAILED:
                self.ice.heard_at = now
            else:
                self._alive(train.address, now)
            self.bytes_in += opened.bytes
            self._services.counters.packets_in += len(opened.packets)
            self._handler.take_train(train, opened, now)
        except Exception as error:  # noqa: BLE001 - the fence; not through `_fenced`, which costs a call more
            self._blame(error)

    def _take_odd(self, buffer: Buffer, size: int, address: Address, now: int) -> None:
        if size:
            self._fenced(self._take_rtp, buffer.view, size, address, now)
        else:
            self._drop("srtp_refused")

    def _take_rtp(self, view: memoryview, size: int, address: Address, now: int) -> None:
        self._alive(address, now)
        self.bytes_in += size
        self._services.counters.packets_in += 1
        self._handler.take_rtp(view, size, now)

    def _receive_rtcp(self, keys: SrtpKeys, buffer: Buffer, size: int, address: Address, now: int) -> None:
        self._rtcp_budget -= 1
        if self._rtcp_budget < 0:
            self._drop("rtcp_budget")
            return
        size = keys.open_rtcp(buffer, size)
        if not size:
            self._drop("srtcp_refused")
            return
        self._take_rtcp(buffer, size, address, now)

    def _take_rtcp(self, buffer: Buffer, size: int, address: Address, now: int) -> None:
        self._services.port.strays.expect(int.from_bytes(buffer.view[_RTCP_SSRC], "big"), self)
        self._alive(address, now)
        self._handler.take_rtcp(rtcp.parse(bytes(buffer.view[:size])), now)

    def _alive(self, address: Address, now: int) -> None:
        if address == self.ice.selected:
            self.ice.heard_at = now
        else:
            self.ice.elsewhere(address, now)
            self._disown()
        if self.state is TransportState.FAILED:
            self._become(TransportState.CONNECTED)

    def _disown(self) -> None:
        address = self.ice.abandoned()
        if address is not None:
            self._drop("move_not_confirmed")
            self._services.port.disown(address, self)

    def _send_record(self, data: bytes) -> None:
        if self.ice.selected is not None:
            self._services.port.send(data, self.ice.selected)

    def _dtls_changed(self, state: str) -> None:
        if state == "connected":
            self.keys = SrtpKeys(*self._dtls.sessions())
            self._become(TransportState.CONNECTED)
        else:
            self.lost = state == "failed"
            self._become(TransportState.CLOSED)

    def _become(self, state: TransportState) -> None:
        if state is not self.state and self.state is not TransportState.CLOSED:
            self.state = state
            self._handler.changed(state)

    def _fenced(self, take: Callable[..., None], *arguments: Any) -> None:
        """Nothing that a packet leads to ends more than itself."""
        try:
            take(*arguments)
        except Exception as error:  # noqa: BLE001 - the fence
            self._blame(error)

    def _blame(self, error: Exception) -> None:
        if isinstance(error, ValueError):
            self._drop("malformed")
        else:
            self._drop("packet_failed")
            logger.error("a packet could not be handled", exc_info=error)

    def _drop(self, reason: str, count: int = 1) -> None:
        self._services.counters.drop(reason, count)
