"""Composed films: what was asked for, in which order, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update

from mediation_server.domain.film import Film, FilmState
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.viewing_tables import films

__all__ = ["cancel_all", "film", "films_of", "next_film", "remove", "save", "stale", "waiting"]

_films = Mapper(Film, films)
_OPEN = (FilmState.QUEUED, FilmState.MAKING)
_SHOWN = 20  # of one person about one recording


async def save(tx: Tx, value: Film) -> None:
    """Write a film as it is now."""
    await _films.save(tx, value)


async def film(tx: Tx, film_id: str, *, locked: bool = False) -> Film | None:
    """The film with this id, or None."""
    return await _films.by_key(tx, film_id, locked=locked)


async def films_of(tx: Tx, recording_id: str, user_id: str) -> list[Film]:
    """What one person asked for of one recording, the newest first."""
    query = _films.selecting().where(films.c.recording_id == recording_id, films.c.user_id == user_id)
    return await _films.all(tx, query.order_by(films.c.asked_at.desc(), films.c.id.desc()).limit(_SHOWN))


async def waiting(tx: Tx, user_id: str | None = None) -> int:
    """How many films are still to be made, of one person or of everybody."""
    query = select(func.count()).select_from(films).where(films.c.state.in_(_OPEN))
    return (await tx.execute(query if user_id is None else query.where(films.c.user_id == user_id))).scalar_one()


async def next_film(tx: Tx) -> Film | None:
    """The one to make now: what was begun first, then what was asked for first."""
    query = _films.selecting().where(films.c.state.in_(_OPEN))
    return await _films.first(tx, query.order_by(films.c.state != FilmState.MAKING, films.c.asked_at, films.c.id))


async def stale(tx: Tx, now: datetime, most: int) -> list[Film]:
    """Films that are kept no longer."""
    return await _films.all(tx, _films.selecting().where(films.c.expires_at <= now).limit(most))


async def cancel_all(tx: Tx, recording_ids: Iterable[str], now: datetime) -> int:
    """Let every film of these recordings go, made or not; how many are still there."""
    of_them = films.c.recording_id.in_(sorted(set(recording_ids)))
    await tx.execute(update(films).where(of_them).values(state=FilmState.CANCELLED, expires_at=now))
    return (await tx.execute(select(func.count()).select_from(films).where(of_them))).scalar_one()


async def remove(tx: Tx, film_id: str) -> None:
    """Forget a film whose file is gone."""
    await tx.execute(delete(films).where(films.c.id == film_id))
