"""Moving a matter (事项流程): lock, fold, decide, append, keep its row, audit, tell who must know: one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.clock_steps import look_on
from mediation_server.domain.clocks import Clock, counted
from mediation_server.domain.lifecycle import (
    SYSTEM,
    Actor,
    Capacity,
    Command,
    CommandKind,
    Facts,
)
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind, first_break
from mediation_server.domain.roster import covers
from mediation_server.domain.session import SessionState
from mediation_server.domain.tracks import tracks_open
from mediation_server.errors import Refused
from mediation_server.services.acted import Acted, Standing, entry_about, row_of
from mediation_server.services.context import Context
from mediation_server.services.fitness import need_of, unfit_reason
from mediation_server.services.following import follow
from mediation_server.services.tasking import keep_tasks
from mediation_server.services.telling_agents import tell_agents
from mediation_server.services.telling_court import tell_court
from mediation_server.services.telling_parties import tell_parties
from mediation_server.store import audit, clock_looks, matter_events, matters, outbox, roster, sessions, tasks
from mediation_server.store.database import Database, Tx

__all__ = [
    "Acted",
    "act_in",
    "act_on_matter",
    "begun_log",
    "file_in",
    "keep",
    "log_findings",
    "log_in",
    "logs_in",
    "note_refusal",
    "open_in",
    "open_matter",
    "recounted",
]

_LIVE = (SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED)
_NAMING = (CommandKind.APPOINT, CommandKind.CHOOSE_JOINTLY)


async def act_on_matter(
    ctx: Context,
    who: Actor,
    matter_id: str,
    command: Command,
    *,
    before: Callable[[Tx], Awaitable[None]] | None = None,
    beside: Callable[[Tx, Acted], Awaitable[None]] | None = None,
) -> Acted:
    """Give a matter a command, whole or not at all; what the court must know goes out after the commit.

    `before` and `beside` look and write in the same transaction, before and after the command; what they raise leaves
    everything as it was. Raises `NotFound`, and what `lifecycle.decide` raises. A `Refused` is audited.
    """
    try:
        async with ctx.db.transaction() as tx:
            if before is not None:
                await before(tx)
            acted = await act_in(tx, who, matter_id, command, at=ctx.clock.now())
            if beside is not None:
                await beside(tx, acted)
    except Refused as refusal:
        async with ctx.db.transaction() as tx:
            await note_refusal(tx, who, matter_id, command, refusal, at=ctx.clock.now())
        raise
    ctx.outbox_filled.set()
    return acted


async def note_refusal(tx: Tx, who: Actor, matter_id: str, command: Command, refusal: Refused, *, at: datetime) -> None:
    """Audit a command that was refused."""
    await audit.add(tx, entry_about(who, command, at, matter_id, {"refused": refusal.code}))


async def act_in(
    tx: Tx, who: Actor, matter_id: str, command: Command, *, at: datetime, facts: Facts | None = None
) -> Acted:
    """The same inside the caller's transaction; the caller rings `ctx.outbox_filled` after the commit."""
    matter = await matters.locked(tx, matter_id)
    log = await begun_log(tx, matter, at)
    return await _act(tx, matter, log, who, command, at, facts or await _facts(tx, matter, who, command, at))


async def open_matter(
    ctx: Context, who: Actor, matter: Matter, parties: Sequence[MatterParty], command: Command
) -> Acted:
    """Begin a matter with its first command (`create`, `court_divert`); its row is what the command leaves."""
    async with ctx.db.transaction() as tx:
        acted = await open_in(tx, who, matter, parties, command, at=ctx.clock.now())
    ctx.outbox_filled.set()
    return acted


async def open_in(
    tx: Tx, who: Actor, matter: Matter, parties: Sequence[MatterParty], command: Command, *, at: datetime
) -> Acted:
    """The same inside the caller's transaction. The sides of the parties become the command's `parties`."""
    sides = {each.id: each.side.value for each in parties}
    command = replace(command, payload={"parties": sides, **command.payload})
    await matters.add(tx, replace(matter, state=MatterState.DRAFT, mediator_id=None, period_end=None), parties)
    return await _act(tx, matter, [], who, command, at, await _facts(tx, matter, who, command, at))


async def file_in(tx: Tx, matter: Matter) -> MatterFile:
    """The file of a matter, also of one that was under way before there was a log; writes nothing."""
    return file_of(matter.id, await log_in(tx, matter))


async def log_in(tx: Tx, matter: Matter) -> Sequence[MatterEvent]:
    """The log of a matter, or what its first entry would say; writes nothing."""
    return (await logs_in(tx, [matter]))[matter.id]


async def logs_in(tx: Tx, found: Sequence[Matter]) -> dict[str, Sequence[MatterEvent]]:
    """The same for several matters, by their ids."""
    logs = await matter_events.events_of_all(tx, [each.id for each in found])
    return {each.id: logs.get(each.id) or await _adopted(tx, each) for each in found}


async def _adopted(tx: Tx, matter: Matter) -> Sequence[MatterEvent]:
    payload = _as_it_stood(matter, await matters.parties_of(tx, matter.id))
    adopted = MatterEvent(matter.id, 0, matter.created_at, SYSTEM, SYSTEM, MatterEventKind.ADOPTED, payload, "", "")
    return [adopted]


