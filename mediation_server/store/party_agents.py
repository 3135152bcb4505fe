"""Agents of parties (委托诉讼代理人)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, delete, insert, select, update

from mediation_server.domain.checks.agents import AgentPaper, Power
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.errors import NotFound
from mediation_server.store.application_tables import party_agents
from mediation_server.store.database import Tx
from mediation_server.store.tables import matter_parties

__all__ = ["add", "agent", "agents_in", "agents_of", "agents_of_user", "link", "named_at", "replace_all", "save"]

_NAMES = tuple(each.name for each in party_agents.columns if each.name not in ("ordinal", "powers", "papers"))
_ACTING = tuple(each.value for each in AgentStanding if each is not AgentStanding.DISMISSED)


async def agents_of(tx: Tx, party_ids: Iterable[str]) -> list[PartyAgent]:
    """The agents of some parties, those of old included, in their order for each."""
    named = party_agents.c.party_id.in_(sorted(set(party_ids)))
    return await _all(tx, select(party_agents).where(named))


async def agents_in(tx: Tx, matter_id: str) -> list[PartyAgent]:
    """The agents of all parties of a matter."""
    parties = select(matter_parties.c.id).where(matter_parties.c.matter_id == matter_id)
    return await _all(tx, select(party_agents).where(party_agents.c.party_id.in_(parties)))


async def agents_of_user(tx: Tx, user_id: str, matter_id: str | None = None) -> list[PartyAgent]:
    """For whom an account acts, or is named to, in one matter or in all; not where that has ended."""
    theirs = select(party_agents).where(party_agents.c.user_id == user_id, party_agents.c.standing.in_(_ACTING))
    if matter_id is not None:
        parties = select(matter_parties.c.id).where(matter_parties.c.matter_id == matter_id)
        theirs = theirs.where(party_agents.c.party_id.in_(parties))
    return await _all(tx, theirs)


async def agent(tx: Tx, agent_id: str) -> PartyAgent:
    """One agent. Raises `NotFound`."""
    found = await _all(tx, select(party_agents).where(party_agents.c.id == agent_id))
    if not found:
        raise NotFound
    return found[0]


async def named_at(tx: Tx, phone: str) -> PartyAgent | None:
    """Somebody named as an agent with this phone, the one named last; or None."""
    found = await _all(tx, select(party_agents).where(party_agents.c.phone == phone))
    return max(found, key=lambda each: each.id, default=None)


async def link(tx: Tx, phone: str, user_id: str) -> None:
    """Whoever is named as an agent with this phone has this account, unless another already."""
    named = (party_agents.c.phone == phone, party_agents.c.user_id.is_(None))
    await tx.execute(update(party_agents).where(*named).values(user_id=user_id))


async def add(tx: Tx, value: PartyAgent, ordinal: int) -> None:
    """One more agent of a party."""
    await tx.execute(insert(party_agents).values(**_columns(value), ordinal=ordinal))


async def save(tx: Tx, value: PartyAgent) -> None:
    """An agent as they are now."""
    await tx.execute(update(party_agents).where(party_agents.c.id == value.id).values(**_columns(value)))


async def replace_all(tx: Tx, party_ids: Iterable[str], agents: Sequence[PartyAgent]) -> None:
    """These parties have these agents and no others."""
    await tx.execute(delete(party_agents).where(party_agents.c.party_id.in_(sorted(set(party_ids)))))
    for ordinal, each in enumerate(agents):
        await add(tx, each, ordinal)


async def _all(tx: Tx, query: Select[tuple[object, ...]]) -> list[PartyAgent]:
    rows = await tx.execute(query.order_by(party_agents.c.party_id, party_agents.c.ordinal))
    return [
        PartyAgent(
            **{name: getattr(row, name) for name in _NAMES},
            powers=frozenset(map(Power, row.powers)),
            papers=frozenset(map(AgentPaper, row.papers)),
        )
        for row in rows.all()
    ]


def _columns(value: PartyAgent) -> dict[str, object]:
    columns = {name: getattr(value, name) for name in _NAMES}
    return columns | {"powers": sorted(value.powers), "papers": sorted(value.papers)}
