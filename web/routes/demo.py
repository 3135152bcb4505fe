"""The demo: role buttons, what the mock SMS and mail sent, the mock court's switch; nothing of it exists elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from mediation_server.caseflow.mock_court_server import CourtMode, MockCourtServer
from mediation_server.domain.checks.causes import CAUSES
from mediation_server.domain.matter import Track
from mediation_server.errors import BadInput, NotFound, Refused, TooMany
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_court, demoing, notifying, practising, syncing
from mediation_server.services.inviting import path_of
from web.app_keys import CONTEXT, MOCK_COURT
from web.forms import read_form
from web.identity import remember_login, user_of
from web.redirect import see_other
from web.render import beside, render

__all__ = ["DEMO_ROLES", "routes"]

routes = web.RouteTableDef()
_LINK = re.compile(r"(?:https?://[^/\s]+)?(/join/[A-Za-z0-9_-]+)")


class DemoRole(NamedTuple):
    """One role button."""

    name: str
    role: str
    side: str


DEMO_ROLES = (
    DemoRole("mediator", "mediator", "neutral"),
    DemoRole("applicant", "applicant", "applicant"),
    DemoRole("respondent", "respondent", "respondent"),
    DemoRole("judge", "judge", "neutral"),
    DemoRole("trial_judge", "judge", "neutral"),
    DemoRole("filing", "filing", "neutral"),
    DemoRole("admin", "admin", "neutral"),
)
_USUAL_PRACTICE = {"court": cast.YUNXI, "track": Track.POSTFILING_ENTRUSTED.value, "cause": "民间借贷纠纷"}
_BY_NAME = {role.name: role for role in DEMO_ROLES}


def _only_in_demo(request: web.Request) -> None:
    if not request.config_dict[CONTEXT].settings.demo:
        raise NotFound


@routes.get("/demo")
async def demo(request: web.Request) -> web.StreamResponse:
    """Who one wants to be, and what else there is to look at."""
    _only_in_demo(request)
    return await _demo_page(request, _USUAL_PRACTICE, {})


@routes.post("/demo/practice")
async def practise(request: web.Request) -> web.StreamResponse:
    """A new practice matter; whoever presides over it is signed in and shown it."""
    _only_in_demo(request)
    form, ctx = await read_form(request), request.config_dict[CONTEXT]
    values = {name: form.fields.get(name, "")[:80] for name in ("court", "track", "cause")}
    user = await user_of(request)
    try:
        made = await practising.practise(ctx, practising.Wish(**values), user)
    except (BadInput, Refused, TooMany) as refusal:
        return await _demo_page(request, values, beside(request, refusal), refusal.status)
    response = see_other(f"/matters/{made.matter_id}")
    if user is None or user.id != made.presider.id:
        remember_login(request, response, await demoing.person_token(ctx, made.presider.id))
    return response


async def _demo_page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.StreamResponse:
    practice = {
        "courts": practising.COURTS,
        "tracks": [each.value for each in Track],
        "causes": [CAUSES[each] for each in practising.CAUSES],
        "chosen": values,
        "errors": errors,
    }
    people = {"parties": cast.PARTY_ACCOUNTS, "staff": cast.USERS}
    user = await user_of(request)
    shown = {"demo_roles": DEMO_ROLES, "people": people, "practice": practice}
    return render(request, "demo.html", status=status, **shown, user=user, nav="demo")


@routes.get("/demo/as/{role}")
async def ask(request: web.Request) -> web.StreamResponse:
    """One button: the target of the links in the terminal's welcome; opening it changes nothing."""
    _only_in_demo(request)
    return render(request, "demo_as.html", role=_role(request))


@routes.post("/demo/as/{role}")
async def become(request: web.Request) -> web.StreamResponse:
    """Staff are signed in; parties get a fresh link into matter 1's next sitting."""
    _only_in_demo(request)
    ctx, role = request.config_dict[CONTEXT], _role(request)
    if role.name in demoing.PARTIES:
        return see_other(path_of(await demoing.join_token(ctx, role.name)))
    response = see_other("/home")
    remember_login(request, response, await demoing.login_token(ctx, role.name))
    return response


