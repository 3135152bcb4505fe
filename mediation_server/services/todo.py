"""What waits for somebody (待办): their open tasks, what wants their yes, and settling a task by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role
from mediation_server.domain.task import MOST_NOTE, Task, TaskKind, judges_of, tasks_of
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services import approving_viewings
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.rescheduling import Moving, to_approve
from mediation_server.services.syncing import resend_dead
from mediation_server.store import matters, roster, tasks, users
from mediation_server.store.database import Tx

__all__ = ["Item", "TaskPage", "Todo", "resend_task", "settle_task", "task_page", "todo_of"]

_MOST = 50  # of one person at once; nobody reads further


@dataclass(frozen=True, slots=True)
class Item:
    """A task with the matter it is about."""

    task: Task
    matter: Matter
    parties: tuple[MatterParty, ...]


@dataclass(frozen=True, slots=True)
class Todo:
    """The soonest due first; `moving` are sittings that cannot be moved again without a yes.

    `deciding` counts the exceptions of the recording wall that wait for a head of a division.
    """

    items: tuple[Item, ...]
    moving: tuple[Moving, ...]
    deciding: int = 0

    @property
    def count(self) -> int:
        """How much waits."""
        return len(self.items) + len(self.moving) + self.deciding


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A task with who said what it rests on; `own`: this person did, so another one decides."""

    item: Item
    said_by: User | None
    own: bool


async def todo_of(ctx: Context, user: User) -> Todo:
    """Everything that waits for somebody; nothing for who can have no task."""
    async with ctx.db.reading() as tx:
        found = await _open_of(tx, user)
        named = [each.matter_id for each in found]
        about = {each.id: each for each in await matters.matters_named(tx, named)}
        parties = await matters.parties_of_all(tx, named)
    items = [
        Item(each, about[each.matter_id], tuple(party for party in parties if party.matter_id == each.matter_id))
        for each in found
    ]
    return Todo(tuple(items), tuple(await to_approve(ctx, user)), await approving_viewings.waiting_for(ctx, user))


async def task_page(ctx: Context, user: User, task_id: str) -> TaskPage:
    """One task. Raises `NotFound` to whoever it does not concern, and once it is done."""
    async with ctx.db.reading() as tx:
        task = await _task_of(tx, user, task_id)
        matter = await matters.matter(tx, task.matter_id)
        said_by = task.facts.get("said_by", "")
        known = await users.users_named(tx, [said_by])
        parties = tuple(await matters.parties_of(tx, matter.id))
    return TaskPage(Item(task, matter, parties), known.get(said_by), said_by == user.id)


async def settle_task(ctx: Context, user: User, task_id: str, note: str) -> Task:
    """Say how a task was settled that no step of the matter settles. Once only.

    Raises `NotFound`, `BadInput` for the note, `Conflict("task_by_step")` for one that a step settles.
    """
    words = note.strip()
    if not words:
        raise BadInput("note_required", field="note")
    if len(words) > MOST_NOTE:
        raise BadInput("too_long", field="note", most=MOST_NOTE)
    async with ctx.db.transaction() as tx:
        task = await _task_of(tx, user, task_id)
        if not task.rule.by_hand:
            raise Conflict("task_by_step")
        done = replace(task, done_at=ctx.clock.now(), done_by=user.id, note=words)
        await tasks.save(tx, done)
        about = f"matter:{task.matter_id}"
        await audited(ctx, tx, AuditAction.TASK_SETTLED, actor=user.id, about=about, task=task.kind.value, note=words)
    return done


async def resend_task(ctx: Context, user: User, task_id: str) -> None:
    """Send again what did not reach the court; the task is settled by itself once it has.

    Raises `NotFound`, also for a task of another kind.
    """
    async with ctx.db.transaction() as tx:
        task = await _task_of(tx, user, task_id)
        if task.kind is not TaskKind.DEAD_LETTER:
            raise NotFound
        await resend_dead(ctx, tx, task.matter_id)
    ctx.outbox_filled.set()


async def _open_of(tx: Tx, user: User) -> list[Task]:
    kinds = tasks_of(user.role)
    if not kinds:
        return []
    if user.role is Role.JUDGE:
        return await tasks.open_of_judge(tx, user.id, kinds, _MOST)
    if user.role is Role.ORGANISATION:
        return await tasks.open_of_body(tx, user.organisation_id or "", kinds, _MOST)
    return await tasks.open_at(tx, None if user.role is Role.ADMIN else user.court or "", kinds, _MOST)


async def _task_of(tx: Tx, user: User, task_id: str) -> Task:
    task = await tasks.task(tx, task_id) if is_id(task_id) else None
    if task is None or task.done_at is not None or task.kind not in tasks_of(user.role):
        raise NotFound
    matter = await matters.matter(tx, task.matter_id)
    body = await roster.organisation_of(tx, matter.id)
    concerned = {
        Role.FILING: user.court == task.court,
        Role.CLERK: user.court == task.court,
        Role.JUDGE: user.id in judges_of(matter),
        Role.ORGANISATION: body is not None and body == user.organisation_id,
        Role.ADMIN: True,
    }
    if not concerned.get(user.role, False):
        raise NotFound
    return task
