"""The filing desk (分流): what waits for a decision, the answers about it, what is decided; asks nobody for consent.

What is decided moves the matter (`procedure`); what parties are told of it follows from that (`telling_parties`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mediation_server.domain.calendar import CHINA, days_after, local_date
from mediation_server.domain.checks.case_numbers import case_number
from mediation_server.domain.checks.together import Together
from mediation_server.domain.diversion import (
    ALTERNATIVES,
    STEPS,
    AskedDefect,
    Defect,
    Triage,
    cause_of,
    defect_codes,
    first_open,
    may_be_confirmed,
    review_due,
    to_ask,
    track_offers,
)
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.listing import PAGE, Counted, Place
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role
from mediation_server.domain.suitability import Fact, Question
from mediation_server.domain.tracks import tracks_open
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict
from mediation_server.services.access import court_matter
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter, file_in
from mediation_server.services.wishing import Wished, wished_in
from mediation_server.services.written import Written, written_of
from mediation_server.store import desk, matter_work, matters, users
from mediation_server.store.database import Tx

__all__ = [
    "MOST_ADVICE",
    "Application",
    "Choice",
    "Desk",
    "Pile",
    "Waiting",
    "answer",
    "application",
    "court_of",
    "desk_of",
    "divert",
    "reject",
    "request_supplement",
    "staff_actor",
]

MOST_ADVICE = 500
_LONGEST_SUPPLEMENT = timedelta(days=30)
_SUPPLEMENT_DAYS = 7
_CAPACITIES = {Role.FILING: Capacity.FILING, Role.CLERK: Capacity.CLERK, Role.MEDIATOR: Capacity.MEDIATOR}
_FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
_OVER = (MatterState.REJECTED, MatterState.RECALLED, MatterState.CLOSED, MatterState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One application that waits; `due` is the last day on which the court decides about it (T02)."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    due: date


@dataclass(frozen=True, slots=True)
class Pile:
    """One page of applications, oldest first; `every` counts all, `after`: where the next page begins."""

    lines: tuple[Waiting, ...]
    every: Counted
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desk of a court's filing staff: what was handed in, and what is completed."""

    submitted: Pile
    supplement: Pile


@dataclass(frozen=True, slots=True)
class Application:
    """One application as the desk sees it; `tracks` are those on which the court may send it today."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    triage: Triage
    defects: tuple[AskedDefect, ...]
    due: date
    tracks: tuple[Track, ...]
    judges: tuple[User, ...]
    supplement_due: date
    written: Written | None = None  # what the applicant wrote; nothing while it is being completed
    wished: Wished | None = None  # whom the applicant would like to mediate


@dataclass(frozen=True, slots=True)
class Choice:
    """How a matter is sent on; `judge_id` is who leads, when the court mediates itself."""

    track: Track
    procedure: str | None = None
    case_no: str = ""
    judge_id: str | None = None


def staff_actor(user: User) -> Actor:
    """In what capacity a member of staff moves a matter."""
    return Actor(user.id, _CAPACITIES[user.role])


async def court_of(ctx: Context, user: User) -> tuple[str, str]:
    """The court somebody works at, in Chinese and English; both empty for whoever works at none."""
    if user.court is None:
        return "", ""
    async with ctx.db.reading() as tx:
        return user.court, await matters.court_in_english(tx, user.court)


async def desk_of(ctx: Context, user: User, after: Place | None = None, completed: Place | None = None) -> Desk:
    """What lies on the desk of somebody's court, so many of each list behind a place (`completed`: of the second)."""
    court = user.court or ""
    async with ctx.db.reading() as tx:
        submitted, waits = await matter_work.waiting(tx, court, MatterState.SUBMITTED, PAGE + 1, after)
        supplement, lacks = await matter_work.waiting(tx, court, MatterState.SUPPLEMENT, PAGE + 1, completed)
        shown = [*submitted[:PAGE], *supplement[:PAGE]]
        parties: dict[str, list[MatterParty]] = {}
        for party in await matters.parties_of_all(tx, [each.id for each in shown]):
            parties.setdefault(party.matter_id, []).append(party)
    lines = {each.id: _waiting(each, parties.get(each.id, [])) for each in shown}
    return Desk(_pile(submitted, lines, waits), _pile(supplement, lines, lacks))


