"""Handlers of whoever attends: devices, chat, hand, leaving. Parse, call one service, answer."""

from __future__ import annotations

from mediation_server.domain.signals import Signal
from mediation_server.media.engine import Source
from mediation_server.rooms.hearing import Report
from mediation_server.services import attending, captioning, chatting, listening, signalling
from signaling import messages
from signaling.call import Answer, Call, Handler

__all__ = ["HANDLERS"]


async def _devices(call: Call, message: messages.Devices) -> Answer:
    wanted = {Source(name): on for name, on in message.model_dump(exclude_none=True).items()}
    await attending.switch(call.ctx, call.room, call.participant, wanted)
    return None


async def _device_report(call: Call, message: messages.DeviceReport) -> Answer:
    await attending.report_devices(call.ctx, call.room, call.participant, message.model_dump())
    return None


async def _chat(call: Call, message: messages.Chat) -> Answer:
    ctx, room, actor = call.ctx, call.room, call.participant
    return {"id": await chatting.write(ctx, room, actor, message.text, line=message.line, caucus=message.caucus)}


async def _hand(call: Call, message: messages.Hand) -> Answer:
    await attending.raise_hand(call.ctx, call.room, call.participant, up=message.up)
    return None


async def _signal(call: Call, message: messages.GiveSignal) -> Answer:
    await signalling.signal(call.ctx, call.room, call.participant, Signal(message.signal), up=message.up)
    return None


async def _leave(call: Call, _message: messages.Nothing) -> Answer:
    await attending.leave(call.ctx, call.room, call.participant)
    return None


async def _heard(call: Call, message: messages.Heard) -> Answer:
    sound = {each.participant: each.usable for each in message.people}
    moved = {each.participant: each.moved for each in message.people if each.moved is not None}
    await listening.hear(call.room, call.participant, Report(sound, moved))
    return None


async def _noted(call: Call, message: messages.Missed) -> Answer:
    await listening.note(call.room, call.participant, message.missed)
    return None


async def _captions(call: Call, message: messages.Captions) -> Answer:
    await captioning.want(call.room, call.participant, on=message.on)
    return None


HANDLERS: dict[str, Handler] = {
    "heard": _heard,
    "noted": _noted,
    "captions": _captions,
    "devices": _devices,
    "device_report": _device_report,
    "chat": _chat,
    "hand": _hand,
    "signal": _signal,
    "leave": _leave,
}
