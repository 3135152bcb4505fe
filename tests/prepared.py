"""Databases as tests find them, made once and copied for each: an empty one, and the demo's first day.

A copy is what making it anew would give: what the demo writes follows from the clock and the settings alone.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from argon2 import PasswordHasher

from mediation_server.config import Settings
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services import demo_data
from mediation_server.services.context import Context
from mediation_server.services.notifying import MockNotifier
from mediation_server.services.passwords import Passwords
from mediation_server.store.database import Database
from tests.doubles import FakeClock, FakeEngine

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_MADE: dict[str, dict[str, str]] = {}
_KEPT = Path(tempfile.mkdtemp(prefix="prepared-"))
atexit.register(shutil.rmtree, _KEPT, ignore_errors=True)


def context(db: Database, clock: FakeClock, settings: Settings) -> Context:
    """What use cases are given in tests."""
    return Context(
        db=db,
        clock=clock,
        rooms=RoomRegistry(engine=FakeEngine(), recorder_factory=None, clock=clock),
        settings=settings,
        notifier=MockNotifier(db),
        passwords=Passwords(CHEAP),
    )


async def empty_at(path: Path) -> None:
    """A database without rows."""
    await _copied("empty", path, _nothing)


async def demo_at(path: Path, clock: FakeClock, settings: Settings) -> dict[str, str]:
    """A database with the demo's first day by this clock; passwords by login name."""
    told = f"{clock.now().isoformat()} {settings.model_dump_json()}"

    async def seed(db: Database) -> dict[str, str]:
        return await demo_data.seed(context(db, clock, settings))

    return await _copied(hashlib.sha256(told.encode()).hexdigest(), path, seed)


async def _nothing(_db: Database) -> dict[str, str]:
    return {}


async def _copied(key: str, path: Path, seed: Callable[[Database], Awaitable[dict[str, str]]]) -> dict[str, str]:
    kept = _KEPT / key
    if key not in _MADE:
        database = Database(f"sqlite+aiosqlite:///{kept}")
        await database.open()
        _MADE[key] = await seed(database)
        await database.close()
    _copy(kept, path)
    return dict(_MADE[key])


def _copy(kept: Path, path: Path) -> None:
    if path.exists():  # it is opened once more
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, path)
