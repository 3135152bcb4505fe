"""Keys of seats: the cookies with which parties come back to their place; only hashes are here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update

from mediation_server.store.database import Tx
from mediation_server.store.tables import seat_keys

__all__ = ["add_key", "keys_of", "opens", "prolong", "revoke_all_of", "revoke_key"]


async def add_key(tx: Tx, token_hash: str, participant_id: str, created_at: datetime, expires_at: datetime) -> None:
    """A key for one more device of a participant."""
    await tx.execute(
        insert(seat_keys).values(
            token_hash=token_hash,
            participant_id=participant_id,
            created_at=created_at,
            expires_at=expires_at,
            revoked_at=None,
        )
    )


async def opens(tx: Tx, token_hash: str, participant_id: str, now: datetime) -> bool:
    """Whether this key opens this seat now."""
    query = select(seat_keys.c.token_hash).where(
        seat_keys.c.token_hash == token_hash,
        seat_keys.c.participant_id == participant_id,
        seat_keys.c.revoked_at.is_(None),
        seat_keys.c.expires_at > now,
    )
    return (await tx.execute(query)).first() is not None


async def keys_of(tx: Tx, participant_id: str, now: datetime) -> list[str]:
    """Hashes of the keys that open a seat now, oldest first."""
    query = (
        select(seat_keys.c.token_hash)
        .where(
            seat_keys.c.participant_id == participant_id,
            seat_keys.c.revoked_at.is_(None),
            seat_keys.c.expires_at > now,
        )
        .order_by(seat_keys.c.created_at, seat_keys.c.token_hash)
    )
    return list((await tx.execute(query)).scalars())


async def revoke_key(tx: Tx, token_hash: str, at: datetime) -> None:
    """One key opens nothing any more."""
    await tx.execute(update(seat_keys).where(seat_keys.c.token_hash == token_hash).values(revoked_at=at))


async def revoke_all_of(tx: Tx, participant_ids: Iterable[str], at: datetime) -> int:
    """No key of these participants opens anything any more; how many there were."""
    named = seat_keys.c.participant_id.in_(sorted(set(participant_ids)))
    standing = (named, seat_keys.c.revoked_at.is_(None))
    result = await tx.execute(update(seat_keys).where(*standing).values(revoked_at=at))
    return int(result.rowcount)


async def prolong(tx: Tx, participant_id: str, expires_at: datetime) -> None:
    """The keys of a participant that are not closed open the seat until the new time."""
    standing = (seat_keys.c.participant_id == participant_id, seat_keys.c.revoked_at.is_(None))
    await tx.execute(update(seat_keys).where(*standing).values(expires_at=expires_at))
