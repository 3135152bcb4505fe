"""A party and its mediator: choosing in secret, leaving it to the court, the disclosure, a replacement."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from mediation_server.domain.conflicts import RelationKind
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.people import Role
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import choosing
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_PLACES = ("first", "second", "third")


@routes.get("/my/{matter_id}/mediator")
async def page(request: web.Request) -> web.StreamResponse:
    """Who may mediate, or who does; charges before the choice."""
    return await _page(request)


@routes.post("/my/{matter_id}/mediator")
async def choose(request: web.Request) -> web.StreamResponse:
    """The vote: up to three names, or the court; it can be changed until the last party has voted."""
    user, form = await signed_in(request, Role.PARTY), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        if _leaves_it_to_court(form):
            await choosing.leave_to_court(ctx, user, matter_id, form.text("text_version"))
        else:
            await choosing.vote(ctx, user, matter_id, [form.text(each) for each in _PLACES])
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, form, refusal)
    return _back(request)


@routes.post("/my/{matter_id}/mediator/{what:accept|replace|reject}")
async def say(request: web.Request) -> web.StreamResponse:
    """Agree to what was disclosed, ask for another mediator, or not take the one the court named."""
    user, form = await signed_in(request, Role.PARTY), await read_form(request)
    ctx, matter_id, what = request.config_dict[CONTEXT], request.match_info["matter_id"], request.match_info["what"]
    reason = form.fields.get("reason", "")
    try:
        if what == "accept":
            await choosing.accept_disclosed(ctx, user, matter_id)
        elif what == "replace":
            await choosing.request_replacement(ctx, user, matter_id, reason)
        else:
            await choosing.reject_appointment(ctx, user, matter_id, reason)
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, form, refusal, what)
    return _back(request)


def _leaves_it_to_court(form: Form) -> bool:
    """Which of the two was decided; nothing is ever assumed. Raises `BadInput`."""
    how = form.text("how")
    if how not in ("court", "joint"):
        raise BadInput("decision_missing", field="how")
    return how == "court"


def _back(request: web.Request) -> web.Response:
    return see_other(f"/my/{request.match_info['matter_id']}/mediator")


async def _page(
    request: web.Request, form: Form | None = None, refusal: MediationError | None = None, what: str = "choose"
) -> web.Response:
    user, tr = await signed_in(request, Role.PARTY), translator(request)
    found = await choosing.choice_page(request.config_dict[CONTEXT], user, request.match_info["matter_id"])
    errors = beside(request, refusal)
    said = (found.wished,) if found.mine is None and found.wished else found.mine or ()
    mine = dict(zip(_PLACES, said, strict=False))
    how = "" if found.mine is None else "joint" if found.mine else "court"
    values: Mapping[str, str] = {"how": how, "reason": "", **dict.fromkeys(_PLACES, ""), **mine}
    return render(
        request,
        "my_mediator.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="my",
        court=tr.pick(found.matter.court, found.matter.court_en),
        page=found,
        names={each.user_id: tr.pick(each.name, each.name_en) for each in found.candidates},
        places=_PLACES,
        values={**values, **(form.fields if form else {})},
        errors=errors,
        what=what,
        text_version=TEXT_VERSIONS[ConsentItem.COURT_APPOINTS],
        relations=RelationKind,
    )
