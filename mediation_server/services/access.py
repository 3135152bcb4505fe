"""The only way to an object: who may see a matter, preside over a sitting, watch a recording; sends no byte itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from mediation_server.domain.access import Decision, Purpose, Viewer, may_watch
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.lifecycle_guards import PARTY_SIDES
from mediation_server.domain.listing import reach_of, reaches
from mediation_server.domain.matter import UNASKED, Matter, MatterParty, MatterState
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Claim, claim_on
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.domain.viewing import Viewing
from mediation_server.errors import Conflict, Gone, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import matters, party_agents, recordings, roster, sessions, users, viewings
from mediation_server.store.database import Tx

__all__ = [
    "NamedAgent",
    "OwnMatter",
    "Presided",
    "RecordingItem",
    "WorkedMatter",
    "check_viewing",
    "claim_of",
    "court_matter",
    "end_viewing",
    "named_agent",
    "open_viewing",
    "own_matter",
    "own_of",
    "presided",
    "readable_matter",
    "recording_item",
    "recordings_for",
    "worked_matter",
]

_VIEWING_LASTS = timedelta(hours=2)
_MOST_RECORDINGS = 100  # of the newest; nobody reads further on a home page


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


@dataclass(frozen=True, slots=True)
class RecordingItem:
    """One line of a list of recordings; `purposes` are those for which this person may watch now, perhaps none."""

    recording: Recording
    session: Session
    matter: Matter
    purposes: tuple[Purpose, ...]
    parties: tuple[MatterParty, ...] = ()  # of its matter, in a list


def claim_of(user: User, matter: Matter) -> Claim | None:
    """In what position somebody of a court has to do with a matter; staff of another court in none."""
    if user.role in (Role.FILING, Role.CLERK) and user.court != matter.court:
        return None
    return claim_on(matter, user.id, user.role)


async def readable_matter(tx: Tx, user: User, matter_id: str) -> Matter:
    """A matter somebody works on, or of their court or body. Raises `NotFound` for anybody else's, in the same words.

    Lists and the search find exactly these (`domain.listing`).
    """
    found = await matters.matter(tx, matter_id) if is_id(matter_id) else None
    bodies = await _bodies_of(tx, found) if found else ()
    if found is None or not any(reaches(reach_of(user), found, each) for each in bodies):
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


async def recordings_for(ctx: Context, user: User) -> list[RecordingItem]:
    """Recordings in the matters somebody works on, newest first, each with what it may be watched for; no archived."""
    async with ctx.db.reading() as tx:
        found = await recordings.recordings_at_work(tx, user.id, _MOST_RECORDINGS)
        held = {each.id: each for each in await sessions.sessions_named(tx, [each.session_id for each in found])}
        about = await matters.matters_named(tx, [each.matter_id for each in held.values()])
        mine = {each.id: each for each in about}
        parties = defaultdict[str, list[MatterParty]](list)
        for party in await matters.parties_of_all(tx, mine):
            parties[party.matter_id].append(party)
    items = []
    for each in found:
        session = held[each.session_id]
        about_it = mine[session.matter_id], (), tuple(parties[session.matter_id])
        items.append(RecordingItem(each, session, *about_it))
    return [replace(each, purposes=_purposes(user, each.matter)) for each in items]


async def recording_item(ctx: Context, user: User, recording_id: str) -> RecordingItem:
    """One recording for the page that asks for the purpose. Raises `NotFound` to whoever has nothing to do with it."""
    async with ctx.db.reading() as tx:
        recording = await _recording(tx, recording_id)
        session = await sessions.session(tx, recording.session_id)
        matter = await readable_matter(tx, user, session.matter_id)
    return RecordingItem(recording, session, matter, _purposes(user, matter))


async def open_viewing(ctx: Context, user: User, recording_id: str, purpose: Purpose, reason_text: str) -> Viewing:
    """Decide by the recording wall (录音录像查阅) and write the answer down before a byte is sent, yes or no.

    Raises `NotFound`, `BadInput` for a reason that is empty or too long, `Refused(<basis of the rule>)`, or
    `Conflict("recording_not_sealed")`.
    """
    reason = reason_of(reason_text)
    async with ctx.db.transaction() as tx:
        recording = await _recording(tx, recording_id)
        session = await sessions.session(tx, recording.session_id)
        decision = _decided(user, await matters.matter(tx, session.matter_id), purpose)
        sealed = recording.state is RecordingState.SEALED
        granted = decision.allowed and sealed
        viewing = _viewing(ctx, user, recording, purpose, decision)
        if granted:
            await viewings.save(tx, viewing)
        # A yes that meets an unsealed recording shows nothing, so it is written down as a no.
        basis = "recording_not_sealed" if decision.allowed and not sealed else decision.basis
        await _audit_opening(ctx, tx, viewing, reason, basis, allowed=granted)
    if not decision.allowed:
        raise Refused(decision.basis)
    if not sealed:
        raise Conflict("recording_not_sealed")
    return viewing


async def check_viewing(ctx: Context, user: User, viewing_id: str) -> Viewing:
    """The rights behind a viewing once more, at every range that is asked for: a right that is gone ends it at once.

    Raises `NotFound` for somebody else's, `Gone("viewing_expired")`, or `Refused(<basis>)`, which is logged once.
    """
    async with ctx.db.reading() as tx:
        viewing = await _own_viewing(tx, user, viewing_id)
        if ctx.clock.now() >= viewing.expires_at:
            raise Gone("viewing_expired")
        recording = await recordings.recording(tx, viewing.recording_id)
        session = await sessions.session(tx, recording.session_id)
        matter = await matters.matter(tx, session.matter_id)
    decision = _decided(user, matter, viewing.purpose)
    if not decision.allowed:
        await _ended(ctx, viewing, decision)
        raise Refused(decision.basis)
    return viewing


async def end_viewing(ctx: Context, user: User, viewing_id: str) -> Viewing:
    """Whoever watches has seen enough; the viewing opens nothing from now on. Idempotent. Raises `NotFound`."""
    async with ctx.db.transaction() as tx:
        viewing = await _own_viewing(tx, user, viewing_id)
        if ctx.clock.now() >= viewing.expires_at:
            return viewing
        ended = replace(viewing, expires_at=ctx.clock.now())
        await viewings.save(tx, ended)
        about = f"recording:{viewing.recording_id}"
        await audited(ctx, tx, AuditAction.VIEWING_ENDED, actor=user.id, about=about, viewing=viewing.id)
        return ended


async def _own_viewing(tx: Tx, user: User, viewing_id: str) -> Viewing:
    viewing = await viewings.viewing(tx, viewing_id) if is_id(viewing_id) else None
    if viewing is None or viewing.user_id != user.id:
        raise NotFound
    return viewing


async def _recording(tx: Tx, recording_id: str) -> Recording:
    if not is_id(recording_id):
        raise NotFound
    return await recordings.recording(tx, recording_id)


def _decided(user: User, matter: Matter, purpose: Purpose) -> Decision:
    return may_watch(Viewer(user.id, user.role), matter, purpose)


def _purposes(user: User, matter: Matter) -> tuple[Purpose, ...]:
    return tuple(each for each in Purpose if _decided(user, matter, each).allowed)


def _viewing(ctx: Context, user: User, recording: Recording, purpose: Purpose, decision: Decision) -> Viewing:
    now, viewing_id = ctx.clock.now(), new_id()
    when = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    watermark = f"{user.name} {when} {viewing_id[-6:].upper()}"
    return Viewing(viewing_id, recording.id, user.id, purpose, decision.basis, watermark, now, now + _VIEWING_LASTS)


async def _audit_opening(ctx: Context, tx: Tx, viewing: Viewing, reason: str, basis: str, *, allowed: bool) -> None:
    await audited(
        ctx,
        tx,
        AuditAction.VIEWING_OPENED,
        actor=viewing.user_id,
        about=f"recording:{viewing.recording_id}",
        allowed=allowed,
        purpose=viewing.purpose.value,
        basis=basis,
        reason=reason,
        **({"viewing": viewing.id, "watermark": viewing.watermark} if allowed else {}),
    )


async def _ended(ctx: Context, viewing: Viewing, decision: Decision) -> None:
    async with ctx.db.transaction() as tx:
        await viewings.save(tx, replace(viewing, expires_at=ctx.clock.now()))
        await audited(
            ctx,
            tx,
            AuditAction.VIEWING_CONTINUED,
            actor=viewing.user_id,
            about=f"recording:{viewing.recording_id}",
            allowed=False,
            purpose=viewing.purpose.value,
            basis=decision.basis,
            viewing=viewing.id,
        )
