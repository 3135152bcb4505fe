"""Encrypting a run for one receiver and sending it as one datagram train (UDP_SEGMENT); knows no publication."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from struct import Struct
from typing import Any

from mediation_server.media.embedded import private_names
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.runs import MOST_BYTES, Rewriting, Run, Segment
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys

__all__ = ["Receiver", "Sender"]

_UDP_SEGMENT = 103
_FIELDS = Struct("!HII")  # sequence number, timestamp, SSRC: bytes 2..11 of an RTP header
_UNSUPPORTED = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP}
_SPARE = 4_096

Receiver = tuple[SrtpKeys, Address, Rewriting]
_Step = tuple[Segment, int, int, int, int, Any]  # place of the fields, size, sequence, timestamp, libsrtp's pointer


class Sender:
    """The way out of the one media socket. Nothing is ever queued here: what the kernel does not take is dropped."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._socket = sock
        self._counters = counters
        self._buffer = Buffer(MOST_BYTES + _SPARE)
        self._pointers: dict[int, Any] = {}
        self._ancillary: dict[int, list[tuple[int, int, bytes]]] = {}
        self.segments = self._probe()

    def send(self, data: bytes | memoryview, address: Address) -> bool:
        """Send one datagram; False when it was dropped."""
        try:
            self._socket.sendto(data, address)
        except OSError as error:
            self._counters.drop("send_blocked" if error.errno == errno.EAGAIN else "send_failed")
            return False
        return True

    def send_run(self, run: Run, keys: SrtpKeys, address: Address, rewriting: Rewriting) -> int:
        """Rewrite, encrypt and send a run to one receiver. Returns packets sent."""
        return self.send_runs((run,), ((keys, address, rewriting),))[0]

    def send_runs(self, runs: Sequence[Run], receivers: Sequence[Receiver]) -> list[int]:
        """Rewrite, encrypt and send runs to receivers of one tag. Returns packets sent, by receiver."""
        sent = [0] * len(receivers)
        for run in runs:
            steps = [(each, each.at + 2, *each[1:4], self._pointer(each.at)) for each in run.segments]
            for place, (keys, address, rewriting) in enumerate(receivers):
                if self._encrypt(run, steps, keys, rewriting):
                    sent[place] += self._flush(run, self._buffer.view[: run.total], address)
        return sent

    def _encrypt(self, run: Run, steps: list[_Step], keys: SrtpKeys, rewriting: Rewriting) -> bool:
        protect, pack, context = private_names.protect, _FIELDS.pack_into, keys.context
        view, length = self._buffer.view, self._buffer.length
        ssrc, later, shift, *picture = rewriting
        retelling = any(picture)
        view[: len(run.template)] = run.template
        for segment, fields, size, sequence, timestamp, pointer in steps:
            pack(view, fields, (sequence + later) & 0xFFFF, (timestamp + shift) & 0xFFFFFFFF, ssrc)
            if retelling:
                segment.retold(view, rewriting)
            length[0] = size
            if protect(context, pointer, length):
                self._counters.drop("protect_failed", len(steps))
                return False
        return True

    def _flush(self, run: Run, data: memoryview, address: Address) -> int:
        count = len(run.segments)
        if count == 1:
            sent = 1 if self.send(data, address) else 0
        elif self.segments:
            sent = self._send_segments(run, data, address)
        else:
            sent = self._send_each(run, data, address)
        self._counters.packets_out += sent
        return sent

    def _send_segments(self, run: Run, data: memoryview, address: Address) -> int:
        ancillary = self._ancillary.get(run.stride)
        if ancillary is None:
            ancillary = [(socket.IPPROTO_UDP, _UDP_SEGMENT, run.stride.to_bytes(2, "little"))]
            self._ancillary[run.stride] = ancillary
        try:
            self._socket.sendmsg((data,), ancillary, 0, address)
        except OSError as error:
            if error.errno in _UNSUPPORTED:  # an interface without checksum offload, a path with a small MTU
                self.segments = False
                return self._send_each(run, data, address)
            self._counters.drop("send_blocked" if error.errno == errno.EAGAIN else "send_failed", len(run.segments))
            return 0
        return len(run.segments)

    def _send_each(self, run: Run, data: memoryview, address: Address) -> int:
        return sum(self.send(data[segment.at : segment.at + run.stride], address) for segment in run.segments)

    def _pointer(self, at: int) -> Any:
        pointer = self._pointers.get(at)
        if pointer is None:
            if len(self._pointers) > _SPARE:  # sizes vary little; a peer that varies them shall not fill the memory
                self._pointers.clear()
            pointer = self._pointers[at] = self._buffer.pointer(at)
        return pointer

    def _probe(self) -> bool:
        try:
            self._socket.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, 0)
        except OSError:
            return False
        return True
