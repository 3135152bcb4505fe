"""A party and its mediator (选定调解员): ranking in secret, leaving it to the court, the disclosure, a replacement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ballots import Ballot, Standing, round_of
from mediation_server.domain.calendar import CHINA, local_date, working_days_after
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.conflicts import RelationKind
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_ledger import standings
from mediation_server.domain.fitness import Candidate, reasons
from mediation_server.domain.lifecycle import THE_SYSTEM, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Side
from mediation_server.domain.safety import shown_to
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict
from mediation_server.services.access import OwnMatter, own_matter
from mediation_server.services.appointing import Choice, choice_in
from mediation_server.services.auditing import audited
from mediation_server.services.consenting import Reply, give_in, withdraw_in
from mediation_server.services.context import Context
from mediation_server.services.fitness import candidate_in, candidates_in, need_of
from mediation_server.services.following import relations_said
from mediation_server.services.moving import moving
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in
from mediation_server.services.roster_notices import ACCEPT_DAYS, to_be_accepted
from mediation_server.services.wishing import wished_in
from mediation_server.store import ballots, consents, matter_events, matters, roster
from mediation_server.store.database import Tx

__all__ = [
    "ChoicePage",
    "Disclosed",
    "accept_disclosed",
    "choice_page",
    "leave_to_court",
    "reject_appointment",
    "request_replacement",
    "vote",
    "votes_due",
]

_K = MatterEventKind
_REPLACEMENT_DAYS = 3  # working days (T14)
_MOST_OFFERED = 60  # on one page; the whole roster is a page of its own


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What a mediator disclosed last: relations by party, and their own words."""

    relations: tuple[tuple[RelationKind, MatterParty], ...]
    statement: str
    accepted: bool  # by the party who reads it


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """What a party sees of its mediator; nothing in it tells how another party voted.

    `until` is the last day of the choice, None when there is none; `mine` its own vote, an empty one for leaving it to
    the court; `answer_by` until when the mediator who was named accepts; `asked_until` the last day for the decision
    on its own request for another, `declined` the reason why that was not granted.
    """

    matter: Matter
    party: MatterParty
    candidates: tuple[Candidate, ...]
    standing: Standing
    until: date | None
    mine: tuple[str, ...] | None
    mediator: Candidate | None
    answer_by: date | None
    by_court: bool
    disclosed: Disclosed | None
    asked_until: date | None
    declined: str | None
    wished: str | None = None  # whom this party named in its application, while they can be chosen


async def choice_page(ctx: Context, user: User, matter_id: str) -> ChoicePage:
    """The page of one party. Raises `NotFound` for a matter that is not theirs."""
    async with ctx.db.reading() as tx:
        own = await own_matter(tx, user, matter_id)
        log = await matter_events.events_of(tx, own.matter.id)
        file = file_of(own.matter.id, log)
        fit, choice = await _open_choice(ctx, tx, own, log)
        asked = _own_request(log, own.party.id, file)
        mediator_id = own.matter.mediator_id
        wished = await wished_in(tx, own.matter) if own.party.side is Side.APPLICANT else None
        offered = {each.user_id for each in fit[:_MOST_OFFERED]}
        return ChoicePage(
            matter=own.matter,
            party=own.party,
            candidates=tuple(fit[:_MOST_OFFERED]) if choice.count.standing is Standing.OPEN else (),
            standing=choice.count.standing,
            until=choice.round.until if choice.round else None,
            mine=choice.votes.get(own.party.id),
            mediator=await candidate_in(tx, own.matter, mediator_id) if mediator_id else None,
            answer_by=_days_on(local_date(file.assigned_at) if file.assigned_at else None, ACCEPT_DAYS),
            by_court=_last(log, _K.ASSIGNED, "by") != "joint",
            disclosed=_disclosed(log, file, await _known(tx, own), own.party.id),
            asked_until=_days_on(local_date(asked.at) if asked else None, _REPLACEMENT_DAYS),
            declined=_not_granted(log, own.party.id, file),
            wished=wished.wish.mediator_id if wished and wished.wish.mediator_id in offered else None,
        )


