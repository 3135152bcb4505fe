"""A sitting's page for its presider: links, entering, cancelling, the outcome and its way to the court."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Session
from mediation_server.domain.sitting import LONGEST_TEXT
from mediation_server.domain.sitting_clock import waits_until
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, TooMany
from mediation_server.services import (
    assisting,
    clerking,
    inviting,
    leaving,
    matters,
    planning,
    rescheduling,
    scheduling,
    syncing,
)
from mediation_server.services.inviting import path_of
from web.app_keys import CONTEXT, FRESH_LINKS
from web.forms import Form, read_form
from web.identity import signed_in
from web.origin import own_origin
from web.qr import qr_svg
from web.redirect import see_other
from web.render import beside, render, translator
from web.sitting_forms import START_FIELDS, change_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_LOOKS_AGAIN_S = 20


@routes.get("/sessions/{session_id}")
async def session(request: web.Request) -> web.StreamResponse:
    """Who is invited, with the links that were just issued; how it ended, and whether the court knows."""
    return await _page(request, await signed_in(request))


@routes.post("/sessions/{session_id}/invitations/{participant_id}/issue")
async def issue(request: web.Request) -> web.StreamResponse:
    """A fresh link for one person; the former ones close."""
    user, (session_id, participant_id) = await signed_in(request), _named(request)
    try:
        token = await inviting.issue(request.config_dict[CONTEXT], user, session_id, participant_id)
    except (Conflict, TooMany) as refusal:
        return await _page(request, user, refusal)
    request.config_dict[FRESH_LINKS].keep(user.id, session_id, {participant_id: token})
    return see_other(f"/sessions/{session_id}#fresh-{participant_id}")


@routes.post("/sessions/{session_id}/invitations/{participant_id}/revoke")
async def revoke(request: web.Request) -> web.StreamResponse:
    """Close somebody's link and seat."""
    user, (session_id, participant_id) = await signed_in(request), _named(request)
    await inviting.revoke(request.config_dict[CONTEXT], user, session_id, participant_id)
    request.config_dict[FRESH_LINKS].drop(user.id, session_id, participant_id)
    return see_other(f"/sessions/{session_id}")


@routes.post("/sessions/{session_id}/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel a sitting that has not begun."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    form = await read_form(request)
    try:
        reason = form.text("reason", most=LONGEST_TEXT)
        cancelled = await scheduling.cancel(request.config_dict[CONTEXT], user, session_id, reason)
    except BadInput as refusal:
        return await _page(request, user, refusal, cancelling=form)
    except Conflict as refusal:
        return await _page(request, user, refusal)
    return see_other(f"/matters/{cancelled.matter_id}")


@routes.post("/sessions/{session_id}/reschedule")
async def reschedule(request: web.Request) -> web.StreamResponse:
    """Move a sitting that has not begun; what is wrong in the form stays beside its field."""
    ctx, user, session_id = request.config_dict[CONTEXT], await signed_in(request), request.match_info["session_id"]
    form = await read_form(request)
    page = await matters.session_page(ctx, user, session_id)
    try:
        change = change_of(form, page.sitting.session, page.parties)
        await rescheduling.reschedule(ctx, user, session_id, change)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, refusal, form)
    return see_other(f"/sessions/{session_id}")


