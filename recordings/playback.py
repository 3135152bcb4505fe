"""What the review page shows: lanes, chat, moments, gaps, phases and clips on one time line; pure, reads no file.

Everything comes from the sealed manifest and the session log.  Inside a caucus (背对背) lanes and moments say
that people were there, and nothing of what they did: the log of the joint room is all a reviewer gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from mediation_server.domain.log import EventKind, SessionEvent, instant
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import GapReason
from mediation_server.domain.session import Participant
from mediation_server.rooms.hearing import Sense
from mediation_server.rooms.state import Place, RoomState, SeatState
from mediation_server.rooms.state_folds import folded
from recordings.captions import TEXT
from recordings.manifest import Manifest, Person
from recordings.spans import Span, Tracer, merged, without

__all__ = [
    "ChatLine",
    "Clip",
    "GapCard",
    "Lane",
    "Moment",
    "Phase",
    "Review",
    "as_json",
    "media_type",
    "outside_caucus",
    "review_of",
]

_Kind = EventKind
_PRIVATE_IN_CAUCUS = frozenset(
    {
        _Kind.MUTED,
        _Kind.UNMUTED,
        _Kind.HAND_RAISED,
        _Kind.HAND_LOWERED,
        _Kind.SCREEN_SHARED,
        _Kind.SCREEN_UNSHARED,
        _Kind.CHAT_SENT,
        _Kind.SPOKE,
        _Kind.PICTURES_HELD,
        _Kind.PICTURES_BACK,
    }
)
_NOT_TOLD = frozenset(
    {
        _Kind.CHAT_SENT,
        _Kind.SPOKE,
        _Kind.DEVICE_REPORTED,
        _Kind.DEVICES_SWITCHED,
        _Kind.AUDIENCE_CHANGED,
        _Kind.INVITATION_ISSUED,
        _Kind.INVITATION_REVOKED,
    }
)
_WEBM_CODECS = frozenset({"opus", "vp8", "vp9", "av1"})
_TOLD_KEYS = ("by", "source", "locked", "reason", "side", "item", "answer", "done", "verified", "result", "outcome",
              "ground", "from_ms", "to_ms", "lost_ms", "jump_ms")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lane:
    """One person through the sitting."""

    participant: str
    role: Role
    side: Side
    name: str
    name_en: str
    present: tuple[Span, ...]
    speaking: tuple[Span, ...]
    muted: tuple[Span, ...]
    camera_off: tuple[Span, ...]
    disconnected: tuple[Span, ...]
    unheard: tuple[Span, ...]  # they could not hear somebody who spoke


@dataclass(frozen=True, slots=True)
class ChatLine:
    """Something typed in the joint room."""

    seq: int
    offset_ms: int
    at: str
    participant: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, for the list of events; `kind` is a key of the locale files."""

    seq: int
    offset_ms: int
    at: str
    kind: str
    actor: str
    participant: str | None
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GapCard:
    """A stretch without recording and why; `side` tells whose caucus it was."""

    from_ms: int
    to_ms: int
    reason: GapReason
    side: str | None


@dataclass(frozen=True, slots=True)
class Phase:
    """joint, caucus or suspended, without a break between them from start to end."""

    kind: str
    from_ms: int
    to_ms: int
    side: str | None


@dataclass(frozen=True, slots=True)
class Clip:
    """One file: play it from `offset_ms` on; `index` is its number for `Vault.open_segment` and in the URL."""

    index: int
    participant: str
    source: str
    media: str  # audio or video
    codec: str
    offset_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Review:
    """All of it; times in ms from `started_at` (UTC, ISO)."""

    session: str
    recording: str
    started_at: str
    total_ms: int
    recorded_ms: int
    lanes: tuple[Lane, ...]
    chat: tuple[ChatLine, ...]
    moments: tuple[Moment, ...]
    gaps: tuple[GapCard, ...]
    phases: tuple[Phase, ...]
    clips: tuple[Clip, ...]


