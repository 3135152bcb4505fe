"""A matter's page and the form that schedules a sitting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict
from mediation_server.services import inviting, matters, scheduling, terms
from web.app_keys import CONTEXT, FRESH_LINKS
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import render, translator
from web.views.people import phone_reader
from web.views.terms import term_rows

__all__ = ["routes"]

routes = web.RouteTableDef()
_PROCEDURES = {"普通": "ordinary", "简易": "summary", "小额": "small"}
_FIELDS = {"starts_at": "day"}  # the form asks for day and time, the service for an instant


@routes.get("/matters/{matter_id}")
async def matter(request: web.Request) -> web.StreamResponse:
    """Parties, claim, sittings, terms; for its mediator the form for another sitting."""
    return await _page(request, await signed_in(request))


@routes.post("/matters/{matter_id}/sessions")
async def schedule(request: web.Request) -> web.StreamResponse:
    """Schedule a sitting and issue everybody's link; what is wrong in the form stays beside its field."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    form = await read_form(request)
    try:
        minutes = form.number("minutes", scheduling.MIN_MINUTES, scheduling.MAX_MINUTES)
        starts_at = form.instant("day", "time")
        session = await scheduling.schedule(ctx, user, request.match_info["matter_id"], starts_at, minutes)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    tokens = await inviting.issue_all(ctx, user, session.id)
    request.config_dict[FRESH_LINKS].keep(user.id, session.id, tokens)
    return see_other(f"/sessions/{session.id}")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: BadInput | Conflict | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await matters.matter_page(ctx, user, request.match_info["matter_id"])
    now = ctx.clock.now()
    running = await terms.terms_of(ctx, user, page.matter.id)
    errors: dict[str, str] = {}
    if refusal:
        errors[_FIELDS.get(refusal.field or "", refusal.field or "_")] = tr.error(refusal.code, refusal.details)
    soon = (now + timedelta(minutes=15)).astimezone(SHANGHAI)
    suggested = {"day": soon.strftime("%Y-%m-%d"), "time": soon.strftime("%H:%M"), "minutes": "60"}
    values: Mapping[str, str] = suggested | dict(form.fields if form else {})
    return render(
        request,
        "matter.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        procedure=_PROCEDURES.get(page.matter.procedure or "", "ordinary"),
        masked=phone_reader(whole=page.presides),
        rows=term_rows(running, now),
        errors=errors,
        values=values,
    )
