"""Naming a mediator, deciding on a replacement, the conflict register: for court and body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.checks.together import Together
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import appointing, organising, register
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_EMPTY = dict.fromkeys(("mediator", "upheld", "reason", "role", "name", "phone"), "")
_NAMERS = (Role.FILING, Role.JUDGE, Role.ORGANISATION)


@routes.get("/matters/{matter_id}/appoint")
async def page(request: web.Request) -> web.StreamResponse:
    """Who fits, first; why the others do not; what the parties chose; what is asked."""
    return await _page(request, await signed_in(request, *_NAMERS))


@routes.post("/matters/{matter_id}/appoint")
async def appoint(request: web.Request) -> web.StreamResponse:
    """Name the mediator."""

    async def act(user: User, form: Form) -> None:
        mediator, ctx = form.text("mediator"), request.config_dict[CONTEXT]
        others = [name.removeprefix("beside_") for name in form.fields if name.startswith("beside_")]
        await appointing.appoint(ctx, user, request.match_info["matter_id"], mediator, others)

    return await _done(request, act, "appoint")


@routes.post("/matters/{matter_id}/appoint/replacement")
async def decide(request: web.Request) -> web.StreamResponse:
    """Decide on a replacement that a party asked for."""

    async def act(user: User, form: Form) -> None:
        with Together() as checked:
            upheld, reason = checked(form.answer, "upheld"), checked(reason_of, form.fields.get("reason", ""))
        ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
        await appointing.decide_replacement(ctx, user, matter_id, upheld=upheld, reason=reason)

    return await _done(request, act, "replacement")


@routes.post("/matters/{matter_id}/appoint/organisation")
async def entrust(request: web.Request) -> web.StreamResponse:
    """Give the matter to a body."""

    async def act(user: User, form: Form) -> None:
        body = form.text("organisation")
        await appointing.entrust(request.config_dict[CONTEXT], user, request.match_info["matter_id"], body)

    return await _done(request, act, "organisation")


@routes.post("/matters/{matter_id}/appoint/parts")
async def register_part(request: web.Request) -> web.StreamResponse:
    """Write down that somebody has a part in the case."""

    async def act(user: User, form: Form) -> None:
        ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
        role, name, phone = (form.fields.get(each, "") for each in ("role", "name", "phone"))
        await register.register_part(ctx, user, matter_id, role, name, phone)

    return await _done(request, act, "parts")


@routes.post("/matters/{matter_id}/{what:take|hand_back}")
async def take(request: web.Request) -> web.StreamResponse:
    """A body takes a matter it was applied to for, or says that it does not."""
    user, form = await signed_in(request, Role.ORGANISATION), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        if request.match_info["what"] == "take":
            await organising.take(ctx, user, matter_id)
        else:
            await organising.hand_back(ctx, user, matter_id, form.fields.get("reason", ""))
    except (BadInput, Conflict, Refused) as refusal:
        return await body_home(request, user, (matter_id, refusal, form.fields.get("reason", "")))
    return see_other("/home")


async def body_home(
    request: web.Request, user: User, refused: tuple[str, MediationError, str] | None = None
) -> web.Response:
    """The home page of a body's administrator; `refused`: the matter, why it did not go, and the reason typed."""
    home = await organising.body_home(request.config_dict[CONTEXT], user)
    tr = translator(request)
    problem, typed, beside = {}, {}, False
    if refused:
        problem, typed = {refused[0]: tr.error(refused[1].code, refused[1].details)}, {refused[0]: refused[2]}
        beside = refused[1].field == "reason"
    return render(
        request,
        "home_body.html",
        status=refused[1].status if refused else 200,
        user=user,
        nav="home",
        home=home,
        court=tr.pick(home.organisation.name, home.organisation.name_en),
        problems=problem,
        typed=typed,
        beside=beside,
    )


async def _done(request: web.Request, act: Callable[[User, Form], Awaitable[None]], what: str) -> web.StreamResponse:
    user, form = await signed_in(request, *_NAMERS), await read_form(request)
    try:
        await act(user, form)
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, user, form, refusal, what)
    return see_other(f"/matters/{request.match_info['matter_id']}/appoint")


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    what: str = "",
) -> web.Response:
    tr = translator(request)
    values = {**_EMPTY, **(form.fields if form else {})}
    found = await appointing.appoint_page(request.config_dict[CONTEXT], user, request.match_info["matter_id"])
    names = {one.user_id: tr.pick(one.name, one.name_en) for one in (each.candidate for each in found.candidates)}
    return render(
        request,
        "appoint.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="matters",
        court=tr.pick(found.matter.court, found.matter.court_en),
        page=found,
        names=names,
        values=values,
        errors=beside(request, refusal),
        what=what,
        roles=register.REGISTRABLE,
        most_reason=appointing.MOST_REASON,
    )
