"""The home page of whoever is signed in."""

from __future__ import annotations

from datetime import datetime, time

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Role
from mediation_server.services import access, agenda, matters
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.render import render
from web.views.home import judge_home, mediator_home, monday_of

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/home")
async def home(request: web.Request) -> web.StreamResponse:
    """A mediator's day or a judge's."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    now, summaries = ctx.clock.now(), await matters.matters_of(ctx, user)
    if user.role is Role.MEDIATOR:
        since = datetime.combine(monday_of(now), time(), SHANGHAI)
        day = mediator_home(summaries, await agenda.agenda_of(ctx, user, since), now)
        return render(request, "home_mediator.html", user=user, nav="home", home=day)
    reviewing = judge_home(summaries, await access.recordings_for(ctx, user))
    return render(request, "home_judge.html", user=user, nav="home", home=reviewing)
