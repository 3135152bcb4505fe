"""The way out through the compiled extension: one call a burst for all its receivers; knows no publication.

The call returns when every packet has been given to the kernel or dropped; nothing is left in a queue that a
fence would have to wait for.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.gso import Receiver, Receivers, Sender
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.sockaddr import raw_address

__all__ = ["FastSender"]

_REMEMBERED = 4_096  # addresses; a peer has a handful
_MOST = 256  # receivers of one call, so that other threads get their turn
_REASONS = ("send_blocked", "send_failed", "protect_failed")


class FastSender(Sender):
    """The same answers and the same bytes as `Sender`."""

    def __init__(self, sock: socket.socket, counters: Counters, fast: ModuleType) -> None:
        super().__init__(sock, counters)
        self._fan_out = fast.fan_out
        self._gather = fast.gather
        self._raw: dict[Address, bytes] = {}

    def send_packets(self, packets: Sequence[bytes], codec: Codec, receivers: Sequence[Receiver]) -> list[int]:
        """Rewrite, encrypt and send packets, in order, to receivers of one tag. Returns packets sent, by receiver."""
        if not receivers:
            return []
        prepared = receivers.prepared if isinstance(receivers, Receivers) else None
        if prepared is None:
            prepared = self._prepare(receivers)
        whole = tuple(packets)
        fd, layout = self._socket.fileno(), (codec.payload_type, receivers[0][0].tag, codec.number)
        sent: list[int] = []
        for audience, count in prepared:
            told = self._fan_out(fd, self.segments, whole, *layout, audience)
            sent += [len(whole)] * count if told is None else self._told(*told)
        self._counters.packets_out += sum(sent)
        return sent

    def _prepare(self, receivers: Sequence[Receiver]) -> list[tuple[Any, int]]:
        """Receivers as the extension knows them, a call's worth at a time, and how many each time."""
        parts = [list(receivers[first : first + _MOST]) for first in range(0, len(receivers), _MOST)]
        prepared = [(self._audience(part), len(part)) for part in parts]
        if isinstance(receivers, Receivers):
            receivers.prepared = prepared
        return prepared

    def _audience(self, receivers: list[Receiver]) -> Any:
        try:
            return self._gather(self._raw, receivers)
        except KeyError:  # one of the addresses is new
            self._learn(receivers)
            return self._gather(self._raw, receivers)

    def _told(self, segments: int, sent: list[int], dropped: tuple[int, ...]) -> list[int]:
        self.segments = bool(segments)
        for reason, count in zip(_REASONS, dropped, strict=True):
            if count:
                self._counters.drop(reason, count)
        return sent

    def _learn(self, receivers: Sequence[Receiver]) -> None:
        if len(self._raw) >= _REMEMBERED:
            self._raw.clear()
        for _, address, _ in receivers:
            self._raw[address] = raw_address(address)
