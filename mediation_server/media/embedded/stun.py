"""STUN binding requests with short-term credentials (RFC 8489, RFC 8445 §7.3); knows no transport.

Requests are read by aioice's codec; what is cheap to refuse is refused before it, and whatever it raises ends here.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import struct
import zlib
from dataclasses import dataclass

from aioice import stun

__all__ = ["Credentials", "Request", "local_ufrag", "respond", "verify"]

_HEADER = 20
_USERNAME = 0x0006
_BINDING_REQUEST = b"\x00\x01"
_COOKIE = b"\x21\x12\xa4\x42"
_BINDING_RESPONSE = 0x0101
_XOR_MAPPED_ADDRESS, _MESSAGE_INTEGRITY, _FINGERPRINT_TYPE = 0x0020, 0x0008, 0x8028
_INTEGRITY_SIZE, _FINGERPRINT_SIZE = 24, 8  # bytes of these attributes, heads included
_PORT_MASK, _FINGERPRINT_MASK = 0x2112, 0x5354554E
_ATTRIBUTE = struct.Struct("!HH")  # type and length; type and length of a message as well
_MAPPED = struct.Struct("!HHxBH")  # type, length, family, masked port
_FINGERPRINT = struct.Struct("!HHI")
_LARGEST = 548  # bytes; a browser's check has about 120
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Credentials:
    """One generation of ICE credentials of ours (RFC 8839 §5.4)."""

    ufrag: str
    password: str

    @classmethod
    def fresh(cls) -> Credentials:
        """New ones: 12 characters of user fragment, 32 of password, 190 random bits."""
        return cls(_random(12), _random(32))


@dataclass(frozen=True, slots=True)
class Request:
    """A binding request whose integrity was proven."""

    message: stun.Message
    nominates: bool

    @property
    def transaction(self) -> bytes:
        """The 96-bit transaction id."""
        return self.message.transaction_id


def local_ufrag(data: bytes) -> str | None:
    """The user fragment of ours that a binding request names, without any proof; None if it is no such request."""
    if not _HEADER < len(data) <= _LARGEST or data[:2] != _BINDING_REQUEST or data[4:8] != _COOKIE:
        return None
    at = _HEADER
    while at + 4 <= len(data):
        kind = int.from_bytes(data[at : at + 2], "big")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _USERNAME:
            return data[at + 4 : at + 4 + length].split(b":")[0].decode("ascii", "replace")
        at += 4 + length + (-length & 3)
    return None


def verify(data: bytes, password: str) -> Request | None:
    """The request if it parses and its MESSAGE-INTEGRITY was made with `password`."""
    try:
        message = stun.parse_message(data)
        if not message.check_message_integrity(password.encode("ascii")):
            return None
    except (ValueError, KeyError, IndexError, struct.error):  # UnicodeDecodeError is a ValueError
        return None
    return Request(message, "USE-CANDIDATE" in message.attributes)


def respond(request: Request, address: tuple[str, int], password: str) -> bytes:
    """The success response to a request that came from `address` (RFC 8489 §14.2, 14.5, 14.7).

    Written here: every connection is checked every few seconds, and the codec lays a message out three times.
    """
    six = ":" in address[0]
    host = socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, address[0].split("%")[0])
    mask = (_COOKIE + request.transaction)[: len(host)]
    masked = (int.from_bytes(host, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(host), "big")
    mapped = _MAPPED.pack(_XOR_MAPPED_ADDRESS, 4 + len(host), 2 if six else 1, address[1] ^ _PORT_MASK) + masked
    covered = _head(request, len(mapped) + _INTEGRITY_SIZE) + mapped
    integrity = hmac.digest(password.encode("ascii"), covered, "sha1")
    body = mapped + _ATTRIBUTE.pack(_MESSAGE_INTEGRITY, len(integrity)) + integrity
    message = _head(request, len(body) + _FINGERPRINT_SIZE) + body
    return message + _FINGERPRINT.pack(_FINGERPRINT_TYPE, 4, zlib.crc32(message) ^ _FINGERPRINT_MASK)


def _head(request: Request, length: int) -> bytes:
    return _ATTRIBUTE.pack(_BINDING_RESPONSE, length) + _COOKIE + request.transaction


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
