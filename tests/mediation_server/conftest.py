"""A real database in a fresh directory and what use cases are given, with a clock that moves when told to."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from blockbuster import blockbuster_ctx

from mediation_server.config import Settings
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services.context import Context
from mediation_server.services.notifying import MockNotifier
from mediation_server.services.passwords import Passwords
from mediation_server.store.database import Database
from tests.doubles import FakeClock, FakeEngine


@pytest.fixture
def nothing_blocks_the_loop():
    with blockbuster_ctx("mediation_server") as guard:
        guard.functions["os.path.abspath"].deactivate()  # SQLAlchemy's; it reads the name of a directory, no disk
        yield


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def settings():
    return Settings(demo=True, public_url="https://mediate.example")


@pytest.fixture
async def db(tmp_path, nothing_blocks_the_loop):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def ctx(db, clock, settings):
    return Context(
        db=db,
        clock=clock,
        rooms=RoomRegistry(engine=FakeEngine(), recorder_factory=None, clock=clock),
        settings=settings,
        notifier=MockNotifier(db),
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
    )
