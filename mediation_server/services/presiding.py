"""What the presider does: admits, refuses, verifies, mutes, sends back, removes; starts the sitting; locks the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mediation_server.domain.lifecycle import may_sit
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Permission
from mediation_server.domain.session import ChecklistItem, SessionEventKind
from mediation_server.errors import BadInput, Conflict, Unavailable
from mediation_server.media.engine import Source
from mediation_server.rooms.chat import cleaned
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.starting import missing_to_start
from mediation_server.rooms.state import Place
from mediation_server.services.acting import act
from mediation_server.services.context import Context
from mediation_server.services.inviting import bar
from mediation_server.services.suspending import MAX_REASON, start_recording, suspend_unrecorded
from mediation_server.store import matters
from mediation_server.store.database import Tx

__all__ = [
    "admit",
    "check",
    "lock",
    "mute",
    "refuse",
    "remove",
    "start",
    "to_lobby",
    "unlock",
    "verify",
]


async def admit(ctx: Context, room: Room, actor: str, participants: Sequence[str] | None) -> None:
    """Let people in from the lobby; None lets in everybody who waits there and is connected.

    Raises `Conflict("room_locked")`, and `Conflict("not_in_lobby")` when one of those named does not wait.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.ADMIT)
        if scene.state.locked:
            raise Conflict("room_locked")
        wanted = participants
        if wanted is None:
            wanted = [key for key, seat in scene.state.seats.items() if seat.place is Place.LOBBY and seat.connected]
        for each in wanted:
            if scene.seat(each).place is not Place.LOBBY:
                raise Conflict("not_in_lobby", field="participants")
        return Decision(tuple(Draft(EventKind.ADMITTED, {"participant": each}) for each in dict.fromkeys(wanted)))

    await act(ctx, room, actor, rule)


async def refuse(ctx: Context, room: Room, actor: str, participant: str, reason: str) -> None:
    """Turn somebody away from the lobby, with a reason; their link and keys are void until issued anew."""
    await _shut_out(ctx, room, actor, (participant, reason), EventKind.REFUSED)


async def remove(ctx: Context, room: Room, actor: str, participant: str, reason: str) -> None:
    """Remove somebody from the sitting, with a reason; their media stops before anything else happens."""
    await _shut_out(ctx, room, actor, (participant, reason), EventKind.REMOVED)


async def verify(ctx: Context, room: Room, actor: str, participant: str, *, verified: bool) -> None:
    """Note that an identity was checked against the papers (在线调解规则 art. 17), or that the note was a mistake."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.VERIFY)
        seat = scene.other(participant)
        if seat.verified is verified:
            return Decision(())
        return Decision((Draft(EventKind.IDENTITY_VERIFIED, {"participant": participant, "verified": verified}),))

    await act(ctx, room, actor, rule)


async def check(ctx: Context, room: Room, actor: str, item: ChecklistItem, *, done: bool) -> None:
    """Tick an item of the opening checklist, or take the tick back.

    Raises `Conflict("session_state")` once live, `BadInput("not_on_checklist")` for an item of another kind of sitting.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.START)
        if item not in scene.state.required:
            raise BadInput("not_on_checklist", field="item")
        scene.session.moved_by(SessionEventKind.START)
        if (item.value in scene.state.checklist) is done:
            return Decision(())
        return Decision((Draft(EventKind.CHECKLIST_TICKED, {"item": item.value, "done": done}),))

    await act(ctx, room, actor, rule)


