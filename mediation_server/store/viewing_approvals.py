"""Exceptions of the recording wall: asked for, decided, ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import case, select

from mediation_server.domain.viewing_approval import ApprovalState, ViewingApproval
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matters, recordings, sessions
from mediation_server.store.viewing_tables import viewing_approvals

__all__ = ["approval", "asked_by", "at_court", "save"]

_approvals = Mapper(ViewingApproval, viewing_approvals)
_ORDER = (viewing_approvals.c.asked_at, viewing_approvals.c.id)
_ANSWERED = case((viewing_approvals.c.state == ApprovalState.ASKED, 0), else_=1)


async def save(tx: Tx, value: ViewingApproval) -> None:
    """Write an exception as it is now."""
    await _approvals.save(tx, value)


async def approval(tx: Tx, approval_id: str, *, locked: bool = False) -> ViewingApproval:
    """The exception with this id. Raises `NotFound`."""
    found = await _approvals.by_key(tx, approval_id, locked=locked)
    if found is None:
        raise NotFound
    return found


async def asked_by(tx: Tx, user_id: str, recording_id: str) -> list[ViewingApproval]:
    """What somebody asked for about a recording, newest first."""
    mine = (viewing_approvals.c.recording_id == recording_id, viewing_approvals.c.asked_by == user_id)
    newest = (each.desc() for each in _ORDER)
    return await _approvals.all(tx, _approvals.selecting().where(*mine).order_by(*newest))


async def at_court(
    tx: Tx, court: str, states: Iterable[ApprovalState], today: date, most: int
) -> list[ViewingApproval]:
    """Exceptions for a court's recordings that stand so until `today` at least: the waiting first, then the oldest."""
    held = select(recordings.c.id).join(sessions, sessions.c.id == recordings.c.session_id)
    here = held.join(matters, matters.c.id == sessions.c.matter_id).where(matters.c.court == court)
    lasting = (viewing_approvals.c.state.in_(list(states)), viewing_approvals.c.until >= today)
    query = _approvals.selecting().where(viewing_approvals.c.recording_id.in_(here), *lasting)
    return await _approvals.all(tx, query.order_by(_ANSWERED, *_ORDER).limit(most))
