"""What the filing desk keeps of an application: the answers about it, what it lacks, attempts to reach its parties."""

from __future__ import annotations

from mediation_server.domain.diversion import AskedDefect, Contact, Triage
from mediation_server.store.database import Tx
from mediation_server.store.desk_tables import contacts, defects, triages
from mediation_server.store.mapping import Mapper

__all__ = ["add_contact", "add_defect", "contacts_of", "defects_of", "save_triage", "triage_of"]

_triages = Mapper(Triage, triages, key="matter_id")
_defects = Mapper(AskedDefect, defects)
_contacts = Mapper(Contact, contacts)


async def triage_of(tx: Tx, matter_id: str) -> Triage:
    """The answers so far; none before the first."""
    return await _triages.by_key(tx, matter_id) or Triage(matter_id)


async def save_triage(tx: Tx, value: Triage) -> None:
    """Write the answers as they are now."""
    await _triages.save(tx, value)


async def add_defect(tx: Tx, value: AskedDefect) -> None:
    """One more item of a list."""
    await _defects.add(tx, value)


async def defects_of(tx: Tx, matter_id: str) -> list[AskedDefect]:
    """Everything that was asked for, list by list, in the order of each."""
    query = _defects.selecting().where(defects.c.matter_id == matter_id)
    return await _defects.all(tx, query.order_by(defects.c.round, defects.c.ordinal))


async def add_contact(tx: Tx, value: Contact) -> None:
    """One more attempt to reach somebody."""
    await _contacts.add(tx, value)


async def contacts_of(tx: Tx, matter_id: str) -> list[Contact]:
    """The attempts in a matter, oldest first."""
    query = _contacts.selecting().where(contacts.c.matter_id == matter_id)
    return await _contacts.all(tx, query.order_by(contacts.c.at, contacts.c.id))
