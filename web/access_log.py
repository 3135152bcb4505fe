"""One line per request with nothing secret in it: the route's pattern instead of the path, no query, no cookie."""

from __future__ import annotations

import logging
import time

from aiohttp import web

from web.request_id import request_id

__all__ = ["log_request"]

_LOG = logging.getLogger("web.access")


def log_request(request: web.Request, status: int, started: float) -> None:
    """Write down method, pattern (`/join/{token}`), status, ms and the request's number."""
    resource = request.match_info.route.resource
    pattern = resource.canonical if resource is not None else "(no route)"
    took = (time.perf_counter() - started) * 1000
    _LOG.info("%s %s %d %.1f ms %s", request.method, pattern, status, took, request_id(request))
