"""A PostgreSQL of these tests' own, made once; each test has a database in it, with what schema.sql says."""

from __future__ import annotations

import asyncio
from itertools import count

import asyncpg
import pytest

from bench._postgres import postgres
from mediation_server.store.database import Database

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def cluster():
    """Its address; whoever has no PostgreSQL gets Debian's, or is told to install it."""
    with asyncio.Runner() as runner:
        running = postgres(durable=False)
        url = runner.run(running.__aenter__())
        try:
            runner.run(_empty(url, "template"))
            yield url
        finally:
            runner.run(running.__aexit__(None, None, None))


@pytest.fixture
async def database_url(cluster):
    return await _made(cluster, f"of_test_{next(_NUMBERS)}", "template")


@pytest.fixture
async def empty_url(cluster):
    """A database without any table."""
    return await _made(cluster, f"of_test_{next(_NUMBERS)}", "template0")


@pytest.fixture
def nothing_blocks_the_loop():
    """Not watched here: asyncpg looks for certificates as it connects. On SQLite the same tests are."""


@pytest.fixture
async def db(database_url, nothing_blocks_the_loop):
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


def _of(cluster: str, name: str) -> str:
    return cluster.replace("/postgres?", f"/{name}?")


async def _made(cluster: str, name: str, template: str) -> str:
    admin = await asyncpg.connect(cluster.replace("+asyncpg", ""))
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    await admin.close()
    return _of(cluster, name)


async def _empty(cluster: str, name: str) -> None:
    database = Database(await _made(cluster, name, "template0"))
    await database.open()
    await database.close()
