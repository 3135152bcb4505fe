"""Pages that are read from one state of the database, in one transaction; knows no page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web

from web.app_keys import CONTEXT

__all__ = ["of_one_state"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def of_one_state(handler: _Handler) -> _Handler:
    """A handler whose services read one and the same state: what its parts say fits together, and it begins once."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        async with request.config_dict[CONTEXT].db.one_state():
            return await handler(request)

    return answered
