"""The holiday calendar (节假日历) while the product runs: what years it knows, and one more when its notice is out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mediation_server.domain import calendar
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.holidays import notice_of
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import clock_looks, holidays
from mediation_server.store.holidays import HolidayNotice

__all__ = ["CalendarYear", "publish", "years"]


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year the calendar knows, with the notice that says so; `off` and `worked` are its days."""

    year: int
    source: str
    off: tuple[date, ...]
    worked: tuple[date, ...]


async def years(user: User) -> list[CalendarYear]:
    """The years the calendar knows, newest first. Raises `NotFound` to whoever is no administrator."""
    _require_admin(user)
    return [
        CalendarYear(year, source, _of(year, CHINA.off), _of(year, CHINA.worked))
        for year, source in sorted(CHINA.sources.items(), reverse=True)
    ]


async def publish(ctx: Context, user: User, text: str) -> int:
    """Bring the notice of one more year; which. Clocks count by it from now on, in matters under way as well.

    Raises `NotFound`, `BadInput` as `notice_of`, and `Conflict("calendar_known")` for a year that is known: days that
    people were told are not moved behind their backs.
    """
    _require_admin(user)
    notice = notice_of(text)
    year = int(notice["year"])
    if year in CHINA.sources:
        raise Conflict("calendar_known", field="notice", year=year)
    async with ctx.db.transaction() as tx:
        await holidays.add(tx, HolidayNotice(year, notice, ctx.clock.now(), user.id))
        await audited(
            ctx,
            tx,
            AuditAction.CALENDAR_PUBLISHED,
            actor=user.id,
            about=f"calendar:{year}",
            source=notice["source"],
        )
        await clock_looks.wake_all(tx)  # last days in that year may have moved: the next sweep counts them anew
    calendar.publish(notice)
    return year


def _require_admin(user: User) -> None:
    if user.role is not Role.ADMIN:
        raise NotFound


def _of(year: int, days: frozenset[date]) -> tuple[date, ...]:
    return tuple(sorted(day for day in days if day.year == year))