@routes.post("/demo/people/{user}")
async def become_person(request: web.Request) -> web.StreamResponse:
    """Sign in as anybody of the cast: parties come to their matters, staff to their home page."""
    _only_in_demo(request)
    response = see_other("/home")
    remember_login(
        request, response, await demoing.person_token(request.config_dict[CONTEXT], request.match_info["user"])
    )
    return response


@routes.get("/demo/outbox")
async def outbox(request: web.Request) -> web.StreamResponse:
    """What would have gone out as SMS and mail."""
    _only_in_demo(request)
    notices = [
        {
            "to": each.recipient,
            "channel": each.channel,
            "subject": each.subject,
            "sent_at": each.sent_at,
            "parts": _parts(each.body),
            "attachment_name": each.attachment_name,
            "attachment": each.attachment,
        }
        for each in await notifying.sent_lately(request.config_dict[CONTEXT].db)
    ]
    return render(request, "demo_outbox.html", notices=notices, user=await user_of(request), nav="demo")


@routes.get("/demo/court")
async def court(request: web.Request) -> web.StreamResponse:
    """The mock court: on or off, and what it received."""
    _only_in_demo(request)
    server = _mock_court(request)
    messages = [
        {
            "type": each.envelope.type,
            "status": each.answer.status,
            "matter": each.envelope.matter_ref,
            "seq": each.envelope.seq,
            "at": each.received_at,
            "payload": json.dumps(each.envelope.payload, ensure_ascii=False, indent=2, default=str),
        }
        for each in server.court.received()
    ]
    on = server.mode is CourtMode.ON
    user, cases = await user_of(request), await demo_court.cases_of_court(request.config_dict[CONTEXT])
    return render(request, "demo_court.html", on=on, messages=messages, cases=cases, user=user, nav="demo")


@routes.post("/demo/court")
async def switch_court(request: web.Request) -> web.StreamResponse:
    """Switch the mock court; when it is back, what waits is tried at once."""
    _only_in_demo(request)
    on = (await read_form(request)).answer("on")
    _mock_court(request).mode = CourtMode.ON if on else CourtMode.UNAVAILABLE
    if on:
        await syncing.kick(request.config_dict[CONTEXT])
    return see_other("/demo/court")


@routes.post("/demo/court/cases")
async def send_case(request: web.Request) -> web.StreamResponse:
    """The mock court sends another case to mediation."""
    _only_in_demo(request)
    await demo_court.send_case(request.config_dict[CONTEXT])
    return see_other("/demo/court#cases")


@routes.post("/demo/court/cases/{matter_id}/{act}")
async def act_of_court(request: web.Request) -> web.StreamResponse:
    """The mock court closes a case, takes it back, or changes its procedure."""
    _only_in_demo(request)
    acts = {each.value: each for each in demo_court.CourtAct}
    act = acts.get(request.match_info["act"])
    if act is None:
        raise NotFound
    await demo_court.do_to(request.config_dict[CONTEXT], request.match_info["matter_id"], act)
    return see_other("/demo/court#cases")


def _mock_court(request: web.Request) -> MockCourtServer:
    server = request.config_dict.get(MOCK_COURT)
    if server is None:
        raise NotFound
    return server


def _role(request: web.Request) -> DemoRole:
    role = _BY_NAME.get(request.match_info["role"])
    if role is None:
        raise NotFound
    return role


def _parts(body: str) -> list[dict[str, str]]:
    """A message cut at its links, so that they can be followed."""
    parts, end = [], 0
    for match in _LINK.finditer(body):
        parts += [{"text": body[end : match.start()], "link": ""}, {"text": match.group(0), "link": match.group(1)}]
        end = match.end()
    return [*parts, {"text": body[end:], "link": ""}]
