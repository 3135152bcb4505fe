"""Notices of holidays that were brought after the product was installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from mediation_server.store import house_news
from mediation_server.store.database import Tx
from mediation_server.store.house_tables import holiday_notices

__all__ = ["HolidayNotice", "add", "notices"]


@dataclass(frozen=True, slots=True)
class HolidayNotice:
    """One year's notice, as `domain.holidays.notice_of` leaves it; when and by which account it was brought."""

    year: int
    notice: Mapping[str, Any]
    published_at: datetime
    published_by: str


async def add(tx: Tx, value: HolidayNotice) -> None:
    """A year is known from now on; a year is never written twice."""
    row = {"year": value.year, "notice": dict(value.notice)}
    await tx.execute(
        insert(holiday_notices).values(**row, published_at=value.published_at, published_by=value.published_by)
    )
    await house_news.raise_number(tx)


async def notices(tx: Tx) -> list[HolidayNotice]:
    """Every notice that was brought, by year."""
    rows = (await tx.execute(select(holiday_notices).order_by(holiday_notices.c.year))).all()
    return [HolidayNotice(row.year, row.notice, row.published_at, row.published_by) for row in rows]
