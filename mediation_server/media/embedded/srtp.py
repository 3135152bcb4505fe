"""In-place SRTP on preallocated buffers (RFC 3711, RFC 7714); knows no address and no stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pylibsrtp import Session

from mediation_server.media.embedded import private_names
from mediation_server.media.embedded.rtp import MAX_PACKET

__all__ = ["Buffer", "SrtpKeys"]

_ROOM = 160  # bytes behind a packet for tag, index and whatever libsrtp may add


class Buffer:
    """Memory that the socket, Python and libsrtp share; one caller at a time."""

    def __init__(self, size: int, data: Any = None) -> None:
        self.size = size
        self.data = private_names.ffi.new("unsigned char[]", size) if data is None else data
        self.view = memoryview(private_names.ffi.buffer(self.data, size)).cast("B")
        self.length = private_names.ffi.new("int *")

    @property
    def address(self) -> int:
        """Where the memory begins; keeps nothing alive: use it only while the buffer lives."""
        return int(private_names.ffi.cast("uintptr_t", self.data))

    def part(self, at: int, size: int) -> Buffer:
        """A part of the same memory as a buffer of its own; use it only while this one lives."""
        return Buffer(size, self.data + at)

    def pointer(self, at: int) -> Any:
        """The address of byte `at`; keeps nothing alive: use it only while the buffer lives."""
        return self.data + at


class SrtpKeys:
    """Both directions of one association."""

    def __init__(self, receiving: Session, sending: Session) -> None:
        self._sessions = (receiving, sending)  # they own what the contexts point to
        self.opening = private_names.srtp_context(receiving)
        self.opening_address = private_names.context_address(receiving)
        self.context = private_names.srtp_context(sending)
        self.context_address = private_names.context_address(sending)
        self._scratch = Buffer(2 * MAX_PACKET + _ROOM)
        self.tag = self._measure_tag()

    def open(self, buffer: Buffer, size: int) -> int:
        """Authenticate and decrypt the RTP packet at the start of `buffer`; its new size, or 0 when refused."""
        length = buffer.length  # not through `_opened`: this is called for every packet
        length[0] = size
        return 0 if private_names.unprotect(self.opening, buffer.data, length) else int(length[0])

    def open_rtcp(self, buffer: Buffer, size: int) -> int:
        """The same for RTCP."""
        return self._opened(private_names.unprotect_rtcp, buffer, size)

    def seal(self, packet: bytes) -> bytes | None:
        """One RTP packet encrypted, for the few that do not travel in runs; None when refused."""
        return self._sealed(private_names.protect, packet)

    def seal_rtcp(self, packet: bytes) -> bytes | None:
        """One RTCP packet encrypted; None when refused."""
        return self._sealed(private_names.protect_rtcp, packet)

    def _opened(self, function: Callable[[Any, Any, Any], int], buffer: Buffer, size: int) -> int:
        buffer.length[0] = size
        return 0 if function(self.opening, buffer.data, buffer.length) else int(buffer.length[0])

    def _sealed(self, function: Callable[[Any, Any, Any], int], packet: bytes) -> bytes | None:
        scratch, size = self._scratch, len(packet)
        if size > 2 * MAX_PACKET:
            return None
        scratch.view[:size] = packet
        scratch.length[0] = size
        if function(self.context, scratch.data, scratch.length):
            return None
        return bytes(scratch.view[: scratch.length[0]])

    def _measure_tag(self) -> int:
        """Bytes that encryption adds: 16 with GCM, 10 with SHA-1-80; measured on a stream nobody uses."""
        probe = self.seal_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x00") or b""
        return len(probe) - 8 - 4
