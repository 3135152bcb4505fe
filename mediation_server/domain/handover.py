"""By when the file of a failed mediation is at the court (移交): within one working day, counted at the court; pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from mediation_server.domain.calendar import SHANGHAI, HolidayCalendar, local_date, working_days_after

__all__ = ["due_since", "hand_over_at"]

_CLOSES = time(17, 0)  # the court, on a working day: until then whoever mediated may still add their report


def hand_over_at(concluded_at: datetime, calendar: HolidayCalendar) -> datetime:
    """When the house hands over by itself what nobody has handed over: on the next working day, as the court closes."""
    return datetime.combine(working_days_after(local_date(concluded_at), 1, calendar), _CLOSES, SHANGHAI)


def due_since(now: datetime, calendar: HolidayCalendar) -> datetime:
    """The instant before which a mediation must have ended to be due now; the other way round of `hand_over_at`."""
    day = datetime.combine(local_date(now), time(), SHANGHAI)
    while hand_over_at(day, calendar) > now:
        day -= timedelta(days=1)
    return day + timedelta(days=1)
