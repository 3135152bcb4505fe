"""Courts and holidays as every process knows them (法院与节假日): kept in memory, for every rule asks for them.

Whoever changes them raises a number in the same transaction. Each process looks at it every two seconds, and before it
acts on clocks, and reads anew what is not as it knew it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date

import structlog

from mediation_server.background import background
from mediation_server.domain import calendar
from mediation_server.domain.courts import COURTS, Court
from mediation_server.domain.matter import Track
from mediation_server.domain.tracks import TrackRule, keep_rules
from mediation_server.store import courts, holidays, house_news
from mediation_server.store.courts import KeptCourt
from mediation_server.store.database import Database

__all__ = ["HouseNews", "know"]

_PERIOD_S = 2.0
_NOTHING_YET = -1

_log = structlog.get_logger(__name__)


class HouseNews:
    """What one process knows, by the number it had."""

    def __init__(self) -> None:
        self._number = _NOTHING_YET

    async def catch_up(self, db: Database) -> bool:
        """Read anew what was changed since the last time, by whatever process; whether anything was."""
        async with db.reading() as tx:
            number = await house_news.number(tx)
            if number == self._number:
                return False
            kept, notices = await courts.kept(tx), await holidays.notices(tx)
        for court in kept:
            know(court)
        for each in notices:
            calendar.publish(each.notice)
        self._number = number
        return True

    @contextlib.asynccontextmanager
    async def following(self, db: Database, *, period_s: float = _PERIOD_S) -> AsyncIterator[None]:
        """Catch up while the block lasts."""

        async def run() -> None:
            while True:
                await asyncio.sleep(period_s)
                try:
                    await self.catch_up(db)
                except Exception as error:  # noqa: BLE001 - the database is away: the next look finds what it missed
                    _log.error("house_news_broken", error=type(error).__name__)

        async with background(run, "house news"):
            yield


def know(value: KeptCourt) -> Court:
    """Let the rules of this process go by a court as it is kept."""
    court = Court(value.code, value.name, value.name_en, value.open)
    COURTS.keep(court)
    keep_rules(court.name, [_read(court.name, *each) for each in value.tracks])
    return court


def _read(court: str, track: str | None, since: str | None, until: str | None) -> TrackRule:
    first, last = (date.fromisoformat(each) if each else None for each in (since, until))
    return TrackRule(Track(track or ""), court, first or date.min, last or date.max)
