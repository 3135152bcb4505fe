"""A sitting in writing: for its presider by login, for a party by the cookie of the seat or by its account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from mediation_server.domain.checks.together import Together
from mediation_server.domain.people import Role
from mediation_server.domain.session import Participant
from mediation_server.domain.users import User
from mediation_server.domain.writing import LONGEST_WRITING, WritingAudience, WritingKind
from mediation_server.errors import BadInput, Conflict, MediationError, TooMany
from mediation_server.services import attaching, writing
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator
from web.routes.seats import seated
from web.sitting_forms import one_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_KINDS = {
    False: (WritingKind.STATEMENT, WritingKind.ANSWER, WritingKind.QUESTION, WritingKind.PROPOSAL),
    True: (WritingKind.QUESTION, WritingKind.STATEMENT, WritingKind.PROPOSAL, WritingKind.ANSWER),
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who writes, and the path their forms go to."""

    seat: Participant
    base: str
    user: User | None = None


@routes.get("/sessions/{session_id}/writing")
@routes.get("/seats/{participant_id}/writing")
@routes.get("/my/sittings/{session_id}/writing")
async def read(request: web.Request) -> web.StreamResponse:
    """What this person may read, and the form for one more word."""
    return await _page(request, await _desk(request))


@routes.post("/sessions/{session_id}/writing")
@routes.post("/seats/{participant_id}/writing")
@routes.post("/my/sittings/{session_id}/writing")
async def write(request: web.Request) -> web.StreamResponse:
    """One more entry; what is wrong stays beside its field, with what was typed."""
    desk, form = await _desk(request), await read_form(request)
    try:
        entry = await writing.write(request.config_dict[CONTEXT], desk.seat, _word(form))
    except (BadInput, Conflict, TooMany) as refusal:
        return await _page(request, desk, form, refusal)
    return see_other(f"{desk.base}#{entry.id}")


@routes.post("/sessions/{session_id}/writing/{entry_id}/attach")
@routes.post("/my/sittings/{session_id}/writing/{entry_id}/attach")
async def attach(request: web.Request) -> web.StreamResponse:
    """To the item of an attachment, where its files are put in; for an own entry, a party's or the presider's."""
    mine, named = request.path.startswith("/my/"), request.match_info
    user = await (signed_in(request, Role.PARTY) if mine else signed_in(request))
    try:
        item = await attaching.attach(request.config_dict[CONTEXT], user, named["session_id"], named["entry_id"])
    except Conflict as refusal:
        return await _page(request, await _desk(request), refusal=refusal)
    return see_other(f"/{'my' if mine else 'matters'}/{item.matter_id}/materials/{item.id}")


@routes.post("/sessions/{session_id}/writing/{entry_id}/relay")
async def relay(request: web.Request) -> web.StreamResponse:
    """Pass on to all what was meant for all."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    entry_id = request.match_info["entry_id"]
    await writing.relay(request.config_dict[CONTEXT], user, session_id, entry_id)
    return see_other(f"/sessions/{session_id}/writing#{entry_id}")


@routes.post("/sessions/{session_id}/writing/close")
async def close(request: web.Request) -> web.StreamResponse:
    """End it before its period does."""
    user, session_id = await signed_in(request), request.match_info["session_id"]
    await writing.close(request.config_dict[CONTEXT], user, session_id)
    return see_other(f"/sessions/{session_id}")


async def _desk(request: web.Request) -> _Desk:
    ctx, named = request.config_dict[CONTEXT], request.match_info
    if "participant_id" in named:
        seat = named["participant_id"]
        return _Desk(await seated(request, seat), f"/seats/{seat}/writing")
    session_id = named["session_id"]
    if request.path.startswith("/my/"):
        user = await signed_in(request, Role.PARTY)
        return _Desk(await writing.own_seat(ctx, user, session_id), f"/my/sittings/{session_id}/writing", user)
    user = await signed_in(request)
    return _Desk(await writing.presider_seat(ctx, user, session_id), f"/sessions/{session_id}/writing", user)


def _word(form: Form) -> writing.Word:
    """`audience` is `all`, `presider`, or the id of one participant."""
    with Together() as checked:
        to = checked(form.required, "audience")
        kind = checked(one_of, form, "kind", WritingKind)
        text = checked(form.required, "text", most=LONGEST_WRITING * 2)
    known = to in set(WritingAudience)
    return writing.Word(
        kind=kind,
        audience=WritingAudience(to) if known else WritingAudience.ONE,
        text=text,
        to=None if known else to,
        answers=form.text("answers") or None,
    )


async def _page(
    request: web.Request, desk: _Desk, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    tr = translator(request)
    page = await writing.correspondence(request.config_dict[CONTEXT], desk.seat)
    values: Mapping[str, str] = form.fields if form else {"answers": request.query.get("answers", "")}
    presides = desk.seat.role in (Role.MEDIATOR, Role.JUDGE)
    return render(
        request,
        "writing.html",
        status=refusal.status if refusal else 200,
        user=desk.user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        base=desk.base,
        materials=f"/{'matters' if presides else 'my'}/{page.matter.id}/materials" if desk.user else "",
        presides=presides,
        kinds=_KINDS[presides],
        errors=beside(request, refusal),
        values=values,
    )
