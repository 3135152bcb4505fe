"""Reading many datagrams by one system call (recvmmsg(2)), dated by the kernel; knows nothing of what is in them.

When a datagram is read says how busy this process is; when the kernel had it says how fast its way was.
"""

from __future__ import annotations

import ctypes
import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from struct import Struct

from mediation_server.media.embedded.limits import SECOND
from mediation_server.media.embedded.private_names import ffi
from mediation_server.media.embedded.srtp import Buffer

__all__ = ["LONGEST_WAIT", "Datagrams", "date_arrivals"]

LONGEST_WAIT = SECOND  # ns; a longer one tells of a clock that was set, or of a process that stood still
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the type of the control message, too
_PART = Struct("@PN")  # struct iovec
_MESSAGE = Struct("@PIPNPNi0PI0P")  # struct mmsghdr: name, parts, control with their lengths; flags; size
_CONTROL = Struct("@Nii0lll")  # struct cmsghdr, struct timespec
_NAME = Struct("128s")  # struct sockaddr_storage
_RECVMMSG = "int (*)(int, void *, unsigned int, int, void *)"


def date_arrivals(sock: socket.socket) -> None:
    """Have the kernel date what comes, where it can."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


class Datagrams:
    """Datagram `n` of a reading lies `slot * n` bytes into the memory, until the next reading."""

    def __init__(self, sock: socket.socket, memory: Buffer, slot: int) -> None:
        date_arrivals(sock)
        self._socket = sock
        self._most = memory.size // slot
        layouts = (_MESSAGE, _CONTROL, _NAME, _PART)
        self._messages, self._control, self._names, self._parts = (Buffer(each.size * self._most) for each in layouts)
        self._lay_out(memory, slot)
        self._fresh = bytes(self._messages.view)  # the kernel writes over what it was told
        found = ctypes.CDLL(None).recvmmsg
        self._receive = ffi.cast(_RECVMMSG, ctypes.cast(found, ctypes.c_void_p).value)

    def read(self) -> Sequence[tuple[int, bytes, int]]:
        """Size, sender's sockaddr, and wait in ns between the kernel and here, of each that was there.

        Raises OSError: BlockingIOError when there is none; another for the ICMP error of a peer that went away.
        """
        messages = self._messages
        messages.view[:] = self._fresh
        count = self._receive(self._socket.fileno(), messages.data, self._most, socket.MSG_DONTWAIT, ffi.NULL)
        if count < 0:
            raise OSError(ffi.errno, os.strerror(ffi.errno))
        now = time.time_ns()
        told = _MESSAGE.iter_unpack(messages.view[: count * _MESSAGE.size])
        dates = _CONTROL.iter_unpack(self._control.view[: count * _CONTROL.size])
        names = _NAME.iter_unpack(self._names.view[: count * _NAME.size])
        return [
            (size, name[:length], min(max(0, now - seconds * SECOND - rest), LONGEST_WAIT) if dated else 0)
            for (_, length, _, _, _, dated, _, size), (_, _, _, seconds, rest), (name,) in zip(
                told, dates, names, strict=True
            )
        ]

    def _lay_out(self, memory: Buffer, slot: int) -> None:
        for place in range(self._most):
            name, part, control = (
                buffer.address + place * layout.size
                for buffer, layout in ((self._names, _NAME), (self._parts, _PART), (self._control, _CONTROL))
            )
            _PART.pack_into(self._parts.view, place * _PART.size, memory.address + place * slot, slot)
            at = place * _MESSAGE.size
            _MESSAGE.pack_into(self._messages.view, at, name, _NAME.size, part, 1, control, _CONTROL.size, 0, 0)