def _pile(found: Sequence[Matter], lines: Mapping[str, Waiting], every: Counted) -> Pile:
    shown = found[:PAGE]
    last = Place(shown[-1].submitted_at or shown[-1].created_at, shown[-1].id) if len(found) > PAGE else None
    return Pile(tuple(lines[each.id] for each in shown), every, last)


async def application(ctx: Context, user: User, matter_id: str) -> Application:
    """One application with the answers so far. Raises `NotFound` unless it was handed in at somebody's court."""
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        matter = await court_matter(tx, user, matter_id)
        waiting = _waiting(matter, await matters.parties_of(tx, matter_id))
        return Application(
            matter=matter,
            parties=waiting.parties,
            triage=await desk.triage_of(tx, matter_id),
            defects=tuple(await desk.defects_of(tx, matter_id)),
            due=waiting.due,
            tracks=track_offers(tracks_open(matter.court, today)),
            judges=tuple(await users.at_court(tx, matter.court, Role.JUDGE)),
            supplement_due=days_after(today, _SUPPLEMENT_DAYS, CHINA),
            written=await written_of(tx, matter),
            wished=await wished_in(tx, matter),
        )


async def answer(ctx: Context, user: User, matter_id: str, step: Question, true: Sequence[Fact]) -> Triage:
    """Keep the answers to one step: of what it asks, these facts are true and the others are not.

    What a later step no longer asks for is forgotten. Raises `NotFound`, `Conflict("matter_state")`.
    """
    async with ctx.db.transaction() as tx:
        matter = await court_matter(tx, user, matter_id)
        if matter.state is not MatterState.SUBMITTED:
            raise Conflict("matter_state", state=matter.state.value)
        cause, triage = cause_of(matter), await desk.triage_of(tx, matter_id)
        asked = to_ask(cause, triage.answers, step)
        told = {**triage.answers, **{each.value: each in true for each in asked}}
        still = {each.value for one in STEPS for each in to_ask(cause, told, one)}
        kept = {key: value for key, value in told.items() if key in still}
        triage = Triage(matter_id, kept, ctx.clock.now(), user.id)
        await desk.save_triage(tx, triage)
    return triage


async def request_supplement(
    ctx: Context, user: User, matter_id: str, listed: Sequence[tuple[Defect, str]], due: date
) -> Acted:
    """Return an application once with everything it lacks (在线诉讼规则 art. 10); a further list holds new things only.

    Raises `NotFound`, `BadInput` naming the field, `Conflict("defects_known")`, and what `lifecycle.decide` raises.
    """
    now = ctx.clock.now()
    check_due(due, local_date(now))
    async with ctx.db.reading() as tx:
        file = await file_in(tx, await court_matter(tx, user, matter_id))
    codes = defect_codes(listed, file.defects)
    if file.defects.intersection(codes):
        raise Conflict("defects_known", field="defects")

    async def beside(tx: Tx, _: Acted) -> None:
        number = 1 + max((each.round for each in await desk.defects_of(tx, matter_id)), default=0)
        for ordinal, (code, note) in enumerate(listed):
            item = AskedDefect(new_id(), matter_id, number, ordinal, code.value, note.strip(), due, now)
            await desk.add_defect(tx, item)

    command = Command(CommandKind.REQUEST_SUPPLEMENT, {"defects": codes, "due": due.isoformat()})
    return await act_on_matter(ctx, staff_actor(user), matter_id, command, before=_mine(user, matter_id), beside=beside)


