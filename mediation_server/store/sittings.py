"""What surrounds sittings: notices that went out, requests of parties, and which sittings the clock concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select, update

from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.domain.sitting import NoticeAbout, SittingRequest
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matters, participants, sessions, sitting_notices, sitting_requests

__all__ = ["ask", "asked", "open_at_court", "overlapping", "settle", "tell", "told", "waiting_until"]

_sessions = Mapper(Session, sessions)
_requests = Mapper(SittingRequest, sitting_requests)
_COMING = (SessionState.SCHEDULED, SessionState.LOBBY)
_OVER = (SessionState.ENDED, SessionState.CANCELLED, SessionState.NO_SHOW)


async def tell(tx: Tx, whom: Iterable[tuple[Session, str]], about: NoticeAbout, at: datetime) -> None:
    """Keep that these participants, each by id, were told this of this revision of their sitting."""
    rows = [
        {"session_id": each.id, "participant_id": who, "about": about, "revision": each.revision, "sent_at": at}
        for each, who in whom
    ]
    if rows:
        await tx.execute(sitting_notices.insert(), rows)


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


async def open_at_court(tx: Tx, court: str, kind: str, most: int) -> list[SittingRequest]:
    """The requests of one kind at a court that nobody has dealt with, in sittings that have not begun; oldest first."""
    # Asked request by request: there are few that wait, and very many sittings.
    about = (sessions.c.id == sitting_requests.c.session_id, sessions.c.state.in_(_COMING), matters.c.court == court)
    here = select(sessions.c.id).join(matters, matters.c.id == sessions.c.matter_id).where(*about).offset(0)
    mine = (sitting_requests.c.kind == kind, sitting_requests.c.settled_at.is_(None))
    query = _requests.selecting().where(*mine, here.correlate(sitting_requests).exists())
    return await _requests.all(tx, query.order_by(sitting_requests.c.asked_at, sitting_requests.c.id).limit(most))


async def settle(tx: Tx, session_id: str, kind: str, at: datetime) -> None:
    """Whatever of this kind was asked for in a sitting has been dealt with."""
    mine = (sitting_requests.c.session_id == session_id, sitting_requests.c.kind == kind)
    open_still = sitting_requests.c.settled_at.is_(None)
    await tx.execute(update(sitting_requests).where(*mine, open_still).values(settled_at=at))


async def waiting_until(tx: Tx, until: datetime, now: datetime, alive: datetime | None = None) -> list[Session]:
    """Sittings that have not begun and whose time has come or comes before `until`, earliest first.

    Without those to which nothing more can happen by itself: they were waited for until before `alive`, and nobody was
    to come later.
    """
    query = _sessions.selecting().where(sessions.c.state.in_(_COMING), sessions.c.starts_at <= until)
    if alive is not None:
        later = (participants.c.session_id == sessions.c.id, participants.c.attends_at > now)
        own_time = select(participants.c.id).where(*later).exists()
        waited = or_(sessions.c.starts_at >= alive, sessions.c.held_until >= alive)
        query = query.where(or_(waited, sessions.c.kind == SessionKind.ASYNC, own_time))
    return await _sessions.all(tx, query.order_by(sessions.c.starts_at, sessions.c.id))


async def overlapping(tx: Tx, presider_id: str, since: datetime, until: datetime) -> list[Session]:
    """The sittings somebody presides over that begin in a stretch of time and are not over, earliest first."""
    mine = (sessions.c.presider_id == presider_id, sessions.c.state.not_in(_OVER))
    within = (sessions.c.starts_at >= since, sessions.c.starts_at < until)
    return await _sessions.all(tx, _sessions.selecting().where(*mine, *within).order_by(sessions.c.starts_at))
