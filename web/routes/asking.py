"""Asking the parties whether they want to mediate: who has answered, who was called, what they said."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from mediation_server.domain.checks.together import Together
from mediation_server.domain.consent import ConsentChannel, ConsentItem
from mediation_server.domain.diversion import MOST_NOTE, ContactChannel, ContactResult
from mediation_server.domain.listing import place_of
from mediation_server.domain.masking import Datum, masked
from mediation_server.domain.people import Role
from mediation_server.domain.revealing import RevealPurpose
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, TooMany
from mediation_server.services import revealing, soliciting
from mediation_server.services.consenting import Reply, Word
from web.app_keys import CONTEXT
from web.courts import court_over
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.turning import turn_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_DESK = (Role.FILING, Role.CLERK)
_STAFF = (*_DESK, Role.MEDIATOR)
_SPOKEN = (ConsentChannel.PHONE, ConsentChannel.IN_PERSON)


@routes.get("/asking")
@of_one_state
async def waiting(request: web.Request) -> web.StreamResponse:
    """The matters in which parties are asked now."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_DESK)
    after = request.query.get("after", "")
    page = await soliciting.asking_list(ctx, user, place_of(after))
    return render(
        request,
        "asking_list.html",
        user=user,
        nav="asking",
        court=await court_over(request, user),
        page=page,
        turn=turn_of("/asking", {"after": after}, "after", page.after),
    )


@routes.get("/asking/{matter_id}")
async def one(request: web.Request) -> web.StreamResponse:
    """Who has answered what, who was called, and what can be written down."""
    return await _page(request, await signed_in(request, *_STAFF))


@routes.post("/asking/{matter_id}/parties/{party_id}/contact")
async def contact(request: web.Request) -> web.StreamResponse:
    """One attempt to reach a party."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    party = request.match_info["party_id"]
    try:
        with Together() as checked:
            channel = checked(form.one_of, "channel", ContactChannel)
            result = checked(form.one_of, "result", ContactResult)
            note = checked(form.text, "note", most=MOST_NOTE)
        await soliciting.note_contact(ctx, user, party, channel, result, note)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal, at=f"contact-{party}")
    return _back(request)


@routes.post("/asking/{matter_id}/parties/{party_id}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """What a party said on the phone or at the counter, under the name of whoever writes it down."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    party = request.match_info["party_id"]
    try:
        with Together() as checked:
            reply = Reply(ConsentItem.MEDIATION, form.fields.get("text_version", ""), checked(form.answer, "answer"))
            word = checked(_word, form)
        await soliciting.write_down(ctx, user, party, reply, word)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal, at=f"answer-{party}")
    return _back(request)


def _word(form: Form) -> Word:
    """How it was said, who wrote it down, for whom it was said. Raises `BadInput` naming the fields."""
    note, authority = (form.fields.get(name, "").strip() for name in ("note", "authority"))
    with Together() as checked:
        channel = checked(form.one_of, "channel", ConsentChannel)
        checked(form.text, "authority")
        word = Word(channel, note, by_agent=form.fields.get("by_agent") == "yes", authority=authority)
        checked(word.check)
    return word


@routes.post("/asking/{matter_id}/parties/{party_id}/unreachable")
async def unreachable(request: web.Request) -> web.StreamResponse:
    """A party cannot be reached: the mediation ends, and the file goes back the same day."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    party = request.match_info["party_id"]
    try:
        await soliciting.cannot_reach(ctx, user, party, form.text("reason", most=1000))
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal, at=f"unreachable-{party}")
    return _back(request)


@routes.post("/asking/{matter_id}/parties/{party_id}/phone")
async def phone(request: web.Request) -> web.StreamResponse:
    """The number to call, whole, for this page only; that it was shown is written down first."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_STAFF)
    party = request.match_info["party_id"]
    try:
        number = await revealing.reveal(ctx, user, party, Datum.PHONE, RevealPurpose.CONTACT)
    except TooMany as refusal:
        return await _page(request, user, None, refusal, at=f"phone-{party}")
    return await _page(request, user, whole={party: number})


def _back(request: web.Request) -> web.Response:
    return see_other(f"/asking/{request.match_info['matter_id']}")


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    *,
    at: str = "",
    whole: dict[str, str] | None = None,
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await soliciting.asking(ctx, user, request.match_info["matter_id"])
    numbers = whole or {}
    return render(
        request,
        "asking.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="asking",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        phones={
            each.party.id: numbers.get(each.party.id) or masked(Datum.PHONE, each.party.phone) for each in page.parties
        },
        whole=numbers,
        may_reveal=True,  # whoever works here calls the parties
        ends=user.role is not Role.CLERK,
        channels=ContactChannel,
        results=ContactResult,
        spoken=_SPOKEN,
        errors=beside(request, refusal),
        at=at,
        values=defaultdict(str, form.fields if form else {}),
    )
