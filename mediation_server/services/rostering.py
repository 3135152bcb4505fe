"""The roster (特邀调解员名册): what everybody may read of it, and keeping it, each change written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may
from mediation_server.domain.roster import Mediator, Organisation, Speciality, Tongue, courts_above
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import roster, users
from mediation_server.store.database import Tx
from mediation_server.store.roster import Listing, Search

__all__ = [
    "Kept",
    "Looked",
    "Profile",
    "Wanted",
    "body_page",
    "entry_page",
    "kept_roster",
    "look_up",
    "may_keep",
    "organisation_page",
    "profile",
    "save_entry",
    "save_organisation",
]

PAGE = 24
_HOLDERS = {Role.ADMIN: Holder.ADMIN, Role.FILING: Holder.FILING, Role.ORGANISATION: Holder.ORGANISATION}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor looks for; nothing given means everybody. `after`: the account of the last line seen."""

    words: str = ""
    speciality: Speciality | None = None
    court: str = ""
    tongue: Tongue | None = None
    free: bool | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A page of the public roster; `after` is where the next one begins, None when there is none."""

    listings: tuple[Listing, ...]
    courts: tuple[str, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A body with its mediators who are on the public roster now."""

    organisation: Organisation
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The roster as whoever keeps it sees it: every status, and how many matters each has now."""

    listings: tuple[Listing, ...]
    organisations: tuple[Organisation, ...]
    load: Mapping[str, int]


async def look_up(ctx: Context, wanted: Wanted) -> Looked:
    """The public roster, by name: nothing of who is busy, and nobody who cannot be chosen now."""
    words = wanted.words.strip()
    if len(words) == 1:
        raise BadInput("search_too_short", field="q")
    async with ctx.db.reading() as tx:
        courts = tuple(await roster.courts_listed(tx))
        known = wanted.court in courts or not wanted.court
        search = Search(
            on=local_date(ctx.clock.now()),
            words=words,
            speciality=wanted.speciality,
            courts=(wanted.court, *courts_above(wanted.court)) if wanted.court else (),
            tongue=wanted.tongue,
            free=wanted.free,
            after=await _after(tx, wanted.after),
        )
        found = await roster.listed(tx, search, PAGE + 1) if known else []
    more = found[PAGE - 1].user.id if len(found) > PAGE else None
    return Looked(tuple(found[:PAGE]), courts, more)


async def profile(ctx: Context, user_id: str) -> Listing:
    """One mediator's public page. Raises `NotFound` for whoever is not on the roster now."""
    if not is_id(user_id):
        raise NotFound
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        user = (await users.users_named(tx, [user_id])).get(user_id)
        entry = await roster.mediator(tx, user_id)
        bodies = await roster.organisations_of(tx, [entry.organisation_id or ""]) if entry else []
    if user is None or entry is None or not (user.active and entry.status == "listed" and entry.holds(today)):
        raise NotFound
    if bodies and not bodies[0].active:
        raise NotFound
    return Listing(user, entry, bodies[0] if bodies else None)


