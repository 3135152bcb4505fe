"""A person's own calendar (日历订阅): a secret address each, and what stands under it; nobody's name, no amount.

The address alone opens it, for a calendar cannot sign in: it can be changed or closed at any time, and shows no more
than where one has to be and what runs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.clocks import Clock, ClockState, clocks_of
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role
from mediation_server.domain.session import Session
from mediation_server.domain.tokens import hash_of, is_token, new_token
from mediation_server.domain.users import User
from mediation_server.errors import NotFound, TooMany
from mediation_server.services import assisting
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.terms import OF_STAFF
from mediation_server.services.throttle import Limit
from mediation_server.store import calendar_feeds, matter_events, matters, sessions, users
from mediation_server.store.database import Tx

__all__ = ["FeedClock", "FeedSitting", "PersonalFeed", "feed_of", "feed_since", "make_address", "revoke_address"]

_KEPT = timedelta(days=90)  # how long what is over or cancelled stays in the calendar
_MOST_MATTERS = 300
_ASKED = Limit(120, 60 * 60 * 1000)  # calendars ask once an hour; a whole office shares one
_MADE = Limit(20, 24 * 60 * 60 * 1000)


@dataclass(frozen=True, slots=True)
class FeedSitting:
    """One sitting of the reader; `seat` names their part in it and stays over all changes.

    For who mediates beside another it is the sitting: they take their seat when they come.
    """

    session: Session
    matter: Matter
    seat: str


@dataclass(frozen=True, slots=True)
class FeedClock:
    """One clock that concerns the reader; `version` grows whenever the matter's log does."""

    clock: Clock
    matter: Matter
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PersonalFeed:
    """Everything in one person's calendar."""

    user: User
    sittings: tuple[FeedSitting, ...]
    clocks: tuple[FeedClock, ...]


async def feed_since(ctx: Context, user: User) -> datetime | None:
    """When the address in force was made; None without one."""
    async with ctx.db.reading() as tx:
        return await calendar_feeds.since(tx, user.id)


async def make_address(ctx: Context, user: User) -> str:
    """A fresh token, told only now; the address before it is closed. Raises `TooMany("too_many_links")`."""
    if not ctx.throttle.admit(ctx.clock, f"calendar:{user.id}", _MADE):
        raise TooMany("too_many_links")
    token = new_token()
    async with ctx.db.transaction() as tx:
        await calendar_feeds.put(tx, user.id, hash_of(token), ctx.clock.now())
        await audited(ctx, tx, AuditAction.CALENDAR_OPENED, actor=user.id, about=f"user:{user.id}")
    return token


async def revoke_address(ctx: Context, user: User) -> None:
    """Close the address at once. Idempotent."""
    async with ctx.db.transaction() as tx:
        if await calendar_feeds.drop(tx, user.id):
            await audited(ctx, tx, AuditAction.CALENDAR_CLOSED, actor=user.id, about=f"user:{user.id}")


async def feed_of(ctx: Context, token: str) -> PersonalFeed:
    """What stands under an address. Raises `NotFound` for one that is unknown or closed alike, `TooMany`."""
    if not is_token(token):
        raise NotFound
    hashed = hash_of(token)
    async with ctx.db.reading() as tx:
        owner = await calendar_feeds.owner_of(tx, hashed)
        if owner is None:
            raise NotFound
        if not ctx.throttle.admit(ctx.clock, f"feed:{hashed}", _ASKED):
            raise TooMany("too_many_requests")
        user = await users.user(tx, owner)
        mine = {each.id: each for each in (await _matters(tx, user))[:_MOST_MATTERS]}
        return PersonalFeed(user, await _sittings(ctx, tx, user, mine), await _clocks(ctx, tx, user, mine))


async def _matters(tx: Tx, user: User) -> list[Matter]:
    if user.role is Role.PARTY:
        return await matters.matters_of_party(tx, user.id)
    return await matters.matters_of(tx, user.id)


async def _sittings(ctx: Context, tx: Tx, user: User, mine: dict[str, Matter]) -> tuple[FeedSitting, ...]:
    since = ctx.clock.now() - _KEPT
    held = [each for each in await sessions.sessions_of_all(tx, mine) if each.starts_at > since]
    theirs = {each.id for each in await matters.parties_of_all(tx, mine) if each.user_id == user.id}
    named = await sessions.participants_of_all(tx, [each.id for each in held])
    mine_in = (each for each in named if each.user_id == user.id or (each.party_id or "") in theirs)
    seats = {each.session_id: each.id for each in mine_in}
    own = [FeedSitting(each, mine[each.matter_id], seats[each.id]) for each in held if each.id in seats]
    beside = [
        FeedSitting(sitting, each.matter, sitting.id)
        for each in await assisting.assisted_in(tx, user)
        for sitting in each.sittings
    ]
    return (*own, *beside)


async def _clocks(ctx: Context, tx: Tx, user: User, mine: dict[str, Matter]) -> tuple[FeedClock, ...]:
    """Running clocks only: a calendar forgets what the feed leaves out, and one that stands still has no last day."""
    running = [each.id for each in mine.values() if each.next_due is not None]
    logs = await matter_events.events_of_all(tx, running)
    found = []
    for matter_id, log in logs.items():
        for clock in clocks_of(log, CHINA, ctx.clock.now()):
            kept_from = user.role is Role.PARTY and clock.id in OF_STAFF
            if clock.state is ClockState.RUNNING and clock.due is not None and not kept_from:
                found.append(FeedClock(clock, mine[matter_id], len(log), log[-1].at))
    return tuple(sorted(found, key=lambda each: (each.clock.due, each.matter.id, each.clock.id)))
