"""Encrypting a run for one receiver and sending it as one datagram train (UDP_SEGMENT); knows no publication."""

from __future__ import annotations

import errno
import socket
from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from struct import Struct
from typing import Any

from mediation_server.media.embedded import private_names
from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.runs import MOST_BYTES, MOST_SEGMENTS, Rewriting, Run
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys

__all__ = ["Receiver", "Receivers", "Sender"]

_UDP_SEGMENT = 103
_FIELDS = Struct("!HII")  # sequence number, timestamp, SSRC
_FIELDS_AT = 2  # where they stand in an RTP header
_UNSUPPORTED = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP}
_SPARE = 4_096

Receiver = tuple[SrtpKeys, Address, Rewriting]


class Receivers(list[Receiver]):
    """Receivers who stay the same from burst to burst; what a sender has made of them lies in `prepared`."""

    __slots__ = ("prepared",)

    def __init__(self, receivers: Iterable[Receiver]) -> None:
        super().__init__(receivers)
        self.prepared: Any = None


class Sender:
    """The way out of the one media socket. Nothing is ever queued here: what the kernel does not take is dropped."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._socket = sock
        self._counters = counters
        self._buffer = Buffer(MOST_BYTES + _SPARE)
        self._pointers: dict[int, Any] = {}
        lengths = private_names.ffi.new("int[]", MOST_SEGMENTS)
        self._lengths = memoryview(private_names.ffi.buffer(lengths)).cast("B").cast("i")
        self._length_pointers = [lengths + place for place in range(MOST_SEGMENTS)]
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

    def send_packets(self, packets: Sequence[bytes], codec: Codec, receivers: Sequence[Receiver]) -> list[int]:
        """Rewrite, encrypt and send packets, in order, to receivers of one tag. Returns packets sent, by receiver."""
        pictures = any(each.picture_id or each.tl0 for _, _, each in receivers)
        runs = codec.runs(packets, receivers[0][0].tag, pictures=pictures) if receivers else ()
        return self._send_runs(runs, receivers)

    def _send_runs(self, runs: Sequence[Run], receivers: Sequence[Receiver]) -> list[int]:
        sent = [0] * len(receivers)
        for run in runs:
            self._serve(run, receivers, sent)
        self._counters.packets_out += sum(sent)
        return sent

    def _serve(self, run: Run, receivers: Sequence[Receiver], sent: list[int]) -> None:
        """Rewrite, encrypt and send one run for everybody, and add what went out to `sent`."""
        pointers = [self._pointer(each.at) for each in run.segments]
        sizes = array("i", [each.size for each in run.segments])
        numbers = [(each.at + _FIELDS_AT, each.sequence, each.timestamp) for each in run.segments]
        view, template, count = self._buffer.view, run.template, len(sizes)
        lengths, data, pack = self._lengths, view[: run.total], _FIELDS.pack_into
        for place, (keys, address, rewriting) in enumerate(receivers):
            ssrc, later, shift, picture_id, tl0 = rewriting
            view[: len(template)] = template
            for at, sequence, timestamp in numbers:
                pack(view, at, (sequence + later) & 0xFFFF, (timestamp + shift) & 0xFFFFFFFF, ssrc)
            if picture_id or tl0:
                for segment in run.segments:
                    segment.retold(view, rewriting)
            lengths[:count] = sizes
            # The loop runs in C: `map` calls libsrtp for each packet, `any` stops at the first that it refuses.
            if any(map(private_names.protect, repeat(keys.context), pointers, self._length_pointers)):
                self._counters.drop("protect_failed", count)
            else:
                sent[place] += self._send_run(run, data, address)

    def _send_run(self, run: Run, data: memoryview, address: Address) -> int:
        count = len(run.segments)
        if count == 1:
            return 1 if self.send(data, address) else 0
        if not self.segments:
            return self._send_each(run, data, address)
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
            self._counters.drop("send_blocked" if error.errno == errno.EAGAIN else "send_failed", count)
            return 0
        return count

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
