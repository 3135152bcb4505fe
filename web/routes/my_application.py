"""What a matter is about, for its parties: the applicant's own application, or what the other side reads of it."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.services import written
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/my/{matter}/application")
async def about(request: web.Request) -> web.StreamResponse:
    """The applicant goes to the application and its receipt; everybody else reads what it says."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY), translator(request)
    found = await written.own_application(ctx, user, request.match_info["matter"])
    if found.application_id:
        return see_other(f"/apply/{found.application_id}")
    court = tr.pick(found.matter.court, found.matter.court_en)
    return render(request, "my_application.html", user=user, nav="my", about=found, court=court)
