"""The audience ledger as a party sees it: one lane, each stretch with who could receive it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.session import Participant
from mediation_server.services.own_recordings import OwnRecording, Stretch
from web.i18n import Translator

__all__ = ["LaneStretch", "grouped", "lanes_of", "names_of"]

_BRIEF_MS = 2000  # a change that lasts shorter is drawn into its neighbour; the evidence keeps it
_PARTS = 1000


@dataclass(frozen=True, slots=True)
class LaneStretch:
    """One stretch: where it lies in the lane (thousandths of its width), what it is, and who could receive."""

    since: str  # by the clock of the court, with seconds
    until: str
    x: int
    width: int
    kind: str  # caucus, joint, alone
    heard_by: tuple[Participant, ...]
    recorded: bool


def lanes_of(one: OwnRecording) -> tuple[LaneStretch, ...]:
    """The whole sitting from left to right; a caucus and a brief absence are never drawn together."""
    total = one.recording.duration_ms or 1
    start = one.recording.started_at
    return tuple(
        _drawn(each, total, start) for each in one.stretches if each.to_ms - each.from_ms >= _BRIEF_MS or each.caucus
    )


def names_of(tr: Translator, people: Sequence[Participant]) -> str:
    """Names one after the other: 郑思远、周承安."""
    return ("、" if tr.language == "zh" else ", ").join(tr.pick(each.name, each.name_en) for each in people)


def grouped(value: str) -> str:
    """Hexadecimal in groups of eight, so that two people can read it to each other."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))


def _drawn(each: Stretch, total: int, start: datetime) -> LaneStretch:
    x = each.from_ms * _PARTS // total
    kind = "caucus" if each.caucus and each.heard_by else "joint" if each.heard_by or each.recorded else "alone"
    width = max(2, each.to_ms * _PARTS // total - x)
    since, until = (_clock(start + timedelta(milliseconds=ms)) for ms in (each.from_ms, each.to_ms))
    return LaneStretch(since, until, x, width, kind, each.heard_by, each.recorded)


def _clock(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%H:%M:%S")