def as_json(review: Review) -> dict[str, object]:
    """The review as plain JSON values."""
    return asdict(review)


def media_type(codec: str) -> str:
    """What a browser is told of a file with this codec.

    WebM is the Matroska of these codecs, and the name that every browser knows; for others Matroska has a name of its
    own (RFC 9559 §27.3).
    """
    if codec in _WEBM_CODECS:
        return f"{_media(codec)}/webm"
    return f"{_media(codec)}/matroska"


def review_of(manifest: Manifest, events: Sequence[SessionEvent]) -> Review:
    """The review of a sealed recording. Events after the sitting (seal, viewings) stand at its end."""
    ordered = sorted(events, key=lambda each: each.seq)
    total = manifest.total_ms
    phases = _phases(ordered, total)
    caucuses = tuple(Span(each.from_ms, each.to_ms) for each in phases if each.kind == "caucus")
    told = outside_caucus(ordered)
    return Review(
        session=manifest.session,
        recording=manifest.recording,
        started_at=manifest.started_at,
        total_ms=total,
        recorded_ms=manifest.recorded_ms,
        lanes=tuple(_lanes(manifest, ordered, told, caucuses)),
        chat=tuple(_chat(told, total)),
        moments=tuple(_moment(each, total) for each in told if each.kind not in _NOT_TOLD),
        gaps=tuple(_gaps(manifest, phases)),
        phases=phases,
        clips=tuple(_clips(manifest)),
    )


def outside_caucus(events: Iterable[SessionEvent]) -> list[SessionEvent]:
    """The events, which are in order, without what people did inside a caucus."""
    out, inside = [], False
    for event in events:
        inside = event.kind is _Kind.CAUCUS_OPENED or (
            inside and event.kind not in (_Kind.CAUCUS_CLOSED, _Kind.SUSPENDED)
        )
        if not (_is_marked(event) or (inside and event.kind in _PRIVATE_IN_CAUCUS)):
            out.append(event)
    return out


def _is_marked(event: SessionEvent) -> bool:
    """Whether the log itself says that this is of a caucus; of the caucus only its limits are told."""
    return "caucus" in event.payload and event.kind not in (_Kind.CAUCUS_OPENED, _Kind.CAUCUS_CLOSED)


# --- lanes ------------------------------------------------------------------------------------------------


class _Traces:
    """What is traced of one seat."""

    def __init__(self) -> None:
        self.present, self.muted, self.camera_off, self.disconnected = Tracer(), Tracer(), Tracer(), Tracer()

    def tell(self, at_ms: int, seat: SeatState, *, running: bool) -> None:
        here = running and seat.connected and seat.place in (Place.MAIN, Place.CAUCUS, Place.WAITING)
        lost = running and seat.admitted and not seat.connected and seat.disconnected_at is not None
        self.present.tell(at_ms, on=here)
        self.muted.tell(at_ms, on=here and not seat.microphone)
        self.camera_off.tell(at_ms, on=here and not seat.camera)
        self.disconnected.tell(at_ms, on=lost)


def _lanes(
    manifest: Manifest, events: Sequence[SessionEvent], told: Sequence[SessionEvent], caucuses: tuple[Span, ...]
) -> Iterable[Lane]:
    total = manifest.total_ms
    traces = _traced(manifest, events)
    for person in manifest.participants:
        trace = traces[person.id]
        yield Lane(
            participant=person.id,
            role=person.role,
            side=person.side,
            name=person.name,
            name_en=person.name_en,
            present=trace.present.spans(total),
            speaking=without(merged(_spoken(person.id, told), total), caucuses),
            muted=without(trace.muted.spans(total), caucuses),
            camera_off=without(trace.camera_off.spans(total), caucuses),
            disconnected=trace.disconnected.spans(total),
            unheard=without(merged(_unheard(person.id, told), total), caucuses),
        )


