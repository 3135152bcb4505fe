"""Courts that an administrator keeps, with the ways into mediation they offer and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mediation_server.store import house_news
from mediation_server.store.database import Tx
from mediation_server.store.house_tables import courts
from mediation_server.store.mapping import Mapper

__all__ = ["KeptCourt", "kept", "save"]


@dataclass(frozen=True, slots=True)
class KeptCourt:
    """One court as it was kept last; `tracks` are lists of track, first day, last day, each as its text or None."""

    code: str
    name: str
    name_en: str
    open: bool
    tracks: Sequence[Sequence[str | None]]
    changed_at: datetime
    changed_by: str


_courts = Mapper(KeptCourt, courts, key="code")


async def kept(tx: Tx) -> list[KeptCourt]:
    """Every court that was added or changed, by code."""
    return await _courts.all(tx, _courts.selecting().order_by(courts.c.code))


async def save(tx: Tx, value: KeptCourt) -> None:
    """Write a court as it is now."""
    await _courts.save(tx, value)
    await house_news.raise_number(tx)
