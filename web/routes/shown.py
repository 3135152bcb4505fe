"""What is shown in a room, for those who sit there: its name, its pages; by the cookie of the seat or a login."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.session import Participant
from mediation_server.errors import MediationError, NotFound
from mediation_server.services import joining, showing
from web.app_keys import CONTEXT
from web.identity import seat_token, user_of
from web.routes.material_files import send_opened

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/seats/{participant_id}/documents")
async def showable(request: web.Request) -> web.StreamResponse:
    """What the presider could show here now."""
    ctx, seat = request.config_dict[CONTEXT], await _seat(request)
    room = ctx.rooms.find(seat.session_id)
    if room is None:
        raise NotFound
    found = await showing.showable(ctx, room, seat.id)
    return web.json_response(
        {
            "documents": [
                {
                    "document": each.material.id,
                    "title": each.material.title,
                    "side": each.material.side.value,
                    "number": each.material.number,
                    "pages": each.pages,
                    "kept": each.material.is_kept,
                }
                for each in found
            ]
        }
    )


@routes.get("/seats/{participant_id}/document")
async def shown(request: web.Request) -> web.StreamResponse:
    """What is shown now, and how each of its pages is shown."""
    item = await showing.shown_to(request.config_dict[CONTEXT], await _seat(request))
    material = item.material
    about = {"document": material.id, "title": material.title, "side": material.side.value, "number": material.number}
    return web.json_response({**about, "shapes": list(item.shapes)})


@routes.get(r"/seats/{participant_id}/document/{document:[0-9a-hjkmnp-tv-z]{26}}/pages/{number:\d{1,5}}")
async def page(request: web.Request) -> web.StreamResponse:
    """One page of it; what is not shown any more is not there."""
    ctx, match, seat = request.config_dict[CONTEXT], request.match_info, await _seat(request)
    opened = await showing.open_shown_page(ctx, seat, match["document"], int(match["number"]))
    return await send_opened(request, opened)


async def _seat(request: web.Request) -> Participant:
    """Whose seat asks. Raises `NotFound` for everybody else, in the same words as for what is not there."""
    ctx, seat = request.config_dict[CONTEXT], request.match_info["participant_id"]
    user = await user_of(request)
    try:
        if user is not None:
            return await joining.staff_seat(ctx, user, seat)
    except MediationError:
        pass  # somebody with a login may hold a party's link as well
    try:
        return await joining.seat_of(ctx, seat, seat_token(request, seat))
    except MediationError as refusal:
        raise NotFound from refusal
