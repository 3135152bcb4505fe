"""The room page: for a party by the cookie of the seat, for staff by their login."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from mediation_server.domain.safety import ExitHold
from mediation_server.domain.session import Participant
from mediation_server.errors import MediationError, NotSignedIn
from mediation_server.services import joining, leaving, writing
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import remember_seat, seat_token, user_of
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes", "seated"]

routes = web.RouteTableDef()
_LOOKS_AGAIN_S = 20


@routes.get("/seats/{participant_id}")
async def room(request: web.Request) -> web.StreamResponse:
    """The page of one seat; what it shows is the server's to say, over the socket."""
    ctx, seat = request.config_dict[CONTEXT], request.match_info["participant_id"]
    user, holder = await user_of(request), None
    if user is not None:
        try:
            holder = await joining.staff_seat(ctx, user, seat)
        except MediationError:
            user = None  # a staff member may hold a party's link as well
    held = holder or await seated(request, seat)
    if holder is None and (stays := await leaving.hold_of(ctx, held)) is not None:
        return _staying(request, await joining.court_of(ctx, held), stays)
    if await writing.is_written(ctx, held):
        return see_other(f"/seats/{seat}/writing")
    court = translator(request).pick(*await joining.court_of(ctx, held))
    return render(request, "room.html", seat=seat, home="/home" if user else "", user=user, court=court)


@routes.post("/seats/{participant_id}/claim")
async def claim(request: web.Request) -> web.StreamResponse:
    """The cookie of a seat that was taken over the socket: for its ticket, once."""
    ctx, seat = request.config_dict[CONTEXT], request.match_info["participant_id"]
    form = await read_form(request)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    remember_seat(request, response, seat, ctx.claims.redeem(ctx.clock, seat, form.fields.get("ticket", "")))
    return response


def _staying(request: web.Request, court: tuple[str, str], hold: ExitHold) -> web.Response:
    """After a sitting in safety mode: stay where you are, and then that one may go; it looks again by itself."""
    tr, now = translator(request), request.config_dict[CONTEXT].clock.now()
    answer = render(request, "exit.html", court=tr.pick(*court), hold=hold, stays=hold.holds(now))
    if hold.holds(now):
        answer.headers["Refresh"] = str(_LOOKS_AGAIN_S)
    return answer


async def seated(request: web.Request, seat: str) -> Participant:
    """Whose seat this browser holds. Raises `SeatLost`."""
    try:
        return await joining.seat_of(request.config_dict[CONTEXT], seat, seat_token(request, seat))
    except NotSignedIn as refusal:
        raise SeatLost from refusal


class SeatLost(MediationError):
    """No seat behind this cookie: a party has no account to sign in with, so the page says how to come back."""

    status = 401
    default_code = "seat_invalid"
