"""Whether the server is alive and whether it can work: for machines and for the join page's line test."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from web.app_keys import CONTEXT, VITALS

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(request: web.Request) -> web.StreamResponse:
    """Alive: the process answers, so restarting it would help nobody. Asks nothing else, on purpose.

    A process that is merely cut off from its database or its media port must not be killed for it: its sittings
    would lose their room, and the next process would be cut off as well.
    """
    del request
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.StreamResponse:
    """Ready: new people may be sent here. The database answers (else an error page, 500), media get through (else 503).

    Media count as failing once two rounds of the canary in a row got nothing back, and are well with the next that
    passes. A disk that fills up is a warning and not a refusal: it hinders nobody yet. So is a wall clock that has
    jumped within the last hour, and a master key that cannot be had: sittings are held and recorded without it.
    """
    vitals = request.config_dict.get(VITALS)
    failed = ["media"] if vitals and vitals.media and vitals.media.is_failing else []
    warnings = ["disk_space_low"] if vitals and vitals.disk.is_low else []
    warnings += ["clock_jumped"] if vitals and vitals.clock and vitals.clock.warns else []
    warnings += [vitals.keys.trouble] if vitals and vitals.keys and vitals.keys.trouble else []
    async with request.config_dict[CONTEXT].db.reading():
        status = "failed" if failed else "warning" if warnings else "ok"
        body = {"status": status, "warnings": warnings} | ({"failed": failed} if failed else {})
        return web.json_response(body, status=HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK)