async def votes_due(
    ctx: Context, tx: Tx, mine: Iterable[OwnMatter], logs: Mapping[str, Sequence[MatterEvent]]
) -> dict[str, date]:
    """By matter the last day for a party's vote, by its log; not those in which it has voted or nothing is to choose.

    Who could be chosen does not matter for that.
    """
    today = local_date(ctx.clock.now())
    choosing = [each for each in mine if each.matter.state is MatterState.APPOINTING]
    # A log that was never begun, and is told by the row alone, knows no round.
    told = {each.matter.id: [event for event in logs[each.matter.id] if event.seq] for each in choosing}
    rounds = {key: round_of(log, CHINA) for key, log in told.items()}
    running = {key: each for key, each in rounds.items() if each is not None and not each.over(today)}
    cast = {(each.matter_id, each.round, each.party_id) for each in await ballots.ballots_of_all(tx, running)}
    ledger = await consents.ledger_of_matters(tx, running, ConsentItem.COURT_APPOINTS)
    return {
        own.matter.id: running[own.matter.id].until
        for own in choosing
        if own.matter.id in running
        and (own.matter.id, running[own.matter.id].number, own.party.id) not in cast
        and not standings(each for each in ledger if each.party_id == own.party.id)[ConsentItem.COURT_APPOINTS].holds
    }


async def vote(ctx: Context, user: User, matter_id: str, choices: Sequence[str]) -> Standing:
    """Rank up to three mediators, anew as often as one likes until the last party has voted; then it is counted.

    When all name the same, that mediator is asked at once. Raises `NotFound`, `BadInput` naming the field,
    `Conflict("no_choice_now")`, `Conflict("choice_over")`, and what the life cycle says.
    """
    async with moving(ctx, user.id, matter_id, CommandKind.CHOOSE_JOINTLY) as tx:
        own, log, fit, choice = await _choosing(ctx, tx, user, matter_id)
        wanted = tuple(each for each in choices if each)
        if not wanted:
            raise BadInput("choice_required", field="first")
        if not set(wanted) <= {each.user_id for each in fit}:
            raise BadInput("choice_unfit", field="first")
        number = choice.round.number if choice.round else 0
        ballot = Ballot(own.matter.id, number, own.party.id, wanted, ctx.clock.now(), user.id)
        if standings(await consents.ledger_of(tx, own.party.id))[ConsentItem.COURT_APPOINTS].holds:
            await withdraw_in(ctx, tx, own.actor, own.party, ConsentItem.COURT_APPOINTS)
        await ballots.cast(tx, ballot)
        await _noted(ctx, tx, user, own.matter)
        standing, asked = await _counted(ctx, tx, own, log, fit)
        if asked:
            await post(tx, await to_be_accepted(ctx, tx, own.matter, asked))
    await deliver(ctx)
    return standing


async def leave_to_court(ctx: Context, user: User, matter_id: str, text_version: str) -> Standing:
    """Let the court choose (C12): an answer of the consent ledger, which counts as this party's vote.

    Raises like `vote`, and like `consenting.give`.
    """
    async with moving(ctx, user.id, matter_id, CommandKind.CONSENT) as tx:
        own, log, fit, choice = await _choosing(ctx, tx, user, matter_id)
        await give_in(ctx, tx, own.actor, own.party, Reply(ConsentItem.COURT_APPOINTS, text_version, answer=True))
        if choice.round is not None:
            await ballots.take_back(tx, own.matter.id, choice.round.number, own.party.id)
        await _noted(ctx, tx, user, own.matter)
        standing, _ = await _counted(ctx, tx, own, log, fit)
    return standing


async def accept_disclosed(ctx: Context, user: User, matter_id: str) -> None:
    """Agree to go on with this mediator, knowing what was disclosed (在线调解规则 art. 13). Raises `NotFound`."""
    await _said(ctx, user, matter_id, CommandKind.ACCEPT_DISCLOSED)


async def request_replacement(ctx: Context, user: User, matter_id: str, reason: str) -> None:
    """Ask for another mediator; whoever may appoint decides within three working days (T14).

    Raises `NotFound`, `BadInput` for a reason that is missing or too long, and what the life cycle says.
    """
    await _said(ctx, user, matter_id, CommandKind.REQUEST_REPLACEMENT, reason_of(reason))


async def reject_appointment(ctx: Context, user: User, matter_id: str, reason: str) -> None:
    """Not take the mediator the court named, which ends the mediation (在线调解规则 art. 10). Raises as above."""
    await _said(ctx, user, matter_id, CommandKind.REJECT_APPOINTMENT, reason_of(reason))


async def _said(ctx: Context, user: User, matter_id: str, kind: CommandKind, reason: str | None = None) -> None:
    async with moving(ctx, user.id, matter_id, kind) as tx:
        own = await own_matter(tx, user, matter_id)
        said: dict[str, object] = {"party": own.party.id, **({"reason": reason} if reason else {})}
        await act_in(tx, own.actor, own.matter.id, Command(kind, said), at=ctx.clock.now())


