"""Courts as administrators see them: which ways into mediation each offers on a day, and since when; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.courts import COURTS, Court
from mediation_server.domain.matter import Track
from mediation_server.domain.tracks import TrackRule, rules_of, tracks_open

__all__ = ["CourtRow", "court_values", "courts_on"]


@dataclass(frozen=True, slots=True)
class CourtRow:
    """One court (None: any court without a rule of its own), what it offers on the day, and the rules about it."""

    court: str | None
    name_en: str
    code: str | None  # by which it is changed; None: it is not kept
    offered: tuple[Track, ...]
    rules: tuple[TrackRule, ...]


def courts_on(day: date, known: Iterable[str]) -> list[CourtRow]:
    """The courts that are kept or that accounts name, by name; the rule for all others last."""
    kept = {each.name: each for each in COURTS.all()}
    return [_row(court, kept.get(court), day) for court in sorted({*known, *kept})] + [_row(None, None, day)]


def court_values(found: tuple[Court, tuple[TrackRule, ...]] | None) -> dict[str, str]:
    """What stands in the form for a court, by field; of a new one it is open, and nothing else."""
    values: dict[str, str] = defaultdict(str)
    values["open"] = "yes"
    if found is None:
        return values
    court, rules = found
    values |= {"code": court.code, "name": court.name, "name_en": court.name_en, "open": "yes" if court.open else ""}
    for each in rules:
        values[f"track_{each.track}"] = "yes"
        values[f"from_{each.track}"] = "" if each.valid_from == date.min else each.valid_from.isoformat()
        values[f"to_{each.track}"] = "" if each.valid_to == date.max else each.valid_to.isoformat()
    return values


def _row(court: str | None, kept: Court | None, day: date) -> CourtRow:
    offered, rules = tracks_open(court or "", day), rules_of(court or "")
    own = tuple(each for each in rules if each.court == court)
    name_en, code = (kept.name_en, kept.code) if kept else (court or "", None)
    return CourtRow(court, name_en, code, tuple(each for each in Track if each in offered), own)
