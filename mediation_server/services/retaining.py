"""Keeping a matter's record (保存与处置): its class, what holds it, and who proposes and agrees that it goes.

Two people always: whoever asks for a hold to end, or proposes that a record goes, never agrees to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.disposal import Disposal, RecordingCopy
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.people import Role
from mediation_server.domain.recording import Recording
from mediation_server.domain.retention import Bar, HoldCause, RetentionClass
from mediation_server.domain.rights import Action, Claim, may
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import claim_of
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter, file_in
from mediation_server.services.todo import Item, todo_of
from mediation_server.store import disposals, matters, recording_copies, users
from mediation_server.store.database import Tx

__all__ = [
    "MOST_REASON",
    "Keep",
    "KeepingList",
    "KeepingPage",
    "actor_of",
    "ask_release",
    "certificate",
    "decline",
    "hold",
    "keeping_list",
    "keeping_page",
    "kept",
    "propose",
    "refuse_barred",
    "release",
    "set_retention",
]

MOST_REASON = 500
_MOST = 100  # of one list; nobody reads further
_CAPACITIES = {
    Role.FILING: Capacity.FILING,
    Role.CLERK: Capacity.CLERK,
    Role.JUDGE: Capacity.JUDGE,
    Role.ADMIN: Capacity.ADMIN,
}


@dataclass(frozen=True, slots=True)
class Keep:
    """A matter with its file and what this person may do about its record."""

    matter: Matter
    file: MatterFile
    actions: frozenset[Action]


@dataclass(frozen=True, slots=True)
class KeepingPage:
    """What the page of one record shows; `parties` is empty for an administrator, who has no right to content."""

    keep: Keep
    parties: tuple[MatterParty, ...]
    recordings: tuple[Recording, ...]
    copies: dict[str, RecordingCopy]
    people: dict[str, User]
    until: date | None
    bar: Bar | None
    disposal: Disposal | None


@dataclass(frozen=True, slots=True)
class KeepingList:
    """What is due or waits for this person's yes, what is held, and what went lately."""

    items: tuple[Item, ...]
    held: tuple[Matter, ...]
    gone: tuple[Disposal, ...]
    about: dict[str, Matter]


_ACTIONS = (
    Action.ARCHIVE_MATTER,
    Action.SET_RETENTION,
    Action.HOLD_RECORD,
    Action.PROPOSE_DISPOSAL,
    Action.APPROVE_DISPOSAL,
)
_OVERSEES = (Role.FILING, Role.CLERK, Role.ADMIN)


async def keeping_list(ctx: Context, user: User) -> KeepingList:
    """For clerks and filing staff of their court, for administrators of all. Raises `NotFound` to anybody else."""
    if user.role not in _OVERSEES:
        raise NotFound
    court = None if user.role is Role.ADMIN else user.court or ""
    async with ctx.db.reading() as tx:
        held = await disposals.held_at(tx, court, _MOST)
        gone = await disposals.at_court(tx, court, _MOST)
        named = await matters.matters_named(tx, [each.matter_id for each in gone])
    own = [each for each in (await todo_of(ctx, user)).items if each.task.kind.value in _KEPT_TASKS]
    return KeepingList(tuple(own), tuple(held), tuple(gone), {each.id: each for each in named})


_KEPT_TASKS = ("dispose_recordings", "approve_disposal", "approve_release")


async def keeping_page(ctx: Context, user: User, matter_id: str) -> KeepingPage:
    """The page of one record. Raises `NotFound` to whoever has nothing to do with its keeping."""
    async with ctx.db.reading() as tx:
        keep = await kept(tx, user, matter_id, Action.SEE_KEEPING)
        content = user.role is not Role.ADMIN
        found = tuple(await disposals.recordings_in(tx, matter_id))
        known = await recording_copies.copies_of(tx, [each.id for each in found])
        gone = await disposals.of_matter(tx, matter_id)
        return KeepingPage(
            keep=keep,
            parties=tuple(await matters.parties_of(tx, matter_id)) if content else (),
            recordings=found,
            copies={each.recording_id: each for each in known},
            people=await users.users_named(tx, _named(keep.file, gone)),
            until=keep.file.kept_until(CHINA),
            bar=keep.file.disposal_bar(local_date(ctx.clock.now()), CHINA),
            disposal=gone,
        )


async def set_retention(ctx: Context, user: User, matter_id: str, chosen: RetentionClass, reason: str) -> Acted:
    """Choose another class; the last day follows from it, and whatever was proposed has to be proposed anew.

    Raises `NotFound`, `BadInput` for the reason, `Conflict("file_disposed")`, `Conflict("matter_state")`.
    """
    said = {"retention": chosen.value, "reason": reason_of(reason)}
    return await _done(ctx, user, matter_id, Action.SET_RETENTION, Command(CommandKind.SET_RETENTION, said))


