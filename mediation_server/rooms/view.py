"""`view_of`: everything one person may know of a room, as one pure function; no other module decides that.

During a caucus nothing that happens in it changes anybody else's view: outsiders are shown who was in the room when it
opened, with every device off and no line lost, whatever happens inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mediation_server.domain.log import instant
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Permission, Role, Side
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Participant, Session, SessionState
from mediation_server.domain.signals import Signal
from mediation_server.rooms.deadlines import away, must_end_at
from mediation_server.rooms.decision import permitted
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.shapes import (
    AudienceView,
    CaptionsView,
    CaucusView,
    CheckView,
    DocumentView,
    Language,
    MatterView,
    PersonView,
    RecordingView,
    RoomView,
    SessionView,
    SignalView,
    StretchView,
    SuspendedView,
    WaitingView,
    YouView,
)
from mediation_server.rooms.starting import missing_to_start
from mediation_server.rooms.state import Place, RoomState, SeatState
from mediation_server.rooms.visibility import kept_apart, may_receive

__all__ = ["CaptionsMoment", "Moment", "Setting", "comparable", "name_of", "title_of", "view_of"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change while people talk: the sitting and its matter."""

    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]


@dataclass(frozen=True, slots=True)
class CaptionsMoment:
    """Captions as they are now: what language the machine understands, and who wants them."""

    language: str
    wanting: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """When and how a view is made: `version` grows with every view sent, `elapsed_ms` counts from the start."""

    version: int
    now: datetime
    elapsed_ms: int | None
    recorder: bool  # whether a recorder is attached to the room
    language: Language = "zh"
    refused: bool = False  # whether the disk refuses what is recorded
    captions: CaptionsMoment | None = None
    waived: bool = False  # whether the presider has let the sitting go on without


def view_of(state: RoomState, viewer: str, setting: Setting, moment: Moment) -> RoomView:
    """The whole view of one participant. Raises `KeyError` for a stranger."""
    seat = state.seats[viewer]
    inside = _inside(seat)
    presides = viewer == state.presider_id
    return RoomView(
        version=moment.version,
        session=_session(state, setting, seat, moment.language),
        you=_you(state, seat, moment.language),
        place=seat.place.value,
        people=[_person(state, seat, each, moment.language) for each in _known(state, seat)],
        waiting=_waiting(state, moment) if Permission.ADMIT in permitted(state, viewer) else [],
        audience=_audience(state, seat, moment),
        recording=_recording(state, seat, moment),
        caucus=_caucus(state, seat) if inside else None,
        document=_document(state, seat),
        captions=_captions(viewer, moment),
        ledger=_ledger(state, seat, moment.language) if seat.place is Place.WAITING else [],
        suspended=_suspension(state, setting, moment, seat),
        recalled={"until": state.recalled_until} if state.recalled_until else None,
        locked={"reason": state.lock_reason or ""} if state.locked else None,
        checklist=_checklist(state) if presides else None,
        missing=list(missing_to_start(state)) if presides and not state.started else None,
        safety=state.safety,
        server_time=instant(moment.now),
    )


def comparable(view: RoomView) -> dict[str, object]:
    """A view without its clocks: what must differ for a new one to be worth sending."""
    recording = {**view["recording"], "since_ms": None}
    return {**view, "version": 0, "server_time": "", "recording": recording}


def name_of(participant: Participant, language: Language) -> str:
    """A name as this reader reads it."""
    return (participant.name_en if language == "en" else "") or participant.name


def title_of(matter: Matter, parties: tuple[MatterParty, ...], language: Language) -> str:
    """What the sitting is about in one line: the sides and the cause."""
    english = language == "en"
    sides: list[str] = []
    for side in (Side.APPLICANT, Side.RESPONDENT):
        named = [(each.name_en if english else "") or each.name for each in parties if each.side is side]
        more = (" et al." if english else "等") if len(named) > 1 else ""
        sides.extend(name + more for name in named[:1])
    if english:
        return f"{' and '.join(sides)}: {matter.cause_en or matter.cause}"
    return f"{'与'.join(sides)}{matter.cause}"


