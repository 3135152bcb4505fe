"""`/metrics` on a listener of its own, beside the pages and never among them; knows no login and no page.

The public port is what a reverse proxy passes on; a check of the caller's address there would see the proxy's. So the
figures lie on another port, bound to loopback unless the settings say otherwise: what is not listening to the outside
cannot be read from there, however the proxy is configured.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from mediation_server.services import operating
from mediation_server.services.context import Context
from mediation_server.services.operating import Vitals
from web.metrics import CONTENT_TYPE, exposition

__all__ = ["metrics_app"]


def metrics_app(ctx: Context, vitals: Vitals) -> web.Application:
    """One address, one method."""
    app = web.Application(client_max_size=0)

    async def metrics(request: web.Request) -> web.Response:
        del request
        body = await asyncio.to_thread(exposition, await operating.figures(ctx, vitals))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    app.router.add_get("/metrics", metrics)
    return app
