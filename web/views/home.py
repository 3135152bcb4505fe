"""The day of a mediator and of a judge: what comes next, what waits, what runs out; pure, knows no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mediation_server.domain.calendar import local_date
from mediation_server.domain.invitation import InvitationState
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.message import SyncState
from mediation_server.domain.recording import Recording
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.services.agenda import AgendaItem
from mediation_server.services.inviting import InvitationStatus
from mediation_server.services.matters import STILL_COMING, JudgeMatters, MatterSummary
from mediation_server.services.recording_wall import RecordingItem
from mediation_server.services.terms import MatterTerms
from web.views.terms import SOON_DAYS, TermRow, first_rows

__all__ = ["JudgeHome", "MediatorHome", "judge_home", "mediator_home", "monday_of"]

_GOING_ON = (SessionState.LOBBY, SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED)
_LINKLESS = (InvitationState.NONE, InvitationState.REVOKED, InvitationState.EXPIRED)
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """One sitting in a list."""

    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]
    invitations: tuple[InvitationStatus, ...]
    today: bool
    going_on: bool
    links_missing: bool
    here: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Day:
    """One column of the week."""

    date: date
    today: bool
    rest: bool
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for this person: `kind` is a key under home.todo_ and home.go_."""

    kind: str
    icon: str
    href: str
    matter: Matter
    parties: tuple[MatterParty, ...]
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MediatorHome:
    """Everything on a mediator's home page."""

    hero: Slot | None
    later: tuple[Slot, ...]
    week: tuple[Day, ...]
    week_count: int
    todo: tuple[Todo, ...]
    clocks: tuple[TermRow, ...]
    matters: tuple[MatterSummary, ...]
    today_count: int
    soon_count: int


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recording in a judge's list; `minutes` is None until it is sealed."""

    recording: Recording
    matter: Matter
    parties: tuple[MatterParty, ...]
    minutes: int | None
    may_watch: bool


@dataclass(frozen=True, slots=True)
class JudgeHome:
    """Everything on a judge's home page."""

    recordings: tuple[RecordingRow, ...]
    matters: JudgeMatters
    watchable: int


def monday_of(now: datetime) -> date:
    """The Monday of the week in which `now` falls at the court."""
    today = local_date(now)
    return today - timedelta(days=today.weekday())


def mediator_home(
    summaries: Sequence[MatterSummary],
    agenda: Sequence[AgendaItem],
    now: datetime,
    terms: Sequence[MatterTerms] = (),
) -> MediatorHome:
    """Put a mediator's day together."""
    slots = [_slot(each, now) for each in agenda if each.session.is_open]
    coming = [each for each in slots if each.going_on or each.session.starts_at > now - STILL_COMING]
    coming.sort(key=lambda each: (not each.going_on, each.session.starts_at))
    week = _week([each.session for each in agenda], now)
    rows = first_rows(terms, now)
    return MediatorHome(
        hero=coming[0] if coming else None,
        later=tuple(coming[1:6]),
        week=week,
        week_count=sum(len(day.sessions) for day in week),
        todo=tuple(_todo(summaries, agenda, now)),
        clocks=rows,
        matters=tuple(summaries),
        today_count=sum(len(day.sessions) for day in week if day.today),
        soon_count=sum(row.left is not None and row.left <= SOON_DAYS for row in rows),
    )


def judge_home(matters: JudgeMatters, items: Sequence[RecordingItem]) -> JudgeHome:
    """Put a judge's day together; what may be watched comes first."""
    rows = [
        RecordingRow(
            recording=each.recording,
            matter=each.matter,
            parties=each.parties,
            minutes=None if each.recording.duration_ms is None else max(1, each.recording.duration_ms // 60_000),
            may_watch=bool(each.purposes),
        )
        for each in items
    ]
    rows.sort(key=lambda row: not row.may_watch)
    return JudgeHome(tuple(rows), matters, sum(row.may_watch for row in rows))


def _slot(item: AgendaItem, now: datetime) -> Slot:
    return Slot(
        session=item.session,
        matter=item.matter,
        parties=item.parties,
        invitations=item.invitations,
        today=local_date(item.session.starts_at) == local_date(now),
        going_on=item.session.state in _GOING_ON,
        links_missing=any(each.state in _LINKLESS for each in item.invitations),
        here=item.here,
    )


def _week(sessions: Sequence[Session], now: datetime) -> tuple[Day, ...]:
    monday, today = monday_of(now), local_date(now)
    days = [monday + timedelta(days=n) for n in range(7)]
    return tuple(
        Day(
            date=day,
            today=day == today,
            rest=day.weekday() >= _WEEKEND,
            sessions=tuple(each for each in sessions if local_date(each.starts_at) == day),
        )
        for day in days
    )


def _todo(summaries: Sequence[MatterSummary], agenda: Sequence[AgendaItem], now: datetime) -> list[Todo]:
    found = []
    for item in agenda:
        kind = _asked_by(item, now)
        if kind:
            icon = {"resend": "alert", "links": "key", "overdue": "clock", "asked": "bell"}[kind]
            href, at = f"/sessions/{item.session.id}", item.session.starts_at
            found.append(Todo(kind, icon, href, item.matter, item.parties, at))
    asked = [each for each in summaries if each.matter.state is MatterState.AWAITING_ACCEPT]
    found = [Todo("accept", "enter", f"/inbox/{each.matter.id}", each.matter, each.parties) for each in asked] + found
    waiting = [each for each in summaries if each.new_materials]
    found += [
        Todo("materials", "evidence", f"/matters/{each.matter.id}/materials", each.matter, each.parties)
        for each in waiting
    ]
    idle = [each for each in summaries if each.matter.state is MatterState.MEDIATING and each.next_session is None]
    broken = {each.matter.id: each for each in agenda if each.lapse}
    return found + [_to_schedule(each, broken.get(each.matter.id)) for each in idle]


def _to_schedule(idle: MatterSummary, broken: AgendaItem | None) -> Todo:
    """A matter without a sitting ahead; one that was ended by the house comes with why, until another is planned."""
    if broken is None:
        return Todo("schedule", "cal", f"/matters/{idle.matter.id}#schedule", idle.matter, idle.parties)
    href, at = f"/sessions/{broken.session.id}", broken.session.starts_at
    return Todo("lapsed", "alert", href, idle.matter, idle.parties, at)


def _asked_by(item: AgendaItem, now: datetime) -> str | None:
    if item.sync is SyncState.FAILED:
        return "resend"
    if not item.session.is_open:
        return None
    if item.asked:
        return "asked"
    due = item.session.ends_at if item.session.kind is SessionKind.ASYNC else item.session.starts_at
    if item.session.state is SessionState.SCHEDULED and due < now - STILL_COMING:
        return "overdue"
    return "links" if any(each.state in _LINKLESS for each in item.invitations) else None
