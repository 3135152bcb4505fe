"""Handlers of the presider: people, the opening, the caucus, the end. Parse, call one service, answer."""

from __future__ import annotations

from mediation_server.domain.matter import Ground, Outcome
from mediation_server.domain.people import Side
from mediation_server.domain.session import ChecklistItem
from mediation_server.domain.signals import Signal
from mediation_server.media.engine import Source
from mediation_server.services import caucusing, ending, listening, presiding, signalling, suspending
from mediation_server.services.concluding import Closing
from signaling import messages
from signaling.call import Answer, Call, Handler

__all__ = ["HANDLERS"]


async def _admit(call: Call, message: messages.Admit) -> Answer:
    wanted = None if message.participants == "all" else [*message.participants]
    await presiding.admit(call.ctx, call.room, call.participant, wanted)
    return None


async def _refuse(call: Call, message: messages.WithReason) -> Answer:
    await presiding.refuse(call.ctx, call.room, call.participant, message.participant, message.reason)
    return None


async def _remove(call: Call, message: messages.WithReason) -> Answer:
    await presiding.remove(call.ctx, call.room, call.participant, message.participant, message.reason)
    return None


async def _verify(call: Call, message: messages.Verify) -> Answer:
    await presiding.verify(call.ctx, call.room, call.participant, message.participant, verified=message.verified)
    return None


async def _check(call: Call, message: messages.CheckItem) -> Answer:
    await presiding.check(call.ctx, call.room, call.participant, ChecklistItem(message.item), done=message.done)
    return None


async def _start(call: Call, _message: messages.Nothing) -> Answer:
    await presiding.start(call.ctx, call.room, call.participant)
    return None


async def _mute(call: Call, message: messages.Mute) -> Answer:
    source = Source(message.source)
    await presiding.mute(call.ctx, call.room, call.participant, message.participant, source, locked=message.locked)
    return None


async def _unlock(call: Call, message: messages.Unlock) -> Answer:
    source = Source(message.source)
    await presiding.unlock(call.ctx, call.room, call.participant, message.participant, source)
    return None


async def _to_lobby(call: Call, message: messages.ToLobby) -> Answer:
    await presiding.to_lobby(call.ctx, call.room, call.participant, message.participant)
    return None


async def _lock(call: Call, message: messages.Lock) -> Answer:
    await presiding.lock(call.ctx, call.room, call.participant, locked=message.locked)
    return None


async def _suspend(call: Call, message: messages.Suspend) -> Answer:
    await suspending.suspend(call.ctx, call.room, call.participant, message.reason)
    return None


async def _go_on_unrecorded(call: Call, message: messages.GoOnUnrecorded) -> Answer:
    await suspending.go_on_unrecorded(call.ctx, call.room, call.participant, message.reason)
    return None


async def _resume(call: Call, _message: messages.Nothing) -> Answer:
    await suspending.resume(call.ctx, call.room, call.participant)
    return None


async def _repeat(call: Call, message: messages.Missed) -> Answer:
    await listening.repeat(call.ctx, call.room, call.participant, message.missed)
    return None


async def _open_caucus(call: Call, message: messages.OpenCaucus) -> Answer:
    await caucusing.open_caucus(call.ctx, call.room, call.participant, Side(message.side), message.minutes)
    return None


async def _close_caucus(call: Call, _message: messages.Nothing) -> Answer:
    await caucusing.close_caucus(call.ctx, call.room, call.participant)
    return None


async def _extend_promise(call: Call, message: messages.ExtendPromise) -> Answer:
    await caucusing.extend_promise(call.ctx, call.room, call.participant, message.minutes)
    return None


async def _signal_seen(call: Call, message: messages.SignalSeen) -> Answer:
    given = (Signal(message.signal), message.at)
    await signalling.see(call.ctx, call.room, call.participant, message.participant, given)
    return None


async def _conclude(call: Call, message: messages.Conclude) -> Answer:
    closing = Closing(
        Outcome(message.outcome),
        Ground(message.ground) if message.ground else None,
        message.terms,
        message.reasons,
    )
    conclusion = await ending.end(call.ctx, call.room, call.participant, closing)
    return {"conclusion": conclusion.id}


HANDLERS: dict[str, Handler] = {
    "admit": _admit,
    "refuse": _refuse,
    "remove": _remove,
    "verify": _verify,
    "check": _check,
    "start": _start,
    "mute": _mute,
    "unlock": _unlock,
    "to_lobby": _to_lobby,
    "lock": _lock,
    "suspend": _suspend,
    "go_on_unrecorded": _go_on_unrecorded,
    "resume": _resume,
    "repeat": _repeat,
    "open_caucus": _open_caucus,
    "close_caucus": _close_caucus,
    "extend_promise": _extend_promise,
    "signal_seen": _signal_seen,
    "conclude": _conclude,
}
