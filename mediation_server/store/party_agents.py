"""Agents of parties (委托诉讼代理人)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from mediation_server.domain.checks.agents import AgentPaper, Power
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.store.application_tables import party_agents
from mediation_server.store.database import Tx

__all__ = ["agents_of", "replace_all"]


async def agents_of(tx: Tx, party_ids: Iterable[str]) -> list[PartyAgent]:
    """The agents of some parties, in their order for each."""
    named = party_agents.c.party_id.in_(sorted(set(party_ids)))
    rows = await tx.execute(select(party_agents).where(named).order_by(party_agents.c.party_id, party_agents.c.ordinal))
    return [
        PartyAgent(
            id=row.id,
            party_id=row.party_id,
            kind=row.kind,
            name=row.name,
            phone=row.phone,
            licence=row.licence,
            firm=row.firm,
            powers=frozenset(map(Power, row.powers)),
            papers=frozenset(map(AgentPaper, row.papers)),
        )
        for row in rows.all()
    ]


async def replace_all(tx: Tx, party_ids: Iterable[str], agents: Sequence[PartyAgent]) -> None:
    """These parties have these agents and no others."""
    await tx.execute(delete(party_agents).where(party_agents.c.party_id.in_(sorted(set(party_ids)))))
    for ordinal, each in enumerate(agents):
        values = {
            "id": each.id,
            "party_id": each.party_id,
            "ordinal": ordinal,
            "kind": each.kind,
            "name": each.name,
            "phone": each.phone,
            "licence": each.licence,
            "firm": each.firm,
            "powers": sorted(each.powers),
            "papers": sorted(each.papers),
        }
        await tx.execute(insert(party_agents).values(**values))
