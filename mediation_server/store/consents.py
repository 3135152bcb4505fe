"""Consents: one row per answer, none is ever written over."""

from __future__ import annotations

from mediation_server.domain.consent import Consent
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import consents

__all__ = ["add", "consents_of"]

_consents = Mapper(Consent, consents)


async def add(tx: Tx, value: Consent) -> None:
    """One more answer."""
    await _consents.add(tx, value)


async def consents_of(tx: Tx, participant_id: str) -> list[Consent]:
    """Every answer of a participant, oldest first: the last of an item holds."""
    mine = consents.c.participant_id == participant_id
    return await _consents.all(tx, _consents.selecting().where(mine).order_by(consents.c.at, consents.c.id))
