"""Whether the server is alive and whether it can work: for machines and for the join page's line test."""

from __future__ import annotations

from aiohttp import web

from web.app_keys import CONTEXT, DISK

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(request: web.Request) -> web.StreamResponse:
    """The process answers."""
    del request
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.StreamResponse:
    """The database answers too; anything else is an error page with status 500.

    A disk that fills up is a warning and not a refusal: taking a server out of service would cut its sittings off.
    """
    disk = request.config_dict.get(DISK)
    warnings = ["disk_space_low"] if disk and disk.is_low else []
    async with request.config_dict[CONTEXT].db.reading():
        return web.json_response({"status": "warning" if warnings else "ok", "warnings": warnings})
