"""A backup of a PostgreSQL is one snapshot, and comes back into an empty database or not at all."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from mediation_server.backups.making import back_up
from mediation_server.backups.restoring import backup_findings, restore
from mediation_server.config import Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import Conflict
from mediation_server.store import users
from mediation_server.store.database import Database
from tests.mediation_server.postgres.conftest import _of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
JUDGE = User(new_id(), "shen", "沈清和", "Shen", Role.JUDGE)


async def test_what_was_backed_up_comes_back_into_an_empty_database_alone(db, database_url, cluster, tmp_path):
    async with db.transaction() as tx:
        await users.add(tx, JUDGE, "no password", NOW)
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    settings.data_dir.mkdir()
    made = await back_up(settings, tmp_path / "backups", NOW)
    assert made.listing.backend == "postgresql"
    assert await asyncio.to_thread(backup_findings, made.directory) == []
    with pytest.raises(Conflict, match="restore_not_empty"):
        await restore(Settings(data_dir=tmp_path / "one", database_url=database_url), made.directory)
    with pytest.raises(Conflict, match="backup_other_database"):
        await restore(Settings(data_dir=tmp_path / "two"), made.directory)
    admin = await asyncpg.connect(cluster.replace("+asyncpg", ""))
    await admin.execute('CREATE DATABASE "restored" TEMPLATE "template0"')
    await admin.close()
    empty = _of(cluster, "restored")
    await restore(Settings(data_dir=tmp_path / "three", database_url=empty), made.directory)
    database = Database(empty)
    await database.open()
    async with database.reading() as tx:
        assert await users.users_named(tx, [JUDGE.id]) == {JUDGE.id: JUDGE}
    await database.close()
