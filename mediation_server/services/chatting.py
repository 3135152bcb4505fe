"""Chat: joint lines go into the session log, lines of a caucus live in the room's memory and die with the caucus."""

from __future__ import annotations

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.people import Permission
from mediation_server.errors import Conflict
from mediation_server.rooms.chat import ChatLine, cleaned
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["write"]


async def write(ctx: Context, room: Room, actor: str, text: str) -> str:
    """Say something in writing to whoever is in the same place; the line's id.

    Raises what `rooms.chat.cleaned` raises and `Conflict("not_in_room")` where nobody talks: lobby, waiting, suspended.
    """
    line_id, said = new_id(), cleaned(text)
    whispered: list[ChatLine] = []

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CHAT)
        place = scene.me.place
        if not place.carries_media or not scene.state.media_flows:
            raise Conflict("not_in_room")
        if place is Place.CAUCUS:
            readers = scene.state.in_caucus
            whispered.append(ChatLine(line_id, actor, said, instant(scene.now), "caucus", readers))
            return Decision(())
        payload = {"participant": actor, "message_id": line_id, "text": said}
        return Decision((Draft(EventKind.CHAT_SENT, payload),))

    async def then(_scene: Scene) -> None:
        for line in whispered:
            room.chat.whisper(line)
            await room.say_line(line)

    await act(ctx, room, actor, rule, then=then)
    return line_id
