"""Forms that arrived after their login had ended: one of each account, for a day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from mediation_server.domain.unsent import Unsent
from mediation_server.store.account_tables import unsent_forms
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = ["drop", "drop_before", "of_user", "put"]

_forms = Mapper(Unsent, unsent_forms, key="user_id")


async def put(tx: Tx, value: Unsent) -> None:
    """Keep a form in place of the one before; whoever calls holds the row of its account."""
    await tx.execute(delete(unsent_forms).where(unsent_forms.c.user_id == value.user_id))
    await _forms.add(tx, value)


async def of_user(tx: Tx, user_id: str) -> Unsent | None:
    """The form of an account, if one is kept."""
    return await _forms.by_key(tx, user_id)


async def drop(tx: Tx, value: Unsent) -> None:
    """It was sent, or is not wanted; one that has taken its place meanwhile stays."""
    this = (unsent_forms.c.user_id == value.user_id) & (unsent_forms.c.kept_at == value.kept_at)
    await tx.execute(delete(unsent_forms).where(this))


async def drop_before(tx: Tx, instant: datetime) -> int:
    """Forget what nobody came back for; how many."""
    return (await tx.execute(delete(unsent_forms).where(unsent_forms.c.kept_at <= instant))).rowcount
