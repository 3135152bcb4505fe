"""How each event of the session log changes a room: total, pure, the same live and after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mediation_server.domain.log import EventKind, SessionEvent, instant
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.domain.signals import Signal
from mediation_server.rooms.documents import follow
from mediation_server.rooms.ledger import With, entered
from mediation_server.rooms.signals import raised, seen
from mediation_server.rooms.state import KNOWN_DEVICE, OTHER_DEVICE, Place, RoomState, SeatState

__all__ = ["folded"]

_Fold = Callable[[RoomState, SessionEvent], RoomState]


def folded(empty: RoomState, events: Iterable[SessionEvent]) -> RoomState:
    """The room after these events, in order; events that do not concern the room leave it unchanged."""
    state = empty
    for event in events:
        fold = _FOLDS.get(event.kind)
        shown = follow(state.documents, event)
        state = _in_ledger(fold(state, event), event) if fold else state
        state = replace(state, version=event.seq, documents=shown)
    return state


def _in_ledger(state: RoomState, event: SessionEvent) -> RoomState:
    ledger = entered(state.ledger, {key: _company(state, seat) for key, seat in state.seats.items()}, instant(event.at))
    return state if ledger is state.ledger else replace(state, ledger=ledger)


def _company(state: RoomState, seat: SeatState) -> With | None:
    """Whoever waits is with nobody, not even with those who wait as well."""
    place = seat.place
    if place is Place.WAITING:
        return With(place.value, (), recorded=False)
    if not place.carries_media or state.ended:
        return None
    recorded = place is Place.MAIN and state.recorded and state.suspended is None
    return With(place.value, tuple(key for key, each in state.seats.items() if each.place is place), recorded)


def _with(state: RoomState, participant: object, **changes: object) -> RoomState:
    seat = state.seats.get(str(participant))
    if seat is None:
        return state
    seats = dict(state.seats)
    seats[seat.participant.id] = replace(seat, **changes)  # type: ignore[arg-type]
    return replace(state, seats=seats)


def _who(event: SessionEvent) -> object:
    return event.payload.get("participant")


def _put(state: RoomState, event: SessionEvent, place: Place, **changes: object) -> RoomState:
    """Somebody goes to another place; what they shared stays behind (threat T16: share anew after each move)."""
    return _with(state, _who(event), place=place, since=instant(event.at), screen=False, signals={}, **changes)


def _home(state: RoomState, seat: SeatState) -> Place:
    """Where an admitted person belongs who is not named in an open caucus; in safety mode no party goes further."""
    apart = state.safety and seat.participant.side is not Side.NEUTRAL
    return Place.WAITING if state.caucus_id or apart else Place.MAIN


def _seat_added(state: RoomState, event: SessionEvent) -> RoomState:
    """Somebody was named for the sitting after the room had opened; a room that opens later knows them already."""
    said, key = event.payload, str(_who(event))
    if key in state.seats:
        return state
    who = Participant(
        id=key,
        session_id=state.session_id,
        role=Role(str(said.get("role"))),
        side=Side(str(said.get("side"))),
        name=str(said.get("name")),
        name_en=str(said.get("name_en")),
        party_id=_text(said.get("party")),
        user_id=_text(said.get("user")),
        stands_in=bool(said.get("stands_in")),
    )
    return replace(state, seats={**state.seats, key: SeatState(who)})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _arrived(state: RoomState, event: SessionEvent) -> RoomState:
    seat = state.seats.get(str(_who(event)))
    if seat is None:
        return state
    again = seat.again or bool(event.payload.get("again"))
    return _with(state, _who(event), arrived_at=seat.arrived_at or instant(event.at), again=again)


def _connected(state: RoomState, event: SessionEvent) -> RoomState:
    seat = state.seats.get(str(_who(event)))
    if seat is None or seat.place is Place.REMOVED:
        return state
    if seat.place is Place.OUTSIDE:
        presiding = seat.participant.id == state.presider_id
        place = _home(state, seat) if seat.admitted or presiding else Place.LOBBY
        state = _put(state, event, place, admitted=seat.admitted or presiding)
    state = _on_device(state, seat, event.payload.get("device"))
    return _with(state, _who(event), connected=True, microphone=False, camera=False, screen=False, disconnected_at=None)


def _on_device(state: RoomState, seat: SeatState, device: object) -> RoomState:
    if not device:  # a log of before devices were told apart
        return state
    who, another = seat.participant, seat.device_id not in (None, device) and device not in seat.trusted
    again = state.seats[who.id].again or (another and seat.comes_by_link)
    return _with(state, who.id, device_id=str(device), again=again)


def _disconnected(state: RoomState, event: SessionEvent) -> RoomState:
    gone = instant(event.at)
    return _with(
        state, _who(event), connected=False, microphone=False, camera=False, screen=False, disconnected_at=gone
    )


def _left(state: RoomState, event: SessionEvent) -> RoomState:
    return _put(_disconnected(state, event), event, Place.OUTSIDE, admitted=False, hand_at=None)


def _admitted(state: RoomState, event: SessionEvent) -> RoomState:
    """The presider's word holds for the device it was given to; coming back on it is not their word again."""
    seat = state.seats.get(str(_who(event)))
    if seat is None:
        return state
    if event.payload.get("reason") == KNOWN_DEVICE:
        return _put(state, event, _home(state, seat), admitted=True, displaced=False)
    trusted = seat.trusted | {seat.device_id} if seat.device_id else seat.trusted
    return _put(state, event, _home(state, seat), admitted=True, trusted=trusted, again=False, displaced=False)


