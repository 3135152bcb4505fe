"""Agents (委托诉讼代理人): a party names and dismisses them; they bring their papers from an account of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation_server.domain.application import Draft, DraftAgent, DraftPerson, PartyKind
from mediation_server.domain.application_checks import read_agent
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.agents import PAPERS, AgentPaper, require_room
from mediation_server.domain.conflicts import CaseRole, Person
from mediation_server.domain.ids import new_id
from mediation_server.domain.material import Material, MaterialKind, MaterialState
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.domain.people import Side
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound, Refused, TooMany
from mediation_server.services.access import NamedAgent, OwnMatter, named_agent, own_matter
from mediation_server.services.agent_seats import unseat
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver
from mediation_server.services.register import check_part
from mediation_server.services.telling_agents import post_named
from mediation_server.services.throttle import Limit
from mediation_server.store import materials, matters, party_agents, users
from mediation_server.store.database import Tx

__all__ = [
    "Agency",
    "AgentFile",
    "agencies_of",
    "agency",
    "begin_paper",
    "dismiss",
    "file_of_agent",
    "name_agent",
    "own_agents",
]

_OVER = (
    MatterState.REJECTED,
    MatterState.RECALLED,
    MatterState.HANDED_OVER,
    MatterState.CLOSED,
    MatterState.ARCHIVED,
)
_MOST_NAMED = 20  # of one party, those of old included
_NAMING = Limit(10, 60 * 60 * 1000)  # each is a message to a phone somebody typed in
_HANDED_IN = (MaterialState.SUBMITTED, MaterialState.RELAYED)
_UNSEEN = (MaterialState.WITHDRAWN,)


@dataclass(frozen=True, slots=True)
class AgentFile:
    """An agent with the papers they need, each with the item that is here of it, if one is."""

    agent: PartyAgent
    papers: tuple[tuple[AgentPaper, Material | None], ...]

    @property
    def handed_in(self) -> frozenset[AgentPaper]:
        """The papers whoever checks them can read here."""
        return frozenset(paper for paper, item in self.papers if item and item.state in _HANDED_IN)

    @property
    def is_complete(self) -> bool:
        """Whether every paper is here."""
        return len(self.handed_in) == len(self.papers)


@dataclass(frozen=True, slots=True)
class Agency:
    """What somebody named as an agent sees of it before they may act: which matter, for whom, and their papers."""

    matter: Matter
    party: MatterParty
    file: AgentFile


async def own_agents(ctx: Context, user: User, matter_id: str) -> tuple[OwnMatter, tuple[AgentFile, ...]]:
    """The agents of a party, those of old last. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        own = await own_matter(tx, user, matter_id)
        found = [
            await file_of_agent(tx, own.matter.id, each) for each in await party_agents.agents_of(tx, [own.party.id])
        ]
    found.sort(key=lambda each: each.agent.standing is AgentStanding.DISMISSED)
    return own, tuple(found)


async def name_agent(ctx: Context, user: User, matter_id: str, said: Mapping[str, str]) -> PartyAgent:
    """Name an agent, who is told so and brings the papers; `said` as in an application (`AGENT_FIELDS`).

    Raises `NotFound`; `BadInput` for the first field that does not hold; `Refused("barred_by_part")` for whoever has
    mediated or judged in the matter, `Refused("not_permitted")` to an agent; `Conflict("agents_closed")`; `TooMany`.
    """
    async with ctx.db.transaction() as tx:
        own = await _of_itself(tx, user, matter_id)
        if own.matter.state in _OVER:
            raise Conflict("agents_closed")
        agent = await _read(tx, own, said)
        if not ctx.throttle.admit(ctx.clock, f"agents:{own.party.id}", _NAMING):  # a slip of the pen counts for nothing
            raise TooMany("too_many_requests")
        known = await party_agents.agents_of(tx, [own.party.id])
        standing = [each for each in known if each.standing is not AgentStanding.DISMISSED]
        require_room([each.as_agent() for each in (*standing, agent)])
        if len(known) >= _MOST_NAMED:
            raise BadInput("agents_too_many", field="agents", most=_MOST_NAMED)
        await _one_sided(tx, own, agent)
        await check_part(tx, own.matter, Person(agent.name, phone=agent.phone), CaseRole.AGENT)
        await party_agents.add(tx, agent, len(known))
        account = await users.by_phone(tx, agent.phone)
        if account is not None:
            await party_agents.link(tx, agent.phone, account.id)
        about = f"matter:{matter_id}"
        await audited(ctx, tx, AuditAction.AGENT_NAMED, actor=user.id, about=about, agent=agent.id, party=own.party.id)
        await post_named(tx, own.matter, [agent], ctx.clock.now())
    await deliver(ctx)
    return agent


async def dismiss(ctx: Context, user: User, matter_id: str, agent_id: str) -> PartyAgent:
    """End an agency: from now on they see nothing of the matter, and leave the room if they are in one.

    Raises `NotFound`, `Refused("not_permitted")` to an agent, `Conflict("agent_standing")` when it has ended already.
    """
    async with ctx.db.transaction() as tx:
        own = await _of_itself(tx, user, matter_id)
        found = {each.id: each for each in await party_agents.agents_of(tx, [own.party.id])}
        if agent_id not in found:
            raise NotFound
        agent = found[agent_id].dismissed(ctx.clock.now(), user.id)
        await party_agents.save(tx, agent)
        seats = await unseat(ctx, tx, own.matter.id, agent)
        about = f"matter:{matter_id}"
        await audited(ctx, tx, AuditAction.AGENT_DISMISSED, actor=user.id, about=about, agent=agent.id)
    await seats.leave(ctx)
    return agent


