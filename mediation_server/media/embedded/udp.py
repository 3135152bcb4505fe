"""The one UDP socket of the engine: reading until empty, telling peers apart; knows no SDP and no room."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from mediation_server.errors import Unavailable
from mediation_server.media.embedded import stun
from mediation_server.media.embedded.accelerator import IN_PYTHON, media_path
from mediation_server.media.embedded.datagrams import LONGEST_WAIT
from mediation_server.media.embedded.gso import Sender
from mediation_server.media.embedded.ice import Address, IceLite
from mediation_server.media.embedded.limits import Counters, Limits
from mediation_server.media.embedded.pacing import Pacer
from mediation_server.media.embedded.reading import Reader, Train
from mediation_server.media.embedded.srtp import Buffer
from mediation_server.media.embedded.strays import Stray, Strays

__all__ = ["Flushable", "Peer", "UdpPort"]

logger = logging.getLogger(__name__)

_KERNEL_BUFFER = 4 * 1024 * 1024
_STUN_LAST = 3  # RFC 7983 §7


class Flushable(Protocol):
    """Whoever holds packets back until the socket is empty."""

    def flush(self) -> None:
        """Send what was held back."""
        ...


class Peer(Stray, Protocol):
    """The transport behind an address."""

    ice: IceLite

    def receive(self, reader: Reader, train: Train, now: int) -> None:
        """Take what is not STUN from an address proven by an authenticated check, and which came at `now`."""
        ...

    def reachable(self) -> None:
        """An authenticated check has come in."""
        ...


class UdpPort:
    """Source guard first: only STUN is read from an address that no authenticated check has proven."""

    def __init__(self, limits: Limits, counters: Counters, clock: Callable[[], int]) -> None:
        self.path = IN_PYTHON  # until it is open
        self._limits = limits
        self._counters = counters
        self._clock = clock
        self._socket: socket.socket | None = None
        self._sender: Sender | None = None
        self._reader: Reader | None = None
        self._peers: dict[Address, Peer] = {}
        self._ufrags: dict[str, Peer] = {}
        self.strays: Strays[Peer] = Strays(limits)
        self._dirty: list[Flushable] = []
        self._pacer: Pacer | None = None
        self._newest = 0  # when the last datagram that was read had come, as far as the kernel dates them

    def open(self, host: str, port: int) -> int:
        """Bind and read from now on; returns the port. Raises `Unavailable("media_port_taken")`."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)  # noqa: FBT003 - the library's form
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _KERNEL_BUFFER)
            sock.bind((host, port))
        except OSError as error:
            sock.close()
            raise Unavailable("media_port_taken") from error
        self._socket = sock
        self.path = media_path(accelerate=self._limits.compiled)
        self._sender = self.path.sender(sock, self._counters)
        self._reader = self.path.reader(sock)
        self._pacer = Pacer(sock, self._drain, lambda: self._counters.packets_in, self._clock)
        return int(sock.getsockname()[1])

    def close(self) -> None:
        """Stop reading and free the port; idempotent."""
        if self._pacer is not None:
            self._pacer.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._sender = self._reader = self._pacer = None
        self._peers.clear()
        self._ufrags.clear()

    @property
    def sender(self) -> Sender:
        """The way out; only while open."""
        if self._sender is None:
            raise Unavailable("media_closed")
        return self._sender

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or nothing when closed."""
        if self._sender is not None:
            self._sender.send(data, address)

    def add(self, peer: Peer) -> None:
        """Accept checks with the peer's present credentials from now on."""
        self._forget(self._ufrags, peer)
        for credentials in peer.ice.generations:
            self._ufrags[credentials.ufrag] = peer

    def remove(self, peer: Peer) -> None:
        """Accept nothing from this peer any more."""
        self._forget(self._ufrags, peer)
        self._forget(self._peers, peer)
        self.strays.forget(peer)

    def disown(self, address: Address, peer: Peer) -> None:
        """Accept only checks from this address, if it is the peer's."""
        if self._peers.get(address) is peer:
            del self._peers[address]

    def flush_later(self, item: Flushable) -> None:
        """Flush `item` once the socket is empty."""
        self._dirty.append(item)

    def flush(self) -> None:
        """Flush everything held back."""
        dirty, self._dirty = self._dirty, []
        for item in dirty:
            try:
                item.flush()
            except Exception:
                self._counters.drop("flush_failed")
                logger.exception("a publication could not be flushed")

    def read_until(self) -> int:
        """Read what has come, as far as one wake-up may; the instant (ns) before which nothing lies unread any more.

        What comes is read in order, so a flood that always leaves something keeps that instant from going on only as
        long as what is read is older.
        """
        began = self._clock()
        return began if self._drain() else self._newest

    def _drain(self) -> bool:
        """Read until the socket is empty; False when the share of one wake-up was used up before."""
        reader, peers, emptied = self._reader, self._peers, False
        left = self._limits.datagrams_per_wakeup
        while reader is not None and left > 0 and not emptied:
            began = self._clock()
            trains, emptied = reader.read()
            now = self._clock()
            left -= 1
            if trains and 0 < trains[-1].waited < LONGEST_WAIT:  # dated, and not bounded
                self._newest = began - trains[-1].waited  # no later than it was
            for train in trains:
                left -= len(train.sizes)
                peer = peers.get(train.address)
                if train.media and peer is not None:
                    peer.receive(reader, train, now - train.waited)
                else:
                    self._one_by_one(reader, train, now - train.waited)
        self.flush()
        return reader is None or emptied

    def _one_by_one(self, reader: Reader, train: Train, now: int) -> None:
        """Any of these may be the one that proves the address of those behind it."""
        for single in train.singly():
            buffer, (size,) = reader.buffers[single.first], single.sizes
            peer = self._peers.get(single.address)
            if size and peer is not None and buffer.view[0] > _STUN_LAST:
                peer.receive(reader, single, now)
            else:
                self._unproven(buffer, size, single.address, now)

    def _unproven(self, buffer: Buffer, size: int, address: Address, now: int) -> None:
        if not address[1]:  # port 0: nothing can be sent there, so nothing may make it a path
            self._counters.drop("foreign_source")
            return
        if not size or buffer.view[0] > _STUN_LAST:
            moved = self.strays.take(buffer, size, address, now) if size else None
            if moved is not None:
                self._peers[address] = moved
                return
            self._counters.drop("foreign_source" if size else "empty_datagram")
            return
        data = bytes(buffer.view[:size])
        ufrag = stun.local_ufrag(data)
        peer = self._ufrags.get(ufrag) if ufrag else None
        if peer is None:
            self._counters.drop("stun_unknown")
            return
        try:
            self._check(peer, data, ufrag or "", address, now)
        except Exception:
            self._counters.drop("stun_failed")
            logger.exception("a connectivity check could not be handled")

    def _check(self, peer: Peer, data: bytes, ufrag: str, address: Address, now: int) -> None:
        if not peer.ice.admit():
            self._counters.drop("stun_budget")
            return
        credentials = peer.ice.by_ufrag(ufrag)
        request = stun.verify(data, credentials.password) if credentials else None
        if credentials is None or request is None:
            self._counters.drop("stun_unauthenticated")
            return
        before = peer.ice.addresses
        if not peer.ice.check(request, credentials, address, now):
            self._counters.drop("stun_replayed")
            return
        self.send(stun.respond(request, address[:2], credentials.password), address)
        for gone in set(before) - set(peer.ice.addresses):
            if self._peers.get(gone) is peer:
                del self._peers[gone]
        self._peers[address] = peer
        peer.reachable()

    @staticmethod
    def _forget(table: dict[Any, Peer], peer: Peer) -> None:
        for key in [key for key, each in table.items() if each is peer]:
            del table[key]
