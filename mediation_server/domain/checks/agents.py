"""Agents (委托诉讼代理人): how many, with which papers, and what only a special authorisation (特别授权) lets them do.

Source: 民诉法 arts. 61-62; 民诉解释 arts. 88-89, 147. A bare 全权代理 gives none of the special powers. Knows no paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.checks.causes import Cause, CauseFlag
from mediation_server.errors import BadInput, Refused

__all__ = [
    "MOST_AGENTS",
    "PAPERS",
    "Agent",
    "AgentKind",
    "AgentPaper",
    "Power",
    "checked_agent",
    "require_power",
    "require_room",
    "written_powers",
]

MOST_AGENTS = 2


class AgentKind(StrEnum):
    """On what ground somebody may be an agent (民诉法 art. 61)."""

    LAWYER = "lawyer"  # 律师
    LEGAL_WORKER = "legal_worker"  # 基层法律服务工作者
    RELATIVE = "relative"  # 近亲属
    EMPLOYEE = "employee"  # 工作人员
    RECOMMENDED = "recommended"  # 社区、单位或社会团体推荐的公民


class AgentPaper(StrEnum):
    """What an agent brings along (民诉解释 art. 88)."""

    POWER_OF_ATTORNEY = "power_of_attorney"  # 授权委托书
    LICENCE = "licence"  # 执业证
    FIRM_LETTER = "firm_letter"  # 事务所或法律服务所函
    PARTY_IN_DISTRICT = "party_in_district"  # 当事人在本辖区的证明
    IDENTITY = "identity"  # 身份证件
    KINSHIP = "kinship"  # 亲属关系证明
    EMPLOYMENT = "employment"  # 劳动关系证明
    RECOMMENDATION = "recommendation"  # 推荐材料


class Power(StrEnum):
    """What needs a special authorisation, each named on its own (民诉法 art. 62)."""

    ADMIT = "admit"  # 承认诉讼请求
    WAIVE = "waive"  # 放弃诉讼请求
    CHANGE = "change"  # 变更诉讼请求
    SETTLE = "settle"  # 和解、调解
    COUNTERCLAIM = "counterclaim"  # 反诉
    APPEAL = "appeal"  # 上诉


_POA = AgentPaper.POWER_OF_ATTORNEY
PAPERS: Mapping[AgentKind, tuple[AgentPaper, ...]] = MappingProxyType(
    {
        AgentKind.LAWYER: (_POA, AgentPaper.LICENCE, AgentPaper.FIRM_LETTER),
        AgentKind.LEGAL_WORKER: (
            _POA,
            AgentPaper.LICENCE,
            AgentPaper.FIRM_LETTER,
            AgentPaper.PARTY_IN_DISTRICT,
        ),
        AgentKind.RELATIVE: (_POA, AgentPaper.IDENTITY, AgentPaper.KINSHIP),
        AgentKind.EMPLOYEE: (_POA, AgentPaper.IDENTITY, AgentPaper.EMPLOYMENT),
        AgentKind.RECOMMENDED: (_POA, AgentPaper.IDENTITY, AgentPaper.RECOMMENDATION),
    }
)

# The words by which a power of attorney names each power.
_WORDS: Mapping[Power, tuple[str, ...]] = MappingProxyType(
    {
        Power.ADMIT: ("承认",),
        Power.WAIVE: ("放弃",),
        Power.CHANGE: ("变更",),
        Power.SETTLE: ("和解", "调解"),
        Power.COUNTERCLAIM: ("反诉",),
        Power.APPEAL: ("上诉",),
    }
)


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of one party with the powers the power of attorney names; `opinion`: the party wrote to the court."""

    party_id: str
    kind: AgentKind
    papers: frozenset[AgentPaper]
    powers: frozenset[Power]
    opinion: bool = False


def require_room(agents: Sequence[Agent], *, field: str = "agents") -> None:
    """One or two agents for each party (民诉法 art. 61). Raises `BadInput("agents_too_many")`."""
    named = [each.party_id for each in agents]
    if any(named.count(each) > MOST_AGENTS for each in named):
        raise BadInput("agents_too_many", field=field, most=MOST_AGENTS)


def checked_agent(agent: Agent, *, field: str = "papers") -> Agent:
    """The same agent, all papers there. Raises `BadInput` naming the first that is missing."""
    missing = next((each for each in PAPERS[agent.kind] if each not in agent.papers), None)
    if missing is not None:
        raise BadInput(f"agent_paper_{missing.value}", field=f"{field}.{missing.value}")
    return agent


def require_power(agent: Agent, power: Power, cause: Cause | None = None) -> None:
    """Whether this agent may do that for the party. Raises `Refused`: `agent_not_authorised`, `party_must_attend`.

    Where the party has to attend (divorce, 民诉法 art. 65), an agent settles only with the party's written opinion.
    """
    if power not in agent.powers:
        raise Refused("agent_not_authorised", power=power.value)
    personal = cause is not None and CauseFlag.PARTY_ATTENDS in cause.flags
    if power is Power.SETTLE and personal and not agent.opinion:
        raise Refused("party_must_attend")


def written_powers(text: str) -> frozenset[Power]:
    """The special powers a text seems to name, for whoever reads the paper to confirm; 全权代理 names none."""
    return frozenset(power for power, words in _WORDS.items() if any(word in text for word in words))