async def hold(ctx: Context, user: User, matter_id: str, cause: HoldCause, reason: str) -> Acted:
    """Hold a record: nothing of it goes until two people have agreed that the hold ends.

    Raises `NotFound`, `BadInput` for the reason, `Conflict("file_disposed")`.
    """
    said = {"hold": new_id(), "cause": cause.value, "reason": reason_of(reason)}
    return await _done(ctx, user, matter_id, Action.HOLD_RECORD, Command(CommandKind.HOLD, said))


async def ask_release(ctx: Context, user: User, matter_id: str, hold_id: str, reason: str) -> Acted:
    """Ask for a hold to end; somebody else has to agree. Raises `NotFound`, `BadInput`, `Conflict("hold_unknown")`."""
    said = {"hold": hold_id, "reason": reason_of(reason)}
    return await _done(ctx, user, matter_id, Action.HOLD_RECORD, Command(CommandKind.ASK_RELEASE, said))


async def release(ctx: Context, user: User, matter_id: str, hold_id: str, reason: str) -> Acted:
    """Agree to it. Raises the same, and `Refused("second_person_needed")` to whoever asked, or where nobody did."""
    said = {"hold": hold_id, "reason": reason_of(reason)}
    return await _done(ctx, user, matter_id, Action.HOLD_RECORD, Command(CommandKind.RELEASE, said))


async def propose(ctx: Context, user: User, matter_id: str, reason: str) -> Acted:
    """Propose that a record goes whose time is over. Raises `NotFound`, `BadInput`, `Conflict(<the bar>)`."""
    command = Command(CommandKind.PROPOSE_DISPOSAL, {"reason": reason_of(reason)})
    return await _done(ctx, user, matter_id, Action.PROPOSE_DISPOSAL, command, going=True)


async def decline(ctx: Context, user: User, matter_id: str, reason: str) -> Acted:
    """Say no to a proposal; the record stays, and the clerks are asked again.

    Raises `NotFound`, `BadInput`, `Conflict("disposal_not_proposed")`.
    """
    command = Command(CommandKind.DECLINE_DISPOSAL, {"reason": reason_of(reason)})
    return await _done(ctx, user, matter_id, Action.APPROVE_DISPOSAL, command)


async def certificate(ctx: Context, user: User, matter_id: str) -> tuple[Matter, Disposal]:
    """The certificate of what went of a matter, once it is gone. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        keep = await kept(tx, user, matter_id, Action.SEE_KEEPING)
        found = await disposals.of_matter(tx, matter_id)
    if found is None or found.destroyed_at is None:
        raise NotFound
    return keep.matter, found


async def kept(tx: Tx, user: User, matter_id: str, action: Action) -> Keep:
    """The way to a matter's record for whoever may do this with it now. Raises `NotFound` for anybody else's."""
    found = await matters.matter(tx, matter_id) if is_id(matter_id) else None
    claim = claim_of(user, found) if found is not None else None
    if found is None or not may(claim, action):
        raise NotFound
    return Keep(found, await file_in(tx, found), _allowed(claim))


def actor_of(user: User) -> Actor:
    """In what capacity somebody gives commands about keeping. Raises `NotFound` for a role that gives none."""
    capacity = _CAPACITIES.get(user.role)
    if capacity is None:
        raise NotFound
    return Actor(user.id, capacity)


def refuse_barred(file: MatterFile, today: date) -> None:
    """Say why a record may not go now. Raises `Conflict(<the bar>)`."""
    bar = file.disposal_bar(today, CHINA)
    if bar is not None:
        raise Conflict(bar.value)


def _allowed(claim: Claim | None) -> frozenset[Action]:
    return frozenset(each for each in _ACTIONS if may(claim, each))


async def _done(
    ctx: Context, user: User, matter_id: str, action: Action, command: Command, *, going: bool = False
) -> Acted:
    async def before(tx: Tx) -> None:
        file = (await kept(tx, user, matter_id, action)).file
        if going:
            refuse_barred(file, local_date(ctx.clock.now()))

    return await act_on_matter(ctx, actor_of(user), matter_id, command, before=before)


def _named(file: MatterFile, gone: Disposal | None) -> Sequence[str]:
    said = [each for hold in file.keeping.holds for each in (hold.by, hold.asked_by)]
    return [
        each
        for each in (*said, file.keeping.proposed_by, *((gone.proposed_by, gone.approved_by) if gone else ()))
        if each
    ]