async def start(ctx: Context, room: Room, actor: str) -> None:
    """Begin the sitting and its recording.

    Raises `Conflict("checklist_incomplete", missing=…)`, `Conflict("matter_state")` when the matter has moved on, and
    `Unavailable("recording_unavailable")` when nothing can be recorded: the sitting is then suspended, and resuming
    tries again.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.START)
        session = replace(scene.session.moved_by(SessionEventKind.START), started_at=scene.now)
        missing = missing_to_start(scene.state)
        if missing:
            raise Conflict("checklist_incomplete", field=missing[0], missing=missing)
        # In safety mode identities are checked with each side alone: whoever is still spoken with waits from here on.
        alone = scene.state.caucus_id
        drafts = [Draft(EventKind.CAUCUS_CLOSED, {"caucus": alone})] if alone else []
        return Decision((*drafts, Draft(EventKind.STARTED)), session)

    async def then(scene: Scene) -> None:
        await start_recording(room, scene.session)

    await act(ctx, room, actor, rule, also=_sittable, then=then)
    if not room.taping.is_on:
        await suspend_unrecorded(ctx, room)
        raise Unavailable("recording_unavailable")


async def _sittable(tx: Tx, scene: Scene) -> None:
    """Nothing is held in a matter that has left this behind since it was scheduled (在线调解规则 art. 15)."""
    matter = await matters.matter(tx, scene.session.matter_id)
    if not may_sit(scene.session.kind, matter.state, consent_pending=matter.consent_pending):
        raise Conflict("matter_state", state=matter.state.value)


async def mute(ctx: Context, room: Room, actor: str, participant: str, source: Source, *, locked: bool) -> None:
    """Switch off somebody's microphone, camera or screen; `locked` keeps it off until it is given back."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.MUTE_OTHERS)
        seat = scene.other(participant)
        if not seat.is_on(source) and seat.is_locked(source) is locked:
            return Decision(())
        payload = {**scene.about(participant), "source": source.value, "by": actor, "locked": locked}
        return Decision((Draft(EventKind.MUTED, payload),))

    async def told(_scene: Scene) -> None:
        await room.links.tell(participant, "muted", {"source": source.value, "locked": locked})

    await act(ctx, room, actor, rule, then=told)


async def unlock(ctx: Context, room: Room, actor: str, participant: str, source: Source) -> None:
    """Give back the right to switch a source on; nothing is switched on by it."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.MUTE_OTHERS)
        if not scene.other(participant).is_locked(source):
            return Decision(())
        payload = {**scene.about(participant), "source": source.value, "by": actor}
        return Decision((Draft(EventKind.UNMUTED, payload),))

    await act(ctx, room, actor, rule)


async def to_lobby(ctx: Context, room: Room, actor: str, participant: str) -> None:
    """Send somebody back into the lobby. Raises `Conflict("not_in_room")` when they are not in the room."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.REMOVE)
        if not scene.other(participant).admitted:
            raise Conflict("not_in_room", field="participant")
        return Decision((Draft(EventKind.RETURNED_TO_LOBBY, {"participant": participant}),))

    await act(ctx, room, actor, rule)


async def lock(ctx: Context, room: Room, actor: str, *, locked: bool) -> None:
    """Let nobody in any more, or again; whoever has a seat may come back to it at any time."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.LOCK)
        if scene.state.locked is locked:
            return Decision(())
        draft = (
            Draft(EventKind.ROOM_LOCKED, {"by": actor, "reason": "presider"})
            if locked
            else Draft(EventKind.ROOM_UNLOCKED, {"by": actor})
        )
        return Decision((draft,))

    await act(ctx, room, actor, rule)


async def _shut_out(ctx: Context, room: Room, actor: str, whom: tuple[str, str], kind: EventKind) -> None:
    participant, reason = whom[0], cleaned(whom[1], field="reason", longest=MAX_REASON)

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.ADMIT if kind is EventKind.REFUSED else Permission.REMOVE)
        seat = scene.other(participant)
        if seat.place is Place.REMOVED or (kind is EventKind.REFUSED and seat.place is not Place.LOBBY):
            raise Conflict("not_in_lobby" if kind is EventKind.REFUSED else "not_in_room", field="participant")
        return Decision((Draft(kind, {"participant": participant, "reason": reason}),))

    async def also(tx: Tx, _scene: Scene) -> None:
        await bar(ctx, tx, participant, actor)

    async def then(_scene: Scene) -> None:
        await room.links.dismiss(participant, "removed", {"reason": reason})

    await act(ctx, room, actor, rule, also=also, then=then)
