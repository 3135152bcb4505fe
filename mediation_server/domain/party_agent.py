"""`PartyAgent`, somebody who acts for a party of a matter (委托诉讼代理人), by which papers; knows no account."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.checks.agents import Agent, AgentKind, AgentPaper, Power

__all__ = ["PartyAgent"]


@dataclass(frozen=True, slots=True)
class PartyAgent:
    """An agent of one party; `powers` are the special ones (特别授权), `papers` those somebody says are there."""

    id: str
    party_id: str
    kind: AgentKind
    name: str
    phone: str
    licence: str | None = None  # the number of a lawyer's or legal worker's licence
    firm: str | None = None  # 律师事务所, 基层法律服务所, 推荐单位
    powers: frozenset[Power] = frozenset()
    papers: frozenset[AgentPaper] = frozenset()

    def as_agent(self) -> Agent:
        """The agent as the rules of `checks.agents` see one."""
        return Agent(self.party_id, self.kind, self.papers, self.powers)
