"""Tasks of people (待办) follow what happens to a matter: opened and settled with it, told by text message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from mediation_server.domain.calendar import CHINA, local_date, working_days_after
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Role
from mediation_server.domain.task import RULES, Task, TaskKind, judges_of, opened_by, settled_by
from mediation_server.services.acted import Acted
from mediation_server.services.posting import post
from mediation_server.store import roster, tasks, users
from mediation_server.store.database import Tx

__all__ = ["keep_tasks", "open_once", "open_task"]

_MOST_TOLD = 10  # of the people of one court: more than one office has at one desk

# No name and no reason: whoever reads a phone over a shoulder learns of a court and a number.
_WORDS: Mapping[TaskKind, str] = MappingProxyType(
    {
        TaskKind.NAME_MEDIATOR: "已过三个工作日，仍未指定调解员",
        TaskKind.DECIDE_REPLACEMENT: "有更换调解员的申请待决定",
        TaskKind.CHECK_SUSPICION: "调解已暂停，有线索须核查",
        TaskKind.LATE_REVIEW: "司法确认审查已逾期",
        TaskKind.LATE_FILING: "移交后逾期未立案",
        TaskKind.SETTLE_CLOSURE: "法院已结案，但协议已签署，须人工处理",
        TaskKind.SETTLE_CLASH: "法院来件有冲突，须人工核对",
        TaskKind.COURT_CONTRADICTS: "收到法院前后不一致的消息，须人工核对",
        TaskKind.DEAD_LETTER: "给法院的消息未能送达，须人工处理",
        TaskKind.APPROVE_REOPENING: "有人申请重新打开，须另一人复核",
        TaskKind.DISPOSE_RECORDINGS: "录音录像保存到期，待提出处置意见",
        TaskKind.APPROVE_DISPOSAL: "有人提出处置录音录像，须另一人复核",
        TaskKind.APPROVE_RELEASE: "有人申请解除保全，须另一人复核",
    }
)


_LATE = MappingProxyType({TaskKind.DECIDE_REPLACEMENT: "更换调解员的申请逾期未决定"})


async def keep_tasks(tx: Tx, acts: Sequence[Acted]) -> None:
    """Settle and open what these commands led to; whoever has no open task is asked for once, all together."""
    concerned = {each.matter.id for each in acts if any(settled_by(event) for event in each.events)}
    waiting = await tasks.among(tx, concerned) if concerned else set()
    for acted in acts:
        for event in acted.events:
            if acted.matter.id in waiting and (settled := settled_by(event)):
                await tasks.settle(tx, acted.matter.id, settled, event.at, event.actor)
            if (opened := opened_by(event, acted.file)) is not None:
                kind, facts = opened
                await open_task(tx, acted.matter, kind, facts, f"{event.seq}", event.at)
                waiting.add(acted.matter.id)


async def open_task(tx: Tx, matter: Matter, kind: TaskKind, facts: Mapping[str, str], key: str, at: datetime) -> None:
    """Open a task and tell those whose it is; `key` with matter and kind is its identity: told again it is the same.

    One of its kind that waits already is not opened twice, but they are told that it is late.
    """
    due = working_days_after(local_date(at), RULES[kind].days, CHINA)
    task = Task(fixed_id(f"task {matter.id} {kind.value} {key}"), matter.id, kind, matter.court, at, due, dict(facts))
    words, until = _WORDS[kind], f"请于{due.month}月{due.day}日前"
    if await tasks.has_open(tx, matter.id, kind):
        words, until = _LATE.get(kind, words), "请尽快"
    else:
        await tasks.add(tx, task)
    body = f"【{matter.court}】{matter.case_no or matter.ref}{words}，{until}登录“待办”处理。"
    phones = dict.fromkeys(await _phones(tx, matter, RULES[kind].whose))
    await post(tx, [Notice(fixed_id(f"{task.id} {each}"), Channel.SMS, each, "", body, at) for each in phones])


async def open_once(tx: Tx, matter: Matter, kind: TaskKind, facts: Mapping[str, str], key: str, at: datetime) -> None:
    """The same for what goes wrong by machine and may go wrong again: one that waits already is left in peace."""
    if not await tasks.has_open(tx, matter.id, kind):
        await open_task(tx, matter, kind, facts, key, at)


async def _phones(tx: Tx, matter: Matter, whose: frozenset[Role]) -> list[str]:
    """Filing staff and clerks of the court, the judges of the matter, the body that has it."""
    found: list[str | None] = []
    for role in sorted({Role.FILING, Role.CLERK} & whose):
        found += [each.phone for each in (await users.at_court(tx, matter.court, role))[:_MOST_TOLD]]
    if Role.JUDGE in whose:
        found += [each.phone for each in (await users.users_named(tx, judges_of(matter))).values()]
    body = await roster.organisation_of(tx, matter.id) if Role.ORGANISATION in whose else None
    if body is not None:
        found.append((await roster.organisation(tx, body)).phone)
    return [each for each in found if each]
