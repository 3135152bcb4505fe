"""Sending and receiving media: what a browser offers and answers, checked against the room; logs nothing."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_server.errors import BadInput, Conflict, Refused
from mediation_server.media.engine import Source, Watching
from mediation_server.rooms.decision import NEEDED_FOR, permitted
from mediation_server.rooms.room import Room
from mediation_server.rooms.stage import Again
from mediation_server.services.attending import screen_owner

__all__ = ["answer", "look", "publish", "resubscribe", "trickle"]


async def publish(room: Room, participant: str, sdp: str, sources: Mapping[str, Source]) -> str:
    """Take a publish offer and give back the answer's SDP. Whatever is switched off is received and not forwarded.

    Raises what `MediaEngine.publish` raises, `Refused("not_permitted")`, `BadInput("source_twice")`,
    `Conflict("screen_taken")`.
    """
    wanted = [*sources.values()]
    if len(set(wanted)) != len(wanted):
        raise BadInput("source_twice", field="sources")
    async with room.turn:
        allowed = permitted(room.state, participant)
        if any(NEEDED_FOR[source] not in allowed for source in wanted):
            raise Refused("not_permitted", field="sources")
        if Source.SCREEN in wanted and screen_owner(room.state, participant) is not None:
            raise Conflict("screen_taken", field="sources")
        made = await room.stage.publish(room.state, participant, sdp, sources)
        await room.taping.reconnected(room.state)
        await room.offer_all()
    return made.sdp


async def answer(room: Room, participant: str, revision: int, sdp: str) -> None:
    """Take the browser's answer to an offer. Raises what `MediaEngine.answer` raises."""
    await room.stage.engine.answer(room.id, participant, revision, sdp)


async def resubscribe(room: Room, participant: str, *, restart: bool = False) -> None:
    """Offer everything anew: on a fresh transport, after a failed one; with `restart` on the same one if it can go on.

    A restart is an ICE restart (RFC 8445 §9): new credentials, the same keys, nothing of the media is interrupted.
    """
    async with room.turn:
        await room.offer(participant, again=Again.RESTART if restart else Again.FRESH)


async def look(room: Room, participant: str, watching: Watching) -> None:
    """Take what somebody looks at; it decides how much of what they may receive is sent, never what they may."""
    await room.stage.engine.look(room.id, participant, watching)


async def trickle(room: Room, participant: str, direction: str, candidate: str) -> None:
    """Pass on a candidate; an ICE-lite engine ignores it."""
    await room.stage.engine.trickle(room.id, participant, direction, candidate)
