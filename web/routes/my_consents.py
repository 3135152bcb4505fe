"""What a party agrees to, outside a sitting: one question at a time, and the way back."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.people import Role
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused
from mediation_server.services import consenting
from mediation_server.services.access import OwnMatter, own_matter
from mediation_server.services.consenting import LedgerLine, Reply
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import render, translator

__all__ = ["ASKED", "routes"]

routes = web.RouteTableDef()
_HERE = "/my/{matter}/consents"

# What is asked of everybody at the beginning; the others are asked when there is a reason, at `<here>/<item>`.
ASKED = (
    ConsentItem.MEDIATION,
    ConsentItem.ONLINE,
    ConsentItem.E_SERVICE,
    ConsentItem.RECORDING_NOTICE,
    ConsentItem.BIOMETRICS,
    ConsentItem.COURT_APPOINTS,
)


@routes.get(_HERE)
async def next_question(request: web.Request) -> web.StreamResponse:
    """The next thing nobody has answered yet, and everything that was."""
    own, lines = await _ledger(request)
    open_items = [each.item for each in lines if each.item in ASKED and each.standing.to_ask]
    return await _page(request, own, lines, open_items[0] if open_items else None)


@routes.get(_HERE + "/{item}")
async def question(request: web.Request) -> web.StreamResponse:
    """One question, also one that was answered before."""
    own, lines = await _ledger(request)
    return await _page(request, own, lines, _item(request))


@routes.post(_HERE + "/{item}")
async def answer(request: web.Request) -> web.StreamResponse:
    """One answer, then the next question; no is as good as yes."""
    own, lines = await _ledger(request)
    item, form = _item(request), await read_form(request)
    try:
        reply = Reply(item, form.text("text_version"), answer=form.answer("answer"))
        await consenting.give(request.config_dict[CONTEXT], own.actor, own.party.id, reply)
    except (BadInput, Conflict, Refused) as refusal:
        return await _page(request, own, lines, item, refusal)
    return see_other(_address(own))


@routes.post(_HERE + "/{item}/withdraw")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take a yes back."""
    own, lines = await _ledger(request)
    try:
        await consenting.withdraw(request.config_dict[CONTEXT], own.actor, own.party.id, _item(request))
    except (Conflict, Refused) as refusal:
        return await _page(request, own, lines, None, refusal)
    return see_other(_address(own))


async def _ledger(request: web.Request) -> tuple[OwnMatter, tuple[LedgerLine, ...]]:
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY)
    async with ctx.db.reading() as tx:
        own = await own_matter(tx, user, request.match_info["matter"])
    return own, await consenting.consents_of(ctx, own.actor, own.matter.id, own.party.id)


async def _page(
    request: web.Request,
    own: OwnMatter,
    lines: tuple[LedgerLine, ...],
    item: ConsentItem | None,
    refusal: MediationError | None = None,
) -> web.Response:
    tr = translator(request)
    done = sum(not each.standing.to_ask for each in lines if each.item in ASKED)
    return render(
        request,
        "my_consents.html",
        status=refusal.status if refusal else 200,
        user=await signed_in(request, Role.PARTY),
        nav="my",
        own=own,
        lines=lines,
        line=next((each for each in lines if each.item is item), None),
        n=min(done + 1, len(ASKED)) if item in ASKED else 1,
        of=len(ASKED) if item in ASKED else 1,
        action=_address(own),
        court=tr.pick(own.matter.court, own.matter.court_en),
        error=tr.error(refusal.code, refusal.details) if refusal else "",
    )


def _address(own: OwnMatter) -> str:
    return f"/my/{own.matter.id}/consents"


def _item(request: web.Request) -> ConsentItem:
    name = request.match_info["item"]
    if name not in set(ConsentItem):
        raise NotFound
    return ConsentItem(name)
