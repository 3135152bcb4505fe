"""A film of a recording to take away (合成录像): asked for, cancelled and fetched within a viewing that still holds.

Whoever may export the matter and may watch the recording now may have one; each is marked with its reader's name, and
that it was asked for and taken is written down before a byte is sent.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.film import FILM_KEPT, FILMS_AT_ONCE, FILMS_WAITING, Film, FilmLayout
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.making import MakingState
from mediation_server.domain.recording import Recording
from mediation_server.domain.rights import Action, claim_on, may
from mediation_server.domain.users import User
from mediation_server.domain.viewing import Viewing
from mediation_server.errors import Conflict, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.making import Made, Told, Workshop, let_go, making
from mediation_server.services.recording_wall import check_viewing
from mediation_server.store import matters, recordings, sessions
from mediation_server.store.database import Tx
from mediation_server.store.made import FILMS

__all__ = ["FilmFile", "Studio", "ask_film", "cancel_film", "films_for", "making_films", "take_film"]


@dataclass(frozen=True, slots=True)
class FilmFile:
    """A film, open for reading; whoever asked for it closes `stream`."""

    film: Film
    stream: BinaryIO
    bytes: int


class Studio(Protocol):
    """The port to whoever makes and keeps the files."""

    async def make(self, film: Film, recording: Recording, told: Told) -> Made:
        """Make it, or go on with it. Raises `MediationError` with the reason; cancelling ends all work on it."""
        ...

    async def open(self, film_id: str) -> tuple[BinaryIO, int]:
        """The file and its length in bytes. Raises `NotFound`."""
        ...

    async def discard(self, film_id: str) -> None:
        """Leave nothing of it; idempotent."""
        ...


async def films_for(ctx: Context, user: User, viewing_id: str) -> list[Film]:
    """What this person asked for of the viewed recording, the newest first. Raises what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.reading() as tx:
        return await FILMS.of(tx, viewing.recording_id, user.id)


async def ask_film(ctx: Context, user: User, viewing_id: str, layout: FilmLayout, language: str) -> Film:
    """Have a film made.

    Raises what `check_viewing` raises, `Refused("film_not_yours")`, `Conflict("film_waits")` while one's own are being
    made, `Conflict("films_busy")` while too many of all are.
    """
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        await _exporting(tx, user, viewing)
        if await FILMS.waiting(tx, user.id) >= FILMS_AT_ONCE:
            raise Conflict("film_waits", most=FILMS_AT_ONCE)
        if await FILMS.waiting(tx) >= FILMS_WAITING:
            raise Conflict("films_busy")
        now = ctx.clock.now()
        film = Film(
            new_id(), viewing.recording_id, viewing.id, user.id, layout, language, viewing.watermark,
            MakingState.QUEUED, now,
        )  # fmt: skip
        await FILMS.save(tx, film)
        await _written(ctx, tx, AuditAction.FILM_ASKED, film, viewing)
    ctx.films_asked.set()
    return film


async def cancel_film(ctx: Context, studio: Studio, user: User, viewing_id: str, film_id: str) -> None:
    """Let a film go, made or not; idempotent. Raises `NotFound` for another's, and what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        film = await _own(tx, user, viewing, film_id)
        if not await let_go(ctx, tx, FILMS, film, FILM_KEPT):
            return
        await _written(ctx, tx, AuditAction.FILM_CANCELLED, film, viewing)
    if not film.is_open:
        await studio.discard(film.id)


async def take_film(ctx: Context, studio: Studio, user: User, viewing_id: str, film_id: str) -> FilmFile:
    """Fetch a film that is ready; that it was taken is written down first.

    Raises `NotFound` for another's or one that is not ready, and what `ask_film` raises for whoever may not.
    """
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        film = await _own(tx, user, viewing, film_id)
        if film.state is not MakingState.READY:
            raise NotFound
        await _exporting(tx, user, viewing)
        await _written(ctx, tx, AuditAction.FILM_TAKEN, film, viewing)
    stream, size = await studio.open(film.id)
    return FilmFile(film, stream, size)


def making_films(ctx: Context, studio: Studio) -> AbstractAsyncContextManager[None]:
    """Make what is asked for, one film at a time, while the block lasts; what was begun before is gone on with."""

    async def make(film: Film, told: Told) -> Made:
        async with ctx.db.reading() as tx:
            recording = await recordings.recording(tx, film.recording_id)
        return await studio.make(film, recording, told)

    return making(ctx, Workshop("film", FILMS, FILM_KEPT, ctx.films_asked, make, studio.discard))


async def _own(tx: Tx, user: User, viewing: Viewing, film_id: str) -> Film:
    film = await FILMS.one(tx, film_id, locked=True) if is_id(film_id) else None
    if film is None or film.user_id != user.id or film.recording_id != viewing.recording_id:
        raise NotFound
    return film


async def _exporting(tx: Tx, user: User, viewing: Viewing) -> None:
    """Watching is not enough: the table of rights must let this person take the matter away."""
    recording = await recordings.recording(tx, viewing.recording_id)
    session = await sessions.session(tx, recording.session_id)
    matter = await matters.matter(tx, session.matter_id)
    # A party looks on beside a clerk, or somebody by an exception of the wall: neither leaves a copy.
    served = viewing.purpose is Purpose.SUPERVISED or viewing.approval_id is not None
    if served or not may(claim_on(matter, user.id, user.role), Action.EXPORT_MATTER):
        raise Refused("film_not_yours")


async def _written(ctx: Context, tx: Tx, action: AuditAction, film: Film, viewing: Viewing) -> None:
    await audited(
        ctx,
        tx,
        action,
        actor=film.user_id,
        about=f"recording:{film.recording_id}",
        purpose=viewing.purpose.value,
        basis=viewing.basis,
        film=film.id,
        viewing=viewing.id,
        sha256=film.sha256 or "",
    )
