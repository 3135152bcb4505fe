"""The way in for parties: the letter behind a link, and entering; opening the link changes nothing."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from mediation_server.domain.checks.together import Together
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.session import SessionKind
from mediation_server.errors import BadInput
from mediation_server.services import joining
from mediation_server.services.inviting import path_of
from mediation_server.services.joining import DEVICES, Letter
from web.app_keys import CONTEXT
from web.asking import Asked, ask_page, take_wish
from web.forms import Form, read_form
from web.identity import remember_seat, seat_token
from web.origin import own_origin
from web.qr import qr_svg
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/join")
async def again(request: web.Request) -> web.StreamResponse:
    """Where the history points after somebody has entered: the link itself is not kept."""
    return render(request, "join_again.html")


@routes.get("/join/{token}")
async def letter(request: web.Request) -> web.StreamResponse:
    """The invitation with device check and decisions."""
    found = await joining.invitation_letter(request.config_dict[CONTEXT], request.match_info["token"])
    return _page(request, found)


@routes.get("/join/{token}/ask")
async def wish(request: web.Request) -> web.StreamResponse:
    """What whoever was invited can ask of the presider: another time, or protection."""
    found = await joining.invitation_letter(request.config_dict[CONTEXT], request.match_info["token"])
    return ask_page(request, Asked(found.session, _court(request, found), path_of(request.match_info["token"])))


@routes.post("/join/{token}/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    """Keep the wish for the presider; nobody else is told."""
    found = await joining.invitation_letter(request.config_dict[CONTEXT], request.match_info["token"])
    asked = Asked(found.session, _court(request, found), path_of(request.match_info["token"]))
    return await take_wish(request, found.participant, asked)


@routes.get("/join/{token}/room")
async def room_ahead(request: web.Request) -> web.StreamResponse:
    """The room page as this person will see it after entering, fetched while they read; nothing of the room yet."""
    found = await joining.invitation_letter(request.config_dict[CONTEXT], request.match_info["token"])
    return render(request, "room.html", seat=found.participant.id, home="", user=None, court=_court(request, found))


@routes.post("/join/{token}")
async def enter(request: web.Request) -> web.StreamResponse:
    """Enter with the decisions that were made; a refusal is kept too and leads on to what follows."""
    ctx, token = request.config_dict[CONTEXT], request.match_info["token"]
    form = await read_form(request)
    try:
        answers = _answers(form, (await joining.invitation_letter(ctx, token)).consents)
        devices = {device: form.fields.get(device, "unknown") for device in DEVICES}
        entry = await joining.enter(ctx, token, answers, devices, partial(seat_token, request))
    except BadInput as refusal:
        return _page(request, await joining.invitation_letter(ctx, token), refusal, form)
    if entry.seat_token is None:
        found = await joining.invitation_letter(ctx, token)
        return render(request, "join_refused.html", alternative=entry.alternative, court=_court(request, found))
    response = see_other(f"/seats/{entry.participant.id}")
    remember_seat(request, response, entry.participant.id, entry.seat_token)
    return response


def _answers(form: Form, asked: tuple[ConsentItem, ...]) -> dict[ConsentItem, bool]:
    """Every decision the letter asks for; nothing is assumed. After one no the others need not be answered."""
    given = {item: form.answer(item.value) for item in asked if item.value in form.fields}
    if all(given.values()):
        with Together() as checked:
            given |= {item: checked(form.answer, item.value) for item in asked}
    return given


def _page(
    request: web.Request, found: Letter, refusal: BadInput | None = None, form: Form | None = None
) -> web.Response:
    ctx = request.config_dict[CONTEXT]
    link = own_origin(request, ctx.settings.public_url) + path_of(request.match_info["token"])
    written = found.session.kind is SessionKind.ASYNC
    return render(
        request,
        "join_written.html" if written else "join.html",
        status=refusal.status if refusal else 200,
        letter=found,
        court=_court(request, found),
        items=[item.value for item in found.consents],
        chosen=form.fields if form else {},
        errors=beside(request, refusal),
        link=link,
        qr=qr_svg(link),
    )


def _court(request: web.Request, found: Letter) -> str:
    return translator(request).pick(found.matter.court, found.matter.court_en)
