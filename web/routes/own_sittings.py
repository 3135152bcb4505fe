"""A party's own page of a sitting: when, how, where; the calendar file; another time or protection; the way in."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.domain.session import Participant
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, MediationError, Refused, TooMany
from mediation_server.services import attending_plan, inviting, writing
from mediation_server.services.inviting import path_of
from web.app_keys import CONTEXT
from web.asking import Asked, ask_page, take_wish
from web.identity import signed_in
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/my/sittings/{session_id}")
async def sitting(request: web.Request) -> web.StreamResponse:
    """When it is, how this party attends, and what it can do."""
    return await _page(request, *await _mine(request))


@routes.get("/my/sittings/{session_id}/calendar.ics")
async def calendar(request: web.Request) -> web.StreamResponse:
    """The appointment as a calendar file."""
    _, seat = await _mine(request)
    text = await attending_plan.calendar_of(request.config_dict[CONTEXT], seat)
    headers = {"Content-Disposition": 'attachment; filename="mediation.ics"', "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=headers)


@routes.post("/my/sittings/{session_id}/enter")
async def enter(request: web.Request) -> web.StreamResponse:
    """The way in for whoever has signed in: a fresh link of their own."""
    user, seat = await _mine(request)
    ctx = request.config_dict[CONTEXT]
    plan = await attending_plan.plan_of(ctx, seat)
    try:
        _, token = await inviting.issue_own(ctx, user, plan.matter.id, seat.session_id)
    except (Conflict, Refused, TooMany) as refusal:
        return await _page(request, user, seat, refusal)
    return see_other(path_of(token))


@routes.get("/my/sittings/{session_id}/ask")
async def wish(request: web.Request) -> web.StreamResponse:
    """What can be asked of the presider."""
    user, seat = await _mine(request)
    return ask_page(request, await _asked(request, user, seat))


@routes.post("/my/sittings/{session_id}/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    """Keep the wish for the presider; nobody else is told."""
    user, seat = await _mine(request)
    return await take_wish(request, seat, await _asked(request, user, seat))


async def _mine(request: web.Request) -> tuple[User, Participant]:
    user = await signed_in(request, Role.PARTY)
    return user, await writing.own_seat(request.config_dict[CONTEXT], user, request.match_info["session_id"])


async def _asked(request: web.Request, user: User, seat: Participant) -> Asked:
    plan = await attending_plan.plan_of(request.config_dict[CONTEXT], seat)
    court = translator(request).pick(plan.matter.court, plan.matter.court_en)
    return Asked(plan.session, court, f"/my/sittings/{seat.session_id}", user)


async def _page(
    request: web.Request, user: User, seat: Participant, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    plan = await attending_plan.plan_of(ctx, seat)
    return render(
        request,
        "own_sitting.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="my",
        court=tr.pick(plan.matter.court, plan.matter.court_en),
        plan=plan,
        problem=tr.error(refusal.code, refusal.details) if refusal else "",
    )
