"""What whoever attends does: takes the seat, leaves, loses the line, reports and switches devices, raises a hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Permission
from mediation_server.domain.session import SessionEventKind, SessionState
from mediation_server.domain.tokens import hash_of
from mediation_server.errors import Conflict, Gone, Refused, SeatTaken
from mediation_server.media.engine import Source
from mediation_server.rooms.deadlines import PRESIDER_LOST
from mediation_server.rooms.decision import NEEDED_FOR, SYSTEM, Decision, Draft, Scene
from mediation_server.rooms.links import Link, is_same_page
from mediation_server.rooms.room import Room
from mediation_server.rooms.shapes import ChatLineView, RoomView
from mediation_server.rooms.state import KNOWN_DEVICE, OTHER_DEVICE, Place, RoomState
from mediation_server.rooms.visibility import place_of
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = [
    "Welcome",
    "gone_drafts",
    "leave",
    "line_lost",
    "raise_hand",
    "report_devices",
    "screen_owner",
    "switch",
    "take_seat",
]


_DIGEST_CHARACTERS = 16

_COME_BACK_SECONDS = 2.5  # nobody sits in a room as a ghost for longer
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Welcome:
    """What somebody finds when they come, or come back."""

    view: RoomView
    chat: list[ChatLineView]
    resumed: bool = False  # the same page, over a new connection: its media goes on, its devices stay as they are


async def take_seat(ctx: Context, room: Room, participant: str, link: Link, *, take_over: bool) -> Welcome:
    """Sit down, or come back to where the server says one was; microphone, camera and screen start switched off.

    A page whose connection broke and is back before anybody noticed goes on as it was, and nothing is logged.
    The same device (`link.key`) replaces its former connection, as a reload does. Another one must ask for it: raises
    `SeatTaken` unless `take_over`; one the presider has not let in yet then waits in the lobby, without what was said
    and shown, and the presider is told (threat T26). Raises `Refused("removed")` and `Gone("session_over")`.
    """
    device = _digest(link.key)

    resumed = False

    def rule(scene: Scene) -> Decision:
        nonlocal resumed
        former = room.links.find(participant)
        resumed = is_same_page(former, link) and scene.me.connected
        if resumed:
            return Decision(())
        elsewhere = former is not None and former.key != link.key
        if elsewhere and not take_over:
            raise SeatTaken
        return _taking(scene, EventKind.TAKEN_OVER if elsewhere else EventKind.CONNECTED, device)

    async def then(_scene: Scene) -> None:
        await room.links.bind(participant, link)

    await act(ctx, room, participant, rule, then=then)
    if room.links.find(participant) is not link:  # somebody took over while we waited for our turn to end
        raise SeatTaken
    return Welcome(room.view(participant), room.history(participant), resumed)


async def line_lost(ctx: Context, room: Room, participant: str, connection: str, reason: str) -> None:
    """A connection is gone. Does nothing when the seat is used through another one, or was left; idempotent.

    As long as media of the same browser goes on, its page has a moment to come back: a proxy that restarts, a phone
    that changes its network. Nobody is told, and nothing of the media is touched.
    """
    if not await _stays_away(room, participant, connection):
        return

    def rule(scene: Scene) -> Decision:
        now = room.links.find(participant)
        if now is None or now.connection != connection:
            return Decision(())
        room.links.unbind(participant)
        return Decision(gone_drafts(scene, participant, reason))

    try:
        await act(ctx, room, SYSTEM, rule)
    except Gone:
        room.links.unbind(participant)


async def leave(ctx: Context, room: Room, participant: str) -> None:
    """Leave for good: a party comes back through the lobby; the presider's seat waits for them."""

    def rule(scene: Scene) -> Decision:
        if participant == scene.state.presider_id:
            return Decision(gone_drafts(scene, participant, "left"))
        return Decision((Draft(EventKind.LEFT, {"participant": participant}),))

    async def then(_scene: Scene) -> None:
        room.links.unbind(participant)

    await act(ctx, room, participant, rule, then=then)


async def report_devices(ctx: Context, room: Room, participant: str, report: Mapping[str, str]) -> None:
    """The device check as it ended, for the presider to see. Raises `Conflict("not_in_lobby")` elsewhere."""

    def rule(scene: Scene) -> Decision:
        if scene.me.place is not Place.LOBBY:
            raise Conflict("not_in_lobby")
        return Decision((Draft(EventKind.DEVICE_REPORTED, {"participant": participant, **report}),))

    await act(ctx, room, participant, rule)


