"""`PartyAgent`, somebody who acts for a party of a matter (委托诉讼代理人): by which papers, and whether they may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.checks.agents import PAPERS, Agent, AgentKind, AgentPaper, Power
from mediation_server.domain.checks.causes import CAUSES, CauseFlag
from mediation_server.errors import BadInput, Conflict

__all__ = ["AgentStanding", "PartyAgent"]


class AgentStanding(StrEnum):
    """Whether somebody who was named may act: the court checks the papers first (民诉法 art. 62; 民诉解释 art. 88)."""

    WAITING = "waiting"  # 待核验
    ADMITTED = "admitted"  # 已核验
    RETURNED = "returned"  # 退回补正
    DISMISSED = "dismissed"  # 已解除


@dataclass(frozen=True, slots=True)
class PartyAgent:
    """An agent of one party; `powers` are the special ones (特别授权), `papers` those somebody says are there.

    Once admitted, both are what whoever checked them has read. `reason`: why they came back.
    """

    id: str
    party_id: str
    kind: AgentKind
    name: str
    phone: str
    licence: str | None = None  # the number of a lawyer's or legal worker's licence
    firm: str | None = None  # 律师事务所, 基层法律服务所, 推荐单位
    powers: frozenset[Power] = frozenset()
    papers: frozenset[AgentPaper] = frozenset()
    standing: AgentStanding = AgentStanding.WAITING
    user_id: str | None = None  # their account, once they signed in with `phone`
    settled_at: datetime | None = None
    settled_by: str | None = None  # whoever checked the papers, or ended it
    reason: str = ""

    @property
    def is_admitted(self) -> bool:
        """Whether they may act for the party."""
        return self.standing is AgentStanding.ADMITTED

    @property
    def is_waiting(self) -> bool:
        """Whether their papers are still to be checked, the first time or again."""
        return self.standing in (AgentStanding.WAITING, AgentStanding.RETURNED)

    def as_agent(self) -> Agent:
        """The agent as the rules of `checks.agents` see one."""
        return Agent(self.party_id, self.kind, self.papers, self.powers)

    def may_settle(self, cause: str) -> bool:
        """Whether they settle for the party alone: by special authority, and not where the party has to come itself."""
        known = CAUSES.get(cause)
        personal = known is not None and CauseFlag.PARTY_ATTENDS in known.flags
        return self.is_admitted and Power.SETTLE in self.powers and not personal

    def admitted(self, at: datetime, by: str, papers: Iterable[AgentPaper], powers: Iterable[Power]) -> PartyAgent:
        """After somebody has read the papers, and which powers they name.

        Raises `BadInput("agent_papers_unread")` when one is missing, `BadInput("agent_powers_beyond")` for a power the
        party has not said it gives, `Conflict("agent_standing")`.
        """
        self._require(self.is_waiting)
        read, given = frozenset(papers) & frozenset(PAPERS[self.kind]), frozenset(powers)
        if not given <= self.powers:
            raise BadInput("agent_powers_beyond", field="powers")
        if read != frozenset(PAPERS[self.kind]):
            raise BadInput("agent_papers_unread", field="papers")
        return self._settled(AgentStanding.ADMITTED, at, by, papers=read, powers=given)

    def returned(self, at: datetime, by: str, reason: str) -> PartyAgent:
        """Sent back to bring better papers. Raises `BadInput("reason_required")`, `Conflict("agent_standing")`."""
        self._require(self.standing is AgentStanding.WAITING)
        if not reason:
            raise BadInput("reason_required", field="reason")
        return self._settled(AgentStanding.RETURNED, at, by, reason=reason)

    def handed_in(self) -> PartyAgent:
        """With a paper that is new to whoever checks them."""
        return replace(self, standing=AgentStanding.WAITING, reason="") if self.is_waiting else self

    def dismissed(self, at: datetime, by: str) -> PartyAgent:
        """Not an agent any more (民诉法 art. 63). Raises `Conflict("agent_standing")` when that is so already."""
        self._require(self.standing is not AgentStanding.DISMISSED)
        return self._settled(AgentStanding.DISMISSED, at, by)

    def _settled(self, standing: AgentStanding, at: datetime, by: str, **more: object) -> PartyAgent:
        changed = {"reason": "", **more}
        return replace(self, standing=standing, settled_at=at, settled_by=by, **changed)  # type: ignore[arg-type]  # named by the callers above

    def _require(self, holds: bool) -> None:  # noqa: FBT001 - a condition is a boolean
        if not holds:
            raise Conflict("agent_standing")
