"""Handlers of the media connections: offers and answers pass through as they are. Parse, call one service, answer."""

from __future__ import annotations

from mediation_server.media.engine import DataUse, Source, Watching
from mediation_server.services import publishing, relaying
from signaling import messages
from signaling.call import Answer, Call, Handler

__all__ = ["HANDLERS"]


async def _publish(call: Call, message: messages.Publish) -> Answer:
    sources = {mid: Source(source) for mid, source in message.sources.items()}
    return {"sdp": await publishing.publish(call.room, call.participant, message.sdp, sources)}


async def _subscribed(call: Call, message: messages.Subscribed) -> Answer:
    await publishing.answer(call.room, call.participant, message.revision, message.sdp)
    return None


async def _trickle(call: Call, message: messages.Trickle) -> Answer:
    await publishing.trickle(call.room, call.participant, message.direction, message.candidate)
    return None


async def _resubscribe(call: Call, message: messages.Resubscribe) -> Answer:
    await publishing.resubscribe(call.room, call.participant, restart=message.restart)
    return None


async def _relays(call: Call, _message: messages.Nothing) -> Answer:
    return {"ice_servers": relaying.relays(call.ctx, call.room, call.participant)}


async def _looking(call: Call, message: messages.Looking) -> Answer:
    heights = {(each.participant, Source(each.source)): each.height for each in message.tiles}
    await publishing.look(call.room, call.participant, Watching(heights, DataUse(message.data)))
    return None


HANDLERS: dict[str, Handler] = {
    "publish": _publish,
    "subscribed": _subscribed,
    "trickle": _trickle,
    "resubscribe": _resubscribe,
    "looking": _looking,
    "relays": _relays,
}
