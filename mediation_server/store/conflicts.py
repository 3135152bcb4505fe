"""The conflict register: parts in a case that stand nowhere else, and relations mediators disclosed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from mediation_server.domain.conflicts import Involvement, Relation
from mediation_server.domain.matter import MatterParty
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.roster_tables import involvements, relations
from mediation_server.store.tables import matter_parties

__all__ = ["add", "disclose", "involvements_of", "related_mediators", "relations_of"]

_involvements = Mapper(Involvement, involvements)
_relations = Mapper(Relation, relations)


async def add(tx: Tx, value: Involvement) -> None:
    """Somebody has a part in a matter."""
    await _involvements.add(tx, value)


async def involvements_of(tx: Tx, matter_id: str) -> list[Involvement]:
    """The parts written down in a matter, oldest first."""
    query = _involvements.selecting().where(involvements.c.matter_id == matter_id)
    return await _involvements.all(tx, query.order_by(involvements.c.at, involvements.c.id))


async def disclose(tx: Tx, value: Relation) -> None:
    """A mediator disclosed a relation to a party."""
    await _relations.add(tx, value)


async def relations_of(tx: Tx, matter_id: str) -> list[Relation]:
    """What was disclosed in a matter, oldest first."""
    query = _relations.selecting().where(relations.c.matter_id == matter_id)
    return await _relations.all(tx, query.order_by(relations.c.at, relations.c.id))


async def related_mediators(tx: Tx, parties: Collection[MatterParty]) -> frozenset[str]:
    """Mediators who once disclosed a relation to somebody with the phone or number of one of these parties."""
    phones = sorted({each.phone for each in parties if each.phone})
    numbers = sorted({each.id_number for each in parties if each.id_number})
    here = sorted({each.matter_id for each in parties})
    query = (
        select(relations.c.mediator_id)
        .join(matter_parties, matter_parties.c.id == relations.c.party_id)
        .where(or_(matter_parties.c.phone.in_(phones), matter_parties.c.id_number.in_(numbers)))
        .where(relations.c.matter_id.not_in(here))
    )
    return frozenset((await tx.execute(query)).scalars())
