"""Handlers of what is shown of the parties' materials. Parse, call one service, answer."""

from __future__ import annotations

from mediation_server.services import showing
from signaling import messages
from signaling.call import Answer, Call, Handler

__all__ = ["HANDLERS"]


async def _show(call: Call, message: messages.ShowDocument) -> Answer:
    await showing.show(call.ctx, call.room, call.participant, message.document)
    return None


async def _hide(call: Call, _message: messages.Nothing) -> Answer:
    await showing.hide(call.ctx, call.room, call.participant)
    return None


async def _turn(call: Call, message: messages.TurnPage) -> Answer:
    await showing.turn(call.ctx, call.room, call.participant, message.page)
    return None


async def _point(call: Call, message: messages.Point) -> Answer:
    await showing.point(call.room, call.participant, message.x, message.y)
    return None


HANDLERS: dict[str, Handler] = {
    "show_document": _show,
    "hide_document": _hide,
    "turn_page": _turn,
    "point": _point,
}
