"""What staff see of their matters (事项): lists, a matter's page, a sitting's page; only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.matter import Conclusion, Ground, Matter, MatterParty, Outcome
from mediation_server.domain.message import SyncState
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording
from mediation_server.domain.rights import Action, may
from mediation_server.domain.session import Lapse, Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.services.access import claim_of, presided, readable_matter
from mediation_server.services.context import Context
from mediation_server.services.inviting import InvitationStatus, statuses
from mediation_server.services.lapsing import lapses_of
from mediation_server.services.planning import missed_twice
from mediation_server.services.safekeeping import keeps_safety
from mediation_server.services.scheduling import kinds_for, may_schedule
from mediation_server.services.syncing import outcome_state
from mediation_server.services.written import Written, written_of
from mediation_server.store import (
    co_mediators,
    conclusions,
    materials,
    matter_work,
    matters,
    outbox,
    recordings,
    sessions,
    users,
)
from mediation_server.store.database import Tx

__all__ = [
    "STILL_COMING",
    "JudgeMatters",
    "MatterPage",
    "MatterSummary",
    "SessionPage",
    "Sitting",
    "Work",
    "judge_matters",
    "matter_page",
    "next_of",
    "own_matters",
    "session_page",
    "summaries_of",
    "work_of",
]

STILL_COMING = timedelta(hours=2)  # a sitting whose time has just passed is late, not over
_MOST_CONFIRMING, _MOST_OTHERS = 50, 12  # of a judge
_MOST = 200  # matters a person has open at once; nobody reads further on a home page
_GOING_ON = (SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED, SessionState.LOBBY)


@dataclass(frozen=True, slots=True)
class MatterSummary:
    """One line of a list: `next_session` is the one going on or coming first, None when nothing is planned."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    next_session: Session | None
    sessions: int
    new_materials: int = 0  # handed in, and not looked after yet