async def _choosing(
    ctx: Context, tx: Tx, user: User, matter_id: str
) -> tuple[OwnMatter, list[MatterEvent], list[Candidate], Choice]:
    """A party that may vote now, the matter locked, so that two last votes cannot pass each other."""
    own = await own_matter(tx, user, matter_id)
    own = OwnMatter(await matters.locked(tx, own.matter.id), own.party)
    log = await matter_events.events_of(tx, own.matter.id)
    fit, choice = await _open_choice(ctx, tx, own, log)
    if choice.round is None:
        raise Conflict("no_choice_now")
    if choice.count.standing is not Standing.OPEN:  # all have voted, or the last day has passed
        raise Conflict("choice_over")
    return own, log, fit, choice


async def _open_choice(
    ctx: Context, tx: Tx, own: OwnMatter, log: Sequence[MatterEvent]
) -> tuple[list[Candidate], Choice]:
    """Who can be chosen, those of the field first, then by name: nothing in the order tells who is busy.

    In a matter that a body took by itself, its own mediators.
    """
    body = await roster.organisation_of(tx, own.matter.id) if own.matter.track is Track.ORG_ACCEPTED else None
    need = await need_of(tx, own.matter, ctx.clock.now(), body)
    found = await candidates_in(tx, own.matter, need)
    fit = [each for each in found if not reasons(each, need)]
    fit.sort(key=lambda each: (not each.in_field(own.matter.cause), each.name))
    return fit, await choice_in(tx, log, need, found)


async def _counted(
    ctx: Context, tx: Tx, own: OwnMatter, log: Sequence[MatterEvent], fit: Sequence[Candidate]
) -> tuple[Standing, str | None]:
    """Count after a vote; the mediator who is asked, if all agree."""
    choice = await choice_in(tx, log, await need_of(tx, own.matter, ctx.clock.now()), fit)
    chosen = choice.count.mediator
    if chosen is None:
        return choice.count.standing, None
    charges = next(each.charges for each in fit if each.user_id == chosen)
    said: dict[str, object] = {
        "mediator": chosen,
        "charges": charges or None,
        "choices": dict.fromkeys(choice.votes, chosen),
    }
    await act_in(tx, THE_SYSTEM, own.matter.id, Command(CommandKind.CHOOSE_JOINTLY, said), at=ctx.clock.now())
    return Standing.JOINT, chosen


async def _noted(ctx: Context, tx: Tx, user: User, matter: Matter) -> None:
    """That a party voted, never how."""
    await audited(ctx, tx, AuditAction.BALLOT_CAST, actor=user.id, about=f"matter:{matter.id}")


async def _known(tx: Tx, own: OwnMatter) -> Sequence[MatterParty]:
    return shown_to(await matters.parties_of(tx, own.matter.id), own.party.side, safety=own.matter.safety)


def _disclosed(
    log: Sequence[MatterEvent], file: MatterFile, parties: Sequence[MatterParty], reader: str
) -> Disclosed | None:
    """What the mediator who presides disclosed last; None while nobody has accepted."""
    if file.team is None:
        return None
    spoken = [each for each in log if each.kind is _K.DISCLOSED and each.payload.get("mediator") == file.team.presider]
    if not spoken:
        return None
    last, named = spoken[-1], {each.id: each for each in parties}
    after = [each for each in log if each.seq > last.seq and each.kind is _K.DISCLOSURE_ACCEPTED]
    return Disclosed(
        tuple((kind, named[party]) for kind, party in relations_said(last) if party in named),
        str(last.payload.get("statement") or ""),
        accepted=any(each.payload.get("party") == reader for each in after),
    )


def _own_request(log: Sequence[MatterEvent], party: str, file: MatterFile) -> MatterEvent | None:
    if not file.replacement_asked:
        return None
    last = next(each for each in reversed(log) if each.kind is _K.REPLACEMENT_REQUESTED)
    return last if last.payload.get("party") == party else None


def _not_granted(log: Sequence[MatterEvent], party: str, file: MatterFile) -> str | None:
    """Why this party's last request was not granted, while the mediator it was about still presides."""
    if file.state not in (MatterState.MEDIATING, MatterState.PAUSED) or file.replacement_asked:
        return None
    asked = [each for each in log if each.kind in (_K.REPLACEMENT_REQUESTED, _K.REPLACEMENT_DECIDED)][-2:]
    kinds = [each.kind for each in asked]
    if kinds != [_K.REPLACEMENT_REQUESTED, _K.REPLACEMENT_DECIDED] or asked[0].payload.get("party") != party:
        return None
    return None if asked[1].payload.get("upheld") else str(asked[1].payload.get("reason", ""))


def _last(log: Sequence[MatterEvent], kind: MatterEventKind, key: str) -> object:
    return next((each.payload.get(key) for each in reversed(log) if each.kind is kind), None)


def _days_on(since: date | None, days: int) -> date | None:
    return working_days_after(since, days, CHINA) if since else None
