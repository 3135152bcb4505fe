"""A statement is one trip to the thread of its connection, and gives what the driver's own cursor gives."""

import sqlite3

import pytest

from mediation_server.store.one_hop import connected


class Counting:
    """The queue of a connection, counting what is put in."""

    def __init__(self, queue):
        self.queue, self.trips = queue, 0

    def put_nowait(self, item):
        self.trips += 1
        self.queue.put_nowait(item)


@pytest.fixture
async def connection(tmp_path):
    made = await connected(str(tmp_path / "some.db"), 1_000)
    yield made
    await made.close()


async def run(connection, statement, *parameters):
    cursor = connection.cursor()
    await cursor.execute(statement, parameters)
    return cursor, await cursor.fetchall()


async def test_a_statement_is_one_trip_whatever_it_gives(connection):
    await run(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    connection._tx = counting = Counting(connection._tx)
    inserted, _ = await run(connection, "INSERT INTO t (b) VALUES (?)", "一")
    assert (inserted.rowcount, inserted.lastrowid, inserted.description) == (1, 1, None)
    selected, rows = await run(connection, "SELECT a, b FROM t")
    assert (rows, [each[0] for each in selected.description]) == ([(1, "一")], ["a", "b"])
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO t (b) VALUES (?)", [("二",), ("三",)])
    assert cursor.rowcount == 2
    assert counting.trips == 3


async def test_rows_are_given_once(connection):
    cursor, rows = await run(connection, "SELECT 1")
    assert (rows, await cursor.fetchall()) == ([(1,)], [])


async def test_a_refusal_of_the_database_comes_through_and_the_connection_goes_on(connection):
    await run(connection, "CREATE TABLE t (a INTEGER PRIMARY KEY)")
    await run(connection, "INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        await run(connection, "INSERT INTO t VALUES (1)")
    assert (await run(connection, "SELECT count(*) FROM t"))[1] == [(1,)]


async def test_no_transaction_begins_by_itself(connection):
    await run(connection, "CREATE TABLE t (a INTEGER)")
    await run(connection, "INSERT INTO t VALUES (1)")
    assert not connection.in_transaction