async def agencies_of(ctx: Context, user: User) -> list[Agency]:
    """Where somebody is named as an agent and may not act yet, newest first."""
    async with ctx.db.reading() as tx:
        named = [each for each in await party_agents.agents_of_user(tx, user.id) if each.is_waiting]
        found = []
        for each in sorted(named, key=lambda agent: agent.id, reverse=True):
            try:
                found.append(await _agency(tx, await named_agent(tx, user, each.id)))
            except NotFound:  # nobody has examined the application yet
                continue
    return found


async def agency(ctx: Context, user: User, agent_id: str) -> Agency:
    """One of them, admitted or not. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        return await _agency(tx, await named_agent(tx, user, agent_id))


async def begin_paper(ctx: Context, user: User, agent_id: str, paper: AgentPaper) -> Material:
    """The item for one of an agent's papers, made when there is none; files are put into it as into any other.

    Raises `NotFound`, also for a paper this kind of agent does not need.
    """
    async with ctx.db.transaction() as tx:
        matter, party, agent = await named_agent(tx, user, agent_id)
        if paper not in PAPERS[agent.kind] or not agent.is_waiting:
            raise NotFound
        await matters.locked(tx, matter.id)
        file = await file_of_agent(tx, matter.id, agent)
        known = dict(file.papers)[paper]
        if known is not None:
            return known
        identity = paper in (AgentPaper.IDENTITY, AgentPaper.KINSHIP, AgentPaper.EMPLOYMENT)
        material = Material(
            id=new_id(),
            matter_id=matter.id,
            party_id=party.id,
            side=party.side,
            kind=MaterialKind.IDENTITY if identity else MaterialKind.POA,
            state=MaterialState.DRAFT,
            title=f"{_TITLES[paper]}（{agent.name}）",
            proves="",
            kept=False,
            created_by=user.id,
            created_at=ctx.clock.now(),
            agent_id=agent.id,
            paper=paper,
        )
        await materials.add(tx, material)
    return material


async def file_of_agent(tx: Tx, matter_id: str, agent: PartyAgent) -> AgentFile:
    """An agent with the newest item of each paper; what was taken back is not here."""
    here = {
        each.paper: each
        for each in await materials.materials_of(tx, matter_id)
        if each.agent_id == agent.id and each.state not in _UNSEEN
    }
    return AgentFile(agent, tuple((paper, here.get(paper)) for paper in PAPERS[agent.kind]))


async def _agency(tx: Tx, named: NamedAgent) -> Agency:
    return Agency(named.matter, named.party, await file_of_agent(tx, named.matter.id, named.agent))


async def _of_itself(tx: Tx, user: User, matter_id: str) -> OwnMatter:
    """A party by its own account: nobody gives away what was given to them."""
    own = await own_matter(tx, user, matter_id)
    if own.agent is not None:
        raise Refused("not_permitted")
    await matters.locked(tx, matter_id)
    return own


async def _read(tx: Tx, own: OwnMatter, said: Mapping[str, str]) -> PartyAgent:
    """What was typed, read by the checks of an application, where whoever names an agent is an applicant."""
    people = tuple(
        DraftPerson(
            key=each.id,
            side=Side.APPLICANT if each.side is own.party.side else Side.RESPONDENT,
            kind=PartyKind(each.kind),
            said={"phone": each.phone},
        )
        for each in await matters.parties_of(tx, own.matter.id)
    )
    agent, problems = read_agent(Draft(people=people), DraftAgent(new_id(), {**said, "party": own.party.id}))
    wrong = [
        BadInput(problem.code, field=field.partition(".")[0], **problem.details)
        for field, problem in problems.items()
        if not field.startswith("papers.")  # they bring them themselves
    ]
    if wrong:
        raise wrong[0].beside(wrong[1:])
    return agent


async def _one_sided(tx: Tx, own: OwnMatter, agent: PartyAgent) -> None:
    """Nobody acts for two sides, nor twice for one. Raises `BadInput` naming the phone."""
    sides = {each.id: each.side for each in await matters.parties_of(tx, own.matter.id)}
    for each in await party_agents.agents_in(tx, own.matter.id):
        if each.phone != agent.phone or each.standing is AgentStanding.DISMISSED:
            continue
        if sides[each.party_id] is not own.party.side:
            raise BadInput("phone_other_side", field="phone")
        if each.party_id == own.party.id:
            raise BadInput("agent_named_already", field="phone")


# The names of papers as they stand in the catalogue of a file, which is Chinese.
_TITLES: Mapping[AgentPaper, str] = {
    AgentPaper.POWER_OF_ATTORNEY: "授权委托书",
    AgentPaper.LICENCE: "执业证",
    AgentPaper.FIRM_LETTER: "事务所或法律服务所函",
    AgentPaper.PARTY_IN_DISTRICT: "当事人在本辖区的证明",
    AgentPaper.IDENTITY: "身份证件",
    AgentPaper.KINSHIP: "亲属关系证明",
    AgentPaper.EMPLOYMENT: "劳动关系证明",
    AgentPaper.RECOMMENDATION: "推荐材料",
}