def _inside(seat: SeatState) -> bool:
    return seat.place.carries_media or seat.place is Place.WAITING


def _session(state: RoomState, setting: Setting, seat: SeatState, language: Language) -> SessionView:
    session, matter = setting.session, setting.matter
    parties = shown_to(setting.parties, seat.participant.side, safety=state.safety)
    hidden = session.state is SessionState.CAUCUS and not _inside(seat)
    return SessionView(
        id=session.id,
        kind=session.kind.value,
        state=(SessionState.LIVE if hidden else session.state).value,
        starts_at=instant(session.starts_at),
        started_at=instant(session.started_at) if session.started_at else None,
        matter=MatterView(
            title=title_of(matter, parties, language),
            case_no=matter.case_no,
            cause=(matter.cause_en if language == "en" else "") or matter.cause,
            period_end=matter.period_end.isoformat() if matter.period_end else None,
            track=matter.track.value,
        ),
    )


def _you(state: RoomState, seat: SeatState, language: Language) -> YouView:
    who = seat.participant
    return YouView(
        participant=who.id,
        role=who.role.value,
        side=who.side.value,
        name=name_of(who, language),
        permissions=sorted(permitted(state, who.id)),
        place=seat.place.value,
        microphone_locked=seat.microphone_locked,
        camera_locked=seat.camera_locked,
        hand_at=seat.hand_at,
    )


def _known(state: RoomState, viewer: SeatState) -> list[SeatState]:
    """Whom the viewer may know of: alone in the lobby; from outside a caucus, who was in the room when it opened."""
    if not _inside(viewer):
        return [viewer]
    return [seat for key, seat in state.seats.items() if seat is viewer or _is_known(state, viewer, seat, key)]


def _is_known(state: RoomState, viewer: SeatState, seat: SeatState, key: str) -> bool:
    if kept_apart(state, viewer.participant.id, key):
        return False
    if state.safety and state.caucus_id is None:
        return _inside(seat)
    if viewer.place is Place.WAITING and _masked(state, viewer, seat):
        return key in state.caucus_known
    return _inside(seat)


def _masked(state: RoomState, viewer: SeatState, seat: SeatState) -> bool:
    """Whether the viewer must not learn what this seat does now."""
    if seat is viewer or viewer.participant.id == state.presider_id:
        return False
    side = viewer.participant.side
    if viewer.place is Place.WAITING and seat.participant.side is side:
        return state.caucus_side == side.value and seat.place is not Place.WAITING
    return viewer.place is Place.WAITING or viewer.place is not seat.place


def _person(state: RoomState, viewer: SeatState, seat: SeatState, language: Language) -> PersonView:
    who, shown = seat.participant, not _masked(state, viewer, seat)
    presider = who.id == state.presider_id
    return PersonView(
        participant=who.id,
        name=name_of(who, language),
        role=who.role.value,
        side=who.side.value,
        you=seat is viewer,
        presider=presider,
        connected=seat.connected or not shown,
        disconnected_at=seat.disconnected_at if shown else None,
        verified=seat.verified if viewer.participant.id == state.presider_id or seat is viewer else None,
        microphone=shown and seat.microphone,
        camera=shown and seat.camera,
        screen=shown and seat.screen,
        microphone_locked=shown and seat.microphone_locked,
        camera_locked=shown and seat.camera_locked,
        hand_at=seat.hand_at if shown else None,
        with_other_side=presider and not shown and state.caucus_id is not None,
        again=seat.again and viewer.participant.id == state.presider_id,
        signals=_signals(state, viewer, seat),
    )


def _signals(state: RoomState, viewer: SeatState, seat: SeatState) -> list[SignalView]:
    """What somebody who waits signals is between them and the presider: not even their own side learns of it.

    That they feel unsafe a clerk in the room sees too.
    """
    told = tuple(Signal) if seat is viewer or viewer.participant.id == state.presider_id else ()
    if viewer.participant.role is Role.CLERK and viewer.admitted:
        told = (Signal.UNSAFE,)
    return [
        SignalView(signal=signal.value, at=how.at, seen_at=how.seen_at)
        for signal in told
        if (how := seat.signals.get(signal)) is not None
    ]


