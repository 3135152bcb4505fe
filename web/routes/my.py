"""What a party with an account has here (我的事项)."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.services import matters
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.render import render

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/my")
async def mine(request: web.Request) -> web.StreamResponse:
    """The matters in which this account speaks for a party, newest first."""
    user = await signed_in(request, Role.PARTY)
    return render(
        request, "my.html", user=user, nav="my", matters=await matters.own_matters(request.config_dict[CONTEXT], user)
    )
