"""Naming a mediator (指定调解员) by the court or the body that has the matter, and deciding on a replacement (更换)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ballots import Count, Round, Standing, counted, round_of
from mediation_server.domain.calendar import CHINA, local_date, working_days_after
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.consent_ledger import standings
from mediation_server.domain.fitness import Candidate, Need, by_fitness, reasons
from mediation_server.domain.ids import is_id
from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Role
from mediation_server.domain.roster import Organisation
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.fitness import candidates_in, need_of
from mediation_server.services.moving import moving
from mediation_server.services.naming import namer_of
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in
from mediation_server.services.register import Part, parts_in
from mediation_server.services.roster_notices import named_beside, to_be_accepted
from mediation_server.services.wishing import Wished, wished_in
from mediation_server.store import ballots, consents, matter_events, matters, roster, users
from mediation_server.store.database import Tx

__all__ = [
    "MOST_BESIDE",
    "MOST_REASON",
    "AppointPage",
    "Asked",
    "Choice",
    "ToName",
    "Weighed",
    "appoint",
    "appoint_page",
    "choice_in",
    "decide_replacement",
    "entrust",
    "to_name",
]

MOST_REASON = 500
_MOST_SHOWN = 8  # of each kind: the list of all matters has the rest
MOST_BESIDE = 2  # with the presider three, as a panel has
_MOST_CANDIDATES = 100  # on one page, who fits first
_REPLACEMENT_DAYS = 3  # working days (T14)
_ENTRUSTABLE = (MatterState.SUBMITTED, MatterState.CONSENTING, MatterState.APPOINTING)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with what stands against naming them, as codes; nothing: they can be named."""

    candidate: Candidate
    against: tuple[str, ...]
    in_field: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """How the parties' own choice stands; `round` None: there is none now. `votes` by party, nobody's missing ones."""

    round: Round | None
    count: Count
    votes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A replacement that was asked for and not decided; `due` is the last day of T14."""

    party: MatterParty
    reason: str
    at: datetime
    due: date


@dataclass(frozen=True, slots=True)
class ToName:
    """A matter without a mediator; `choosing`: its parties may still choose; `asked`: one wants another mediator."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    choosing: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class AppointPage:
    """Everything whoever names a mediator has before them; `blocked`: the code of why nobody can be named now."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    mediator: User | None
    need: Need
    candidates: tuple[Weighed, ...]
    choice: Choice
    blocked: str | None
    asked: Asked | None
    parts: tuple[Part, ...]
    organisations: tuple[Organisation, ...]  # to which the matter could be given, for who may
    organisation: Organisation | None
    wished: Wished | None = None  # by whoever applied; no other side learns of it


async def appoint_page(ctx: Context, user: User, matter_id: str) -> AppointPage:
    """The page. Raises `NotFound` to whoever may not name a mediator here."""
    now = ctx.clock.now()
    async with ctx.db.reading() as tx:
        matter, _, body = await namer_of(tx, user, matter_id)
        parties = await matters.parties_of(tx, matter.id)
        log = await matter_events.events_of(tx, matter.id)
        need = await need_of(tx, matter, now, body)
        found = by_fitness(await candidates_in(tx, matter, need), need)
        choice = await choice_in(tx, log, need, found)
        has = await roster.organisation_of(tx, matter.id)
        bodies = await roster.organisations_of(tx) if body is None and matter.state in _ENTRUSTABLE else []
        return AppointPage(
            matter=matter,
            parties=tuple(parties),
            mediator=(await users.users_named(tx, [matter.mediator_id or ""])).get(matter.mediator_id or ""),
            need=need,
            candidates=tuple(
                Weighed(each, reasons(each, need), each.in_field(matter.cause)) for each in found[:_MOST_CANDIDATES]
            ),
            choice=choice,
            blocked=_blocked(matter, file_of(matter.id, log), choice),
            asked=_asked(parties, log),
            parts=tuple(await parts_in(tx, matter)),
            organisations=tuple(each for each in bodies if each.active and matter.court in each.courts),
            organisation=await roster.organisation(tx, has) if has else None,
            wished=await wished_in(tx, matter),
        )


async def to_name(ctx: Context, user: User) -> list[ToName]:
    """What waits for filing staff of a court: the first few matters without a mediator, and requests for another.

    A matter that a body has is the body's to name for; nobody else's list holds anything.
    """
    if user.role is not Role.FILING or not user.court:
        return []
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        asked_by = working_days_after(today, _REPLACEMENT_DAYS, CHINA)
        ids = await roster.to_be_named(tx, user.court, asked_by, _MOST_SHOWN)
        found = {each.id: each for each in await matters.matters_named(tx, ids)}
        parties = defaultdict[str, list[MatterParty]](list)
        for party in await matters.parties_of_all(tx, ids):
            parties[party.matter_id].append(party)
        choosing = await _choosing(tx, [each for each in found.values() if each.state is MatterState.APPOINTING], today)
    return [
        ToName(
            found[each],
            tuple(parties[each]),
            choosing=each in choosing,
            asked=found[each].state is MatterState.MEDIATING,
        )
        for each in ids
    ]


async def _choosing(tx: Tx, found: Sequence[Matter], today: date) -> set[str]:
    """In which of them time to choose still runs and a party has not voted; who could be chosen does not matter."""
    logs = await matter_events.events_of_all(tx, [each.id for each in found])
    rounds = {each.id: round_of(logs.get(each.id, ()), CHINA) for each in found if each.track is not Track.ORG_ACCEPTED}
    running = {key: each.number for key, each in rounds.items() if each is not None and not each.over(today)}
    voted = {(each.matter_id, each.round, each.party_id) for each in await ballots.ballots_of_all(tx, running)}
    ledger = await consents.ledger_of_matters(tx, running, ConsentItem.COURT_APPOINTS)
    return {
        key
        for key, number in running.items()
        for party in file_of(key, logs[key]).parties
        if (key, number, party) not in voted and not _leaves_it(party, ledger)
    }


def _leaves_it(party_id: str, ledger: Sequence[Consent]) -> bool:
    """Whether a party has left the choice to the court (C12)."""
    return standings(each for each in ledger if each.party_id == party_id)[ConsentItem.COURT_APPOINTS].holds


async def appoint(ctx: Context, user: User, matter_id: str, mediator_id: str, others: Collection[str] = ()) -> Matter:
    """Name the mediator, whom both sides and the mediator are told of; the three working days to accept begin.

    `others` mediate beside the presider, in a matter that is major, complex or special (在线调解规则 art. 11).

    Raises `NotFound`, `BadInput("mediator_required")`, `Conflict("choice_still_open")` while the parties may still
    choose together, `Refused("mediator_unfit")` or `Refused("mediator_recused")`, and what the life cycle says.
    """
    if not is_id(mediator_id):
        raise BadInput("mediator_required", field="mediator")
    beside = sorted(set(others) - {mediator_id})
    if len(beside) > MOST_BESIDE or not all(is_id(each) for each in beside):
        raise BadInput("too_many_mediators", field="others", most=MOST_BESIDE)
    async with moving(ctx, user.id, matter_id, CommandKind.APPOINT) as tx:
        naming = await namer_of(tx, user, matter_id)
        matter = await matters.locked(tx, naming.matter.id)
        need = await need_of(tx, matter, ctx.clock.now(), naming.organisation_id)
        found = await candidates_in(tx, matter, need)
        log = await matter_events.events_of(tx, matter.id)
        blocked = _blocked(matter, file_of(matter.id, log), await choice_in(tx, log, need, found))
        if blocked == "choice_still_open":
            raise Conflict(blocked)
        chosen = next((each for each in found if each.user_id == mediator_id), None)
        said: dict[str, object] = {"mediator": mediator_id, "charges": (chosen and chosen.charges) or None}
        said |= {"others": beside} if beside else {}
        acted = await act_in(tx, naming.who, matter.id, Command(CommandKind.APPOINT, said), at=ctx.clock.now())
        await post(tx, await to_be_accepted(ctx, tx, acted.matter, mediator_id))
        await post(tx, await named_beside(ctx, tx, acted.matter, beside))
    await deliver(ctx)
    return acted.matter


async def decide_replacement(ctx: Context, user: User, matter_id: str, *, upheld: bool, reason: str) -> Matter:
    """Decide on a replacement that was asked for: with a yes another mediator is chosen, the period goes on.

    Raises `NotFound`, `BadInput` for a reason that is missing or too long, and what the life cycle says.
    """
    words = reason_of(reason)
    async with moving(ctx, user.id, matter_id, CommandKind.DECIDE_REPLACEMENT) as tx:
        naming = await namer_of(tx, user, matter_id)
        said: dict[str, object] = {"upheld": upheld, "reason": words}
        command = Command(CommandKind.DECIDE_REPLACEMENT, said)
        acted = await act_in(tx, naming.who, naming.matter.id, command, at=ctx.clock.now())
    return acted.matter


async def entrust(ctx: Context, user: User, matter_id: str, organisation_id: str) -> Organisation:
    """Give a matter to a body of the court's roster, which then takes it or names one of its mediators.

    Raises `NotFound`, `BadInput("body_unknown")`, `Conflict("matter_state")` once somebody is named.
    """
    async with ctx.db.transaction() as tx:
        naming = await namer_of(tx, user, matter_id)
        matter = await matters.locked(tx, naming.matter.id)
        if naming.organisation_id is not None:
            raise NotFound
        if matter.state not in _ENTRUSTABLE:
            raise Conflict("matter_state", state=matter.state.value, command="entrust")
        bodies = await roster.organisations_of(tx, [organisation_id])
        if not bodies or not bodies[0].active or matter.court not in bodies[0].courts:
            raise BadInput("body_unknown", field="organisation")
        await roster.give_matter(tx, matter.id, organisation_id, ctx.clock.now())
        await audited(
            ctx,
            tx,
            AuditAction.MATTER_ENTRUSTED,
            actor=user.id,
            about=f"matter:{matter.id}",
            organisation=organisation_id,
        )
    return bodies[0]


async def choice_in(tx: Tx, log: Sequence[MatterEvent], need: Need, candidates: Sequence[Candidate]) -> Choice:
    """How the parties' choice stands in the round that runs; a party who leaves it to the court (C12) has voted too."""
    now_running = round_of(log, CHINA)
    if now_running is None:
        return Choice(None, Count(Standing.COURT), {})
    matter_id = log[0].matter_id
    asked = frozenset(file_of(matter_id, log).parties)
    votes = await _votes(tx, matter_id, now_running, asked)
    fit = [each.user_id for each in candidates if not reasons(each, need)]
    count = counted(asked, votes, fit, over=now_running.over(need.on))
    return Choice(now_running, count, votes)


