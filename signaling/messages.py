"""What a browser may say: one strict model per event of PROTOCOL.md; nothing in it says who one is. Knows no room."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MESSAGES", "Message"]

Id = Annotated[str, Field(pattern=r"^[0-9a-hjkmnp-tv-z]{26}$")]
Sdp = Annotated[str, Field(min_length=1, max_length=65_536)]
Mid = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[!-~]+$")]
Source = Literal["microphone", "camera", "screen"]
Check = Literal["ok", "problem", "unknown"]
Consent = Literal["c1", "c2", "c3", "c4", "c4b"]
Signal = Literal["ready", "break", "lawyer", "unsafe"]
Reason = Annotated[str, Field(min_length=1, max_length=400)]  # at most 200 characters are left of it


class Message(BaseModel):
    """Types are taken as they come, nothing is converted, nothing unknown is let through."""

    # Built when the first of its kind comes: a start does not wait for all of them (measured: 35 ms).
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Hello(Message):
    """I am here; `take_over`: also when the seat is in use on another device; `page`: this page, while it is open."""

    take_over: bool
    page: Annotated[str, Field(pattern=r"^[\w-]{0,64}$")] = ""


class Publish(Message):
    """An offer to send; which m-section carries what."""

    sdp: Sdp
    sources: Annotated[dict[Mid, Source], Field(max_length=3)]


class Subscribed(Message):
    """The answer to an `offer`."""

    revision: Annotated[int, Field(ge=0, le=2**31)]
    sdp: Sdp


class Trickle(Message):
    """One ICE candidate of the publishing ("up") or subscribing ("down") connection."""

    direction: Literal["up", "down"]
    candidate: Annotated[str, Field(max_length=1024)]


class Resubscribe(Message):
    """Offer again: on a new transport, or with `restart` on the same one by new ICE credentials."""

    restart: bool = False


class Nothing(Message):
    """An event that says all by its name."""


class Tile(Message):
    """How large a picture stands on the screen, in px of the screen; 0: it is not seen."""

    participant: Id
    source: Literal["camera", "screen"]
    height: Annotated[int, Field(ge=0, le=16_384)]


class Looking(Message):
    """What is looked at from now on, and how much data may be used for it."""

    tiles: Annotated[list[Tile], Field(max_length=100)]
    data: Literal["audio", "low", "full"]


class Sound(Message):
    """How much of somebody was heard in the last second, and whether their picture moved (null: it was not wanted)."""

    participant: Id
    usable: Annotated[float, Field(ge=0, le=1)]
    moved: bool | None


class Heard(Message):
    """What this browser could receive in the last second; whoever is left out was not received."""

    people: Annotated[list[Sound], Field(max_length=50)]


class Missed(Message):
    """Missed speech this person was told of."""

    missed: Annotated[int, Field(ge=1, le=2**31)]


class Devices(Message):
    """What is switched on now; what is left out stays as it is."""

    microphone: bool | None = None
    camera: bool | None = None
    screen: bool | None = None


class DeviceReport(Message):
    """How the device check ended."""

    camera: Check
    microphone: Check
    speaker: Check
    network: Check


class Enter(Message):
    """Everything was agreed to, and how the device check ended; a refusal goes by the page's form."""

    consents: Annotated[dict[Consent, Literal[True]], Field(max_length=5)]
    devices: DeviceReport


class Chat(Message):
    """A line of chat for one place; what is left after cleaning has at most 4,000 characters."""

    text: Annotated[str, Field(max_length=16_000)]
    line: Id | None = None
    caucus: Annotated[str, Field(max_length=40)] | None = None


class Captions(Message):
    """This page wants to read captions, or no longer."""

    on: bool


class Hand(Message):
    """The hand goes up or down."""

    up: bool


class GiveSignal(Message):
    """Whoever waits tells the presider something, or takes it back."""

    signal: Signal
    up: bool


class SignalSeen(Message):
    """A signal that was given at this instant stands on the presider's screen."""

    participant: Id
    signal: Signal
    at: Annotated[str, Field(max_length=40)]


class Admit(Message):
    """Who may come in."""

    participants: Annotated[list[Id], Field(min_length=1, max_length=50)] | Literal["all"]


class WithReason(Message):
    """Somebody has to go, and why."""

    participant: Id
    reason: Reason


class Verify(Message):
    """Somebody's identity was checked."""

    participant: Id
    verified: bool


class CheckItem(Message):
    """An item of the opening checklist."""

    item: Literal[
        "identity",
        "discipline",
        "rights",
        "sham_mediation",
        "recording",
        "address",
        "voluntary",
        "content",
        "consequences",
    ]
    done: bool


class Mute(Message):
    """Switch off somebody's source, and perhaps keep it off."""

    participant: Id
    source: Source
    locked: bool


class Unlock(Message):
    """Give back the right to switch a source on."""

    participant: Id
    source: Source


class ToLobby(Message):
    """Somebody waits outside for a while."""

    participant: Id


class Lock(Message):
    """Lock or unlock the room."""

    locked: bool


class Suspend(Message):
    """Everything stops, and why."""

    reason: Reason


class GoOnUnrecorded(Message):
    """Nothing can be recorded, and the sitting goes on all the same: why."""

    reason: Reason


class OpenCaucus(Message):
    """Speak with one side alone for about so many minutes."""

    side: Literal["applicant", "respondent", "third"]
    minutes: Annotated[int, Field(ge=1, le=45)]


class ExtendPromise(Message):
    """Back with the waiting side so many minutes later."""

    minutes: Annotated[int, Field(ge=1, le=45)]


class ShowDocument(Message):
    """An item of the parties' materials, for everybody in this place."""

    document: Id


class TurnPage(Message):
    """To this page, from 1."""

    page: Annotated[int, Field(ge=1, le=100_000)]


class Point(Message):
    """Where the pointer stands on the page, 0..1 from its left and upper edge; both null: taken away."""

    x: Annotated[float, Field(ge=0, le=1)] | None
    y: Annotated[float, Field(ge=0, le=1)] | None


class Conclude(Message):
    """How the sitting ends; what the law wants with each outcome is checked by the domain."""

    outcome: Literal["agreed", "partial", "continue", "failed"]
    ground: Literal["g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"] | None = None
    terms: Annotated[str, Field(max_length=10_000)]
    reasons: Annotated[str, Field(max_length=10_000)]


MESSAGES: dict[str, type[Message]] = {
    "enter": Enter,
    "hello": Hello,
    "publish": Publish,
    "subscribed": Subscribed,
    "trickle": Trickle,
    "resubscribe": Resubscribe,
    "relays": Nothing,
    "looking": Looking,
    "heard": Heard,
    "noted": Missed,
    "devices": Devices,
    "device_report": DeviceReport,
    "chat": Chat,
    "captions": Captions,
    "hand": Hand,
    "signal": GiveSignal,
    "leave": Nothing,
    "admit": Admit,
    "refuse": WithReason,
    "verify": Verify,
    "check": CheckItem,
    "start": Nothing,
    "mute": Mute,
    "unlock": Unlock,
    "to_lobby": ToLobby,
    "remove": WithReason,
    "lock": Lock,
    "suspend": Suspend,
    "resume": Nothing,
    "go_on_unrecorded": GoOnUnrecorded,
    "repeat": Missed,
    "open_caucus": OpenCaucus,
    "close_caucus": Nothing,
    "extend_promise": ExtendPromise,
    "signal_seen": SignalSeen,
    "conclude": Conclude,
    "show_document": ShowDocument,
    "hide_document": Nothing,
    "turn_page": TurnPage,
    "point": Point,
}
