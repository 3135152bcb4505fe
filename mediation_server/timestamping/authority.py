"""The port to a time-stamping authority (时间戳服务机构), and the way to one over HTTP (RFC 3161 §3.4)."""

from __future__ import annotations

import secrets
from typing import Protocol

import aiohttp
from yarl import URL

from mediation_server.errors import BadInput
from mediation_server.timestamping.tokens import TokenError, request, token_in

__all__ = ["ANSWER", "QUESTION", "Authority", "AuthorityUnreachable", "HttpAuthority"]

QUESTION, ANSWER = "application/timestamp-query", "application/timestamp-reply"
_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
_MAX_ANSWER = 64 * 1024
_OK = 200


class AuthorityUnreachable(Exception):
    """No usable answer came; asked again later. The text says why in one word."""


class Authority(Protocol):
    """Whoever stamps."""

    async def stamp(self, digest: bytes) -> bytes:
        """A token (DER) over this SHA-256. Raises `AuthorityUnreachable`."""
        ...

    async def close(self) -> None:
        """Close the connections; idempotent."""
        ...


class HttpAuthority:
    """One POST per time stamp to the one address of the settings and nowhere else; redirects are not followed.

    Only a hash leaves the house. Raises `BadInput("tsa_url")` for an address that cannot be one.
    """

    def __init__(self, address: str) -> None:
        try:
            self._address = URL(address)
            usable = self._address.scheme in {"http", "https"} and bool(self._address.host)
        except ValueError:
            usable = False
        if not usable or self._address.user or self._address.fragment:
            raise BadInput("tsa_url", field="tsa_url")
        self._client: aiohttp.ClientSession | None = None

    async def stamp(self, digest: bytes) -> bytes:
        """A token over this SHA-256, for a nonce of our own. Raises `AuthorityUnreachable`."""
        nonce = secrets.randbits(63)
        try:
            answer = await self._asked(request(digest, nonce))
            return token_in(answer, digest, nonce)
        except TokenError as broken:
            raise AuthorityUnreachable("answer") from broken
        except TimeoutError as late:
            raise AuthorityUnreachable("timeout") from late
        except (aiohttp.ClientError, OSError) as broken:
            raise AuthorityUnreachable("connection") from broken

    async def close(self) -> None:
        """Close the connections; idempotent."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def _asked(self, question: bytes) -> bytes:
        if self._client is None:
            connector = aiohttp.TCPConnector(force_close=True, limit=2)
            self._client = aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        headers = {"Content-Type": QUESTION, "Accept": ANSWER}
        async with self._client.post(self._address, data=question, headers=headers, allow_redirects=False) as response:
            if response.status != _OK:
                raise AuthorityUnreachable(f"http_{response.status}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(16 * 1024):
                body += chunk
                if len(body) > _MAX_ANSWER:
                    raise AuthorityUnreachable("too_large")
            return bytes(body)