async def _votes(tx: Tx, matter_id: str, running: Round, asked: frozenset[str]) -> dict[str, tuple[str, ...]]:
    cast = await ballots.ballots_of(tx, matter_id, running.number)
    votes = {party: each.choices for party, each in cast.items() if party in asked}
    for party in asked - set(votes):
        if standings(await consents.ledger_of(tx, party))[ConsentItem.COURT_APPOINTS].holds:
            votes[party] = ()
    return votes


def _blocked(matter: Matter, file: MatterFile, choice: Choice) -> str | None:
    """Why nobody can be named now: another step is due, or the parties may still choose (在线调解规则 art. 10)."""
    if file.state is not MatterState.APPOINTING:
        return "matter_not_appointing"
    own_rules = matter.track is Track.ORG_ACCEPTED or file.consent_pending
    return "choice_still_open" if choice.count.standing is Standing.OPEN and not own_rules else None


def _asked(parties: Sequence[MatterParty], log: Sequence[MatterEvent]) -> Asked | None:
    if not log or not file_of(log[0].matter_id, log).replacement_asked:
        return None
    event = next(each for each in reversed(log) if each.kind is MatterEventKind.REPLACEMENT_REQUESTED)
    party = next(each for each in parties if each.id == event.payload["party"])
    due = working_days_after(local_date(event.at), _REPLACEMENT_DAYS, CHINA)
    return Asked(party, str(event.payload["reason"]), event.at, due)