async def reject(ctx: Context, user: User, matter_id: str, reason: str, advice: str = "") -> Acted:
    """Do not accept an application, and say where to go instead; `advice` is added to what the law says.

    Raises `NotFound`, `BadInput("rejection_unknown")`, `too_long`, and what `lifecycle.decide` raises.
    """
    advice = advice.strip()
    if reason not in ALTERNATIVES:
        raise BadInput("rejection_unknown", field="reason")
    if len(advice) > MOST_ADVICE:
        raise BadInput("too_long", field="advice", most=MOST_ADVICE)
    alternative = "\n".join(each for each in (ALTERNATIVES[reason].zh, advice) if each)
    command = Command(CommandKind.REJECT, {"reason": reason, "alternative": alternative})
    return await act_on_matter(ctx, staff_actor(user), matter_id, command, before=_mine(user, matter_id))


async def divert(ctx: Context, user: User, matter_id: str, choice: Choice) -> Acted:
    """Send an application on to mediation; the answers about it go into the log with the step.

    Raises `NotFound`, `Conflict("triage_open")` while a question is open, `Conflict("case_no_taken")`, `BadInput`
    naming the field, and what `lifecycle.decide` raises.
    """
    async with ctx.db.reading() as tx:
        matter = await court_matter(tx, user, matter_id)
        answers = (await desk.triage_of(tx, matter_id)).answers
    cause = cause_of(matter)
    if first_open(cause, answers) is not None:
        raise Conflict("triage_open")
    with Together() as checked:
        case_no = checked(_number_of, ctx, choice)
        checked(_check_filed, choice)
        if choice.track is Track.COURT_LED and not choice.judge_id:
            raise BadInput("judge_required", field="judge")

    async def before(tx: Tx) -> None:
        current = await court_matter(tx, user, matter_id)
        standing = await matters.by_case_no(tx, current.court, case_no) if case_no else []
        if any(each.id != matter_id and each.state not in _OVER for each in standing):
            raise Conflict("case_no_taken", field="case_no")
        if choice.track is Track.COURT_LED:
            await _name_judge(tx, current, choice.judge_id)

    sent: Mapping[str, object] = {
        "track": choice.track.value,
        "procedure": choice.procedure if choice.track in _FILED else None,
        "case_no": case_no or None,
        "confirmable": may_be_confirmed(cause, answers),
        "checklist": dict(answers),
    }
    command = Command(CommandKind.DIVERT, sent)
    return await act_on_matter(ctx, staff_actor(user), matter_id, command, before=before)


def _number_of(ctx: Context, choice: Choice) -> str:
    """The court's number in the form in which it is kept; on a track before filing there need not be one."""
    if not choice.case_no.strip() and choice.track not in _FILED:
        return ""
    return case_number(choice.case_no, today=local_date(ctx.clock.now())).kept


def _check_filed(choice: Choice) -> None:
    if choice.track in _FILED and not choice.procedure:
        raise BadInput("procedure_required", field="procedure")


async def _name_judge(tx: Tx, matter: Matter, judge_id: str | None) -> None:
    """The judge who leads is named with the diversion: without one the last yes could not begin the mediation."""
    judges = {each.id for each in await users.at_court(tx, matter.court, Role.JUDGE)}
    if judge_id not in judges:
        raise BadInput("judge_required", field="judge")
    await matters.save(tx, replace(matter, judge_id=judge_id, judge_capacity="leading"))


def check_due(due: date, today: date) -> None:
    if due <= today:
        raise BadInput("date_early", field="due", earliest=(today + timedelta(days=1)).isoformat())
    if due > today + _LONGEST_SUPPLEMENT:
        raise BadInput("date_late", field="due", latest=(today + _LONGEST_SUPPLEMENT).isoformat())


def _mine(user: User, matter_id: str) -> Callable[[Tx], Awaitable[None]]:
    async def before(tx: Tx) -> None:
        await court_matter(tx, user, matter_id)

    return before


def _waiting(matter: Matter, parties: Sequence[MatterParty]) -> Waiting:
    return Waiting(matter, tuple(parties), review_due(matter.submitted_at or matter.created_at))
