"""`HttpJsonCourt`: the port over HTTP, one POST per envelope to the one address of the settings and nowhere else."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from mediation_server.caseflow.answers import MAX_ANSWER_BYTES, answer_from
from mediation_server.caseflow.envelope import Envelope, sealed
from mediation_server.caseflow.port import Answer, CourtUnreachable
from mediation_server.errors import BadInput

__all__ = ["ENVELOPES", "HttpJsonCourt", "court_address"]

ENVELOPES = "envelopes"
_TIMEOUT_S = 10.0
_CONNECT_S = 3.0
_OK = 200
_METADATA = frozenset({"100.100.100.200", "fd00:ec2::254"})  # clouds that put theirs outside link-local

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def court_address(base: str) -> URL:
    """The address envelopes go to, below the base URL of the settings.

    Plain HTTP only to this machine. Raises `BadInput("court_url")` for anything else that could lead astray:
    another scheme, credentials, a query, or an address no court can have (link-local, multicast, unspecified).
    """
    try:
        url = URL(base)
        host = url.host
        port_is_sane = url.port is not None
    except ValueError as wrong:
        raise BadInput("court_url", field="court_url") from wrong
    plain = bool(host) and port_is_sane and not (url.user or url.password or url.query_string or url.fragment)
    if host is None or not plain or not _scheme_is_safe(url, host) or not _may_be_court(host):
        raise BadInput("court_url", field="court_url")
    return url / ENVELOPES


def _scheme_is_safe(url: URL, host: str) -> bool:
    if url.scheme == "https":
        return True
    address = _literal(host)
    return url.scheme == "http" and (host == "localhost" or (address is not None and address.is_loopback))


def _literal(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _may_be_court(host: str) -> bool:
    """Whether this name or address may belong to a court: private networks may, a cloud's metadata address may not."""
    address = _literal(host)
    if address is None:  # a name; a number in disguise (0x7f.1, 017700000001) is refused, a name's address is guarded
        return not host.rstrip(".").rsplit(".", 1)[-1][:1].isdigit()
    tunnelled = isinstance(address, ipaddress.IPv6Address) and bool(address.sixtofour or address.teredo)
    nobody = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    return address.is_loopback or not (tunnelled or nobody or str(address) in _METADATA)


class _GuardedResolver(AbstractResolver):
    """Resolves once and connects to exactly that, so that a name cannot be turned to a forbidden address in between."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if _may_answer_for(host, each["host"])]
        if not allowed:
            raise OSError("court_address_forbidden")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def _may_answer_for(name: str, address: str) -> bool:
    literal = _literal(address)
    is_here = literal is not None and literal.is_loopback
    return _may_be_court(address) and (name == "localhost" or not is_here)


class HttpJsonCourt:
    """Speaks JSON to the court. `key` signs every envelope; the idempotency key is the message's id."""

    def __init__(
        self, base: str, key: bytes, *, resolver: AbstractResolver | None = None, timeout_s: float = _TIMEOUT_S
    ) -> None:
        """Raises `BadInput("court_url")` when the base URL is unsafe. No connection is made before the first use."""
        self._address = court_address(base)
        self._key = key
        self._resolver = resolver
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(_CONNECT_S, timeout_s))
        self._client: aiohttp.ClientSession | None = None

    async def deliver(self, envelope: Envelope) -> Answer:
        """POST the envelope. Raises `CourtUnreachable` for anything but a well-formed answer with status 200."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": envelope.message_id}
        body = sealed(envelope, self._key).wire()
        try:
            async with self._session().post(
                self._address, data=body, headers=headers, allow_redirects=False
            ) as response:
                return answer_from(await _answer_bytes(response), envelope)
        except TimeoutError as late:
            raise CourtUnreachable("timeout") from late
        except (aiohttp.ClientError, OSError) as broken:
            raise CourtUnreachable("connection") from broken

    async def close(self) -> None:
        """Close the connections; idempotent."""
        client, self._client = self._client, None
        if client:
            await client.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            # A fresh connection each time: a POST on one the court has meanwhile closed would cost a backoff step.
            connector = aiohttp.TCPConnector(
                resolver=_GuardedResolver(self._resolver or ThreadedResolver()), force_close=True, limit=16
            )
            self._client = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._client


async def _answer_bytes(response: aiohttp.ClientResponse) -> bytes:
    if response.status != _OK:
        raise CourtUnreachable(f"http_{response.status}", retry_after_s=_retry_after(response.headers))
    body = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise CourtUnreachable("answer_too_large")
    return bytes(body)


def _retry_after(headers: Any) -> int | None:
    wish = headers.get("Retry-After", "")
    return int(wish) if wish.isascii() and wish.isdigit() and len(wish) <= len("86400") else None
