"""The way out through the compiled extension: one call a run for all its receivers; knows no publication.

The call returns when every packet has been given to the kernel or dropped; nothing is left in a queue that a
fence would have to wait for.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from types import ModuleType

from mediation_server.media.embedded.gso import Receiver, Sender
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.runs import Run
from mediation_server.media.embedded.sockaddr import raw_address

__all__ = ["FastSender"]

_REMEMBERED = 4_096  # addresses; a peer has a handful
_MOST = 256  # receivers of one call, so that other threads get their turn


class FastSender(Sender):
    """The same answers and the same bytes as `Sender`."""

    def __init__(self, sock: socket.socket, counters: Counters, fast: ModuleType) -> None:
        super().__init__(sock, counters)
        self._fan_out = fast.fan_out
        self._raw: dict[Address, bytes] = {}

    def send_runs(self, runs: Sequence[Run], receivers: Sequence[Receiver]) -> list[int]:
        """Rewrite, encrypt and send runs to receivers of one tag. Returns packets sent, by receiver."""
        sent = [0] * len(receivers)
        for first in range(0, len(receivers), _MOST):
            some = receivers[first : first + _MOST]
            told = [(keys.context_address, self._raw_of(address), rewriting) for keys, address, rewriting in some]
            for run in runs:
                self.segments, results = self._fan_out(self._socket.fileno(), self.segments, run, told)
                for place, result in enumerate(results, first):
                    sent[place] += self._count(result, len(run.segments))
        self._counters.packets_out += sum(sent)
        return sent

    def _count(self, result: int, packets: int) -> int:
        """Packets sent, from what the extension says: so many, or why none was."""
        if result == -errno.EPROTO:
            self._counters.drop("protect_failed", packets)
            return 0
        if result < packets:
            self._counters.drop("send_blocked" if result == -errno.EAGAIN else "send_failed", packets - max(0, result))
        return max(0, result)

    def _raw_of(self, address: Address) -> bytes:
        raw = self._raw.get(address)
        if raw is None:
            if len(self._raw) >= _REMEMBERED:
                self._raw.clear()
            raw = self._raw[address] = raw_address(address)
        return raw
