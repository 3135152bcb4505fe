"""Whether a request that changes something comes from our own pages; knows no session and no form token.

Browsers say where a request comes from in headers that scripts cannot set: `Sec-Fetch-Site` where they have it
(W3C Fetch Metadata), else `Origin`, which the Referrer-Policy of web/headers.py keeps from being `null` on our own
pages. The cookies are `SameSite=Lax` besides, so there are two walls.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

__all__ = ["SIGNED", "comes_from_us", "own_origin"]

SIGNED = "signed"  # routes of this name read no cookie: who asks is proven by a signature over the body
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def own_origin(request: web.Request, public_url: str) -> str:
    """Our own origin: as configured, else as the browser addressed us."""
    if public_url:
        parts = urlsplit(public_url)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{request.scheme}://{request.host}"


def comes_from_us(request: web.Request, public_url: str) -> bool:
    """True for safe methods and for requests our own pages sent; a client that says nothing is refused."""
    if request.method in SAFE_METHODS or request.match_info.route.name == SIGNED:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None and origin != "null":
        return origin == own_origin(request, public_url)
    return site == "same-origin"