def _waiting(state: RoomState, moment: Moment) -> list[WaitingView]:
    return [
        WaitingView(
            participant=key,
            name=name_of(seat.participant, moment.language),
            role=seat.participant.role.value,
            side=seat.participant.side.value,
            since=seat.since or instant(moment.now),
            device=dict(seat.device),
            verified=seat.verified,
            connected=seat.connected,
            again=seat.again,
        )
        for key, seat in state.seats.items()
        if seat.place is Place.LOBBY
    ]


def _audience(state: RoomState, viewer: SeatState, moment: Moment) -> AudienceView:
    me = viewer.participant.id
    hearing = {key: seat for key, seat in state.seats.items() if may_receive(state, me, key)}
    recorded = may_receive(state, me, RECORDER)
    return AudienceView(
        people=[name_of(seat.participant, moment.language) for seat in hearing.values()],
        recorder=moment.recorder and recorded,
        captions=moment.captions is not None and (recorded or bool(moment.captions.wanting & hearing.keys())),
    )


def _captions(viewer: str, moment: Moment) -> CaptionsView | None:
    if moment.captions is None:
        return None
    return CaptionsView(language=moment.captions.language, on=viewer in moment.captions.wanting)


def _recording(state: RoomState, viewer: SeatState, moment: Moment) -> RecordingView:
    if not (_inside(viewer) and moment.recorder and state.started) or state.ended:
        return RecordingView(state="off", since_ms=None, reason=None, ask=False)
    reason = "failed" if moment.refused else None
    reason = "suspended" if state.suspended is not None else "caucus" if state.caucus_id else reason
    presides = viewer.participant.id == state.presider_id
    ask = reason == "failed" and presides and not moment.waived
    return RecordingView(state="paused" if reason else "on", since_ms=moment.elapsed_ms, reason=reason, ask=ask)


def _caucus(state: RoomState, viewer: SeatState) -> CaucusView | None:
    if state.caucus_id is None or state.caucus_at is None:
        return None
    mine = viewer.place is Place.CAUCUS
    return CaucusView(
        mine=mine,
        since=state.caucus_at,
        until=state.caucus_until,
        until_was=state.caucus_until_was,
        side=state.caucus_side if mine else None,
    )


def _ledger(state: RoomState, viewer: SeatState, language: Language) -> list[StretchView]:
    """What this person went through themselves, in order; the times they were not there are left out."""
    me = viewer.participant.id
    stretches = state.ledger.get(me, ())
    ends = [*(each.since for each in stretches[1:]), None]
    return [
        StretchView(
            since=each.since,
            until=until,
            place=each.whom.place,
            people=[
                name_of(state.seats[key].participant, language)
                for key in each.whom.company
                if key != me and not kept_apart(state, me, key)
            ],
            recorded=each.whom.recorded,
        )
        for each, until in zip(stretches, ends, strict=True)
        if each.whom is not None
    ]


def _document(state: RoomState, viewer: SeatState) -> DocumentView | None:
    """What is shown where this person is: what a caucus looks at is seen by nobody outside it."""
    shown = {Place.MAIN: state.documents.joint, Place.CAUCUS: state.documents.caucus}.get(viewer.place)
    return DocumentView(document=shown.document, page=shown.page, pages=shown.pages) if shown else None


def _suspension(state: RoomState, setting: Setting, moment: Moment, seat: SeatState) -> SuspendedView | None:
    inside, me = _inside(seat), seat.participant.id
    until = must_end_at(state, setting.session.started_at)
    if state.suspended is None or until is None:
        return None
    lost = [each for each in away(state) if inside and not kept_apart(state, me, each)]
    missing = [name_of(state.seats[each].participant, moment.language) for each in lost]
    return SuspendedView(
        reason=state.suspended if inside else "",
        since=state.suspended_at or "",
        until=instant(until),
        missing=missing,
    )


def _checklist(state: RoomState) -> list[CheckView]:
    return [
        CheckView(item=item.value, done=item.value in state.checklist, at=state.checklist.get(item.value))
        for item in state.required
    ]
