"""Agents in the demo's matters (all invented): one who may settle for the insurer, one who may not for the employer."""

from __future__ import annotations

from datetime import datetime

from mediation_server.domain.checks.agents import PAPERS, AgentKind, Power
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.domain.users import User
from mediation_server.services import demo_cast as cast
from mediation_server.store import party_agents
from mediation_server.store.database import Tx

__all__ = ["he_yu", "tang_min"]

_FIRM = "安徽（演示）云桥律师事务所"
_SPECIAL = frozenset({Power.ADMIT, Power.WAIVE, Power.CHANGE, Power.SETTLE})


async def tang_min(tx: Tx, party: MatterParty, at: datetime) -> PartyAgent:
    """唐敏 acts for the insurer by special authority (特别授权)."""
    return await _acts(tx, party, cast.AGENT_2, "13499202610000002", _SPECIAL, at)


async def he_yu(tx: Tx, party: MatterParty, at: datetime) -> PartyAgent:
    """何屿 acts for the employer by general authority (一般授权) alone, so that he cannot sign."""
    return await _acts(tx, party, cast.AGENT_5, "13499202610000001", frozenset(), at)


async def _acts(
    tx: Tx, party: MatterParty, account: User, licence: str, powers: frozenset[Power], at: datetime
) -> PartyAgent:
    agent = PartyAgent(
        id=fixed_id(f"agent {party.matter_id} {account.name}"),
        party_id=party.id,
        kind=AgentKind.LAWYER,
        name=account.name,
        phone=account.phone or "",
        licence=licence,
        firm=_FIRM,
        powers=powers,
        papers=frozenset(PAPERS[AgentKind.LAWYER]),
        standing=AgentStanding.ADMITTED,
        user_id=account.id,
        settled_at=at,
        settled_by=cast.FILING.id,
    )
    await party_agents.add(tx, agent, 0)
    return agent
