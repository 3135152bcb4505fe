"""The short number a helper asks for on the phone: given to every request, shown on error pages, written in the log."""

from __future__ import annotations

import secrets

from aiohttp import web

__all__ = ["assign_request_id", "request_id"]

_KEY = web.RequestKey("web.request_id", str)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that sounds or looks like something else


def assign_request_id(request: web.Request) -> str:
    """A fresh number like `JN-4F7K2Q`; never taken from the client, so that a log line cannot be forged."""
    request[_KEY] = "JN-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return request_id(request)


def request_id(request: web.Request) -> str:
    """The number of this request; empty before the outermost middleware has run."""
    number: str = request.get(_KEY, "")
    return number