def _traced(manifest: Manifest, events: Sequence[SessionEvent]) -> dict[str, _Traces]:
    """The room folded event by event (`rooms.state_folds`), each seat looked at after each."""
    seats = {each.id: SeatState(_participant(each, manifest.session)) for each in manifest.participants}
    state = RoomState(manifest.session, "", seats)
    traces = {each.id: _Traces() for each in manifest.participants}
    for event in events:
        state = folded(state, (event,))
        for key, trace in traces.items():
            trace.tell(event.offset_ms, state.seats[key], running=state.started and not state.ended)
    return traces


def _participant(person: Person, session: str) -> Participant:
    return Participant(person.id, session, person.role, person.side, person.name, person.name_en)


def _spoken(participant: str, events: Iterable[SessionEvent]) -> list[Span]:
    return [
        Span(_number(event.payload.get("from_ms")), _number(event.payload.get("to_ms")))
        for event in events
        if event.kind is _Kind.SPOKE and event.payload.get("participant") == participant
    ]


def _unheard(participant: str, events: Iterable[SessionEvent]) -> list[Span]:
    return [
        Span(_number(event.payload.get("from_ms")), _number(event.payload.get("to_ms")))
        for event in events
        if event.kind is _Kind.MISSED
        and event.payload.get("participant") == participant
        and event.payload.get("sense") == Sense.SOUND
    ]


# --- the rest ---------------------------------------------------------------------------------------------


def _phases(events: Iterable[SessionEvent], total: int) -> tuple[Phase, ...]:
    phases: list[Phase] = []
    kind, side, since = "joint", None, 0
    for event in events:
        following = _phase_after(event, kind)
        if following is None:
            continue
        at = min(event.offset_ms, total)
        if at > since:
            phases.append(Phase(kind, since, at, side))
        kind, since = following, at
        side = str(event.payload.get("side")) if following == "caucus" else None
    if total > since:
        phases.append(Phase(kind, since, total, side))
    return tuple(phases)


def _phase_after(event: SessionEvent, kind: str) -> str | None:
    """The phase that begins with this event, or None when it changes nothing."""
    following = {
        _Kind.CAUCUS_OPENED: "caucus",
        _Kind.CAUCUS_CLOSED: "joint",
        _Kind.SUSPENDED: "suspended",
        _Kind.RESUMED: "joint",
    }.get(event.kind)
    return None if following == kind else following


def _chat(events: Iterable[SessionEvent], total: int) -> Iterable[ChatLine]:
    for event in events:
        if event.kind is _Kind.CHAT_SENT:
            who, text = str(event.payload.get("participant")), str(event.payload.get("text"))
            yield ChatLine(event.seq, min(event.offset_ms, total), instant(event.at), who, text)


def _moment(event: SessionEvent, total: int) -> Moment:
    who = event.payload.get("participant")
    details = {key: event.payload[key] for key in _TOLD_KEYS if key in event.payload}
    return Moment(
        seq=event.seq,
        offset_ms=min(event.offset_ms, total),
        at=instant(event.at),
        kind=event.kind.value,
        actor=event.actor,
        participant=str(who) if who is not None else None,
        details=details,
    )


def _gaps(manifest: Manifest, phases: Sequence[Phase]) -> Iterable[GapCard]:
    for gap in manifest.gaps:
        middle = (gap.from_ms + (gap.to_ms or 0)) // 2
        sides = (each.side for each in phases if each.kind == "caucus" and each.from_ms <= middle < each.to_ms)
        side = next(sides, None) if gap.reason is GapReason.CAUCUS else None
        yield GapCard(gap.from_ms, gap.to_ms or manifest.total_ms, gap.reason, side)


def _clips(manifest: Manifest) -> Iterable[Clip]:
    index = 0
    for track in manifest.tracks:
        for segment in track.segments:
            length = segment.to_ms - segment.from_ms
            if track.codec != TEXT:
                media = _media(track.codec)
                yield Clip(index, track.participant, track.source, media, track.codec, segment.from_ms, length)
            index += 1


def _media(codec: str) -> str:
    return "audio" if codec == "opus" else "video"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
