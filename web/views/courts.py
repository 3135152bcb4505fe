"""Courts as administrators see them: which ways into mediation each offers on a day, and since when; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.matter import Track
from mediation_server.domain.tracks import TRACK_RULES, TrackRule, tracks_open

__all__ = ["CourtRow", "courts_on"]


@dataclass(frozen=True, slots=True)
class CourtRow:
    """One court (None: any court without a rule of its own), what it offers on the day, and the rules about it."""

    court: str | None
    offered: tuple[Track, ...]
    rules: tuple[TrackRule, ...]


def courts_on(day: date, known: Iterable[str], rules: Iterable[TrackRule] = TRACK_RULES) -> list[CourtRow]:
    """The courts that accounts or rules name, by name; the rule for all others last."""
    rules = tuple(rules)
    named = sorted({*known, *(each.court for each in rules if each.court)})
    return [_row(court, day, rules) for court in named] + [_row(None, day, rules)]


def _row(court: str | None, day: date, rules: tuple[TrackRule, ...]) -> CourtRow:
    own = tuple(each for each in rules if each.court == court)
    offered = tracks_open(court or "", day, rules)
    return CourtRow(court, tuple(each for each in Track if each in offered), own)
