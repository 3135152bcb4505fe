"""The private names of pinned libraries that the engine leans on, gathered here and tried at start; knows no room.

aiortc 1.16 and pylibsrtp 1.0 are pinned; their upgrade is decided by `self_test` and the contract tests.
"""

from __future__ import annotations

from typing import Any

from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AEAD_AES_256_GCM,
    SRTP_AES128_CM_SHA1_80,
    SRTP_PROFILES,
)
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from mediation_server.errors import Unavailable

__all__ = [
    "context_address",
    "ffi",
    "new_dtls",
    "protect",
    "protect_address",
    "protect_rtcp",
    "pump_of",
    "self_test",
    "sessions_of",
    "srtp_context",
    "unprotect",
    "unprotect_address",
    "unprotect_rtcp",
]

protect = lib.srtp_protect
protect_rtcp = lib.srtp_protect_rtcp
unprotect = lib.srtp_unprotect
unprotect_rtcp = lib.srtp_unprotect_rtcp

# AES-128-GCM first: 0.79 us a packet against 1.48 for AES-CM with SHA-1.
_PREFERRED = (SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80)


def new_dtls(pipe: Any, certificate: RTCCertificate, role: str) -> RTCDtlsTransport:
    """A DTLS association over `pipe` (`_recv()`, `_send()`, `role`); `role` is client or server."""
    dtls = RTCDtlsTransport(pipe, [certificate])
    dtls._srtp_profiles = [profile for profile in _PREFERRED if profile in SRTP_PROFILES]  # noqa: SLF001
    dtls._set_role(role)  # noqa: SLF001
    return dtls


def sessions_of(dtls: RTCDtlsTransport) -> tuple[Session, Session]:
    """The SRTP sessions (receiving, sending) of a connected association."""
    return dtls._rx_srtp, dtls._tx_srtp  # noqa: SLF001


def pump_of(dtls: RTCDtlsTransport) -> Any:
    """The task that reads records after the handshake, or None."""
    return dtls._task  # noqa: SLF001


def srtp_context(session: Session) -> Any:
    """The `srtp_t` of a session; valid as long as the session lives."""
    return session._srtp[0]  # noqa: SLF001


def context_address(session: Session) -> int:
    """Where the `srtp_t` of a session lies, for the extension; valid as long as the session lives."""
    return int(ffi.cast("uintptr_t", srtp_context(session)))


def protect_address() -> int:
    """Where libsrtp's `srtp_protect` lies, for the extension: `int (*)(srtp_t, void *packet, int *length)`."""
    return int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))


def unprotect_address() -> int:
    """Where libsrtp's `srtp_unprotect` lies; the same form."""
    return int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_unprotect")))


def self_test() -> None:
    """Encrypt and decrypt one packet in place. Raises `Unavailable("media_library_changed")` when that fails."""
    key = bytes(range(30))
    packet = bytes((0x80, 96)) + bytes(10) + b"self test"
    try:
        sending = Session(Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM))
        receiving = Session(Policy(key, Policy.SSRC_ANY_INBOUND, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM))
        buffer, length = ffi.new("unsigned char[]", 128), ffi.new("int *")
        ffi.buffer(buffer)[0 : len(packet)] = packet
        length[0] = len(packet)
        grown = protect(srtp_context(sending), buffer, length) == 0 and length[0] == len(packet) + 16
        opened = unprotect(srtp_context(receiving), buffer, length) == 0
        same = bytes(ffi.buffer(buffer, length[0])) == packet
        new_dtls(None, RTCCertificate.generateCertificate(), "server")
    except Exception as error:
        raise Unavailable("media_library_changed") from error
    if not (grown and opened and same):
        raise Unavailable("media_library_changed")
