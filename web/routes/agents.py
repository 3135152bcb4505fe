"""Agents of parties: a party names them, they bring their papers, whoever mediates or files the matter checks them."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from mediation_server.domain.application import AGENT_FIELDS
from mediation_server.domain.checks.agents import AgentKind, AgentPaper, Power
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused, TooMany
from mediation_server.services import authorising, representing
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_OWN = "/my/{matter_id}/agents"
_AGENCY = "/my/agencies/{agent_id}"
_CHECKED = "/matters/{matter_id}/agents"
_REFUSALS = (BadInput, Conflict, Refused, TooMany)
_NOTHING: Mapping[str, str] = {}


@routes.get(_OWN)
async def own_agents(request: web.Request) -> web.StreamResponse:
    """Who acts for this party, and one more."""
    return await _own_page(request, await signed_in(request, Role.PARTY))


@routes.post(_OWN)
async def name_agent(request: web.Request) -> web.StreamResponse:
    """Name one more; what was typed stays when something is wrong."""
    user, form = await signed_in(request, Role.PARTY), await read_form(request)
    said = {name: form.fields.get(name, "") for name in AGENT_FIELDS}
    said["powers"] = " ".join(each for each in Power if f"power_{each}" in form.fields)
    try:
        await representing.name_agent(request.config_dict[CONTEXT], user, request.match_info["matter_id"], said)
    except _REFUSALS as refusal:
        return await _own_page(request, user, said, refusal)
    return see_other(request.path)


@routes.post(_OWN + "/{agent_id}/dismiss")
async def dismiss(request: web.Request) -> web.StreamResponse:
    """End an agency."""
    user, match = await signed_in(request, Role.PARTY), request.match_info
    try:
        await representing.dismiss(request.config_dict[CONTEXT], user, match["matter_id"], match["agent_id"])
    except _REFUSALS as refusal:
        return await _own_page(request, user, refusal=refusal)
    return see_other(f"/my/{match['matter_id']}/agents")


@routes.get(_AGENCY)
async def agency(request: web.Request) -> web.StreamResponse:
    """What somebody named as an agent brings, and what came of it."""
    user, ctx = await signed_in(request, Role.PARTY), request.config_dict[CONTEXT]
    found = await representing.agency(ctx, user, request.match_info["agent_id"])
    court = translator(request).pick(found.matter.court, found.matter.court_en)
    return render(request, "my_agency.html", user=user, nav="my", court=court, agency=found)


@routes.post(_AGENCY + "/papers/{paper}")
async def begin_paper(request: web.Request) -> web.StreamResponse:
    """To the item of one paper, which is put together like any other."""
    user, match = await signed_in(request, Role.PARTY), request.match_info
    if match["paper"] not in set(AgentPaper):
        raise NotFound
    paper = AgentPaper(match["paper"])
    item = await representing.begin_paper(request.config_dict[CONTEXT], user, match["agent_id"], paper)
    return see_other(f"/my/{item.matter_id}/materials/{item.id}")


@routes.get(_CHECKED)
async def agents(request: web.Request) -> web.StreamResponse:
    """The agents of all parties, those to be checked first."""
    return await _staff_page(request, await signed_in(request, Role.MEDIATOR, Role.FILING))


@routes.post(_CHECKED + "/{agent_id}/admit")
async def admit(request: web.Request) -> web.StreamResponse:
    """The papers hold, with what they give."""
    user, form, match = (
        await signed_in(request, Role.MEDIATOR, Role.FILING),
        await read_form(request),
        request.match_info,
    )
    papers = [each for each in AgentPaper if f"paper_{each}" in form.fields]
    powers = [each for each in Power if f"power_{each}" in form.fields]
    ctx = request.config_dict[CONTEXT]
    try:
        await authorising.admit_agent(ctx, user, match["matter_id"], match["agent_id"], papers, powers)
    except _REFUSALS as refusal:
        return await _staff_page(request, user, form, refusal)
    return see_other(f"/matters/{match['matter_id']}/agents")


@routes.post(_CHECKED + "/{agent_id}/return")
async def send_back(request: web.Request) -> web.StreamResponse:
    """The papers do not hold, and why."""
    user, form, match = (
        await signed_in(request, Role.MEDIATOR, Role.FILING),
        await read_form(request),
        request.match_info,
    )
    ctx, reason = request.config_dict[CONTEXT], form.fields.get("reason", "")
    try:
        await authorising.return_agent(ctx, user, match["matter_id"], match["agent_id"], reason)
    except _REFUSALS as refusal:
        return await _staff_page(request, user, form, refusal)
    return see_other(f"/matters/{match['matter_id']}/agents")


async def _own_page(
    request: web.Request, user: User, said: Mapping[str, str] = _NOTHING, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    own, files = await representing.own_agents(ctx, user, request.match_info["matter_id"])
    return render(
        request,
        "my_agents.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="my",
        court=tr.pick(own.matter.court, own.matter.court_en),
        own=own,
        files=files,
        said={name: said.get(name, "") for name in AGENT_FIELDS},
        kind_answers=[(each.value, tr.t(f"agentkind.{each}")) for each in AgentKind],
        powers=list(Power),
        errors=beside(request, refusal),
    )


async def _staff_page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    tr, match = translator(request), request.match_info
    page = await authorising.agents_page(request.config_dict[CONTEXT], user, match["matter_id"])
    return render(
        request,
        "agents.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        wrong=match.get("agent_id", ""),
        values=form.fields if form else {},
        errors=beside(request, refusal),
    )
