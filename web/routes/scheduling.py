"""The page that schedules a sitting, and what moves one: another time, waiting longer, filing staff's approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import REVIEWS, Attendance, SessionKind
from mediation_server.domain.sitting import NOTICE_DAYS, WRITING_DAYS
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict
from mediation_server.services import inviting, planning, rescheduling, safekeeping, scheduling
from web.app_keys import CONTEXT, FRESH_LINKS
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator
from web.sitting_forms import START_FIELDS, one_of, plan_of

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/matters/{matter_id}/sessions/new")
async def new(request: web.Request) -> web.StreamResponse:
    """The form for another sitting."""
    return await _page(request, await signed_in(request))


@routes.post("/matters/{matter_id}/sessions")
async def schedule(request: web.Request) -> web.StreamResponse:
    """Schedule a sitting and issue everybody's link; what is wrong in the form stays beside its field."""
    ctx, user, matter_id = request.config_dict[CONTEXT], await signed_in(request), request.match_info["matter_id"]
    form = await read_form(request)
    page = await planning.plan_page(ctx, user, matter_id)
    try:
        session = await scheduling.schedule(ctx, user, matter_id, plan_of(form, page.parties))
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    tokens = await inviting.issue_all(ctx, user, session.id)
    request.config_dict[FRESH_LINKS].keep(user.id, session.id, tokens)
    return see_other(f"/sessions/{session.id}")


@routes.post("/sessions/{session_id}/hold")
async def hold(request: web.Request) -> web.StreamResponse:
    """Wait half an hour longer for whoever has not come."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    await rescheduling.hold_on(request.config_dict[CONTEXT], user, session_id)
    return see_other(f"/sessions/{session_id}")


@routes.post("/matters/{matter_id}/safety")
async def safety(request: web.Request) -> web.StreamResponse:
    """Switch safety mode, and say which side leaves first."""
    ctx, user, matter_id = request.config_dict[CONTEXT], await signed_in(request), request.match_info["matter_id"]
    form = await read_form(request)
    first = one_of(form, "first", Side, Side.APPLICANT)
    await safekeeping.set_safety(ctx, user, matter_id, on=form.answer("on"), first=first)
    return see_other(f"/matters/{matter_id}")


@routes.get("/sessions/{session_id}/approval")
async def approval(request: web.Request) -> web.StreamResponse:
    """For filing staff: which side wants a sitting moved for the third time."""
    user, session_id = await signed_in(request, Role.FILING), request.match_info["session_id"]
    matter, session, sides = await rescheduling.awaiting_approval(request.config_dict[CONTEXT], user, session_id)
    court = translator(request).pick(matter.court, matter.court_en)
    return render(
        request, "reschedule_approval.html", user=user, court=court, matter=matter, session=session, sides=sides
    )


@routes.post("/sessions/{session_id}/approval")
async def approve(request: web.Request) -> web.StreamResponse:
    """Let a side have it moved once more."""
    user, session_id = await signed_in(request, Role.FILING), request.match_info["session_id"]
    side = one_of(await read_form(request), "side", Side)
    await rescheduling.approve(request.config_dict[CONTEXT], user, session_id, side)
    return see_other(f"/sessions/{session_id}/approval")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: BadInput | Conflict | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await planning.plan_page(ctx, user, request.match_info["matter_id"])
    errors = beside(request, refusal, renamed=START_FIELDS)
    day = (ctx.clock.now() + timedelta(days=NOTICE_DAYS)).astimezone(SHANGHAI)
    suggested = {"day": day.strftime("%Y-%m-%d"), "time": "09:30", "minutes": "60", "days": "7"}
    suggested["kind"] = page.kinds[0].value
    values: Mapping[str, str] = suggested | dict(form.fields if form else {})
    return render(
        request,
        "schedule.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        ways=_ways(page.kinds, apart=page.apart),
        sides=tuple(dict.fromkeys(each.side for each in page.parties)),
        longest_days=WRITING_DAYS,
        errors=errors,
        values=values,
    )


def _ways(kinds: tuple[SessionKind, ...], *, apart: bool) -> tuple[Attendance, ...]:
    """How a party can be asked to attend here; separate times need everybody's consent, a judge hears all together."""
    reviews = all(each in REVIEWS for each in kinds)
    left_out = {Attendance.WRITTEN} | (set() if apart and not reviews else {Attendance.SEPARATE})
    return tuple(each for each in Attendance if each not in left_out)
