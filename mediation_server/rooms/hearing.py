"""Who could not hear or see whom while they spoke: what browsers report joined with what the server knows; pure.

Knows no clock, no socket and no database. A browser reports about itself alone, so one that lies accuses only itself.
A stretch belongs to the place it happened in: one of a caucus carries the caucus' id wherever it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mediation_server.rooms.state import Place, RoomState
from mediation_server.rooms.visibility import in_one_place

__all__ = ["LEAST_MS", "USABLE", "Ears", "Key", "Report", "Sense", "Stretch", "advanced", "payload_of"]

LEAST_MS = 3_000  # more speech than this must be missed before anybody is told
USABLE = 0.5  # a second of which less was heard is not understood
_HEARD_AGAIN_MS = 1_000  # so much speech that was heard ends a stretch
_NOTHING_SAID_MS = 15_000  # so does this long a time in which nothing was missed


class Sense(StrEnum):
    """What was missed; whoever misses the sound is not told of the picture too."""

    SOUND = "sound"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Report:
    """What one browser could receive in the last second: usable share of each sound (0..1), and whose picture moved.

    Only wanted pictures are in it. Somebody who is left out of `sound` was not received at all.
    """

    sound: Mapping[str, float]
    moved: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Ears:
    """What is known now: the room, who speaks, what each browser reported, and whose line is down."""

    state: RoomState
    speaking: frozenset[str]
    reports: Mapping[str, Report] = field(default_factory=dict)
    cut_off: frozenset[str] = frozenset()  # to whom no media gets through
    voices_only: frozenset[str] = frozenset()  # who gets no pictures and has been told so


@dataclass(frozen=True, slots=True)
class Key:
    """Who missed whom, in which place: a caucus, or the joint room (None)."""

    listener: str
    speaker: str
    sense: Sense
    caucus: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Missed speech, in ms from the start of the sitting; `missed_ms` is the speech alone, without its pauses."""

    key: Key
    from_ms: int
    to_ms: int
    missed_ms: int = 0
    heard_ms: int = 0  # speech that was heard since `to_ms`

    @property
    def counts(self) -> bool:
        """Whether enough was missed to be told."""
        return self.missed_ms > LEAST_MS


def advanced(
    going: Mapping[Key, Stretch], since_ms: int, until_ms: int, ears: Ears
) -> tuple[dict[Key, Stretch], list[Stretch]]:
    """What goes on being missed at `until_ms` if `ears` held from `since_ms` on, and the stretches that ended."""
    missed = _missed(ears)
    kept: dict[Key, Stretch] = {}
    ended: list[Stretch] = []
    length = max(0, until_ms - since_ms)
    for key in missed if length else ():
        before = going.get(key) or Stretch(key, since_ms, since_ms)
        kept[key] = replace(before, to_ms=until_ms, missed_ms=before.missed_ms + length, heard_ms=0)
    for key, stretch in going.items():
        if key in kept:
            continue
        heard = stretch.heard_ms + (length if key.speaker in ears.speaking and key not in missed else 0)
        if _is_over(replace(stretch, heard_ms=heard), until_ms, ears):
            ended.append(stretch)
        else:
            kept[key] = replace(stretch, heard_ms=heard)
    return kept, [each for each in ended if each.counts]


def payload_of(stretch: Stretch) -> dict[str, object]:
    """A stretch as it enters the session log; readers of the log must be able to leave out what is of a caucus."""
    key = stretch.key
    return {
        "participant": key.listener,
        "whom": key.speaker,
        "sense": key.sense.value,
        "from_ms": stretch.from_ms,
        "to_ms": stretch.to_ms,
        "missed_ms": stretch.missed_ms,
        **({"caucus": key.caucus} if key.caucus else {}),
    }


def _missed(ears: Ears) -> dict[Key, None]:
    """Who misses whom at this moment, in a fixed order."""
    state, found = ears.state, dict[Key, None]()
    for speaker in _speakers(ears):
        for listener in state.seats:
            sense = _sense(ears, listener, speaker) if in_one_place(state, speaker, listener) else None
            if sense is not None:
                found[Key(listener, speaker, sense, _caucus_of(state, speaker))] = None
    return found


def _speakers(ears: Ears) -> Iterable[str]:
    """Those whose voice the server really has: connected, microphone on."""
    if not ears.state.started:
        return
    for who in sorted(ears.speaking & ears.state.seats.keys()):
        seat = ears.state.seats[who]
        if seat.connected and seat.microphone:
            yield who


def _sense(ears: Ears, listener: str, speaker: str) -> Sense | None:
    if not ears.state.seats[listener].connected or listener in ears.cut_off:
        return Sense.SOUND
    report = ears.reports.get(listener)
    if report is None:
        return None
    if report.sound.get(speaker, 0.0) < USABLE:
        return Sense.SOUND
    shown = ears.state.seats[speaker].camera and listener not in ears.voices_only
    return Sense.PICTURE if shown and report.moved.get(speaker) is False else None


def _caucus_of(state: RoomState, member: str) -> str | None:
    return state.caucus_id if state.seats[member].place is Place.CAUCUS else None


def _is_over(stretch: Stretch, now_ms: int, ears: Ears) -> bool:
    key, state = stretch.key, ears.state
    together = in_one_place(state, key.speaker, key.listener) and _caucus_of(state, key.speaker) == key.caucus
    return (
        not together or state.ended or stretch.heard_ms >= _HEARD_AGAIN_MS or now_ms - stretch.to_ms >= _NOTHING_SAID_MS
    )
