"""Reads sittings for other use cases and for verification; checks no right, so no page may call it directly."""

from __future__ import annotations

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Conclusion, Matter
from mediation_server.domain.session import Participant, Session
from mediation_server.services.context import Context
from mediation_server.store import conclusions, events, matters, sessions

__all__ = ["conclusion_of", "events_of", "last_event", "length_ms", "matter_of", "participants_of", "session_of"]


async def session_of(ctx: Context, session_id: str) -> Session:
    """A sitting. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        return await sessions.session(tx, session_id)


async def matter_of(ctx: Context, session_id: str) -> Matter:
    """The matter of a sitting. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        return await matters.matter(tx, (await sessions.session(tx, session_id)).matter_id)


async def participants_of(ctx: Context, session_id: str) -> list[Participant]:
    """Who is named for a sitting, the presider first."""
    async with ctx.db.reading() as tx:
        return await sessions.participants_of(tx, session_id)


async def events_of(ctx: Context, session_id: str, after: int = 0) -> list[SessionEvent]:
    """The log of a sitting from the entry that follows number `after`."""
    async with ctx.db.reading() as tx:
        return await events.events_of(tx, session_id, after)


async def conclusion_of(ctx: Context, session_id: str) -> Conclusion | None:
    """How a sitting was concluded, or None."""
    async with ctx.db.reading() as tx:
        return await conclusions.conclusion_of(tx, session_id)


async def last_event(ctx: Context, session_id: str) -> SessionEvent | None:
    """The last entry of a sitting's log, or None."""
    async with ctx.db.reading() as tx:
        return await events.last_event(tx, session_id)


async def length_ms(ctx: Context, session_id: str) -> int | None:
    """How long an ended sitting was, in ms, as its log says; None while it is not over or if it never started.

    Not from the rows: the wall clock may have been set meanwhile, the log counts from the start.
    """
    async with ctx.db.reading() as tx:
        session = await sessions.session(tx, session_id)
        ended = await events.of_kind(tx, (session_id,), EventKind.ENDED)
    return ended[-1].offset_ms if ended and session.started_at is not None else None
