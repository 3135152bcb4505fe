"""A media port that the kernel keeps shut: nothing that arrives is read, as behind a firewall that drops UDP."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER
_REFUSE_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # classic BPF: return 0 bytes of the packet


@contextlib.contextmanager
def blocked(engine):
    """No datagram reaches the engine while the block lasts; the socket itself stays open and knows nothing of it."""
    sock = engine._udp._socket
    program = ctypes.create_string_buffer(_REFUSE_ALL, len(_REFUSE_ALL))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH, struct.pack("HP", 1, ctypes.addressof(program)))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the engine may have been closed meanwhile
            sock.setsockopt(socket.SOL_SOCKET, _DETACH, 0)
