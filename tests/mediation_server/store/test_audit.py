import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.log import ChainBreak
from mediation_server.store import audit
from tests.mediation_server.store.people import NOW

ENTRIES = [
    AuditEntry(
        fixed_id(f"entry {number}"),
        NOW - timedelta(seconds=number),  # the order of writing holds, whatever the clock said
        f"user {number % 2}",
        AuditAction.VIEWING_OPENED,
        f"recording:{number % 2}",
        allowed=bool(number % 2),
        purpose="confirmation",
        basis="not_assigned",
        details={"reason": "核对自愿性", "number": number},
    )
    for number in range(5)
]


@pytest.fixture
async def written(db):
    for entry in ENTRIES:
        async with db.transaction() as tx:
            await audit.add(tx, entry)
    return db


async def found(db):
    async with db.reading() as tx:
        return await audit.first_break(tx)


async def test_entries_come_back_in_the_order_they_were_written(written):
    async with written.reading() as tx:
        assert await audit.latest(tx) == ENTRIES[::-1]
        assert await audit.latest(tx, 2) == ENTRIES[:2:-1]
        assert await audit.entries_about(tx, "recording:1") == ENTRIES[1::2]
    assert await found(written) is None


async def test_an_empty_log_holds(db):
    assert await found(db) is None


@pytest.mark.parametrize("page", [1, 2, 1000])
async def test_the_chain_is_followed_over_pages(written, monkeypatch, page):
    monkeypatch.setattr(audit, "_PAGE", page)
    assert await found(written) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE audit SET allowed = 1 - allowed WHERE seq = 3", "content"),
        ("UPDATE audit SET actor = 'somebody else' WHERE seq = 3", "content"),
        ("UPDATE audit SET at = '2026-11-23 05:59:58.123457' WHERE seq = 3", "content"),
        ("UPDATE audit SET purpose = 'judgment' WHERE seq = 3", "content"),
        ("UPDATE audit SET basis = '' WHERE seq = 3", "content"),
        ("UPDATE audit SET object = 'recording:9' WHERE seq = 3", "content"),
        ("UPDATE audit SET details = '{}' WHERE seq = 3", "content"),
        ("UPDATE audit SET action = 'account:login:open' WHERE seq = 3", "content"),
        (
            "UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 3",
            "content",
        ),
        ("DELETE FROM audit WHERE seq = 3", "missing_entry"),
    ],
)
async def test_a_change_behind_the_triggers_back_is_found(written, tmp_path, change, reason):
    with sqlite3.connect(tmp_path / "data" / "mediation.db") as file:
        for verb in ("update", "delete"):
            file.execute(f"DROP TRIGGER audit_no_{verb}")
        assert file.execute(change).rowcount == 1
    file.close()
    assert await found(written) == ChainBreak(3, reason)


async def test_an_entry_is_written_with_its_act_or_not_at_all(db):
    async def half():
        async with db.transaction() as tx:
            await audit.add(tx, ENTRIES[0])
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await half()
    async with db.transaction() as tx:
        assert await audit.latest(tx) == []
        await audit.add(tx, replace(ENTRIES[0], details={}))
    assert await found(db) is None
