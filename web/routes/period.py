"""The page about a matter's period: its clocks, asking for more days, answering, stopping and going on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from mediation_server.domain.lifecycle import CommandKind
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused, TooMany
from mediation_server.services import extending, pausing
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.terms import term_rows

__all__ = ["routes"]

routes = web.RouteTableDef()
_FIELDS = ("days", "cause", "reason", "consents")
_EXPLAINED = (BadInput, Conflict, Refused, TooMany)
_STAFF, _PARTY = "/matters/{matter_id}/period", "/my/{matter_id}/period"


@routes.get(_STAFF)
@of_one_state
async def period(request: web.Request) -> web.StreamResponse:
    """Every clock, who has agreed to more days, and what can be done about the period."""
    return await _staff_page(request, await signed_in(request))


@routes.post(_STAFF + "/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask every party for more days."""
    form = await read_form(request)

    async def act(user: User) -> None:
        days = form.number("days", 1, extending.MOST_DAYS)
        await extending.ask(request.config_dict[CONTEXT], user, request.match_info["matter_id"], days)

    return await _done(request, form, act, _staff_page, "ask")


@routes.post(_STAFF + "/extend")
async def extend(request: web.Request) -> web.StreamResponse:
    """Extend by what all have agreed to."""
    form = await read_form(request)

    async def act(user: User) -> None:
        await extending.extend(request.config_dict[CONTEXT], user, request.match_info["matter_id"])

    return await _done(request, form, act, _staff_page, "ask")


@routes.post(_STAFF + "/stop")
async def stop(request: web.Request) -> web.StreamResponse:
    """Let the period stand still."""
    form = await read_form(request)

    async def act(user: User) -> None:
        cause, reason = form.fields.get("cause", ""), form.fields.get("reason", "")
        agreed = [name.removeprefix("agreed_") for name in form.fields if name.startswith("agreed_")]
        await pausing.stop(request.config_dict[CONTEXT], user, request.match_info["matter_id"], cause, reason, agreed)

    return await _done(request, form, act, _staff_page, "stop")


@routes.post(_STAFF + "/resume")
async def resume(request: web.Request) -> web.StreamResponse:
    """Let the period run on."""
    form = await read_form(request)

    async def act(user: User) -> None:
        await pausing.resume(request.config_dict[CONTEXT], user, request.match_info["matter_id"])

    return await _done(request, form, act, _staff_page, "stop")


@routes.get(_PARTY)
@of_one_state
async def own_period(request: web.Request) -> web.StreamResponse:
    """The same clocks for a party, the question it is asked, and its way to ask for more days."""
    return await _party_page(request, await signed_in(request, Role.PARTY))


@routes.post(_PARTY + "/ask")
async def own_ask(request: web.Request) -> web.StreamResponse:
    """A party asks for more days."""
    form = await read_form(request)

    async def act(user: User) -> None:
        days = form.number("days", 1, extending.MOST_DAYS)
        await extending.ask_as_party(request.config_dict[CONTEXT], user, request.match_info["matter_id"], days)

    return await _done(request, form, act, _party_page, "ask", Role.PARTY)


@routes.post(_PARTY + "/c6")
async def own_answer(request: web.Request) -> web.StreamResponse:
    """A party's answer to the days it is asked for."""
    form = await read_form(request)

    async def act(user: User) -> None:
        yes, version = form.answer("answer"), form.text("text_version")
        await extending.answer(request.config_dict[CONTEXT], user, request.match_info["matter_id"], version, yes=yes)

    return await _done(request, form, act, _party_page, "answer", Role.PARTY)


_Page = Callable[..., Awaitable[web.Response]]


async def _done(
    request: web.Request,
    form: Form,
    act: Callable[[User], Awaitable[None]],
    page: _Page,
    section: str,
    role: Role | None = None,
) -> web.StreamResponse:
    """Back to the page when it went well; else the page again, with what was typed and what is wrong in its place."""
    user = await signed_in(request, role) if role else await signed_in(request)
    try:
        await act(user)
    except _EXPLAINED as refusal:
        return await page(request, user, form, refusal, section)
    return see_other(request.path.rsplit("/", 1)[0])


async def _staff_page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None, section: str = ""
) -> web.Response:
    ctx = request.config_dict[CONTEXT]
    page = await extending.period_page(ctx, user, request.match_info["matter_id"])
    causes = [cause for cause, command in pausing.STOPS.items() if command in page.offered]
    return _rendered(request, "period.html", user, page, _wrong(request, form, refusal, section), causes=causes)


async def _party_page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None, section: str = ""
) -> web.Response:
    ctx = request.config_dict[CONTEXT]
    page = await extending.own_period_page(ctx, user, request.match_info["matter_id"])
    (mine,) = page.answers.values()
    return _rendered(
        request, "my_period.html", user, page, _wrong(request, form, refusal, section), mine=mine, nav="my"
    )


class _Wrong(NamedTuple):
    """What is wrong by field, `_ask`, `_answer` or `_stop` for what belongs to no field; and what was typed."""

    errors: dict[str, str]
    values: dict[str, str]
    status: int


def _wrong(request: web.Request, form: Form | None, refusal: MediationError | None, section: str) -> _Wrong:
    errors = beside(request, refusal, f"_{section}", only=_FIELDS)
    return _Wrong(errors, dict(form.fields) if form else {}, refusal.status if refusal else 200)


def _rendered(
    request: web.Request, template: str, user: User, page: extending.PeriodPage, wrong: _Wrong, **more: object
) -> web.Response:
    ctx, matter = request.config_dict[CONTEXT], page.terms.matter
    return render(
        request,
        template,
        user=user,
        court=translator(request).pick(matter.court, matter.court_en),
        page=page,
        matter=matter,
        rows=term_rows(page.terms, ctx.clock.now()),
        offered={kind.value for kind in page.offered},
        may_ask=CommandKind.ASK_EXTENSION in page.offered,
        errors=wrong.errors,
        values=wrong.values,
        status=wrong.status,
        **more,
    )
