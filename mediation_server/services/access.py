"""The only way to an object: who may see a matter, work on it, preside over a sitting; recordings have a wall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from mediation_server.domain.ids import is_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.lifecycle_guards import PARTY_SIDES
from mediation_server.domain.listing import reach_of, reaches
from mediation_server.domain.matter import UNASKED, Matter, MatterParty, MatterState
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.domain.people import Role, Side
from mediation_server.domain.rights import Claim, claim_on
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.store import co_mediators, matters, party_agents, roster, sessions, users
from mediation_server.store.database import Tx

__all__ = [
    "NamedAgent",
    "OwnMatter",
    "Presided",
    "WorkedMatter",
    "assists",
    "claim_of",
    "court_matter",
    "named_agent",
    "own_matter",
    "own_of",
    "presided",
    "readable_matter",
    "worked_matter",
]


_CAPACITIES = {side: capacity for capacity, side in PARTY_SIDES.items()}


class OwnMatter(NamedTuple):
    """A matter with the party in it for whom an account speaks; `agent` when it is the account of its agent."""

    matter: Matter
    party: MatterParty
    agent: PartyAgent | None = None

    @property
    def actor(self) -> Actor:
        """Who gives the commands of the life cycle for this party; an agent by the authority somebody has checked."""
        capacity = _CAPACITIES[self.party.side]
        if self.agent is None:
            return Actor(self.party.id, capacity, self.party.id)
        special = self.agent.may_settle(self.matter.cause)
        return Actor(self.agent.id, capacity, self.party.id, is_agent=True, special=special)

    def seat_in(self, named: Iterable[Participant]) -> Participant | None:
        """The own seat among those named for a sitting: an agent never takes the party's, nor the party an agent's."""
        theirs = [each for each in named if each.party_id == self.party.id]
        if self.agent is None:
            return next((each for each in theirs if each.role is not Role.AGENT), None)
        return next((each for each in theirs if each.user_id == self.agent.user_id), None)


class NamedAgent(NamedTuple):
    """Somebody named as a party's agent, from their own account, whatever came of their papers."""

    matter: Matter
    party: MatterParty
    agent: PartyAgent


class WorkedMatter(NamedTuple):
    """A matter with the capacity in which somebody of the court or a body gives it commands."""

    matter: Matter
    actor: Actor


class Presided(NamedTuple):
    """A sitting with its matter, for whoever presides over it."""

    matter: Matter
    session: Session


def claim_of(user: User, matter: Matter) -> Claim | None:
    """In what position somebody of a court has to do with a matter; staff of another court in none."""
    if user.role in (Role.FILING, Role.CLERK) and user.court != matter.court:
        return None
    return claim_on(matter, user.id, user.role)


async def assists(tx: Tx, user: User, matter: Matter) -> bool:
    """Whether somebody mediates a matter beside its presider (辅助调解员), who reads it and presides over nothing."""
    mediates = user.role is Role.MEDIATOR and matter.state is not MatterState.DRAFT
    return mediates and user.id in await co_mediators.of_matter(tx, matter.id)


async def readable_matter(tx: Tx, user: User, matter_id: str) -> Matter:
    """A matter somebody works on, or of their court or body. Raises `NotFound` for anybody else's, in the same words.

    Lists and the search find exactly these (`domain.listing`).
    """
    found, reach = await matters.matter(tx, matter_id) if is_id(matter_id) else None, reach_of(user)
    if found is None:
        raise NotFound
    if reaches(reach, found, None) or await assists(tx, user, found):
        return found
    if not any(reaches(reach, found, each) for each in await _bodies_of(tx, found)):
        raise NotFound
    return found


async def _bodies_of(tx: Tx, matter: Matter) -> tuple[str | None, str | None]:
    """The body of a matter's mediator, and the one it was given to."""
    named = await users.users_named(tx, [matter.mediator_id]) if matter.mediator_id else {}
    return next((each.organisation_id for each in named.values()), None), await roster.organisation_of(tx, matter.id)


