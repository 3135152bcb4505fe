"""Exceptions of the recording wall: who needs one states its basis, the head of a division decides, it opens."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.users import User
from mediation_server.domain.viewing_approval import APPROVAL_LASTS, WORDS_MOST, ExceptionGround, Interest
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import approving_viewings, recording_wall
from web.app_keys import CONTEXT
from web.courts import court_over
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_OF_RECORDING, _DESK = "/recordings/{recording_id}/approvals", "/viewing-approvals"
_EXPLAINED = (BadInput, Conflict, Refused)


# --- whoever needs one ------------------------------------------------------------------------------------


@routes.get(_OF_RECORDING)
async def asking(request: web.Request) -> web.StreamResponse:
    """What this person may ask for, and how what they asked for stands."""
    return await _asking(request, await signed_in(request), request.match_info["recording_id"])


@routes.post(_OF_RECORDING)
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask, with the basis; what was typed stays when something is missing."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request), await read_form(request)
    recording_id = request.match_info["recording_id"]
    try:
        await approving_viewings.ask(ctx, user, recording_id, form.fields)
    except _EXPLAINED as refusal:
        return await _asking(request, user, recording_id, form, refusal)
    return see_other(f"/recordings/{recording_id}/approvals")


@routes.post(_DESK + "/{approval_id}/open")
async def open_approved(request: web.Request) -> web.StreamResponse:
    """Go by one that was approved: the cockpit opens."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    try:
        viewing = await recording_wall.open_approved(ctx, user, request.match_info["approval_id"])
    except _EXPLAINED as refusal:
        return await _not_done(request, user, refusal)
    return see_other(f"/viewings/{viewing.id}")


@routes.post(_DESK + "/{approval_id}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """It is needed no more."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    try:
        done = await approving_viewings.end(ctx, user, request.match_info["approval_id"])
    except _EXPLAINED as refusal:
        return await _not_done(request, user, refusal)
    return see_other(f"/recordings/{done.recording_id}/approvals")


async def _not_done(request: web.Request, user: User, refusal: MediationError) -> web.Response:
    about = await approving_viewings.asked_about(request.config_dict[CONTEXT], user, request.match_info["approval_id"])
    return await _asking(request, user, about, None, refusal)


async def _asking(
    request: web.Request, user: User, recording_id: str, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await approving_viewings.asking_page(ctx, user, recording_id)
    today = local_date(ctx.clock.now())
    basis = ("interest",) if ExceptionGround.LAW in page.grounds else ("number", "authority")
    return render(
        request,
        "viewing_approvals_own.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        interests=Interest,
        today=today,
        latest=today + APPROVAL_LASTS,
        errors=beside(request, refusal, only=("reason", "until", *basis)),
        values=defaultdict(str, form.fields if form else {}),
        most=WORDS_MOST,
    )


# --- whoever decides --------------------------------------------------------------------------------------


@routes.get(_DESK)
async def desk(request: web.Request) -> web.StreamResponse:
    """What waits for a decision at this head's court, and what stands."""
    user = await signed_in(request)
    ctx = request.config_dict[CONTEXT]
    found = await approving_viewings.asked_at(ctx, user)
    court, today = await court_over(request, user), local_date(ctx.clock.now())
    return render(request, "viewing_approvals.html", user=user, court=court, found=found, today=today)


@routes.get(_DESK + "/{approval_id}")
async def one(request: web.Request) -> web.StreamResponse:
    """One of them with its basis."""
    return await _page(request, await signed_in(request))


@routes.post(_DESK + "/{approval_id}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """Approve it, or not, with words."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request), await read_form(request)
    approval_id = request.match_info["approval_id"]
    try:
        await approving_viewings.answer(ctx, user, approval_id, approved=_said(form), words=_words(form))
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"{_DESK}/{approval_id}")


@routes.post(_DESK + "/{approval_id}/revoke")
async def revoke(request: web.Request) -> web.StreamResponse:
    """Take an approval back."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request), await read_form(request)
    approval_id = request.match_info["approval_id"]
    try:
        await approving_viewings.revoke(ctx, user, approval_id, _words(form))
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"{_DESK}/{approval_id}")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    asked = await approving_viewings.asked_one(ctx, user, request.match_info["approval_id"])
    return render(
        request,
        "viewing_approval.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(asked.matter.court, asked.matter.court_en),
        asked=asked,
        today=local_date(ctx.clock.now()),
        barred=approving_viewings.barred(user, asked),
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {}),
        most=WORDS_MOST,
    )


def _words(form: Form) -> str:
    """As typed: what is wrong with them is said after whether this head may decide at all."""
    return form.fields.get("answer", "")


def _said(form: Form) -> bool | None:
    """The decision; None where neither was chosen, for nothing is ever assumed."""
    return {"yes": True, "no": False}.get(form.fields.get("say", ""))
