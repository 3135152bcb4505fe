"""A party applies to see a recording; a clerk answers, and shows it to them at the court."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.domain.viewing_request import ANSWER_CHARACTERS, REASON_CHARACTERS
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import recording_wall, requesting_viewings
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_OWN, _DESK = "/my/{matter_id}/recordings", "/viewing-requests"
_EXPLAINED = (BadInput, Conflict, Refused)


# --- the party --------------------------------------------------------------------------------------------


@routes.get(_OWN)
async def own(request: web.Request) -> web.StreamResponse:
    """Recordings of the sittings this party attended, and how its applications stand."""
    return await _own_page(request, await signed_in(request, Role.PARTY))


@routes.post(_OWN + "/{recording_id}/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    """Apply for one."""
    user, form, match = await signed_in(request, Role.PARTY), await read_form(request), request.match_info
    ctx = request.config_dict[CONTEXT]
    try:
        reason = form.required("reason", most=REASON_CHARACTERS)
        await requesting_viewings.ask(ctx, user, match["matter_id"], match["recording_id"], reason)
    except _EXPLAINED as refusal:
        return await _own_page(request, user, form, refusal)
    return see_other(f"/my/{match['matter_id']}/recordings")


@routes.post(_OWN + "/{request_id}/withdraw")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take an application back."""
    user, match = await signed_in(request, Role.PARTY), request.match_info
    ctx = request.config_dict[CONTEXT]
    try:
        await requesting_viewings.withdraw(ctx, user, match["matter_id"], match["request_id"])
    except _EXPLAINED as refusal:
        return await _own_page(request, user, None, refusal)
    return see_other(f"/my/{match['matter_id']}/recordings")


async def _own_page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await requesting_viewings.own(ctx, user, request.match_info["matter_id"])
    free = [each.recording.id for each in page.recordings if not (each.request and each.request.open)]
    at = request.match_info.get("recording_id", "")
    return render(
        request,
        "my_recordings.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="my",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        at=at if at in free else "",  # whose form is shown with what was typed
        reason=form.fields.get("reason", "") if form else "",
        wrong=tr.error(refusal.code, refusal.details) if refusal else "",
        most=REASON_CHARACTERS,
    )


# --- the court --------------------------------------------------------------------------------------------


@routes.get(_DESK)
async def desk(request: web.Request) -> web.StreamResponse:
    """What waits for an answer, and what was granted."""
    user = await signed_in(request, Role.CLERK)
    found = await requesting_viewings.asked_at(request.config_dict[CONTEXT], user)
    court = next((translator(request).pick(each.matter.court, each.matter.court_en) for each in found), user.court)
    return render(request, "viewing_requests.html", user=user, court=court, found=found)


@routes.get(_DESK + "/{request_id}")
async def one(request: web.Request) -> web.StreamResponse:
    """One application, and what the court can do."""
    return await _page(request, await signed_in(request, Role.CLERK))


@routes.post(_DESK + "/{request_id}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """Say when and where to come, or why not."""
    user, form = await signed_in(request, Role.CLERK), await read_form(request)
    ctx, request_id = request.config_dict[CONTEXT], request.match_info["request_id"]
    try:
        words, granted = form.required("answer", most=ANSWER_CHARACTERS), form.fields.get("say") == "yes"
        await requesting_viewings.answer(ctx, user, request_id, granted=granted, words=words)
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"{_DESK}/{request_id}")


@routes.post(_DESK + "/{request_id}/revoke")
async def revoke(request: web.Request) -> web.StreamResponse:
    """Take the yes back."""
    user, form = await signed_in(request, Role.CLERK), await read_form(request)
    ctx, request_id = request.config_dict[CONTEXT], request.match_info["request_id"]
    try:
        words = form.required("answer", most=ANSWER_CHARACTERS)
        await requesting_viewings.revoke(ctx, user, request_id, words)
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"{_DESK}/{request_id}")


@routes.post(_DESK + "/{request_id}/open")
async def show(request: web.Request) -> web.StreamResponse:
    """The party is here and has shown who it is: the cockpit opens, under both names."""
    user, form = await signed_in(request, Role.CLERK), await read_form(request)
    ctx, request_id = request.config_dict[CONTEXT], request.match_info["request_id"]
    try:
        if form.fields.get("present") != "yes":
            raise BadInput("party_not_present", field="present")
        viewing = await recording_wall.open_supervised(ctx, user, request_id)
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"/viewings/{viewing.id}")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    asked = await requesting_viewings.asked_one(ctx, user, request.match_info["request_id"])
    return render(
        request,
        "viewing_request.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(asked.matter.court, asked.matter.court_en),
        asked=asked,
        errors=beside(request, refusal),
        values=dict(form.fields) if form else {},
        most=ANSWER_CHARACTERS,
    )