async def own_matter(tx: Tx, user: User, matter_id: str) -> OwnMatter:
    """The way of a party to a matter. Raises `NotFound` for a matter in which the account speaks for nobody."""
    theirs = await matters.parties_of_user(tx, user.id, matter_id) if is_id(matter_id) else []
    if not theirs:
        return await _as_agent(tx, user, matter_id)
    matter = await matters.matter(tx, matter_id)
    if not _is_told_of(matter, theirs[0]):
        raise NotFound
    return OwnMatter(matter, theirs[0])


async def _as_agent(tx: Tx, user: User, matter_id: str) -> OwnMatter:
    found = await party_agents.agents_of_user(tx, user.id, matter_id) if is_id(matter_id) else []
    agent = next((each for each in found if each.is_admitted), None)
    if agent is None:
        raise NotFound
    matter, party, _ = await named_agent(tx, user, agent.id)
    return OwnMatter(matter, party, agent)


async def named_agent(tx: Tx, user: User, agent_id: str) -> NamedAgent:
    """The way of an agent to the papers they bring. Raises `NotFound` for anybody else's, and once it has ended.

    As long as nobody has examined the application there is nothing to act in yet.
    """
    found = await party_agents.agent(tx, agent_id) if is_id(agent_id) else None
    if found is None or found.user_id != user.id or found.standing is AgentStanding.DISMISSED:
        raise NotFound
    party = await matters.party(tx, found.party_id)
    matter = await matters.matter(tx, party.matter_id)
    if matter.state in UNASKED:
        raise NotFound
    return NamedAgent(matter, party, found)


async def own_of(tx: Tx, user: User, found: Sequence[Matter]) -> list[OwnMatter]:
    """Of these matters those that are somebody's own, by the same rule."""
    speaks: dict[str, MatterParty] = {}
    for party in await matters.parties_of_all(tx, [each.id for each in found]):
        if party.user_id == user.id:
            speaks.setdefault(party.matter_id, party)
    mine: list[OwnMatter] = []
    for each in found:
        party_of_it = speaks.get(each.id)
        if party_of_it is None:
            with suppress(NotFound):
                mine.append(await _as_agent(tx, user, each.id))
        elif _is_told_of(each, party_of_it):
            mine.append(OwnMatter(each, party_of_it))
    return mine


def _is_told_of(matter: Matter, party: MatterParty) -> bool:
    """Whoever is only named by an applicant learns of it when they are asked, not while it is written or examined."""
    return party.side is Side.APPLICANT or (party.side is not Side.NEUTRAL and matter.state not in UNASKED)


async def court_matter(tx: Tx, user: User, matter_id: str) -> Matter:
    """A matter at the court whose filing staff or clerk somebody is. Raises `NotFound` for any other.

    An application that was not handed in yet is nobody's but the applicant's.
    """
    found = await matters.matter(tx, matter_id) if is_id(matter_id) else None
    works_there = user.role in (Role.FILING, Role.CLERK) and found is not None and user.court == found.court
    if found is None or not works_there or found.state is MatterState.DRAFT:
        raise NotFound
    return found


async def worked_matter(tx: Tx, user: User, matter_id: str) -> WorkedMatter:
    """The way of whoever mediates a matter, or files it at its court, to its commands. Raises `NotFound`."""
    if user.role is Role.FILING:
        return WorkedMatter(await court_matter(tx, user, matter_id), Actor(user.id, Capacity.FILING))
    found = await matters.matter(tx, matter_id) if is_id(matter_id) else None
    if found is None or user.id != found.mediator_id:
        raise NotFound
    return WorkedMatter(found, Actor(user.id, Capacity.MEDIATOR))


async def presided(tx: Tx, user: User, session_id: str) -> Presided:
    """A sitting somebody presides over. Raises `NotFound` for anybody else's, in the same words."""
    if not is_id(session_id):
        raise NotFound
    session = await sessions.locked(tx, session_id)
    if session.presider_id != user.id:
        raise NotFound
    return Presided(await matters.matter(tx, session.matter_id), session)