@dataclass(frozen=True, slots=True)
class Work:
    """Matters somebody works on, each with its parties and its sittings, all sittings in the order of their times."""

    matters: tuple[Matter, ...]
    parties: Mapping[str, tuple[MatterParty, ...]]
    sittings: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class JudgeMatters:
    """What a judge has before them, `others` the newest of it; `more`: the list of matters has more of them."""

    confirming: tuple[MatterSummary, ...]
    others: tuple[MatterSummary, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting as a matter's page shows it.

    A trial judge reads how it ended but neither terms nor reasons: what was conceded stays in the mediation
    (在线调解规则 art. 18); `conclusion` is None then.
    """

    session: Session
    outcome: Outcome | None
    ground: Ground | None
    conclusion: Conclusion | None
    recordings: tuple[Recording, ...]  # more than one where a journal could not be gone on with
    sync: SyncState | None
    lapse: Lapse | None = None  # why the house ended it, without an outcome


@dataclass(frozen=True, slots=True)
class MatterPage:
    """Everything on a matter's page; `presides` says whether this person mediates it."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    mediator: User | None  # nobody yet, while one is being chosen
    judge: User | None
    sittings: tuple[Sitting, ...]
    presides: bool
    may_schedule: bool
    missed: tuple[Side, ...] = ()  # sides that stayed away twice: their mediator may end it (在线调解规则 art. 25(3))
    keeps_safety: bool = False  # whether this person may switch safety mode
    beside: tuple[User, ...] = ()  # who mediates beside the presider
    assists: bool = False  # whether this person does
    may_call: bool = False  # whether this person may see how to reach the parties
    written: Written | None = None  # what the applicant wrote, where the matter began with an application here


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Everything on a sitting's page, for its presider."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    sitting: Sitting
    participants: tuple[Participant, ...]
    invitations: tuple[InvitationStatus, ...]


async def judge_matters(ctx: Context, user: User) -> JudgeMatters:
    """What a judge has before them: what waits for confirmation, and the newest of the rest."""
    async with ctx.db.reading() as tx:
        confirming = await matter_work.confirmed_by(tx, user.id, _MOST_CONFIRMING)
        known = {each.id for each in confirming}
        newest = await matter_work.at_work(tx, user.id, len(known) + _MOST_OTHERS + 1)
        others = [each for each in newest if each.id not in known]
        work = await _gathered(tx, [*confirming, *others[:_MOST_OTHERS]])
        summaries = await summaries_of(tx, work, ctx.clock.now())
    parts = (tuple(summaries[: len(confirming)]), tuple(summaries[len(confirming) :]))
    return JudgeMatters(*parts, more=len(others) > _MOST_OTHERS)


async def work_of(tx: Tx, user: User) -> Work:
    """What somebody mediates, confirms or tries that is not closed, newest first."""
    return await _gathered(tx, await matter_work.at_work(tx, user.id, _MOST))


async def _gathered(tx: Tx, mine: Sequence[Matter]) -> Work:
    named = [each.id for each in mine]
    parties: dict[str, list[MatterParty]] = {each: [] for each in named}
    for party in await matters.parties_of_all(tx, named):
        parties[party.matter_id].append(party)
    held = await sessions.sessions_of_all(tx, named)
    return Work(tuple(mine), {key: tuple(each) for key, each in parties.items()}, tuple(held))


async def summaries_of(tx: Tx, work: Work, now: datetime) -> list[MatterSummary]:
    """One line for each."""
    held: dict[str, list[Session]] = defaultdict(list)
    for session in work.sittings:
        held[session.matter_id].append(session)
    new = await materials.new_in(tx, [each.id for each in work.matters])
    return [
        MatterSummary(
            matter=each,
            parties=work.parties[each.id],
            next_session=next_of(held[each.id], now),
            sessions=len(held[each.id]),
            new_materials=new.get(each.id, 0),
        )
        for each in work.matters
    ]


async def own_matters(ctx: Context, user: User) -> list[Matter]:
    """The matters in which an account speaks for a party, newest first."""
    async with ctx.db.reading() as tx:
        return await matters.matters_of_party(tx, user.id)


async def matter_page(ctx: Context, user: User, matter_id: str) -> MatterPage:
    """A matter's page. Raises `NotFound` to whoever neither mediates, confirms nor tries it."""
    async with ctx.db.reading() as tx:
        matter = await readable_matter(tx, user, matter_id)
        held = await sessions.sessions_of(tx, matter_id)
        named = await users.users_named(tx, [each for each in (matter.mediator_id, matter.judge_id) if each])
        presides = matter.mediator_id == user.id
        known = await users.users_named(tx, await co_mediators.of_matter(tx, matter_id))
        return MatterPage(
            matter=matter,
            parties=tuple(await matters.parties_of(tx, matter_id)),
            mediator=named.get(matter.mediator_id or ""),
            judge=named.get(matter.judge_id or ""),
            sittings=tuple(await _sittings(tx, held, withheld=_is_kept_from(user, matter))),
            presides=presides,
            may_schedule=bool(kinds_for(user, matter)),
            missed=await missed_twice(tx, matter_id) if presides and may_schedule(matter) else (),
            keeps_safety=keeps_safety(user, matter),
            beside=tuple(known.values()),
            assists=user.id in known,
            may_call=may(claim_of(user, matter), Action.SEE_CONTACT_DATA),
            written=await written_of(tx, matter),
        )


async def session_page(ctx: Context, user: User, session_id: str) -> SessionPage:
    """A sitting's page for its presider. Raises `NotFound` to everybody else."""
    async with ctx.db.reading() as tx:
        matter, session = await presided(tx, user, session_id)
        (sitting,) = await _sittings(tx, [session], withheld=False)
        return SessionPage(
            matter=matter,
            parties=tuple(await matters.parties_of(tx, matter.id)),
            sitting=sitting,
            participants=tuple(await sessions.participants_of(tx, session_id)),
            invitations=tuple(await statuses(ctx, tx, session_id)),
        )


def next_of(held: list[Session], now: datetime) -> Session | None:
    """The sitting that is going on, else the one that comes first or is running late, else the one that passed last."""
    standing = [each for each in held if each.is_open]
    going_on = [each for each in standing if each.state in _GOING_ON]
    coming = [each for each in standing if _due(each) > now - STILL_COMING]
    return next((pool[0] for pool in (going_on, coming) if pool), standing[-1] if standing else None)


def _due(session: Session) -> datetime:
    """Until when one comes: a sitting in writing for its whole period."""
    return session.ends_at if session.kind is SessionKind.ASYNC else session.starts_at


def _is_kept_from(user: User, matter: Matter) -> bool:
    return user.id not in (matter.mediator_id, matter.confirming_judge_id) and matter.judge_capacity == "trial"


async def _sittings(tx: Tx, held: list[Session], *, withheld: bool) -> list[Sitting]:
    named = [each.id for each in held]
    ended = {
        each.session_id: each
        for each in await conclusions.conclusions_of_all(tx, {session.matter_id for session in held})
    }
    recorded = await recordings.recordings_of(tx, named)
    sent = await outbox.messages_of_sessions(tx, named)
    lapses = await lapses_of(tx, held)
    sittings = []
    for session in held:
        conclusion = ended.get(session.id)
        sittings.append(
            Sitting(
                session=session,
                outcome=conclusion.outcome if conclusion else None,
                ground=conclusion.ground if conclusion else None,
                conclusion=None if withheld else conclusion,
                recordings=tuple(each for each in recorded if each.session_id == session.id),
                sync=outcome_state(each for each in sent if each.session_id == session.id),
                lapse=lapses.get(session.id),
            )
        )
    return sittings