async def switch(ctx: Context, room: Room, participant: str, wanted: Mapping[Source, bool]) -> None:
    """Microphone, camera or screen on or off; what is off is not forwarded, whatever the browser sends.

    Raises `Refused("muted_by_mediator")` for a locked source, `Refused("not_permitted")`, and for a screen
    `Conflict("screen_taken")` while somebody else shares in the same place, or `Conflict("not_in_room")` outside it.
    """
    await act(ctx, room, participant, partial(_switching, wanted=wanted))


async def raise_hand(ctx: Context, room: Room, participant: str, *, up: bool) -> None:
    """Ask for the word, or no longer. Raises `Conflict("not_in_room")` in the lobby."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.RAISE_HAND)
        if not (scene.me.place.carries_media or scene.me.place is Place.WAITING):
            raise Conflict("not_in_room")
        if (scene.me.hand_at is not None) is up:
            return Decision(())
        return Decision((Draft(EventKind.HAND_RAISED if up else EventKind.HAND_LOWERED, scene.about(participant)),))

    await act(ctx, room, participant, rule)


def gone_drafts(scene: Scene, participant: str, reason: str) -> tuple[Draft, ...]:
    """Somebody's line is lost; without its presider a room lets nobody in."""
    lost = Draft(EventKind.DISCONNECTED, {"participant": participant, "reason": reason})
    guarded = (SessionState.LOBBY, SessionState.LIVE, SessionState.CAUCUS)
    if participant != scene.state.presider_id or scene.state.locked or scene.session.state not in guarded:
        return (lost,)
    return lost, Draft(EventKind.ROOM_LOCKED, {"by": SYSTEM, "reason": PRESIDER_LOST})


async def _stays_away(room: Room, participant: str, connection: str) -> bool:
    """Whether the seat is still without another connection once its media is silent or its patience is over."""
    clock = asyncio.get_running_loop()
    deadline = clock.time() + _COME_BACK_SECONDS
    while (link := room.links.find(participant)) is not None and link.connection == connection:
        if room.closed or clock.time() >= deadline or not room.stage.is_heard(participant):
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False


def screen_owner(state: RoomState, participant: str) -> str | None:
    """Who else shares a screen where this participant is."""
    here = place_of(state, participant)
    return next(
        (key for key, seat in state.seats.items() if seat.screen and seat.place is here and key != participant), None
    )


def _digest(key: str) -> str:
    """What the log knows a browser by; nothing can be opened with it."""
    return hash_of(f"device {key}")[:_DIGEST_CHARACTERS]


def _taking(scene: Scene, kind: EventKind, device: str) -> Decision:
    seat, me = scene.me, {"participant": scene.actor}
    if seat.place is Place.REMOVED:
        raise Refused("removed")
    drafts = [Draft(kind, {**me, "device": device})]
    if seat.is_strange(device):
        drafts.insert(0, Draft(EventKind.RETURNED_TO_LOBBY, {**me, "reason": OTHER_DEVICE}))
    elif seat.displaced and device in seat.trusted:
        drafts.append(Draft(EventKind.ADMITTED, {**me, "reason": KNOWN_DEVICE}))
    if seat.arrived_at is None:
        drafts.insert(0, Draft(EventKind.ARRIVED, me))
    if scene.actor == scene.state.presider_id and scene.state.lock_reason == PRESIDER_LOST:
        drafts.append(Draft(EventKind.ROOM_UNLOCKED, {"by": scene.actor}))
    first = scene.session.state is SessionState.SCHEDULED
    return Decision(tuple(drafts), scene.session.moved_by(SessionEventKind.JOIN) if first else None)


def _switching(scene: Scene, wanted: Mapping[Source, bool]) -> Decision:
    drafts: list[Draft] = []
    devices: dict[str, bool] = {}
    for source, on in wanted.items():
        if on:
            _may_switch_on(scene, source)
        if scene.me.is_on(source) is on:
            continue
        if source is Source.SCREEN:
            kind = EventKind.SCREEN_SHARED if on else EventKind.SCREEN_UNSHARED
            drafts.append(Draft(kind, scene.about(scene.actor)))
        else:
            devices[source.value] = on
    if devices:
        drafts.insert(0, Draft(EventKind.DEVICES_SWITCHED, {**scene.about(scene.actor), **devices}))
    return Decision(tuple(drafts))


def _may_switch_on(scene: Scene, source: Source) -> None:
    scene.require(NEEDED_FOR[source])
    if scene.me.is_locked(source):
        raise Refused("muted_by_mediator", field=source.value)
    if source is not Source.SCREEN:
        return
    if not scene.me.place.carries_media or not scene.state.media_flows:
        raise Conflict("not_in_room", field=source.value)
    if screen_owner(scene.state, scene.actor) is not None:
        raise Conflict("screen_taken", field=source.value)
