"""A database with matters, a mock court behind real HTTP that can be made to misbehave, and the dispatcher between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from mediation_server.caseflow.dispatcher import Dispatcher, SyncChange
from mediation_server.caseflow.http_json import HttpJsonCourt
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.caseflow.mock_court_server import MockCourtServer
from mediation_server.clock import Clock
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.message import OutboxMessage
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.services.syncing import OutboxLedger
from mediation_server.store import matters, outbox, users
from mediation_server.store.database import Database
from tests import prepared
from tests.doubles import FakeClock

KEY = b"a key of the tests"
DEADLINE_S = 20.0
MEDIATOR = User(id=new_id(), login="zheng", name="郑思远", name_en="Zheng Siyuan", role=Role.MEDIATOR)

Fault = Callable[[web.Request, Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[web.StreamResponse]]


async def healthy(request, handler):
    return await handler(request)


async def lost_answer(request, handler):
    """The court commits, then the line breaks before its answer arrives."""
    await handler(request)
    request.transport.abort()
    return web.Response()


def always(status, headers=None):
    async def fault(_request, _handler):
        return web.Response(status=status, headers=headers)

    return fault


@dataclass
class CourtSide:
    """The court: `fault` decides what happens to each request, `requests` counts them."""

    clock: Clock
    journal: Path | None = None
    fault: Fault = healthy
    requests: int = 0
    server: MockCourtServer = field(init=False)

    def __post_init__(self) -> None:
        @web.middleware
        async def misbehave(request, handler):
            self.requests += 1
            return await self.fault(request, handler)

        self.court = MockCourt(self.clock, self.journal)
        self.server = MockCourtServer(self.court, KEY, self.clock, middlewares=[misbehave])

    def applied(self):
        """What took effect, as (matter_ref, type, business_key) in the order of its effect."""
        return [entry.incoming for entry in self.court._register._by_business.values()]


@dataclass
class World:
    """What a test of the outbox needs."""

    db: Database
    clock: Clock
    filled: asyncio.Event
    court: CourtSide
    changes: list[SyncChange] = field(default_factory=list)
    timeout_s: float = 10.0

    def dispatcher(self) -> Dispatcher:
        async def heard(change: SyncChange) -> None:
            self.changes.append(change)

        port = HttpJsonCourt(self.court.server.url, KEY, timeout_s=self.timeout_s)
        return Dispatcher(OutboxLedger(self.db, self.clock), port, self.clock, self.filled, heard)

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        async with self.dispatcher().running():
            yield

    async def matter(self) -> Matter:
        return await add_matter(self.db, self.clock.now())

    async def message(self, matter: Matter, number: int = 1, **changes) -> OutboxMessage:
        async with self.db.transaction() as tx:
            message = await add_message(tx, matter, number, self.clock.now(), **changes)
        self.filled.set()
        return message

    async def messages(self, matter: Matter) -> list[OutboxMessage]:
        async with self.db.reading() as tx:
            return await outbox.messages_of(tx, matter.id)

    def later(self, **delta) -> None:
        self.clock.advance(**delta)
        self.filled.set()


@asynccontextmanager
async def court_world(directory: Path, clock: Clock | None = None) -> AsyncIterator[World]:
    clock = clock or FakeClock()
    await prepared.empty_at(Path(directory) / "mediation.db")
    db = Database(f"sqlite+aiosqlite:///{directory}/mediation.db")
    await db.open()
    async with db.transaction() as tx:
        await users.add(tx, MEDIATOR, "no password", clock.now())
    court = CourtSide(clock, directory / "court.jsonl")
    await court.server.start()
    try:
        yield World(db, clock, asyncio.Event(), court)
    finally:
        await court.server.close()
        await db.close()


async def add_matter(db: Database, at: datetime) -> Matter:
    key = new_id()
    matter = Matter(
        id=key,
        ref=f"TJ-9901-2026-{key[-16:]}",
        track=Track.POSTFILING_ENTRUSTED,
        state=MatterState.MEDIATING,
        court="江岚市云桥区人民法院",
        court_en="People's Court of Yunqiao District",
        cause="民间借贷纠纷",
        cause_en="Private lending dispute",
        mediator_id=MEDIATOR.id,
        created_at=at,
        case_no="(2026)皖9901民初2101号",
    )
    async with db.transaction() as tx:
        await matters.add(tx, matter, [])
    return matter


async def add_message(tx, matter: Matter, number: int, at: datetime, **changes) -> OutboxMessage:
    payload = {
        "session_id": f"session {number}",
        "conclusion_id": f"conclusion {number}",
        "outcome": "agreed",
        "ground": "g1",
        "concluded_at": at.astimezone(UTC).isoformat(),
    }
    return await outbox.enqueue(
        tx,
        matter_id=matter.id,
        type=MessageType.OUTCOME_RECORDED,
        business_key=f"{matter.ref}:{number}",
        payload=payload | changes,
        occurred_at=at,
    )


async def eventually(condition, what: str = "condition", within_s: float = DEADLINE_S) -> None:
    """Poll until the condition (plain or async) holds; fail after a deadline, never wait in hope."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        held = condition()
        if asyncio.iscoroutine(held):
            held = await held
        if held:
            return
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not come about"
        await asyncio.sleep(0.005)