@routes.post("/sessions/{session_id}/enter")
async def enter(request: web.Request) -> web.StreamResponse:
    """The presider goes to the own seat."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    page = await matters.session_page(request.config_dict[CONTEXT], user, session_id)
    seat = next((each for each in page.participants if each.user_id == user.id), None)
    if seat is None:
        raise NotFound
    return see_other(f"/seats/{seat.id}")


@routes.post(r"/sessions/{session_id}/exits/{side}/{verb:go|longer}")
async def exits(request: web.Request) -> web.StreamResponse:
    """After a sitting in safety mode: a side may leave now, or stays longer."""
    user, match, ctx = await signed_in(request), request.match_info, request.config_dict[CONTEXT]
    if match["side"] not in set(Side):
        raise NotFound
    change = leaving.let_go if match["verb"] == "go" else leaving.hold_longer
    try:
        await change(ctx, user, match["session_id"], Side(match["side"]))
    except Conflict as refusal:
        return await _page(request, user, refusal)
    return see_other(f"/sessions/{match['session_id']}")


@routes.post("/sessions/{session_id}/clerk")
async def sit_as_clerk(request: web.Request) -> web.StreamResponse:
    """A clerk of the court goes to a seat of their own."""
    user, session_id = await signed_in(request, Role.CLERK), request.match_info["session_id"]
    try:
        seat = await clerking.sit_as_clerk(request.config_dict[CONTEXT], user, session_id)
    except Conflict:  # it ended, or others record it already: the day shows how it stands
        return see_other("/home")
    return see_other(f"/seats/{seat}")


@routes.post("/sessions/{session_id}/beside")
async def sit_beside(request: web.Request) -> web.StreamResponse:
    """Who mediates beside the presider goes to a seat of their own."""
    user, session_id = await signed_in(request, Role.MEDIATOR), request.match_info["session_id"]
    try:
        seat = await assisting.sit_beside(request.config_dict[CONTEXT], user, session_id)
    except Conflict:  # it has ended meanwhile
        return see_other("/home")
    return see_other(f"/seats/{seat}")


@routes.post("/sessions/{session_id}/resend")
async def resend(request: web.Request) -> web.StreamResponse:
    """重新发送: try again what did not reach the court."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    await syncing.resend(request.config_dict[CONTEXT], user, session_id)
    return see_other(f"/sessions/{session_id}")


@routes.get("/api/sessions/{session_id}/sync")
async def sync(request: web.Request) -> web.StreamResponse:
    """The state of the outcome's way to the court, for the page that follows it."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    page = await matters.session_page(ctx, user, request.match_info["session_id"])
    return web.json_response({"state": page.sitting.sync})


def _times(session: Session) -> dict[str, str]:
    """What the form for another time begins with: the time it has."""
    starts = session.starts_at.astimezone(SHANGHAI)
    length = {"minutes": str(session.minutes), "days": str(max(1, session.minutes // (24 * 60)))}
    return {"day": starts.strftime("%Y-%m-%d"), "time": starts.strftime("%H:%M"), **length}


def _named(request: web.Request) -> tuple[str, str]:
    return request.match_info["session_id"], request.match_info["participant_id"]


def _fresh_links(request: web.Request, user: User, session_id: str) -> dict[str, dict[str, str]]:
    """Links that were made just now, for the one time they are shown, each with its QR code."""
    origin = own_origin(request, request.config_dict[CONTEXT].settings.public_url)
    fresh = request.config_dict[FRESH_LINKS].of(user.id, session_id)
    urls = {participant: origin + path_of(token) for participant, token in fresh.items()}
    return {participant: {"url": url, "qr": qr_svg(url)} for participant, url in urls.items()}


async def _page(
    request: web.Request,
    user: User,
    refusal: MediationError | None = None,
    form: Form | None = None,
    *,
    cancelling: Form | None = None,
) -> web.Response:
    ctx, tr, session_id = request.config_dict[CONTEXT], translator(request), request.match_info["session_id"]
    page = await matters.session_page(ctx, user, session_id)
    session, words = page.sitting.session, tr.error(refusal.code, refusal.details) if refusal else ""
    invited = {each.party_id for each in page.participants}
    holds = await leaving.holds_of(ctx, user, session_id)
    answer = render(
        request,
        "session.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        links=_fresh_links(request, user, session_id),
        problem="" if form or cancelling else words,
        off={"reason": cancelling.fields.get("reason", ""), "wrong": words} if cancelling else {},
        desk=await planning.sitting_desk(ctx, user, session_id),
        named={each.id: each for each in page.participants},
        guests=tuple(each for each in page.parties if each.id in invited),
        sides={each.side for each in page.participants},
        waits_until=waits_until(session),
        holds=holds,
        errors=beside(request, refusal, renamed=START_FIELDS) if form else {},
        values=_times(session) | dict(form.fields if form else {}),
    )
    if holds:
        answer.headers["Refresh"] = str(_LOOKS_AGAIN_S)  # nothing is typed on this page while somebody stays
    return answer