async def organisation_page(ctx: Context, organisation_id: str) -> Profile:
    """A body's public page. Raises `NotFound` for one that is not active."""
    if not is_id(organisation_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        found = await roster.organisation(tx, organisation_id)
        search = Search(on=local_date(ctx.clock.now()), organisation_id=found.id)
        listings = await roster.listed(tx, search, 200)
    if not found.active:
        raise NotFound
    return Profile(found, tuple(listings))


def may_keep(user: User, organisation_id: str | None) -> bool:
    """Whether somebody may change entries of this body; None: of no body, or of any."""
    holder = _HOLDERS.get(user.role)
    if holder is None:
        return False
    own = organisation_id is not None and organisation_id == user.organisation_id
    return may(Claim(holder, frozenset({Condition.OWN_ORGANISATION} if own else ())), Action.MANAGE_ROSTER)


async def kept_roster(ctx: Context, user: User) -> Kept:
    """The roster behind the counter; a body sees its own part. Raises `NotFound` to whoever does not keep it."""
    body = _body_of(user)
    async with ctx.db.reading() as tx:
        listings = await roster.entries_of(tx, organisation_id=body)
        bodies = await roster.organisations_of(tx, [body] if body else None)
        load = await roster.open_matters(tx, [each.user.id for each in listings])
    return Kept(tuple(listings), tuple(bodies), load)


async def entry_page(ctx: Context, user: User, user_id: str) -> Listing:
    """One entry to be changed. Raises `NotFound`."""
    found = next((each for each in (await kept_roster(ctx, user)).listings if each.user.id == user_id), None)
    if found is None:
        raise NotFound
    return found


async def body_page(ctx: Context, user: User, organisation_id: str) -> Organisation:
    """One body to be changed. Raises `NotFound`."""
    if not may_keep(user, organisation_id) or not is_id(organisation_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        return await roster.organisation(tx, organisation_id)


async def save_entry(ctx: Context, user: User, login: str, entry: Mediator) -> Mediator:
    """Write an entry, a new one for the account with this login name when `entry.user_id` is empty.

    Raises `NotFound`, `BadInput` naming the field: `mediator_account_unknown`, `entry_there`, `certificate_taken`,
    `body_unknown`.
    """
    _body_of(user)
    async with ctx.db.transaction() as tx:
        user_id = entry.user_id or await _new_for(tx, login)
        before = await roster.mediator(tx, user_id, locked=True)
        if entry.user_id and before is None:
            raise NotFound
        for body in {before.organisation_id if before else entry.organisation_id, entry.organisation_id}:
            if not may_keep(user, body):
                raise NotFound
        if entry.organisation_id and not await roster.organisations_of(tx, [entry.organisation_id]):
            raise BadInput("body_unknown", field="organisation")
        if await roster.certificate_holder(tx, entry.certificate_no) not in (None, user_id):
            raise BadInput("certificate_taken", field="certificate_no")
        after = replace(entry, user_id=user_id, refusals=before.refusals if before else 0)
        await roster.save_mediator(tx, after)
        await _written(ctx, tx, user, f"user:{user_id}", _changes(before, after))
    return after


async def save_organisation(ctx: Context, user: User, body: Organisation) -> Organisation:
    """Write a body, a new one when its id is empty; a body's own people may not invite it to courts, nor revive it.

    Raises `NotFound`, `BadInput("organisation_name_taken")`.
    """
    if not may_keep(user, body.id or None):
        raise NotFound
    async with ctx.db.transaction() as tx:
        before = await roster.organisation(tx, body.id) if body.id else None
        namesake = await roster.organisation_named(tx, body.name)
        if namesake is not None and namesake.id != body.id:
            raise BadInput("organisation_name_taken", field="name")
        after = replace(body, id=body.id or new_id())
        if user.role is Role.ORGANISATION and before is not None:
            after = replace(after, courts=before.courts, active=before.active, kind=before.kind, scope=before.scope)
        await roster.save_organisation(tx, after)
        await _written(ctx, tx, user, f"organisation:{after.id}", _changes(before, after))
    return after


def _body_of(user: User) -> str | None:
    """The body whose part of the roster somebody keeps, None for the whole of it. Raises `NotFound`."""
    body = user.organisation_id if user.role is Role.ORGANISATION else None
    if not may_keep(user, body):
        raise NotFound
    return body


async def _new_for(tx: Tx, login: str) -> str:
    found = await users.by_login(tx, login)
    if found is None or found[0].role is not Role.MEDIATOR or not found[0].active:
        raise BadInput("mediator_account_unknown", field="login")
    if await roster.mediator(tx, found[0].id) is not None:
        raise BadInput("entry_there", field="login")
    return found[0].id


async def _after(tx: Tx, user_id: str) -> tuple[str, str] | None:
    if not is_id(user_id):
        return None
    found = (await users.users_named(tx, [user_id])).get(user_id)
    return (found.name, found.id) if found else None


def _changes(before: Mediator | Organisation | None, after: Mediator | Organisation) -> Sequence[str]:
    """Which fields changed: what stands in them can be read in the roster, which is public."""
    old = asdict(before) if before else {}
    return sorted(key for key, value in asdict(after).items() if key not in old or old[key] != value)


async def _written(ctx: Context, tx: Tx, user: User, about: str, changed: Sequence[str]) -> None:
    if changed:
        await audited(ctx, tx, AuditAction.ROSTER_CHANGED, actor=user.id, about=about, changed=list(changed))
