"""What the clocks of a matter want done, and on which day somebody has to look again; pure, days are at the court."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.clocks import Clock, ClockState, pending

__all__ = ["ClockStep", "look_on", "steps"]

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClockStep:
    """One thing to do: the expiry of a clock, or the reminder that belongs to the day `remind_on`."""

    clock: Clock
    remind_on: date | None = None


def steps(clocks: Iterable[Clock], today: date) -> tuple[ClockStep, ...]:
    """What is to be done today and has not been done, what ran out first at the top.

    After days on which nobody looked, an expiry is acted on once and only the last of the missed reminders is sent.
    """
    running = sorted((each for each in pending(clocks) if each.state is not ClockState.STOPPED), key=_turn)
    found = (_step(each, today) for each in running)
    return tuple(each for each in found if each is not None)


def look_on(clocks: Iterable[Clock]) -> date | None:
    """The first day on which there is something to do, which may have passed; None when nothing will come.

    The day on which one asks changes nothing. A clock that stands still wakes nobody.
    """
    waiting = [each for each in pending(clocks) if each.state is not ClockState.STOPPED]
    days = [each.waits_until + _ONE for each in waiting if each.waits_until]
    days += [on for each in waiting for on in each.warn_on if _is_unsent(each, on)]
    return min(days, default=None)


def _turn(clock: Clock) -> tuple[date, bool]:
    """Of clocks that run out on one day the mediation's own comes last: the others may have led to an agreement."""
    return clock.waits_until or date.max, clock.id is ClockId.PERIOD


def _step(clock: Clock, today: date) -> ClockStep | None:
    if clock.due is None or clock.waits_until is None:
        return None
    if today > clock.waits_until:
        return ClockStep(clock)
    unsent = [on for on in clock.warn_on if on <= today <= clock.due and _is_unsent(clock, on)]
    return ClockStep(clock, max(unsent)) if unsent else None


def _is_unsent(clock: Clock, on: date) -> bool:
    return clock.reminded_on is None or on > clock.reminded_on
