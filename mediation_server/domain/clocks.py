"""The clocks of a matter at one moment (期限): pure over its log, by `clock_table`; the same for whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.calendar import (
    HolidayCalendar,
    days_after,
    local_date,
    months_after,
    working_days_after,
)
from mediation_server.domain.clock_table import CLOCKS, TRIAL_MONTHS, ClockId, ClockRule, Expiry, Moment, Start, Unit
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import after
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind

__all__ = ["Clock", "ClockState", "Counted", "Tally", "clocks_of", "counted", "is_acted_on", "next_of", "pending"]

_SILENT = (Expiry.WITH_PERIOD, Expiry.RESUMES, Expiry.SHOWN_ONLY)
_TRIAL_WARNING = 0.8  # of its length


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"  # 计算中
    STOPPED = "stopped"  # 已中止
    MET = "met"  # 已完成
    EXPIRED = "expired"  # 已届满


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: `due` is its last day in Asia/Shanghai, which still counts; None for one without a length.

    `remaining`: days until then, 0 on the last day; while it stands still those that are left for later; None once it
    is over. `ended_on`: when what it waited for came; too late, it stays `expired`. `told`: its expiry is in the log.
    `certain`: the holidays of every year it touches are published, so that the last day will not move.
    `waits_until`: the last day on which its expiry still waits, later than `due` by grace or for another clock.
    `reminded_on`: the latest of its `warn_on` of which people have been told. `unit`: in what its length was counted.
    `moved_from`: the day off on which it would have ended, when that moved its last day.
    """

    id: ClockId
    started_on: date
    due: date | None
    state: ClockState
    remaining: int | None
    law: str
    then: Expiry
    ended_on: date | None = None
    told: bool = False
    certain: bool = True
    warn_on: tuple[date, ...] = ()
    waits_until: date | None = None
    reminded_on: date | None = None
    unit: Unit = Unit.DAYS
    moved_from: date | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """A clock as the log leaves it, whatever day it is."""

    rule: ClockRule
    start: Start
    since: date
    ended: MatterEvent | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """A log as far as it has been gone through: the file, and every clock that was ever started."""

    file: MatterFile
    runs: Mapping[ClockId, _Run]

    @classmethod
    def of(cls, matter_id: str, events: Iterable[MatterEvent]) -> Tally:
        """Of a whole log."""
        return cls(MatterFile(matter_id), {}).then(events)

    def then(self, events: Iterable[MatterEvent]) -> Tally:
        """After these events more, which follow in the same log."""
        return Tally(*_gone_on(self.file, dict(self.runs), events))

    def clocks(self, calendar: HolidayCalendar, now: datetime) -> tuple[Clock, ...]:
        """Every clock that has run, T01 first, each as its last start left it; pure and the same for everybody.

        Source: domain table of `clock_table`; counting by 民诉法 art. 85, 民诉解释 art. 125, 民法典 arts. 201-203.
        """
        today, running = local_date(now), (self.runs[rule.id] for rule in CLOCKS if rule.id in self.runs)
        fitting = (_clock(run, self.file, calendar, today) for run in running if run.rule.fits(self.file))
        found = {each.id: each for each in fitting if each is not None}
        period = found.get(ClockId.PERIOD)
        if period is not None:
            found[period.id] = replace(period, waits_until=_period_waits(period, found, self.file))
        return tuple(found.values())


class Counted(NamedTuple):
    """A matter's file and its clocks, of one and the same log."""

    file: MatterFile
    clocks: tuple[Clock, ...]


def clocks_of(events: Iterable[MatterEvent], calendar: HolidayCalendar, now: datetime) -> tuple[Clock, ...]:
    """Every clock that has run in a matter with this log, as `Tally.clocks`."""
    return counted(events, calendar, now).clocks


def counted(events: Iterable[MatterEvent], calendar: HolidayCalendar, now: datetime) -> Counted:
    """The same with the file, for whoever needs both: the log is gone through once."""
    log = list(events)
    tally = Tally.of(log[0].matter_id if log else "", log)
    return Counted(tally.file, tally.clocks(calendar, now))


def is_acted_on(clock: Clock) -> bool:
    """Whether something is to be done when this clock runs out, and nobody has done it yet."""
    return clock.due is not None and clock.ended_on is None and not clock.told and clock.then not in _SILENT


