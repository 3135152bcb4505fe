"""How the clocks of a matter are drawn: days left and used, stretches that do not count, what comes next; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.clock_table import ClockId, Expiry, Unit
from mediation_server.domain.clocks import Clock, ClockState
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_file import Stop
from mediation_server.services.terms import MatterTerms

__all__ = ["SOON_DAYS", "LawRef", "Stretch", "TermNote", "TermRow", "first_rows", "term_rows"]

SOON_DAYS = 3
_LATE_DAYS = 60  # what ran out longer ago helps nobody on a page
_SOURCES = {
    "在线调解规则": "online_mediation",
    "特邀规定": "invited_mediators",
    "民诉法": "civil_procedure",
    "民诉解释": "civil_procedure_interpretation",
    "多元意见": "diversified_resolution",
    "2025意见": "opinions_2025",
    "司法确认规定": "confirmation",
    "收费办法": "fees",
    "录音录像规定": "recordings",
}
_UNSEEN = (ClockId.EXTENSION, ClockId.APPRAISAL)  # both are seen in the period itself


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the bar, in per cent of its length."""

    x: float
    width: float


class LawRef(NamedTuple):
    """One source: its key under `law.`, and the articles; without any it is a rule of this product."""

    key: str
    articles: str


@dataclass(frozen=True, slots=True)
class TermNote:
    """One more sentence under a clock: a key under `clock.note_`, a day and a number for it."""

    key: str
    n: int = 0
    day: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TermRow:
    """One clock of one matter. `left` is in `unit` and negative once it is over, None while it stands still.

    `kind` is on, soon, late or stop; `used` of `total` are days, `percent` what is used; `number` is its key.
    """

    matter: Matter
    parties: tuple[MatterParty, ...]
    number: str
    end: date
    left: int | None
    unit: str
    kind: str
    used: int
    total: int
    percent: float
    stops: tuple[Stretch, ...]
    notes: tuple[TermNote, ...]
    then: str
    laws: tuple[LawRef, ...]


def term_rows(terms: MatterTerms, now: datetime) -> tuple[TermRow, ...]:
    """Every clock that runs or stands still, the first to end at the top, and what ran out lately and was not met."""
    today = local_date(now)
    rows = [_row(terms, each, today) for each in terms.clocks if _is_shown(each, today)]
    return tuple(sorted(rows, key=lambda row: (row.kind == "stop", row.end, row.number)))


def first_rows(several: Sequence[MatterTerms], now: datetime) -> tuple[TermRow, ...]:
    """The clock of each matter that asks for something first, by urgency."""
    today, rows = local_date(now), []
    for terms in several:
        mine = [each for each in terms.clocks if _is_shown(each, today) and each.then is not Expiry.SHOWN_ONLY]
        shown = sorted((_row(terms, each, today) for each in mine), key=lambda row: (row.kind == "late", row.end))
        rows += shown[:1]
    return tuple(sorted(rows, key=lambda row: row.end))


def _is_shown(clock: Clock, today: date) -> bool:
    if clock.due is None or clock.ended_on is not None or clock.id in _UNSEEN:
        return False
    if clock.state is ClockState.EXPIRED:
        return clock.then is not Expiry.SHOWN_ONLY and (today - clock.due).days <= _LATE_DAYS
    return True


def _row(terms: MatterTerms, clock: Clock, today: date) -> TermRow:
    end = clock.due or today
    left = _left(clock, end, today)
    total = max((end - clock.started_on).days, 1)
    used = min(total, max(0, total - (clock.remaining or 0)))
    is_period = clock.id is ClockId.PERIOD
    return TermRow(
        matter=terms.matter,
        parties=terms.parties,
        number=clock.id.value,
        end=end,
        left=left,
        unit="working" if clock.unit is Unit.WORKING_DAYS else "days",
        kind=_kind(left),
        used=used,
        total=total,
        percent=round(100 * used / total, 2),
        stops=_stretches(terms.stops, clock.started_on, end) if is_period else (),
        notes=_notes(terms, clock, end) if is_period else _common_notes(clock, end),
        then=clock.id.value,
        laws=_laws(clock.law),
    )


def _laws(law: str) -> tuple[LawRef, ...]:
    """`在线调解规则 24-26; [DR]`: the short names of the domain, which a reader of English knows by others."""
    refs = (each.strip().partition(" ") for each in law.split(";"))
    return tuple(LawRef(_SOURCES.get(name, "rule"), articles.replace("-", "–")) for name, _, articles in refs)


def _left(clock: Clock, end: date, today: date) -> int | None:
    if clock.state is ClockState.STOPPED:
        return None
    if clock.unit is not Unit.WORKING_DAYS or today > end:
        return (end - today).days
    return sum(CHINA.works(today + timedelta(days=n)) for n in range(1, (end - today).days + 1))


def _kind(left: int | None) -> str:
    if left is None:
        return "stop"
    if left < 0:
        return "late"
    return "soon" if left <= SOON_DAYS else "on"


def _stretches(stops: Sequence[Stop], start: date, end: date) -> tuple[Stretch, ...]:
    total = max((end - start).days, 1)
    found = []
    for each in stops:
        since, until = local_date(each.since), local_date(each.until) if each.until else None
        if until is not None and until > since:
            x = max(0.0, min(100.0, 100 * (since - start).days / total))
            found.append(Stretch(round(x, 2), round(min(100.0 - x, 100 * (until - since).days / total), 2)))
    return tuple(found)


def _notes(terms: MatterTerms, clock: Clock, end: date) -> tuple[TermNote, ...]:
    notes = []
    appraised = sum(each.days for each in terms.stops if each.cause == "appraisal")
    stopped = sum(each.days for each in terms.stops) - appraised
    if clock.state is ClockState.STOPPED:
        notes.append(TermNote("stopped", n=clock.remaining or 0))
    if appraised:
        notes.append(TermNote("appraised", n=appraised))
    if stopped:
        notes.append(TermNote("not_counted", n=stopped))
    if terms.file.extended_days:
        notes.append(TermNote("extended", n=terms.file.extended_days))
    if terms.file.graced_on:
        notes.append(TermNote("graced", day=terms.file.graced_on))
    return (*notes, *_common_notes(clock, end))


def _common_notes(clock: Clock, end: date) -> tuple[TermNote, ...]:
    notes = []
    if clock.moved_from:
        notes.append(TermNote("moved", day=clock.moved_from, until=end))
    if not clock.certain:
        notes.append(TermNote("uncertain", n=end.year))
    return tuple(notes)
