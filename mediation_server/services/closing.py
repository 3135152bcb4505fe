"""Closing a matter, and opening it again to correct an error (结案, 重新打开): the second by two people."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind, possible
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role
from mediation_server.domain.task import TaskKind
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import court_matter
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter, file_in
from mediation_server.services.todo import task_page
from mediation_server.store import matters
from mediation_server.store.database import Tx

__all__ = ["MOST_REASON", "ClosingPage", "approve_reopening", "ask_reopening", "close", "closing_page"]

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class ClosingPage:
    """A matter with what filing staff can do about its end: `close`, `request_reopen`; `asked`: that was asked for."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    offered: frozenset[CommandKind]
    asked: bool


async def closing_page(ctx: Context, user: User, matter_id: str) -> ClosingPage:
    """The page for filing staff of its court. Raises `NotFound` to anybody else."""
    async with ctx.db.reading() as tx:
        matter = await _filed_by(tx, user, matter_id)
        file = await file_in(tx, matter)
        offered = possible(file, Actor(user.id, Capacity.FILING), ctx.clock.now())
        parties = tuple(await matters.parties_of(tx, matter_id))
    return ClosingPage(matter, parties, offered, file.reopen_by is not None)


async def close(ctx: Context, user: User, matter_id: str) -> Acted:
    """Close a matter in which nothing is left to do.

    Raises `NotFound`, `Conflict`: `hand_over_first`, `sitting_live`, `tasks_open`, `messages_unsent`, `matter_state`.
    """
    async with ctx.db.reading() as tx:
        await _filed_by(tx, user, matter_id)
    return await act_on_matter(ctx, Actor(user.id, Capacity.FILING), matter_id, Command(CommandKind.CLOSE))


async def ask_reopening(ctx: Context, user: User, matter_id: str, reason: str) -> Acted:
    """Ask for a closed matter to be opened again; somebody else has to agree.

    Raises `NotFound`, `BadInput` for the reason, `Conflict("matter_state")`.
    """
    words = reason_of(reason)
    async with ctx.db.reading() as tx:
        await _filed_by(tx, user, matter_id)
    who = Actor(user.id, Capacity.FILING)
    return await act_on_matter(ctx, who, matter_id, Command(CommandKind.REQUEST_REOPEN, {"reason": words}))


async def approve_reopening(ctx: Context, user: User, task_id: str, reason: str) -> Acted:
    """Agree to it: another person of the desk, or an administrator, who sees the number and the reason alone.

    Raises `NotFound`, `BadInput`, `Refused("second_person_needed")` to whoever asked for it.
    """
    words = reason_of(reason)
    task = (await task_page(ctx, user, task_id)).item.task
    if task.kind is not TaskKind.APPROVE_REOPENING:
        raise NotFound
    who = Actor(user.id, Capacity.ADMIN if user.role is Role.ADMIN else Capacity.FILING)
    return await act_on_matter(ctx, who, task.matter_id, Command(CommandKind.REOPEN, {"reason": words}))


async def _filed_by(tx: Tx, user: User, matter_id: str) -> Matter:
    if user.role is not Role.FILING:
        raise NotFound
    return await court_matter(tx, user, matter_id)
