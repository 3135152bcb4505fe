"""The demo's first start: data and matter 4's sealed recording, made aside and put in place at once or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from mediation_server.clock import Clock
from mediation_server.config import DATABASE, Settings
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.durable import removed
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services import demo_data
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.demo_materials import handed_in_before
from mediation_server.services.demo_notices import sent_before
from mediation_server.services.reading import session_of
from mediation_server.services.stamping import stamp_waiting
from mediation_server.store.copying import copy_all, is_empty
from mediation_server.store.database import Database
from mediation_server.timestamping.local_authority import LocalAuthority
from mediation_server.timestamping.trust import demo_authority_directory
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings, keeping_of
from recordings.synthetic import SteppedClock, make_demo_recording

__all__ = ["DATABASE", "first_start"]

_ASIDE, _MATERIALS = "first-start", "materials"


async def first_start(settings: Settings, clock: Clock) -> dict[str, str]:
    """Fill an empty database; the passwords of the accounts, by login name. Nothing happens the second time."""
    is_there = bool(settings.database_url) or (settings.data_dir / DATABASE).exists()
    if is_there and not await _is_empty(settings):
        return {}
    aside = settings.data_dir / _ASIDE
    played = Path("recordings") / demo_data.SESSION_4
    for left in (aside, settings.data_dir / played):  # by a start that was cut short
        await asyncio.to_thread(removed, left)
    aside.mkdir(parents=True)
    passwords = await _filled(settings, clock, aside)
    await asyncio.to_thread((settings.data_dir / played).parent.mkdir, exist_ok=True)
    (aside / played).replace(settings.data_dir / played)
    await asyncio.to_thread(_put_in_place, aside / _MATERIALS, settings.data_dir / _MATERIALS)
    if is_there:  # the database last: it says that all is there
        await _poured(aside, settings)
    else:
        (aside / DATABASE).replace(settings.data_dir / DATABASE)
    await asyncio.to_thread(removed, aside)
    return passwords


async def _is_empty(settings: Settings) -> bool:
    async with _opened(settings.database) as database, database.reading() as tx:
        return await is_empty(tx)


async def _poured(aside: Path, settings: Settings) -> None:
    """Put what was made aside into a database that exists, in one transaction."""
    async with (
        _opened(_url(aside)) as made,
        _opened(settings.database) as database,
        made.reading() as source,
        database.transaction() as target,
    ):
        await copy_all(source, target)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _put_in_place(made: Path, there: Path) -> None:
    """Files under their hashes: what an earlier start left is the same, byte for byte."""
    for each in sorted(made.rglob("*")):
        at = there / each.relative_to(made)
        if each.is_dir():
            at.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not at.exists():
            each.replace(at)


def _url(directory: Path) -> str:
    return f"sqlite+aiosqlite:///{(directory / DATABASE).absolute()}"


async def _filled(settings: Settings, clock: Clock, directory: Path) -> dict[str, str]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(_opened(_url(directory)))
        later = SteppedClock(clock.now())
        recordings = Recordings(directory, later, ServiceBooks(lambda: played), keeping=keeping_of(settings))
        stack.push_async_callback(recordings.close)
        rooms = RoomRegistry(engine=EmbeddedEngine("127.0.0.1", 0, []), recorder_factory=recordings, clock=clock)
        context = Context(database, clock, rooms, settings)
        day = settings.seed_date
        first_day = date.fromisoformat(day) if day else None
        passwords = await demo_data.seed(context, first_day)
        await sent_before(context, first_day)
        keys = {"master_keys": settings.master_keys_dir, "matter_keys": settings.matter_keys_dir}
        aside = settings.model_copy(update={"data_dir": directory, **keys})
        await handed_in_before(replace(context, settings=aside), first_day)
        later.started_at = (await session_of(context, demo_data.SESSION_4)).starts_at
        played = replace(context, clock=later)
        await _play(played, recordings, later)
        return passwords


async def _play(context: Context, recordings: Recordings, clock: SteppedClock) -> None:
    """Hold matter 4's sitting and record it."""
    session = await session_of(context, demo_data.SESSION_4)

    async def say(kind: EventKind, actor: str, payload: Mapping[str, object]) -> SessionEvent:
        async with context.db.transaction() as tx:
            return await noted(context, tx, session, kind, actor, **payload)

    context.stamping.is_wanted = True
    await make_demo_recording(recordings, clock, session, await demo_data.participants_4(context), say)
    directory = demo_authority_directory(context.settings)
    authority = await asyncio.to_thread(LocalAuthority, directory, clock)  # a past day is stamped by its own clock
    await stamp_waiting(context, authority, (authority.certificate,))
