"""Applying for mediation (申请调解): a draft that is never lost, its submission, and the way back to be completed.

A submission needs nothing but the database: court, messages and documents follow when they can.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from mediation_server.domain.application import Draft, DraftPerson, PartyKind
from mediation_server.domain.application_checks import Application, Place, application_of, problems_of
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import SHANGHAI, local_date
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.lifecycle import SYSTEM, Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Role, Side
from mediation_server.domain.receipt import receipt_number
from mediation_server.domain.rights import Action, Claim, holder_of, may
from mediation_server.domain.tokens import hash_of, is_token, new_token
from mediation_server.domain.tracks import tracks_open
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in, open_in
from mediation_server.services.register import check_agents
from mediation_server.store import applications, consents, desk, matter_events, matters, party_agents
from mediation_server.store.applications import ApplicationRecord
from mediation_server.store.database import Tx

__all__ = [
    "MOST_DRAFTS",
    "ApplicationPage",
    "ApplicationRecord",
    "Begun",
    "Lack",
    "Supplement",
    "Writer",
    "application_page",
    "begin",
    "draft_kept_until",
    "drafts_of",
    "forget_drafts",
    "may_apply",
    "new_person",
    "remove",
    "save",
    "submit",
]

MOST_DRAFTS = 10
_DRAFTS_AT_ONCE = 100
_CAPACITIES = {Role.FILING: Capacity.FILING, Role.CLERK: Capacity.CLERK, Role.MEDIATOR: Capacity.MEDIATOR}


class Begun(NamedTuple):
    """A new application and the key for the cookie of the browser that writes it, which exists nowhere else."""

    application_id: str
    key: str


class Writer(NamedTuple):
    """Who sends a page of an application: somebody signed in, or a browser that was, by its key."""

    user: User | None
    key: str = ""


class Lack(NamedTuple):
    """One thing that is to be completed: the code of a `diversion.Defect`, and what exactly, in plain words."""

    code: str
    note: str = ""


class Supplement(NamedTuple):
    """What the filing staff want completed (补正), one line each, and until when."""

    defects: tuple[Lack, ...]
    due: date


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """An application with everything that stands between it and its submission."""

    record: ApplicationRecord
    problems: Mapping[Place, BadInput]
    matter: Matter | None
    supplement: Supplement | None
    kept_until: date  # while it is not submitted

    @property
    def open(self) -> bool:
        """Whether it can be written in: before it is submitted, and when it came back."""
        return self.matter is None or self.matter.state is MatterState.SUPPLEMENT


def may_apply(user: User) -> bool:
    """Whether somebody may write applications, for themselves or for whoever cannot."""
    holder = holder_of(user.role)
    return holder is not None and may(Claim(holder), Action.SUBMIT_APPLICATION)


async def begin(ctx: Context, user: User) -> Begun:
    """A new draft. Raises `Refused("may_not_apply")`, `Conflict("too_many_drafts")`."""
    if not may_apply(user):
        raise Refused("may_not_apply")
    now, key = ctx.clock.now(), new_token()
    helper = None if user.role is Role.PARTY else user.id
    record = ApplicationRecord(new_id(), user.id, helper, hash_of(key), Draft(), now, now)
    async with ctx.db.transaction() as tx:
        if len(await applications.unsubmitted_of(tx, user.id)) >= MOST_DRAFTS:
            raise Conflict("too_many_drafts", limit=MOST_DRAFTS)
        await applications.add(tx, record)
    return Begun(record.id, key)


def new_person(user: User | None, draft: Draft, side: Side, kind: PartyKind) -> DraftPerson:
    """Somebody to be written about; of a party who applies for themselves we know phone and perhaps name already."""
    first = side is Side.APPLICANT and not draft.of_side(side)
    said: dict[str, str] = {}
    if user and user.phone and first:
        said["phone"] = user.phone
        if kind is PartyKind.NATURAL and "*" not in user.name:
            said["name"] = user.name
    return DraftPerson(new_id(), side, kind, said)


async def drafts_of(ctx: Context, user: User) -> list[ApplicationRecord]:
    """What somebody has begun and not submitted, saved last first."""
    async with ctx.db.reading() as tx:
        return await applications.unsubmitted_of(tx, user.id)


def draft_kept_until(ctx: Context, record: ApplicationRecord) -> date:
    """The last day on which a draft that nobody touches any more is there; each saving begins the time anew."""
    return local_date(record.saved_at) + timedelta(days=ctx.settings.draft_days)


async def forget_drafts(ctx: Context) -> int:
    """Delete the drafts whose time is over, a few at once; how many. Whose they were read the day on their pages.

    What was submitted stays (个保法 art. 19: no longer than it is needed).
    """
    last = local_date(ctx.clock.now()) - timedelta(days=ctx.settings.draft_days)
    before = datetime.combine(last, time(), SHANGHAI)
    async with ctx.db.transaction() as tx:
        gone = await applications.untouched_since(tx, before, _DRAFTS_AT_ONCE)
        for each in gone:
            await applications.remove(tx, each.id)
            about = f"application:{each.id}"
            await audited(ctx, tx, AuditAction.DRAFT_FORGOTTEN, actor=SYSTEM, about=about, owner=each.owner_id)
    return len(gone)


async def application_page(ctx: Context, user: User, application_id: str) -> ApplicationPage:
    """An application for whoever wrote it, or for the applicant it was written for. Raises `NotFound` to others."""
    async with ctx.db.reading() as tx:
        record = await _readable(tx, user, application_id)
        matter = await matters.matter(tx, record.matter_id) if record.matter_id else None
        supplement = await _supplement(tx, matter) if matter else None
    problems = problems_of(record.draft, _today(ctx, record))
    return ApplicationPage(record, problems, matter, supplement, draft_kept_until(ctx, record))


async def save(
    ctx: Context, writer: Writer, application_id: str, change: Callable[[Draft], Draft]
) -> ApplicationRecord:
    """Keep what was typed, wrong or not. A browser whose login is over may still write, by its key, and read nothing.

    Raises `NotFound`, `Conflict("application_submitted")`, and what `change` raises.
    """
    async with ctx.db.transaction() as tx:
        record = await _writable(tx, writer, application_id)
        saved = record.saying(change(record.draft), ctx.clock.now())
        await applications.save(tx, saved)
    return saved


async def remove(ctx: Context, user: User, application_id: str) -> None:
    """Throw a draft away. Raises `NotFound`, `Conflict("application_submitted")`."""
    async with ctx.db.transaction() as tx:
        record = await _writable(tx, Writer(user), application_id)
        if record.matter_id:
            raise Conflict("application_submitted")
        await applications.remove(tx, record.id)


async def submit(ctx: Context, user: User, application_id: str) -> str:
    """Submit, or hand in again what came back; the matter's id. A second press submits nothing twice.

    The instant of the first submission interrupts the limitation period (时效规定 art. 12). Raises `NotFound`,
    `BadInput("application_incomplete")`, `Conflict("party_has_answered")`, `Refused("barred_by_part")` for an agent who
    mediated the dispute before, and what `lifecycle.decide` raises.
    """
    async with ctx.db.transaction() as tx:
        record = await _readable(tx, user, application_id, locked=True)
        now = ctx.clock.now()
        matter = await matters.locked(tx, record.matter_id) if record.matter_id else None
        if matter and matter.state is not MatterState.SUPPLEMENT:
            return matter.id
        asked = application_of(record.draft, local_date(now))
        who = _actor(user, record)
        if matter:
            await _resubmitted(tx, who, matter, asked, now)
        else:
            matter = await _submitted(tx, who, record, asked, now)
            await post(tx, _letters(ctx, matter, asked.parties))
        await applications.save(
            tx, replace(record, matter_id=matter.id, submitted_at=record.submitted_at or now, saved_at=now)
        )
    ctx.outbox_filled.set()
    await deliver(ctx)
    return matter.id


async def _submitted(tx: Tx, who: Actor, record: ApplicationRecord, asked: Application, now: datetime) -> Matter:
    today = local_date(now)
    before_filing = Track.PREFILING_DELEGATED in tracks_open(asked.court.name, today)
    matter = Matter(
        id=new_id(),
        ref=await matters.next_ref(tx, asked.court.code, today.year),
        track=Track.PREFILING_DELEGATED if before_filing else Track.ORG_ACCEPTED,  # until it is diverted
        state=MatterState.DRAFT,
        court=asked.court.name,
        court_en=asked.court.name_en,
        cause=asked.cause.name,
        cause_en=asked.cause.name_en,
        mediator_id=None,
        created_at=now,
        claim=asked.claim,
        claim_fen=asked.claim_fen,
    )
    parties = [replace(each, matter_id=matter.id) for each in asked.parties]
    created: dict[str, object] = {"helped_by": record.helped_by}
    await open_in(tx, who, matter, parties, Command(CommandKind.CREATE, created), at=now)
    await check_agents(tx, matter, asked.agents)
    await party_agents.replace_all(tx, [each.id for each in parties], asked.agents)
    acted = await act_in(tx, who, matter.id, Command(CommandKind.SUBMIT, {"receipt": receipt_number(matter)}), at=now)
    return acted.matter


async def _resubmitted(tx: Tx, who: Actor, matter: Matter, asked: Application, now: datetime) -> None:
    """The matter says what the completed application says; whoever has answered something already stays in it."""
    parties = [replace(each, matter_id=matter.id) for each in asked.parties]
    before, after = {each.id for each in await matters.parties_of(tx, matter.id)}, {each.id for each in parties}
    for gone in before - after:
        if await consents.ledger_of(tx, gone):
            raise Conflict("party_has_answered")
    await party_agents.replace_all(tx, before | after, ())
    await matters.replace_parties(tx, matter, parties)
    await check_agents(tx, matter, asked.agents)
    await party_agents.replace_all(tx, after, asked.agents)
    changed = replace(
        matter,
        cause=asked.cause.name,
        cause_en=asked.cause.name_en,
        claim=asked.claim,
        claim_fen=asked.claim_fen,
    )
    await matters.save(tx, changed)
    sides = {each.id: each.side.value for each in parties}
    await act_in(tx, who, matter.id, Command(CommandKind.RESUBMIT, {"parties": sides}), at=now)


def _actor(user: User, record: ApplicationRecord) -> Actor:
    if user.role is Role.PARTY:
        applicants = record.draft.of_side(Side.APPLICANT)
        return Actor(applicants[0].key, Capacity.APPLICANT, applicants[0].key)
    return Actor(user.id, _CAPACITIES[user.role])


def _letters(ctx: Context, matter: Matter, parties: Sequence[MatterParty]) -> list[Notice]:
    """Tell the applicants where to look (annex B, template 1): no claim, nobody's name."""
    url = (ctx.url or ctx.settings.public_url).rstrip("/")
    text = f"【{matter.court}】您的调解申请已收到，回执号{receipt_number(matter)}。查询：{url}/status"
    phones = sorted({each.phone for each in parties if each.side is Side.APPLICANT and each.phone})
    return [Notice(new_id(), Channel.SMS, phone, "", text, ctx.clock.now()) for phone in phones]


