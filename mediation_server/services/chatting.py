"""Chat: joint lines go into the session log, lines of a caucus live in the room's memory and die with the caucus."""

from __future__ import annotations

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.people import Permission
from mediation_server.errors import BadInput, Conflict
from mediation_server.rooms.chat import ChatLine, cleaned
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["write"]


async def write(
    ctx: Context, room: Room, actor: str, text: str, *, line: str | None = None, caucus: str | None = None
) -> str:
    """Say something in writing to whoever is in the same place; the line's id.

    `line` is the id its writer's page gave it: said again after a break, it is written once. `caucus` names the place
    it was written for by the instant that caucus opened, None the joint room: what was typed for one room never
    reaches another, however late it arrives.
    Raises what `rooms.chat.cleaned` raises, `Conflict("not_in_room")` where nobody talks (lobby, waiting, suspended),
    `Conflict("place_changed")` and, for an id that is somebody else's line, `BadInput`.
    """
    line_id, said = line or new_id(), cleaned(text)
    whispered: list[ChatLine] = []

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CHAT)
        if _is_written(room, line_id, actor):
            return Decision(())
        place = scene.me.place
        if not place.carries_media or not scene.state.media_flows:
            raise Conflict("not_in_room")
        if caucus != (scene.state.caucus_at if place is Place.CAUCUS else None):
            raise Conflict("place_changed")
        if place is Place.CAUCUS:
            readers = scene.state.in_caucus
            whispered.append(ChatLine(line_id, actor, said, instant(scene.now), "caucus", readers))
            return Decision(())
        payload = {"participant": actor, "message_id": line_id, "text": said}
        return Decision((Draft(EventKind.CHAT_SENT, payload),))

    async def then(_scene: Scene) -> None:
        for each in whispered:
            room.chat.whisper(each)
            await room.say_line(each)

    await act(ctx, room, actor, rule, then=then)
    return line_id


def _is_written(room: Room, line_id: str, actor: str) -> bool:
    known = room.chat.find(line_id)
    if known is not None and known.participant != actor:
        raise BadInput("bad_input", field="line")
    return known is not None
