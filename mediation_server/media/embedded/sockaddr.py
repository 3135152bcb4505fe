"""Addresses as the kernel has them and as the socket module gives them; knows no socket."""

from __future__ import annotations

import socket
import struct
from typing import Any

from mediation_server.media.embedded.ice import Address

__all__ = ["raw_address", "reached_at", "readable_address"]

_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how to reach what is bound to every address
_FAMILY = struct.Struct("=H")
_INET = struct.Struct("=H2s4s8x")  # struct sockaddr_in: family; port and address in network order
_INET6 = struct.Struct("=H2s4s16sI")  # struct sockaddr_in6: family; port, flow and address in network order; scope


def reached_at(host: str) -> str:
    """Where a socket bound to this address is reached from this machine itself."""
    return _LOOPBACKS.get(host, host)


def raw_address(address: tuple[Any, ...]) -> bytes:
    """A `sockaddr` for the kernel. Raises OSError when the host is no IP address."""
    port = int(address[1]).to_bytes(2, "big")
    if ":" not in address[0]:
        return _INET.pack(socket.AF_INET, port, socket.inet_pton(socket.AF_INET, address[0]))
    flow, scope = (*address[2:], 0, 0)[:2]
    host = socket.inet_pton(socket.AF_INET6, address[0].split("%")[0])
    return _INET6.pack(socket.AF_INET6, port, flow.to_bytes(4, "big"), host, scope)


def readable_address(raw: bytes) -> Address:
    """The reverse, in the form in which `recvfrom` gives it. Raises ValueError for another family."""
    (family,) = _FAMILY.unpack_from(raw)
    if family == socket.AF_INET and len(raw) == _INET.size:
        _, port, host = _INET.unpack(raw)
        return socket.inet_ntop(socket.AF_INET, host), int.from_bytes(port, "big")
    if family != socket.AF_INET6 or len(raw) != _INET6.size:
        raise ValueError("family")
    _, port, flow, host, scope = _INET6.unpack(raw)
    name = socket.inet_ntop(socket.AF_INET6, host)
    if scope:
        name, _ = socket.getnameinfo((name, 0, 0, scope), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
    whole: Any = (name, int.from_bytes(port, "big"), int.from_bytes(flow, "big"), scope)
    return whole  # type: ignore[no-any-return] # four parts where the family has four
