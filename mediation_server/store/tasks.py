"""What waits for people, by court and by matter; a task that was settled stays, with who settled it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, update

from mediation_server.domain.matter import IN_REVIEW
from mediation_server.domain.task import Task, TaskKind
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.roster_tables import matter_organisations
from mediation_server.store.tables import matters
from mediation_server.store.task_tables import tasks

__all__ = ["add", "among", "has_open", "open_at", "open_in", "open_of_body", "open_of_judge", "save", "settle", "task"]

_tasks = Mapper(Task, tasks)


async def add(tx: Tx, value: Task) -> None:
    """One more task; one that is known by its id stays as it is."""
    if await _tasks.by_key(tx, value.id) is None:
        await _tasks.add(tx, value)


async def save(tx: Tx, value: Task) -> None:
    """Write a task as it is now."""
    await _tasks.save(tx, value)


async def task(tx: Tx, task_id: str) -> Task:
    """A task, kept from other writers. Raises `NotFound`."""
    found = await _tasks.by_key(tx, task_id, locked=True)
    if found is None:
        raise NotFound
    return found


async def settle(tx: Tx, matter_id: str, kinds: Collection[TaskKind], at: datetime, by: str) -> None:
    """Whatever is open of these kinds in a matter is done."""
    open_still = (tasks.c.matter_id == matter_id, tasks.c.kind.in_(sorted(kinds)), tasks.c.done_at.is_(None))
    await tx.execute(update(tasks).where(*open_still).values(done_at=at, done_by=by))


async def open_in(tx: Tx, matter_id: str) -> int:
    """How many tasks of a matter are open."""
    found = select(func.count()).select_from(tasks).where(tasks.c.matter_id == matter_id, tasks.c.done_at.is_(None))
    return await tx.scalar(found) or 0


async def among(tx: Tx, matter_ids: Collection[str]) -> set[str]:
    """Of these matters, those with an open task."""
    waiting = (tasks.c.matter_id.in_(sorted(matter_ids)), tasks.c.done_at.is_(None))
    return set((await tx.execute(select(tasks.c.matter_id).where(*waiting))).scalars())


async def has_open(tx: Tx, matter_id: str, kind: TaskKind) -> bool:
    """Whether such a task waits in a matter."""
    mine = (tasks.c.matter_id == matter_id, tasks.c.kind == kind, tasks.c.done_at.is_(None))
    return await tx.scalar(select(tasks.c.id).where(*mine).limit(1)) is not None


async def open_at(tx: Tx, court: str | None, kinds: Collection[TaskKind], most: int) -> list[Task]:
    """The open tasks of a court, of every court for None, the soonest due first."""
    query = _open(kinds, most)
    return await _tasks.all(tx, query if court is None else query.where(tasks.c.court == court))


async def open_of_judge(tx: Tx, user_id: str, kinds: Collection[TaskKind], most: int) -> list[Task]:
    """The same in the matters somebody tries, leads or reviews now (`domain.task.judges_of`)."""
    reviewing = and_(matters.c.confirming_judge_id == user_id, matters.c.state.in_(IN_REVIEW))
    theirs = select(matters.c.id).where(or_(matters.c.judge_id == user_id, reviewing))
    return await _tasks.all(tx, _open(kinds, most).where(tasks.c.matter_id.in_(theirs)))


async def open_of_body(tx: Tx, organisation_id: str, kinds: Collection[TaskKind], most: int) -> list[Task]:
    """The same in the matters a mediation body has."""
    theirs = select(matter_organisations.c.matter_id).where(matter_organisations.c.organisation_id == organisation_id)
    return await _tasks.all(tx, _open(kinds, most).where(tasks.c.matter_id.in_(theirs)))


def _open(kinds: Collection[TaskKind], most: int) -> Select[tuple[object, ...]]:
    named = (tasks.c.done_at.is_(None), tasks.c.kind.in_(sorted(kinds)))
    return _tasks.selecting().where(*named).order_by(tasks.c.due, tasks.c.id).limit(most)
