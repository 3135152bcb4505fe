"""Granted viewings of recordings."""

from __future__ import annotations

from mediation_server.domain.viewing import Viewing
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import viewings

__all__ = ["save", "viewing", "viewings_of"]

_viewings = Mapper(Viewing, viewings)


async def save(tx: Tx, value: Viewing) -> None:
    """Write a viewing as it is now."""
    await _viewings.save(tx, value)


async def viewing(tx: Tx, viewing_id: str) -> Viewing:
    """The viewing with this id. Raises `NotFound`."""
    found = await _viewings.by_key(tx, viewing_id)
    if found is None:
        raise NotFound
    return found


async def viewings_of(tx: Tx, recording_id: str) -> list[Viewing]:
    """Every viewing of a recording, earliest first."""
    mine = viewings.c.recording_id == recording_id
    return await _viewings.all(tx, _viewings.selecting().where(mine).order_by(viewings.c.opened_at, viewings.c.id))
