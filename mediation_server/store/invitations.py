"""Invitations; the token itself is never here, only its hash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from mediation_server.domain.invitation import Invitation
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import invitations

__all__ = ["add", "by_token", "invitations_of_all", "mark_used", "prolong", "revoke_all_of"]

_invitations = Mapper(Invitation, invitations)


async def add(tx: Tx, value: Invitation) -> None:
    """A new link."""
    await _invitations.add(tx, value)


async def by_token(tx: Tx, token_hash: str) -> Invitation | None:
    """The link whose token has this hash, or None."""
    return await _invitations.first(tx, _invitations.selecting().where(invitations.c.token_hash == token_hash))


async def invitations_of_all(tx: Tx, session_ids: Iterable[str]) -> list[Invitation]:
    """Every link of several sittings, oldest first."""
    named = invitations.c.session_id.in_(sorted(set(session_ids)))
    order = (invitations.c.created_at, invitations.c.id)
    return await _invitations.all(tx, _invitations.selecting().where(named).order_by(*order))


async def revoke_all_of(tx: Tx, participant_ids: Iterable[str], at: datetime) -> int:
    """Close every link of these participants that is not closed yet; how many there were."""
    named = invitations.c.participant_id.in_(sorted(set(participant_ids)))
    standing = (named, invitations.c.revoked_at.is_(None))
    result = await tx.execute(update(invitations).where(*standing).values(revoked_at=at))
    return int(result.rowcount)


async def mark_used(tx: Tx, invitation_id: str, at: datetime) -> None:
    """Keep when a link was used for the first time."""
    first = (invitations.c.id == invitation_id, invitations.c.first_used_at.is_(None))
    await tx.execute(update(invitations).where(*first).values(first_used_at=at))


async def prolong(tx: Tx, session_id: str, expires_at: datetime) -> None:
    """The links of a sitting that are not closed stay valid until the new time."""
    standing = (invitations.c.session_id == session_id, invitations.c.revoked_at.is_(None))
    await tx.execute(update(invitations).where(*standing).values(expires_at=expires_at))
