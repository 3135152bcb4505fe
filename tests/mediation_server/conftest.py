"""A real database in a fresh directory and what use cases are given, with a clock that moves when told to."""

from __future__ import annotations

import pytest
from blockbuster import blockbuster_ctx

from mediation_server.config import Settings
from mediation_server.store.database import Database
from tests import prepared
from tests.doubles import FakeClock


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
async def accounts(request, tmp_path, clock, settings, nothing_blocks_the_loop):
    """The database of this test, with the demo's first day if the test asks for it; passwords by login name."""
    path = tmp_path / "data" / "mediation.db"
    if "demo" in request.fixturenames:
        return await prepared.demo_at(path, clock, settings)
    await prepared.empty_at(path)
    return {}


@pytest.fixture
async def db(tmp_path, accounts):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def ctx(db, clock, settings):
    return prepared.context(db, clock, settings)