def _to_lobby(state: RoomState, event: SessionEvent) -> RoomState:
    """Also how a removal is taken back: whoever is not there has to arrive first."""
    seat = state.seats.get(str(_who(event)))
    absent = seat is None or seat.place in (Place.OUTSIDE, Place.REMOVED)
    place = Place.OUTSIDE if absent else Place.LOBBY
    if event.payload.get("reason") == OTHER_DEVICE:  # nobody knows yet whether it is the same person
        unproven = {"again": True, "displaced": True, "verified": False}
        return _put(state, event, place, admitted=False, hand_at=None, **unproven)
    return _put(state, event, place, admitted=False, hand_at=None, displaced=False)


def _removed(state: RoomState, event: SessionEvent) -> RoomState:
    state, nothing = _disconnected(state, event), {"trusted": frozenset(), "again": False, "displaced": False}
    return _put(state, event, Place.REMOVED, admitted=False, hand_at=None, **nothing)


def _link_issued(state: RoomState, event: SessionEvent) -> RoomState:
    """The link that was used twice is void now."""
    return _with(state, _who(event), again=False)


def _device(state: RoomState, event: SessionEvent) -> RoomState:
    report = {key: value for key, value in event.payload.items() if key != "participant"}
    return _with(state, _who(event), device=report)


def _verified(state: RoomState, event: SessionEvent) -> RoomState:
    return _with(state, _who(event), verified=bool(event.payload.get("verified")))


def _checked(state: RoomState, event: SessionEvent) -> RoomState:
    item = str(event.payload.get("item"))
    others = {key: at for key, at in state.checklist.items() if key != item}
    ticked = {item: instant(event.at)} if event.payload.get("done") else {}
    return replace(state, checklist=others | ticked)


def _muting(state: RoomState, event: SessionEvent) -> RoomState:
    source, locked = event.payload.get("source"), bool(event.payload.get("locked"))
    if source == "microphone":
        return _with(state, _who(event), microphone=False, microphone_locked=locked)
    if source == "camera":
        return _with(state, _who(event), camera=False, camera_locked=locked)
    return _with(state, _who(event), screen=False)


def _unmuting(state: RoomState, event: SessionEvent) -> RoomState:
    if event.payload.get("source") == "camera":
        return _with(state, _who(event), camera_locked=False)
    return _with(state, _who(event), microphone_locked=False)


def _switched(state: RoomState, event: SessionEvent) -> RoomState:
    wanted = {key: bool(event.payload[key]) for key in ("microphone", "camera", "screen") if key in event.payload}
    return _with(state, _who(event), **wanted)


def _hand(state: RoomState, event: SessionEvent) -> RoomState:
    up = event.kind is EventKind.HAND_RAISED
    return _with(state, _who(event), hand_at=instant(event.at) if up else None)


def _shared(state: RoomState, event: SessionEvent) -> RoomState:
    return _with(state, _who(event), screen=event.kind is EventKind.SCREEN_SHARED)


def _moved(state: RoomState, event: SessionEvent, moves: Mapping[str, Place], **changes: object) -> RoomState:
    seats = dict(state.seats)
    for key, place in moves.items():
        left = replace(seats[key], place=place, since=instant(event.at), screen=False, signals={})
        seats[key] = replace(left, **changes)  # type: ignore[arg-type]
    return replace(state, seats=seats)


def _caucus_opened(state: RoomState, event: SessionEvent) -> RoomState:
    inside = {str(each) for each in event.payload.get("participants", ())}  # type: ignore[attr-defined]
    known = {key for key, seat in state.seats.items() if seat.place is Place.MAIN}
    moves = {key: Place.CAUCUS if key in inside else Place.WAITING for key in known | (inside & set(state.seats))}
    return replace(
        _moved(state, event, moves),
        caucus_id=str(event.payload.get("caucus")),
        caucus_side=str(event.payload.get("side")),
        caucus_at=instant(event.at),
        caucus_until=str(event.payload["until"]) if event.payload.get("until") else None,
        caucus_known=frozenset(known),
    )


