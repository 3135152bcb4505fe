"""A mediator's inbox (待确认接收): what waits for an answer, and answering it."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.checks.together import Together
from mediation_server.domain.conflicts import RelationKind
from mediation_server.domain.fitness import Decline
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import accepting, matters
from mediation_server.services.accepting import MOST_STATEMENT, Disclosure
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/inbox")
@of_one_state
async def inbox(request: web.Request) -> web.StreamResponse:
    """Everything that waits for an answer, the last day first."""
    user = await signed_in(request, Role.MEDIATOR)
    items = await accepting.inbox(request.config_dict[CONTEXT], user)
    return render(request, "inbox.html", user=user, nav="inbox", items=items)


@routes.get("/inbox/{matter_id}")
async def item(request: web.Request) -> web.StreamResponse:
    """One matter: what it is about, the disclosure, taking it or not."""
    return await _page(request, await signed_in(request, Role.MEDIATOR))


@routes.post("/inbox/{matter_id}/accept")
async def accept(request: web.Request) -> web.StreamResponse:
    """Take it, with the disclosure."""
    user, form = await signed_in(request, Role.MEDIATOR), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        await accepting.accept(ctx, user, matter_id, _disclosure(form))
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, user, form, refusal, "accept")
    return see_other(f"/matters/{matter_id}")


@routes.post("/inbox/{matter_id}/decline")
async def decline(request: web.Request) -> web.StreamResponse:
    """Give it back, with a reason."""
    user, form = await signed_in(request, Role.MEDIATOR), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        with Together() as checked:
            why, words = checked(_why, form), checked(reason_of, form.fields.get("words", ""), field="words")
        await accepting.decline(ctx, user, matter_id, why, words)
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, user, form, refusal, "decline")
    return see_other("/inbox")


@routes.get("/matters/{matter_id}/disclosure")
async def disclosure(request: web.Request) -> web.StreamResponse:
    """What turned up while mediating."""
    return await _disclosure_page(request, await signed_in(request, Role.MEDIATOR))


@routes.post("/matters/{matter_id}/disclosure")
async def disclose(request: web.Request) -> web.StreamResponse:
    """Disclose it."""
    user, form = await signed_in(request, Role.MEDIATOR), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        said = Disclosure(
            nothing=False, relations=_relations(form), statement=form.text("statement", most=MOST_STATEMENT)
        )
        await accepting.disclose_more(ctx, user, matter_id, said)
    except (BadInput, Conflict, Refused) as refusal:
        return await _disclosure_page(request, user, form, refusal)
    return see_other(f"/matters/{matter_id}")


async def _disclosure_page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await matters.matter_page(ctx, user, request.match_info["matter_id"])
    return render(
        request,
        "disclosure.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="matters",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        values={"statement": "", **(form.fields if form else {})},
        errors=beside(request, refusal),
        relations=RelationKind,
    )


def _why(form: Form) -> Decline:
    """The reason that was chosen. Raises `BadInput`."""
    if form.text("why") not in set(Decline):
        raise BadInput("decision_missing", field="why")
    return Decline(form.text("why"))


def _disclosure(form: Form) -> Disclosure:
    """What the form says: nothing, or by party one relation each. Raises `BadInput`."""
    with Together() as checked:
        nothing = checked(_nothing, form)
        statement = checked(form.text, "statement", most=MOST_STATEMENT)
    return Disclosure(nothing, {} if nothing else _relations(form), statement)


def _nothing(form: Form) -> bool:
    said = form.text("disclose")
    if said not in ("nothing", "something"):
        raise BadInput("decision_missing", field="disclose")
    return said == "nothing"


def _relations(form: Form) -> dict[str, RelationKind]:
    """By party the relation that was chosen."""
    known = {each.value for each in RelationKind}
    said_of = {name: value for name, value in form.fields.items() if name.startswith("relation.") and value in known}
    return {name.removeprefix("relation."): RelationKind(value) for name, value in said_of.items()}


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    what: str = "",
) -> web.Response:
    tr = translator(request)
    found = await accepting.inbox_item(request.config_dict[CONTEXT], user, request.match_info["matter_id"])
    empty: Mapping[str, str] = {"disclose": "", "statement": "", "why": "", "words": ""}
    return render(
        request,
        "inbox_item.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="inbox",
        court=tr.pick(found.matter.court, found.matter.court_en),
        item=found,
        values={**empty, **(form.fields if form else {})},
        errors=beside(request, refusal),
        what=what,
        relations=RelationKind,
        declines=Decline,
    )
