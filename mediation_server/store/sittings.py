"""What surrounds sittings: notices that went out, requests of parties, and which sittings the clock concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mediation_server.domain.session import Session, SessionState
from mediation_server.domain.sitting import NoticeAbout, SittingRequest
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import sessions, sitting_notices, sitting_requests

__all__ = ["ask", "asked", "overlapping", "settle", "tell", "told", "waiting_until"]

_sessions = Mapper(Session, sessions)
_requests = Mapper(SittingRequest, sitting_requests)
_COMING = (SessionState.SCHEDULED, SessionState.LOBBY)
_OVER = (SessionState.ENDED, SessionState.CANCELLED, SessionState.NO_SHOW)


async def tell(tx: Tx, session: Session, participant_id: str, about: NoticeAbout, at: datetime) -> None:
    """Keep that somebody was told this of this revision."""
    await tx.execute(
        sitting_notices.insert().values(
            session_id=session.id,
            participant_id=participant_id,
            about=about,
            revision=session.revision,
            sent_at=at,
        )
    )


async def told(tx: Tx, session_ids: Iterable[str]) -> set[tuple[str, NoticeAbout, int]]:
    """Who was told what of which revision, in several sittings."""
    columns = (sitting_notices.c.participant_id, sitting_notices.c.about, sitting_notices.c.revision)
    named = sitting_notices.c.session_id.in_(sorted(set(session_ids)))
    return {(row[0], row[1], row[2]) for row in (await tx.execute(select(*columns).where(named))).all()}


async def ask(tx: Tx, value: SittingRequest) -> None:
    """One more request."""
    await _requests.add(tx, value)


async def asked(tx: Tx, session_ids: Iterable[str]) -> list[SittingRequest]:
    """The requests in several sittings, oldest first."""
    named = sitting_requests.c.session_id.in_(sorted(set(session_ids)))
    order = (sitting_requests.c.asked_at, sitting_requests.c.id)
    return await _requests.all(tx, _requests.selecting().where(named).order_by(*order))


async def settle(tx: Tx, session_id: str, kind: str, at: datetime) -> None:
    """Whatever of this kind was asked for in a sitting has been dealt with."""
    mine = (sitting_requests.c.session_id == session_id, sitting_requests.c.kind == kind)
    open_still = sitting_requests.c.settled_at.is_(None)
    await tx.execute(update(sitting_requests).where(*mine, open_still).values(settled_at=at))


async def waiting_until(tx: Tx, until: datetime) -> list[Session]:
    """Sittings that have not begun and whose time has come or comes before `until`, earliest first."""
    coming = (sessions.c.state.in_(_COMING), sessions.c.starts_at <= until)
    return await _sessions.all(tx, _sessions.selecting().where(*coming).order_by(sessions.c.starts_at, sessions.c.id))


async def overlapping(tx: Tx, presider_id: str, since: datetime, until: datetime) -> list[Session]:
    """The sittings somebody presides over that begin in a stretch of time and are not over, earliest first."""
    mine = (sessions.c.presider_id == presider_id, sessions.c.state.not_in(_OVER))
    within = (sessions.c.starts_at >= since, sessions.c.starts_at < until)
    return await _sessions.all(tx, _sessions.selecting().where(*mine, *within).order_by(sessions.c.starts_at))