async def _readable(tx: Tx, user: User, application_id: str, *, locked: bool = False) -> ApplicationRecord:
    record = await applications.application(tx, application_id, locked=locked) if is_id(application_id) else None
    if record is None or not (record.owner_id == user.id or await _applies_in(tx, user, record)):
        raise NotFound
    return record


async def _applies_in(tx: Tx, user: User, record: ApplicationRecord) -> bool:
    """Whether this is an applicant of the matter the application became, for whom somebody may have written it."""
    if record.matter_id is None:
        return False
    return any(each.side is Side.APPLICANT for each in await matters.parties_of_user(tx, user.id, record.matter_id))


async def _writable(tx: Tx, writer: Writer, application_id: str) -> ApplicationRecord:
    if writer.user is not None:
        record = await _readable(tx, writer.user, application_id, locked=True)
    else:
        record = await _by_key(tx, writer.key, application_id)
    if record.matter_id:
        matter = await matters.locked(tx, record.matter_id)
        if matter.state is not MatterState.SUPPLEMENT:
            raise Conflict("application_submitted")
    return record


async def _by_key(tx: Tx, key: str, application_id: str) -> ApplicationRecord:
    if not is_id(application_id) or not is_token(key):
        raise NotFound
    record = await applications.application(tx, application_id, locked=True)
    if not hmac.compare_digest(record.key_hash, hash_of(key)):
        raise NotFound
    return record


async def _supplement(tx: Tx, matter: Matter) -> Supplement | None:
    """The last list, while it is open: the desk has the words, the log at least the codes."""
    if matter.state is not MatterState.SUPPLEMENT:
        return None
    log = await matter_events.events_of(tx, matter.id)
    asked = [each.payload for each in log if each.kind is MatterEventKind.SUPPLEMENT_REQUESTED]
    listed = await desk.defects_of(tx, matter.id)
    lacks = [Lack(each.code, each.note) for each in listed if each.round == len(asked)]
    codes = asked[-1]["defects"]
    if not lacks and isinstance(codes, list):
        lacks = [Lack(str(each).partition(":")[0]) for each in codes]
    return Supplement(tuple(lacks), date.fromisoformat(str(asked[-1]["due"])))


def _today(ctx: Context, record: ApplicationRecord) -> date:
    return local_date(record.submitted_at or ctx.clock.now())
