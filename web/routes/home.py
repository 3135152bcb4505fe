"""The home page of whoever is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI, local_date
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.services import (
    agenda,
    appointing,
    assisting,
    court_day,
    matters,
    recording_wall,
    soliciting,
    terms,
    todo,
    triaging,
)
from mediation_server.services.matters import MatterSummary
from web.app_keys import CONTEXT, PAGES
from web.courts import court_over
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import render, translator
from web.routes.appointing import body_home
from web.views.desk import filing_home, left_of
from web.views.entries import OF_HEADS, OF_STAFF, entries_of
from web.views.home import judge_home, mediator_home, monday_of
from web.views.lists import list_rows

__all__ = ["routes"]

routes = web.RouteTableDef()
# Whoever has no day of their own begins where they work.
_ELSEWHERE = {Role.PARTY: "/my", Role.ADMIN: "/statistics", Role.AUDITOR: "/audit"}


@routes.get("/home")
@of_one_state
async def home(request: web.Request) -> web.StreamResponse:
    """A mediator's day or a judge's; an administrator has no matters and sees how the server is."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    if user.role in _ELSEWHERE:
        return see_other(_ELSEWHERE[user.role])
    if user.role is Role.FILING:
        return await _filing(request, user)
    if user.role is Role.CLERK and user.court:
        return await _court_home(request, user)
    if user.role is Role.ORGANISATION:
        return await body_home(request, user)
    now, pages = ctx.clock.now(), request.config_dict[PAGES]
    heads = OF_HEADS if user.heads_division else ()
    entries = entries_of((*heads, *OF_STAFF.get(user.role, ())), pages)
    if user.role is Role.MEDIATOR:
        since = datetime.combine(monday_of(now), time(), SHANGHAI)
        summaries, sittings = await agenda.day_of(ctx, user, since)
        day = mediator_home(summaries, sittings, now, await terms.soonest_terms(ctx, user))
        return render(
            request,
            "home_mediator.html",
            user=user,
            nav="home",
            home=day,
            court=_court(request, summaries),
            entries=entries,
            beside=await assisting.assisted(ctx, user),
        )
    before = await matters.judge_matters(ctx, user)
    return render(
        request,
        "home_judge.html",
        user=user,
        nav="home",
        home=judge_home(before, await recording_wall.recordings_for(ctx, user)),
        todo=await todo.todo_of(ctx, user),
        today=local_date(now),
        court=await court_over(request, user),
        entries=entries,
    )


async def _court_home(request: web.Request, user: User) -> web.StreamResponse:
    """The day of a court for its clerks."""
    ctx, tr, pages = request.config_dict[CONTEXT], translator(request), request.config_dict[PAGES]
    day = await court_day.court_day(ctx, user)
    known = next((line.matter for line in day.matters.lines), None)
    return render(
        request,
        "home_court.html",
        user=user,
        nav="home",
        day=day,
        rows=list_rows(day.clocks, local_date(ctx.clock.now())),
        todo=await todo.todo_of(ctx, user),
        today=local_date(ctx.clock.now()),
        entries=entries_of(OF_STAFF.get(user.role, ()), pages),
        court=tr.pick(known.court, known.court_en) if known else tr.t("court.default"),
    )


async def _filing(request: web.Request, user: User) -> web.Response:
    """The oldest application first, who has not answered, what runs out."""
    ctx, pages = request.config_dict[CONTEXT], request.config_dict[PAGES]
    desk, asking = await triaging.desk_of(ctx, user), await soliciting.asking_list(ctx, user)
    return render(
        request,
        "home_filing.html",
        user=user,
        nav="home",
        home=filing_home(desk, asking, ctx.clock.now()),
        left=left_of(desk, ctx.clock.now()),
        naming=await appointing.to_name(ctx, user),
        todo=await todo.todo_of(ctx, user),
        today=local_date(ctx.clock.now()),
        entries=[each for each in entries_of(OF_STAFF[Role.FILING], pages) if each.name != "intake"],
        court=await court_over(request, user),
    )


def _court(request: web.Request, summaries: Sequence[MatterSummary]) -> str:
    """The court over a mediator's page: that of the newest matter, for a mediator belongs to no court."""
    tr = translator(request)
    return tr.pick(summaries[0].matter.court, summaries[0].matter.court_en) if summaries else tr.t("court.default")