def pending(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """The clocks that will have to be acted on, soonest first; the day on which one asks changes nothing."""
    waiting = [each for each in clocks if is_acted_on(each)]
    return tuple(sorted(waiting, key=lambda each: (each.due or date.max, each.id)))


def next_of(clocks: Iterable[Clock]) -> Clock | None:
    """The pending clock that runs out first; one that stands still does not."""
    return next((each for each in pending(clocks) if each.state is not ClockState.STOPPED), None)


def _gone_on(
    file: MatterFile, runs: dict[ClockId, _Run], events: Iterable[MatterEvent]
) -> tuple[MatterFile, Mapping[ClockId, _Run]]:
    version = file.version
    for event in events:
        moment, version = Moment(file, file := after(file, event), event), event.seq
        if event.kind is MatterEventKind.REOPENED:
            runs = {key: _reopened(run) for key, run in runs.items()}
        for rule in _ENDED_BY.get(event.kind, ()):
            run = runs.get(rule.id)
            if run is not None and run.ended is None:
                runs[rule.id] = replace(run, ended=event)
        for rule, start in _STARTED_BY.get(event.kind, ()):
            if start.when(moment):
                runs[rule.id] = _Run(rule, start, start.since(moment))
    return file if version == file.version else replace(file, version=version), runs


def _reopened(run: _Run) -> _Run:
    """What only the closing of a matter had ended runs on when it is opened again."""
    closed = run.ended is not None and run.ended.kind is MatterEventKind.CLOSED
    return replace(run, ended=None) if closed else run


def _clock(run: _Run, file: MatterFile, calendar: HolidayCalendar, today: date) -> Clock | None:
    due = _due(run, file, calendar)
    if due is None and run.start.length is None and run.rule.id is not ClockId.APPRAISAL:
        return None  # a file that does not say how long
    ended_on = local_date(run.ended.at) if run.ended else None
    stopped_on = _stopped_on(run, file)
    state = _state(due, ended_on, today, stopped=stopped_on is not None)
    open_still = due is not None and state in (ClockState.RUNNING, ClockState.STOPPED)
    return Clock(
        id=run.rule.id,
        started_on=run.since,
        due=due,
        state=state,
        remaining=(due - (stopped_on or today)).days if due and open_still else None,
        law=run.rule.law,
        then=run.rule.then,
        ended_on=ended_on,
        told=due is not None and (run.rule.id.value, due.isoformat()) in file.expired,
        certain=due is None or all(year in calendar.sources for year in range(run.since.year, due.year + 1)),
        warn_on=_warnings(run, due),
        waits_until=due,
        reminded_on=_reminded_on(run, file, due),
        unit=run.start.unit,
        moved_from=_moved_from(run, file, due, calendar),
    )


def _period_waits(period: Clock, others: Mapping[ClockId, Clock], file: MatterFile) -> date | None:
    """A sitting that went on over the end may finish and sign that day.

    Nor does a mediation end by time while a proposal lies open for objections, or while what nobody objected to is
    being signed (多元意见 art. 24).
    """
    if period.due is None:
        return None
    waits = [period.due, file.graced_on or period.due]
    objection, signing = others.get(ClockId.OBJECTION), others.get(ClockId.SIGNING)
    if objection and objection.due and objection.ended_on is None:
        waits.append(objection.due)
    deemed = objection is not None and objection.told
    if deemed and signing and signing.due and signing.ended_on is None and signing.started_on > period.due:
        waits.append(signing.due)
    return max(waits)


def _state(due: date | None, ended_on: date | None, today: date, *, stopped: bool) -> ClockState:
    if ended_on is not None:
        return ClockState.MET if due is None or ended_on <= due else ClockState.EXPIRED
    if stopped:
        return ClockState.STOPPED
    return ClockState.EXPIRED if due is not None and today > due else ClockState.RUNNING


def _stopped_on(run: _Run, file: MatterFile) -> date | None:
    """The day since which a clock stands still; None while it runs."""
    if not run.rule.stops or run.ended is not None:
        return None
    return next((local_date(each.since) for each in file.stops if each.until is None), None)


def _due(run: _Run, file: MatterFile, calendar: HolidayCalendar) -> date | None:
    special = _BY_FILE.get(run.rule.id)
    if special is not None:
        return special(run, file, calendar)
    length, unit = run.start.length, run.start.unit
    return None if length is None else _COUNTED[unit](run.since, length, calendar)


def _period(_run: _Run, file: MatterFile, calendar: HolidayCalendar) -> date | None:
    return file.period_end(calendar)


def _trial(run: _Run, file: MatterFile, calendar: HolidayCalendar) -> date | None:
    """Days by which the mediation was extended are no days of the trial (在线调解规则 art. 24)."""
    months = TRIAL_MONTHS.get(file.procedure or "")
    return None if months is None else months_after(run.since, months, calendar, file.extended_days)


def _moved_from(run: _Run, file: MatterFile, due: date | None, calendar: HolidayCalendar) -> date | None:
    if run.start.unit is not Unit.DAYS or due is None:
        return None
    raw = file.period_raw_end() if run.start.length is None else run.since + timedelta(days=run.start.length)
    return raw if raw is not None and raw < due and not calendar.works(raw) else None


def _warnings(run: _Run, due: date | None) -> tuple[date, ...]:
    if due is None:
        return ()
    if run.rule.id is ClockId.TRIAL:
        return (run.since + (due - run.since) * _TRIAL_WARNING,)
    days = (due - timedelta(days=each) for each in run.rule.warn)
    return tuple(each for each in days if each > run.since)


def _reminded_on(run: _Run, file: MatterFile, due: date | None) -> date | None:
    told = (on for clock, of, on in file.reminded if due is not None and (clock, of) == (run.rule.id, due.isoformat()))
    return max(told, default=None)


_COUNTED: Mapping[Unit, Callable[[date, int, HolidayCalendar], date]] = MappingProxyType(
    {Unit.DAYS: days_after, Unit.WORKING_DAYS: working_days_after, Unit.MONTHS: months_after}
)
_BY_FILE: Mapping[ClockId, Callable[[_Run, MatterFile, HolidayCalendar], date | None]] = MappingProxyType(
    {
        ClockId.PERIOD: _period,
        ClockId.EXTENSION: _period,
        ClockId.TRIAL: _trial,
        ClockId.RETENTION: lambda _run, file, calendar: file.kept_until(calendar),
    }
)


def _starts() -> Mapping[MatterEventKind, list[tuple[ClockRule, Start]]]:
    found: dict[MatterEventKind, list[tuple[ClockRule, Start]]] = defaultdict(list)
    for rule in CLOCKS:
        for start in rule.starts:
            found[start.kind].append((rule, start))
    return found


def _ends() -> Mapping[MatterEventKind, list[ClockRule]]:
    found: dict[MatterEventKind, list[ClockRule]] = defaultdict(list)
    for rule in CLOCKS:
        for kind in rule.ends:
            found[kind].append(rule)
    return found


_STARTED_BY, _ENDED_BY = _starts(), _ends()
