"""A matter's page; its sittings are scheduled on a page of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from mediation_server.domain.masking import Datum
from mediation_server.domain.revealing import RevealPurpose
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, TooMany
from mediation_server.services import authorising, ending_absent, materials, matters, revealing, terms
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import render, translator
from web.views.people import masked_phone
from web.views.terms import term_rows

__all__ = ["routes"]

routes = web.RouteTableDef()
_PROCEDURES = {"普通": "ordinary", "简易": "summary", "小额": "small"}


@routes.get("/matters/{matter_id}")
@of_one_state
async def matter(request: web.Request) -> web.StreamResponse:
    """Parties, claim, sittings, terms; for its mediator the way to another sitting."""
    return await _page(request, await signed_in(request))


@routes.post("/matters/{matter_id}/unreachable")
async def unreachable(request: web.Request) -> web.StreamResponse:
    """End the mediation because a side stayed away twice."""
    ctx, user, matter_id = request.config_dict[CONTEXT], await signed_in(request), request.match_info["matter_id"]
    form = await read_form(request)
    try:
        await ending_absent.end_for_absence(ctx, user, matter_id, form.text("reasons", most=ending_absent.MOST_REASONS))
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"/matters/{matter_id}")


@routes.post("/matters/{matter_id}/parties/{party_id}/phone")
async def phone(request: web.Request) -> web.StreamResponse:
    """The number to call, whole, for this page only; that it was shown is written down first."""
    ctx, user, party = request.config_dict[CONTEXT], await signed_in(request), request.match_info["party_id"]
    await matters.matter_page(ctx, user, request.match_info["matter_id"])  # nobody else's
    try:
        number = await revealing.reveal(ctx, user, party, Datum.PHONE, RevealPurpose.CONTACT)
    except TooMany as refusal:
        return await _page(request, user, refusal=refusal)
    return await _page(request, user, whole={party: number})


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    *,
    whole: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await matters.matter_page(ctx, user, request.match_info["matter_id"])
    now = ctx.clock.now()
    running = await terms.terms_of(ctx, user, page.matter.id)
    errors: dict[str, str] = {}
    if refusal:
        errors[refusal.field or "_"] = tr.error(refusal.code, refusal.details)
    return render(
        request,
        "matter.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        procedure=_PROCEDURES.get(page.matter.procedure or "", "ordinary"),
        masked=masked_phone,
        whole=whole,
        rows=term_rows(running, now),
        waiting=await materials.waiting_for_mediator(ctx, user, page.matter.id),
        agents=await authorising.waiting_agents(ctx, user, page.matter.id),
        errors=errors,
        values=form.fields if form else {},
    )
