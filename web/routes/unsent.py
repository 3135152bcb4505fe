"""What was typed when a login ended: shown after signing in again, and sent on its way or let go."""

from __future__ import annotations

from aiohttp import web

from mediation_server.services import unsent
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.redirect import see_other
from web.render import render
from web.too_late import PATH

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get(PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """What is kept for whoever signed in; on to their home page where there is nothing."""
    user = await signed_in(request)
    found = await unsent.mine(request.config_dict[CONTEXT], user)
    return render(request, "unsent.html", user=user, found=found) if found else see_other("/home")


@routes.post(f"{PATH}/send")
async def send(request: web.Request) -> web.StreamResponse:
    """On its way: the browser sends the same fields again, to where they were going (RFC 9110 §15.4.8)."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    found = await unsent.mine(ctx, user)
    if found is None:
        return see_other("/home")
    await unsent.drop(ctx, user)
    return web.Response(status=307, headers={"Location": found.path})


@routes.post(f"{PATH}/drop")
async def let_go(request: web.Request) -> web.StreamResponse:
    """It is not wanted any more."""
    await unsent.drop(request.config_dict[CONTEXT], await signed_in(request))
    return see_other("/home")
