"""The fair-hearing meter (公平听取): takes what browsers could receive, tells who missed what, and has it repeated.

The rule is `rooms.hearing`; what is told to whom is `rooms.fairness`.
"""

from __future__ import annotations

from datetime import timedelta

from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.people import Permission
from mediation_server.errors import NotFound
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.fairness import Card
from mediation_server.rooms.hearing import Report
from mediation_server.rooms.room import Room
from mediation_server.rooms.shapes import MissedCard
from mediation_server.rooms.view import name_of
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["hear", "note", "repeat", "tell_asked", "tell_missed"]


async def hear(room: Room, participant: str, report: Report) -> None:
    """Take what a browser could receive in the last second; it says nothing of anybody else's line."""
    room.listen()
    room.fairness.report(participant, report)


async def note(room: Room, participant: str, card: int) -> None:
    """Somebody has read that speech was missed. Raises `NotFound("nothing_missed")` for what they were not told."""
    room.fairness.note(_card(room, participant, card), participant)
    await tell_missed(room)


async def repeat(ctx: Context, room: Room, participant: str, card: int) -> None:
    """The presider has it said again: all in the place are told, and the log says so.

    Raises `Refused("not_permitted")` for anybody else, `NotFound("nothing_missed")` when it was answered, or the place
    it was said in is left.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.MUTE_OTHERS)
        return Decision((Draft(EventKind.REPEATED, _asked(_card(room, participant, card))),))

    async def then(_scene: Scene) -> None:
        found = _card(room, participant, card)
        room.fairness.settle(found, participant, room.offset_ms)
        await tell_asked(room)

    await act(ctx, room, participant, rule, then=then)
    await tell_missed(room)


async def tell_missed(room: Room) -> None:
    """Tell everybody what they may know of missed speech, when it changed."""
    started = room.session.started_at
    if started is None:
        return
    for participant, link in room.links.all():
        found = room.fairness.cards_of(participant, room.state, room.offset_ms)
        cards = [_view(each, instant(started + timedelta(milliseconds=each.from_ms))) for each in found]
        if cards != link.missed:
            link.missed = cards
            await room.links.emit(link, "missed", {"cards": cards})


async def tell_asked(room: Room) -> None:
    """Tell everybody in the presider's place that something is said again, also whoever has come back since."""
    asked = room.fairness.asked(room.offset_ms)
    if asked is None:
        return
    for participant, link in room.links.all():
        if link.asked == asked.card.id or not asked.concerns(participant, room.state):
            continue
        link.asked, speaker = asked.card.id, asked.card.key.speaker
        name = name_of(room.state.seats[speaker].participant, link.language)
        await room.links.emit(link, "repeat", {"participant": speaker, "name": name, "presider": speaker == asked.by})


def _card(room: Room, participant: str, number: int) -> Card:
    """A card this person has before them. Raises `NotFound`."""
    shown = room.fairness.cards_of(participant, room.state, room.offset_ms)
    found = next((each for each in shown if each.id == number), None)
    if found is None:
        raise NotFound("nothing_missed", field="missed")
    return found


def _asked(card: Card) -> dict[str, object]:
    """What the log says: who is asked, and for whose sake."""
    caucus = {"caucus": card.key.caucus} if card.key.caucus else {}
    times = {"from_ms": card.from_ms, "to_ms": card.to_ms}
    return {"participant": card.key.speaker, "whom": card.key.listener, **times, **caucus}


def _view(card: Card, since: str) -> MissedCard:
    return MissedCard(
        id=card.id,
        participant=card.key.listener,
        whom=card.key.speaker,
        sense=card.key.sense.value,
        since=since,
        seconds=round(card.missed_ms / 1000),
        over=card.over,
    )