def _caucus_closed(state: RoomState, event: SessionEvent) -> RoomState:
    """All come together muted: nobody's next word was meant for the other side (T21); cameras stay as they are."""
    apart = (Place.CAUCUS, Place.WAITING)
    alone = replace(state, caucus_id=None)
    moves = {key: _home(alone, seat) for key, seat in state.seats.items() if seat.place in apart}
    return replace(
        _moved(state, event, moves, microphone=False),
        caucus_id=None,
        caucus_side=None,
        caucus_at=None,
        caucus_until=None,
        caucus_until_was=None,
        caucus_known=frozenset(),
    )


def _promise_changed(state: RoomState, event: SessionEvent) -> RoomState:
    until = event.payload.get("until")
    return replace(state, caucus_until=str(until), caucus_until_was=state.caucus_until) if until else state


def _signalled(state: RoomState, event: SessionEvent) -> RoomState:
    seat, signal = state.seats.get(str(_who(event))), _signal(event)
    if seat is None or signal is None or seat.place is not Place.WAITING:
        return state
    signals = raised(seat.signals, signal, instant(event.at), up=bool(event.payload.get("up")))
    return _with(state, _who(event), signals=signals)


def _signal_seen(state: RoomState, event: SessionEvent) -> RoomState:
    seat, signal = state.seats.get(str(_who(event))), _signal(event)
    if seat is None or signal is None:
        return state
    return _with(state, _who(event), signals=seen(seat.signals, signal, instant(event.at)))


def _signal(event: SessionEvent) -> Signal | None:
    """One this version does not know changes nothing: a log is read for years."""
    name = event.payload.get("signal")
    return Signal(str(name)) if name in [each.value for each in Signal] else None


def _safety_changed(state: RoomState, event: SessionEvent) -> RoomState:
    """Whoever sits in the joint room leaves it, or comes back to it; an open caucus goes on."""
    first = event.payload.get("first")
    changed = replace(state, safety=bool(event.payload.get("on")), safety_first=str(first) if first else None)
    joined = (Place.MAIN, Place.WAITING)
    seats = {key: seat for key, seat in state.seats.items() if seat.place in joined and key != state.presider_id}
    moves = {key: home for key, seat in seats.items() if (home := _home(changed, seat)) is not seat.place}
    return _moved(changed, event, moves, microphone=False, camera=False)


def _suspended(state: RoomState, event: SessionEvent) -> RoomState:
    state = _caucus_closed(state, event)
    seats = {key: replace(seat, screen=False) for key, seat in state.seats.items()}
    reason = str(event.payload.get("reason", ""))
    return replace(state, seats=seats, suspended=reason, suspended_at=instant(event.at))


_FOLDS: dict[EventKind, _Fold] = {
    EventKind.INVITATION_ISSUED: _link_issued,
    EventKind.SEAT_ADDED: _seat_added,
    EventKind.ARRIVED: _arrived,
    EventKind.CONNECTED: _connected,
    EventKind.TAKEN_OVER: _connected,
    EventKind.DISCONNECTED: _disconnected,
    EventKind.LEFT: _left,
    EventKind.ADMITTED: _admitted,
    EventKind.REFUSED: _removed,
    EventKind.RETURNED_TO_LOBBY: _to_lobby,
    EventKind.REMOVED: _removed,
    EventKind.DEVICE_REPORTED: _device,
    EventKind.IDENTITY_VERIFIED: _verified,
    EventKind.CHECKLIST_TICKED: _checked,
    EventKind.MUTED: _muting,
    EventKind.UNMUTED: _unmuting,
    EventKind.DEVICES_SWITCHED: _switched,
    EventKind.HAND_RAISED: _hand,
    EventKind.HAND_LOWERED: _hand,
    EventKind.SCREEN_SHARED: _shared,
    EventKind.SCREEN_UNSHARED: _shared,
    EventKind.CAUCUS_OPENED: _caucus_opened,
    EventKind.SAFETY_CHANGED: _safety_changed,
    EventKind.CAUCUS_CLOSED: _caucus_closed,
    EventKind.PROMISE_CHANGED: _promise_changed,
    EventKind.SIGNALLED: _signalled,
    EventKind.SIGNAL_SEEN: _signal_seen,
    EventKind.STARTED: lambda state, _: replace(state, started=True),
    EventKind.SUSPENDED: _suspended,
    EventKind.RESUMED: lambda state, e: replace(state, suspended=None, suspended_at=None, resumed_at=instant(e.at)),
    EventKind.ROOM_LOCKED: lambda state, e: replace(state, locked=True, lock_reason=str(e.payload.get("reason", ""))),
    EventKind.ROOM_UNLOCKED: lambda state, _: replace(state, locked=False, lock_reason=None),
    EventKind.RECORDING_STARTED: lambda state, _: replace(state, recorded=True),
    EventKind.RECALLED: lambda state, e: replace(state, recalled_until=str(e.payload.get("until"))),
    EventKind.ENDED: lambda state, _: replace(state, ended=True),
}