async def recounted(tx: Tx, counts: Sequence[tuple[Standing, Sequence[Clock]]]) -> None:
    """Bring what lists and the sweep know of the clocks of matters in line with how they are counted now."""
    rows = [(each.matter, row_of(each.matter, each.file, clocks, CHINA)) for each, clocks in counts]
    await matters.save_over_all(tx, [(before, row) for before, row in rows if row != before])
    await clock_looks.put_all(tx, {each.matter.id: look_on(clocks) for each, clocks in counts})


async def log_findings(db: Database, matter_id: str) -> list[str]:
    """One line where the log of a matter does not hold, one when its row says something else. Raises `NotFound`."""
    async with db.reading() as tx:
        matter = await matters.matter(tx, matter_id)
        log = await matter_events.events_of(tx, matter_id)
        looked_on = await clock_looks.look_of(tx, matter_id)
    broken = first_break(log)
    if broken is not None:
        return [f"matter_log: {broken.seq} {broken.reason}"]
    if not log:
        return []
    file, clocks = counted(log, CHINA, log[-1].at)
    row = row_of(matter, file, clocks, CHINA)
    found = [] if row == matter else ["matter_row: differs from its log"]
    return found if looked_on == look_on(clocks) else [*found, "clock_looks: differs from its log"]


async def begun_log(tx: Tx, matter: Matter, at: datetime) -> list[MatterEvent]:
    """The log; a matter without one gets its first entry from its row."""
    log = await matter_events.events_of(tx, matter.id)
    if not log:
        payload = _as_it_stood(matter, await matters.parties_of(tx, matter.id))
        adopted = await matter_events.append_event(
            tx, matter.id, at=at, actor=SYSTEM, role=SYSTEM, kind=MatterEventKind.ADOPTED, payload=payload
        )
        log = [adopted]
    return log


def _as_it_stood(matter: Matter, parties: Sequence[MatterParty]) -> dict[str, object]:
    row = {
        "state": matter.state.value,
        "track": matter.track.value,
        "procedure": matter.procedure,
        "regime": local_date(matter.created_at).year,
        "confirmable": matter.confirmable,
        "case_no": matter.case_no,
        "parties": {each.id: each.side.value for each in parties},
        "mediator": matter.mediator_id,
        "outcome": matter.outcome.value if matter.outcome else None,
        "period_end": matter.period_end.isoformat() if matter.period_end else None,
    }
    return {key: value for key, value in row.items() if value is not None}


async def keep(tx: Tx, acts: Sequence[Acted]) -> None:
    """Write what commands came to, of one matter in their order, and tell who must know; the matters are locked.

    Each table is written once, however many they are.
    """
    first: dict[str, Matter] = {}
    for each in acts:
        first.setdefault(each.matter.id, each.before)
    last = {each.matter.id: each for each in acts}
    await matter_events.add_all(tx, [event for each in acts for event in each.events])
    await matters.save_over_all(tx, [(first[key], each.matter) for key, each in last.items()])
    await clock_looks.put_all(tx, {key: look_on(each.clocks) for key, each in last.items()})
    await audit.add_all(tx, [each.entry for each in acts])
    await tell_court(tx, acts)
    await tell_parties(tx, acts)
    await tell_agents(tx, acts)
    await follow(tx, acts)
    await keep_tasks(tx, acts)


async def _act(  # noqa: PLR0913, PLR0917 - one command with all it rests on
    tx: Tx, matter: Matter, log: Sequence[MatterEvent], who: Actor, command: Command, at: datetime, facts: Facts
) -> Acted:
    acted = Standing.of(matter, log).acted(who, command, at, facts)
    await keep(tx, [acted])
    return acted


async def _facts(tx: Tx, matter: Matter, who: Actor, command: Command, at: datetime) -> Facts:
    held = await sessions.sessions_of(tx, matter.id)
    messages = await outbox.messages_of(tx, matter.id)
    return Facts(
        calendar=CHINA,
        tracks=tracks_open(matter.court, local_date(at)),
        unfit=await _unfit(tx, matter, who, command, at) if command.kind in _NAMING else None,
        charter_covers=await _covered(tx, matter, who) if command.kind is CommandKind.ORG_TAKE else True,
        presider=matter.judge_id if matter.judge_capacity == "leading" else None,
        sitting_live=any(each.state in _LIVE for each in held),
        tasks_open=await tasks.open_in(tx, matter.id) if command.kind is CommandKind.CLOSE else 0,
        messages_unsent=sum(each.delivered_at is None for each in messages),
    )


async def _unfit(tx: Tx, matter: Matter, who: Actor, command: Command, at: datetime) -> str | None:
    """Why one of those named cannot be: off the roster, a conflict, too many matters; or None."""
    others = command.payload.get("others")
    wanted = [str(command.payload.get("mediator")), *(map(str, others) if isinstance(others, list | tuple) else ())]
    body = who.id if who.capacity is Capacity.ORGANISATION and await roster.organisations_of(tx, [who.id]) else None
    return await unfit_reason(tx, matter, wanted, await need_of(tx, matter, at, body))


async def _covered(tx: Tx, matter: Matter, who: Actor) -> bool:
    """Whether the charter of the body that takes a matter covers its cause; one we do not know answers for itself."""
    bodies = await roster.organisations_of(tx, [who.id])
    return all(each.active and covers(each.scope, matter.cause) for each in bodies)
