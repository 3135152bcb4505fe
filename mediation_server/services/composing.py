"""A film of a recording to take away (合成录像): asked for, cancelled and fetched within a viewing that still holds.

Whoever may export the matter and may watch the recording now may have one; each is marked with its reader's name, and
that it was asked for and taken is written down before a byte is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple, Protocol

import structlog

from mediation_server.background import background
from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.film import FILM_KEPT, FILMS_AT_ONCE, FILMS_WAITING, Film, FilmLayout, FilmState
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.recording import Recording
from mediation_server.domain.rights import Action, claim_on, may
from mediation_server.domain.users import User
from mediation_server.domain.viewing import Viewing
from mediation_server.errors import Conflict, MediationError, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.recording_wall import check_viewing
from mediation_server.store import films, matters, recordings, sessions
from mediation_server.store.database import Tx

__all__ = ["FilmFile", "Made", "Studio", "Told", "ask_film", "cancel_film", "films_for", "making_films", "take_film"]

_log = structlog.get_logger(__name__)

_LOOK_S = 1.0  # how soon a film that was cancelled is let go
_IDLE_S = 60.0
_STALE_AT_ONCE = 20

Told = Callable[[int, int], Awaitable[None]]  # steps done, steps in all


class Made(NamedTuple):
    """What came of it: length in bytes and SHA-256 of the file."""

    bytes: int
    sha256: str


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
        return await films.films_of(tx, viewing.recording_id, user.id)


async def ask_film(ctx: Context, user: User, viewing_id: str, layout: FilmLayout, language: str) -> Film:
    """Have a film made.

    Raises what `check_viewing` raises, `Refused("film_not_yours")`, `Conflict("film_waits")` while one's own are being
    made, `Conflict("films_busy")` while too many of all are.
    """
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        await _exporting(tx, user, viewing)
        if await films.waiting(tx, user.id) >= FILMS_AT_ONCE:
            raise Conflict("film_waits", most=FILMS_AT_ONCE)
        if await films.waiting(tx) >= FILMS_WAITING:
            raise Conflict("films_busy")
        now = ctx.clock.now()
        film = Film(
            new_id(), viewing.recording_id, viewing.id, user.id, layout, language, viewing.watermark,
            FilmState.QUEUED, now,
        )  # fmt: skip
        await films.save(tx, film)
        await _written(ctx, tx, AuditAction.FILM_ASKED, film, viewing)
    ctx.films_asked.set()
    return film


async def cancel_film(ctx: Context, studio: Studio, user: User, viewing_id: str, film_id: str) -> None:
    """Let a film go, made or not; idempotent. Raises `NotFound` for another's, and what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        film = await _own(tx, user, viewing, film_id)
        if film.state in (FilmState.CANCELLED, FilmState.FAILED):
            return
        await films.save(tx, replace(film, state=FilmState.CANCELLED, expires_at=ctx.clock.now() + FILM_KEPT))
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
        if film.state is not FilmState.READY:
            raise NotFound
        await _exporting(tx, user, viewing)
        await _written(ctx, tx, AuditAction.FILM_TAKEN, film, viewing)
    stream, size = await studio.open(film.id)
    return FilmFile(film, stream, size)


@contextlib.asynccontextmanager
async def making_films(ctx: Context, studio: Studio) -> AsyncIterator[None]:
    """Make what is asked for, one film at a time, while the block lasts; what was begun before is gone on with."""

    async def run() -> None:
        while True:
            ctx.films_asked.clear()
            try:
                while await _made_one(ctx, studio):
                    pass
                await _tidied(ctx, studio)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("films_broken", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ctx.films_asked.wait(), _IDLE_S)

    async with background(run, "films"):
        yield


async def _made_one(ctx: Context, studio: Studio) -> bool:
    """Make the next film; False when there is none."""
    async with ctx.db.transaction() as tx:
        film = await films.next_film(tx)
        if film is None:
            return False
        await films.save(tx, replace(film, state=FilmState.MAKING))
        recording = await recordings.recording(tx, film.recording_id)

    async def told(done: int, total: int) -> None:
        await _changed(ctx, film.id, done=done, total=total)

    work = asyncio.ensure_future(studio.make(film, recording, told))
    try:
        while not (await asyncio.wait({work}, timeout=_LOOK_S))[0]:
            if not await _is_wanted(ctx, film.id):
                work.cancel()
        await _finished(ctx, film.id, work)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    if not await _is_ready(ctx, film.id):
        await studio.discard(film.id)
    return True


async def _finished(ctx: Context, film_id: str, work: asyncio.Future[Made]) -> None:
    kept = ctx.clock.now() + FILM_KEPT
    if work.cancelled():
        return
    error = work.exception()
    if error is None:
        made = work.result()
        await _changed(ctx, film_id, state=FilmState.READY, bytes=made.bytes, sha256=made.sha256, expires_at=kept)
        return
    _log.error("film_failed", error=type(error).__name__)
    fault = error.code if isinstance(error, MediationError) else "film_failed"
    await _changed(ctx, film_id, state=FilmState.FAILED, fault=fault, expires_at=kept)


async def _changed(ctx: Context, film_id: str, **values: object) -> None:
    """Write how far a film is, unless it is wanted no more."""
    async with ctx.db.transaction() as tx:
        film = await films.film(tx, film_id, locked=True)
        if film is not None and film.is_open:
            await films.save(tx, replace(film, **values))  # type: ignore[arg-type]


async def _is_wanted(ctx: Context, film_id: str) -> bool:
    async with ctx.db.reading() as tx:
        film = await films.film(tx, film_id)
    return film is not None and film.is_open


async def _is_ready(ctx: Context, film_id: str) -> bool:
    async with ctx.db.reading() as tx:
        film = await films.film(tx, film_id)
    return film is not None and film.state is FilmState.READY


async def _tidied(ctx: Context, studio: Studio) -> None:
    async with ctx.db.reading() as tx:
        gone = await films.stale(tx, ctx.clock.now(), _STALE_AT_ONCE)
    for film in gone:
        await studio.discard(film.id)
        async with ctx.db.transaction() as tx:
            await films.remove(tx, film.id)


async def _own(tx: Tx, user: User, viewing: Viewing, film_id: str) -> Film:
    film = await films.film(tx, film_id, locked=True) if is_id(film_id) else None
    if film is None or film.user_id != user.id or film.recording_id != viewing.recording_id:
        raise NotFound
    return film


async def _exporting(tx: Tx, user: User, viewing: Viewing) -> None:
    """Watching is not enough: the table of rights must let this person take the matter away."""
    recording = await recordings.recording(tx, viewing.recording_id)
    session = await sessions.session(tx, recording.session_id)
    matter = await matters.matter(tx, session.matter_id)
    served = viewing.purpose is Purpose.SUPERVISED  # a party looks on, beside a clerk: that leaves no copy
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
