"""What a room says to browsers, as typed dictionaries; a test compares them with signaling/PROTOCOL.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

__all__ = [
    "AudienceView",
    "CaptionMessage",
    "CaptionsView",
    "CaucusView",
    "ChatLineView",
    "CheckView",
    "DocumentView",
    "LockView",
    "MatterView",
    "OfferMessage",
    "PersonView",
    "QualityMessage",
    "RecalledView",
    "RecordingView",
    "RoomView",
    "SessionView",
    "SignalView",
    "StretchView",
    "SuspendedView",
    "TrackView",
    "WaitingView",
    "YouView",
]

Language = Literal["zh", "en"]


class MatterView(TypedDict):
    """The dispute in the reader's language."""

    title: str
    case_no: str | None
    cause: str
    period_end: str | None  # ISO date
    track: str


class SessionView(TypedDict):
    """The sitting; instants are ISO, UTC."""

    id: str
    kind: str
    state: str
    starts_at: str
    started_at: str | None
    matter: MatterView


class YouView(TypedDict):
    """Whoever this view is for."""

    participant: str
    role: str
    side: str
    name: str
    permissions: list[str]
    place: str
    microphone_locked: bool
    camera_locked: bool
    hand_at: str | None


class SignalView(TypedDict):
    """What somebody who waits tells the presider: since when, and when it was seen."""

    signal: str
    at: str
    seen_at: str | None


class PersonView(TypedDict):
    """Somebody this person may know of."""

    participant: str
    name: str
    role: str
    side: str
    you: bool
    presider: bool
    connected: bool
    disconnected_at: str | None
    verified: bool | None
    microphone: bool
    camera: bool
    screen: bool
    microphone_locked: bool
    camera_locked: bool
    hand_at: str | None
    with_other_side: bool
    again: bool
    signals: list[SignalView]  # of oneself, and for the presider of all who wait


class WaitingView(TypedDict):
    """Somebody in the lobby, for the presider."""

    participant: str
    name: str
    role: str
    side: str
    since: str
    device: Mapping[str, object]
    verified: bool
    connected: bool
    again: bool


class AudienceView(TypedDict):
    """Who can hear this person at this moment: names, whether it is recorded, whether a machine writes captions."""

    people: list[str]
    recorder: bool
    captions: bool


class CaptionsView(TypedDict):
    """Captions by a machine: of which language (BCP 47), and whether this person wants them."""

    language: str
    on: bool


class RecordingView(TypedDict):
    """`since_ms`: ms from the start of the sitting to `server_time`; `ask`: the presider has to say what shall be."""

    state: Literal["off", "on", "paused"]
    since_ms: int | None
    reason: str | None
    ask: bool


class CaucusView(TypedDict):
    """A caucus as far as this person may know of it; `side` only for those in it."""

    mine: bool
    since: str
    until: str | None
    until_was: str | None  # what was promised before
    side: str | None


class StretchView(TypedDict):
    """With whom this person was from when to when, themselves left out; `until` is `None` for what lasts."""

    since: str
    until: str | None
    place: str
    people: list[str]
    recorded: bool


class DocumentView(TypedDict):
    """What is shown here of the parties' materials, and at which page, from 1; its name comes with its pages."""

    document: str
    page: int
    pages: int


class SuspendedView(TypedDict):
    """Why and since when the sitting is suspended, when it will be ended unless resumed, and who is still away."""

    reason: str
    since: str
    until: str
    missing: list[str]


class RecalledView(TypedDict):
    """The court has taken the matter back; when the sitting is ended."""

    until: str


class LockView(TypedDict):
    """Why nobody is let in."""

    reason: str


class CheckView(TypedDict):
    """One item of the opening checklist, and when it was ticked."""

    item: str
    done: bool
    at: str | None


class RoomView(TypedDict):
    """Everything one person may know of a room now."""

    version: int
    session: SessionView
    you: YouView
    place: str
    people: list[PersonView]
    waiting: list[WaitingView]
    audience: AudienceView
    recording: RecordingView
    caucus: CaucusView | None
    document: DocumentView | None
    captions: CaptionsView | None  # there is no such machine here
    ledger: list[StretchView]  # while one waits
    suspended: SuspendedView | None
    recalled: RecalledView | None
    locked: LockView | None
    checklist: list[CheckView] | None
    missing: list[str] | None  # what keeps it from starting, for the presider
    safety: bool
    server_time: str


class ChatLineView(TypedDict):
    """One line of chat in the reader's language."""

    id: str
    participant: str
    name: str
    side: str
    text: str
    at: str
    place: Literal["main", "caucus"]


class CaptionMessage(TypedDict):
    """What a machine understood of somebody's voice; a line is written over until it is final."""

    participant: str
    line: int
    text: str
    final: bool
    language: str


class TrackView(TypedDict):
    """Whose track an m-section carries."""

    participant: str
    source: str


class OfferMessage(TypedDict):
    """An offer to subscribe; `tracks` is keyed by mid."""

    revision: int
    sdp: str
    tracks: dict[str, TrackView]


class QualityMessage(TypedDict):
    """How the lines are of those this person may see, and their own."""

    levels: dict[str, str]
    own: str | None
    voices_only: list[str]  # whose line carries no pictures to them now


class MissedCard(TypedDict):
    """Speech that `participant` missed of `whom` since `since`, `seconds` of speech so far."""

    id: int
    participant: str
    whom: str
    sense: str
    since: str
    seconds: int
    over: bool  # they hear again


class MissedMessage(TypedDict):
    """What this person is told of missed speech: the presider all of their place, others their own."""

    cards: list[MissedCard]


class RepeatMessage(TypedDict):
    """The presider asks somebody to say it again."""

    participant: str
    name: str
    presider: bool  # it is the presider who will
