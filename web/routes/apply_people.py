"""The people of an application: parties and agents, one page each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from mediation_server.domain.application import (
    AGENT_FIELDS,
    PERSON_FIELDS,
    ApplicationStep,
    Draft,
    DraftAgent,
    DraftPerson,
    PartyKind,
)
from mediation_server.domain.application_checks import agent_problems, person_problems
from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.agents import PAPERS, AgentKind, AgentPaper, Power
from mediation_server.domain.checks.identities import IdentityKind
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Side
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound
from mediation_server.services import applying
from mediation_server.services.applying import ApplicationPage, ApplicationRecord, Writer
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.redirect import see_other
from web.render import render, translator
from web.routes.apply import held_up, page_of, show, writer_of
from web.views import application as views

__all__ = ["routes"]

routes = web.RouteTableDef()
_PEOPLE, _AGENTS = "/apply/{application}/people", "/apply/{application}/agents"
_Change = Callable[[Draft], Draft]
_Kind = TypeVar("_Kind", bound=StrEnum)
_SIDES = (Side.APPLICANT, Side.RESPONDENT, Side.THIRD)


@routes.post(_PEOPLE)
async def add_person(request: web.Request) -> web.StreamResponse:
    """One more person or organisation on a side, to be written about next."""
    form, writer = await read_form(request), await writer_of(request)
    side, kind = _one_of(Side, form, "side"), _one_of(PartyKind, form, "kind")
    if side not in _SIDES:
        raise NotFound
    _, page = await page_of(request)
    person = applying.new_person(writer.user, page.record.draft, side, kind)
    try:
        await _save(request, writer, lambda draft: draft.with_person(person))
    except BadInput as refusal:
        user, page = await page_of(request)
        return await show(request, user, page, _step_of(side), {"people": _said(request, refusal)}, status=400)
    return see_other(f"{request.path}/{person.key}")


@routes.get(_PEOPLE + "/{key}")
async def look_at_person(request: web.Request) -> web.StreamResponse:
    """What was said about somebody."""
    user, page = await page_of(request)
    person = page.record.draft.person(request.match_info["key"])
    seen = person.key in page.record.draft.seen
    return _person_page(request, user, page, person, _wrong(request, page.record.draft, person) if seen else {})


@routes.post(_PEOPLE + "/{key}")
async def tell_person(request: web.Request) -> web.StreamResponse:
    """Keep what was typed about somebody; go back to the list of the side when it is right."""
    form, writer, key = await read_form(request), await writer_of(request), request.match_info["key"]

    def change(draft: Draft) -> Draft:
        fields = PERSON_FIELDS[draft.person(key).kind]
        return draft.person_saying(key, {name: form.fields.get(name, "") for name in fields})

    draft = (await _save(request, writer, change)).draft
    go, person = form.fields.get("go", ""), draft.person(key)
    kept = held_up(request, writer, go)
    if kept is not None:
        return kept
    wrong = {} if go == "back" else _wrong(request, draft, person)
    if wrong:
        user, page = await page_of(request)
        return _person_page(request, user, page, person, wrong, status=400)
    return see_other(_list_of(request, _step_of(person.side)))


@routes.post(_PEOPLE + "/{key}/remove")
async def remove_person(request: web.Request) -> web.StreamResponse:
    """Leave somebody out, and whoever acts for them."""
    key, sides = request.match_info["key"], []

    def change(draft: Draft) -> Draft:
        sides.append(draft.person(key).side)
        return draft.without_person(key)

    await _save(request, await writer_of(request), change)
    return see_other(_list_of(request, _step_of(sides[0])))


@routes.post(_AGENTS + "/new")
async def add_agent(request: web.Request) -> web.StreamResponse:
    """One more agent; with a single applicant it is clear whose."""
    agent = DraftAgent(new_id())

    def change(draft: Draft) -> Draft:
        applicants = draft.of_side(Side.APPLICANT)
        said = {"party": applicants[0].key} if len(applicants) == 1 else {}
        told = draft.saying(ApplicationStep.AGENTS, {"has_agents": "yes"})
        return told.with_agent(replace(agent, said=said))

    try:
        await _save(request, await writer_of(request), change)
    except BadInput as refusal:
        user, page = await page_of(request)
        return await show(request, user, page, ApplicationStep.AGENTS, {"agents": _said(request, refusal)}, status=400)
    return see_other(f"{_list_of(request, ApplicationStep.AGENTS)}/{agent.key}")


@routes.get(_AGENTS + "/{key}")
async def look_at_agent(request: web.Request) -> web.StreamResponse:
    """What was said about an agent."""
    user, page = await page_of(request)
    agent = page.record.draft.agent(request.match_info["key"])
    seen = agent.key in page.record.draft.seen
    wrong = views.beside(translator(request), agent_problems(page.record.draft, agent)) if seen else {}
    return _agent_page(request, user, page, agent, wrong)


@routes.post(_AGENTS + "/{key}")
async def tell_agent(request: web.Request) -> web.StreamResponse:
    """Keep what was typed about an agent; go back to the list when it is right."""
    form, writer, key = await read_form(request), await writer_of(request), request.match_info["key"]
    draft = (await _save(request, writer, lambda draft: draft.agent_saying(key, _agent_said(form)))).draft
    go, agent = form.fields.get("go", ""), draft.agent(key)
    kept = held_up(request, writer, go)
    if kept is not None:
        return kept
    wrong = {} if go in ("back", "stay") else views.beside(translator(request), agent_problems(draft, agent))
    if wrong or go == "stay":  # another kind of agent brings other papers
        user, page = await page_of(request)
        return _agent_page(request, user, page, agent, wrong, status=400 if wrong else 200)
    return see_other(_list_of(request, ApplicationStep.AGENTS))


@routes.post(_AGENTS + "/{key}/remove")
async def remove_agent(request: web.Request) -> web.StreamResponse:
    """Leave an agent out."""
    key = request.match_info["key"]
    await _save(request, await writer_of(request), lambda draft: draft.without_agent(key))
    return see_other(_list_of(request, ApplicationStep.AGENTS))


async def _save(request: web.Request, writer: Writer, change: _Change) -> ApplicationRecord:
    return await applying.save(request.config_dict[CONTEXT], writer, request.match_info["application"], change)


def _person_page(
    request: web.Request,
    user: User,
    page: ApplicationPage,
    person: DraftPerson,
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    return render(
        request,
        "apply_person.html",
        status=status,
        user=user,
        nav="apply",
        page=page,
        mending=views.MENDING,
        person=person,
        step=_step_of(person.side),
        steps=list(ApplicationStep),
        said={name: person.said.get(name, "") for name in PERSON_FIELDS[person.kind]},
        papers=list(IdentityKind),
        errors=errors,
    )


def _agent_page(
    request: web.Request,
    user: User,
    page: ApplicationPage,
    agent: DraftAgent,
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    tr, kind = translator(request), agent.said.get("kind", "")
    applicants = page.record.draft.of_side(Side.APPLICANT)
    return render(
        request,
        "apply_agent.html",
        status=status,
        user=user,
        nav="apply",
        page=page,
        mending=views.MENDING,
        agent=agent,
        step=ApplicationStep.AGENTS,
        steps=list(ApplicationStep),
        said={name: agent.said.get(name, "") for name in AGENT_FIELDS},
        kind_answers=[(each.value, tr.t(f"agentkind.{each}")) for each in AgentKind],
        papers=PAPERS[AgentKind(kind)] if kind in set(AgentKind) else (),
        powers=list(Power),
        applicants=applicants,
        party_answers=[(each.key, each.said.get("name") or tr.t("apply.unnamed")) for each in applicants],
        errors=errors,
    )


def _agent_said(form: Form) -> dict[str, str]:
    """What was typed, with the boxes that were ticked as words."""
    said = {name: form.fields.get(name, "") for name in AGENT_FIELDS}
    said["powers"] = " ".join(each for each in Power if f"power_{each}" in form.fields)
    said["papers"] = " ".join(each for each in AgentPaper if f"paper_{each}" in form.fields)
    return said


def _wrong(request: web.Request, draft: Draft, person: DraftPerson) -> dict[str, str]:
    today = local_date(request.config_dict[CONTEXT].clock.now())
    return views.beside(translator(request), person_problems(draft, person, today))


def _said(request: web.Request, refusal: BadInput) -> str:
    return translator(request).error(refusal.code, refusal.details)


def _step_of(side: Side) -> ApplicationStep:
    return ApplicationStep.APPLICANTS if side is Side.APPLICANT else ApplicationStep.RESPONDENTS


def _list_of(request: web.Request, step: ApplicationStep) -> str:
    return f"/apply/{request.match_info['application']}/{step}"


def _one_of(kind: type[_Kind], form: Form, name: str) -> _Kind:
    value = form.fields.get(name, "")
    if value not in set(kind):
        raise NotFound
    return kind(value)
