"""The consent ledger: one row per answer or withdrawal, none is ever written over (triggers see to it)."""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import consents

__all__ = ["add", "consents_of", "ledger_of", "ledger_of_matter", "ledger_of_matters"]

_consents = Mapper(Consent, consents)


async def add(tx: Tx, value: Consent) -> None:
    """One more answer or withdrawal."""
    await _consents.add(tx, value)


async def consents_of(tx: Tx, participant_id: str) -> list[Consent]:
    """Every answer of a participant at the door of a sitting, oldest first: the last of an item holds."""
    mine = consents.c.participant_id == participant_id
    return await _consents.all(tx, _consents.selecting().where(mine).order_by(consents.c.at, consents.c.id))


async def ledger_of(tx: Tx, party_id: str) -> list[Consent]:
    """Every entry of a party, whoever gave it and wherever, oldest first."""
    mine = consents.c.party_id == party_id
    return await _consents.all(tx, _consents.selecting().where(mine).order_by(consents.c.at, consents.c.id))


async def ledger_of_matters(tx: Tx, matter_ids: Iterable[str], item: ConsentItem) -> list[Consent]:
    """Every entry about one item in several matters, oldest first."""
    named = (consents.c.matter_id.in_(sorted(set(matter_ids))), consents.c.item == item.value)
    return await _consents.all(tx, _consents.selecting().where(*named).order_by(consents.c.at, consents.c.id))


async def ledger_of_matter(tx: Tx, matter_id: str) -> list[Consent]:
    """Every entry in a matter, oldest first."""
    mine = consents.c.matter_id == matter_id
    return await _consents.all(tx, _consents.selecting().where(mine).order_by(consents.c.at, consents.c.id))
