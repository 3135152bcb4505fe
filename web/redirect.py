"""“See other”: the answer to a form that was done."""

from __future__ import annotations

from aiohttp import web

__all__ = ["see_other"]


def see_other(path: str) -> web.Response:
    """A 303 to a path of ours, as a response, so that cookies can be set on it."""
    return web.Response(status=303, headers={"Location": path})
