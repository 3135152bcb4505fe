"""The headers that keep a browser on our side: one strict policy for every answer, without exceptions."""

from __future__ import annotations

from aiohttp import web

from web.identity import is_secure

__all__ = ["CONTENT_SECURITY_POLICY", "SECURITY_HEADERS", "add_headers"]

# Nothing inline, nothing from elsewhere, no markup from strings. `blob:` is for pictures and sounds made by a page.
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_POLICY)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": under it browsers write `Origin: null` into our own forms (Fetch standard, "append a request
    # `Origin` header"), and those without Sec-Fetch-Site could not be told from a foreign page. The path, which may
    # hold the token of a link, is told to nobody, ourselves included.
    "Referrer-Policy": "strict-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare`: also for errors, streams and static files. What has no rule is not stored."""
    response.headers.update(SECURITY_HEADERS)
    if is_secure(request):
        response.headers.update(_TLS_ONLY)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.pop("Server", None)
