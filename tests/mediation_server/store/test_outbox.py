from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.message import InboxMessage
from mediation_server.errors import NotFound
from mediation_server.store import inbox, matters, outbox
from tests.mediation_server.store.people import MATTER, NOW, SESSION, populate

OTHER = replace(MATTER, id=fixed_id("other matter"), ref="TJ-9901-2026-000043")


@pytest.fixture
async def filled(db):
    async with db.transaction() as tx:
        await populate(tx)
        await matters.add(tx, OTHER, [])
        for matter, key in ((MATTER, "a"), (MATTER, "b"), (OTHER, "c")):
            await enqueue(tx, matter, key)
    return db


async def enqueue(tx, matter, key):
    return await outbox.enqueue(
        tx,
        matter_id=matter.id,
        session_id=SESSION.id if matter is MATTER else None,
        type="SessionHeld",
        business_key=key,
        payload={"字": key},
        occurred_at=NOW,
    )


async def heads(db, busy=()):
    async with db.reading() as tx:
        return [each.business_key for each in await outbox.heads(tx, busy=busy, limit=10)]


async def change(db, key, **values):
    async with db.transaction() as tx:
        for matter in (MATTER, OTHER):
            for each in await outbox.messages_of(tx, matter.id):
                if each.business_key == key:
                    await outbox.save(tx, replace(each, **values))


async def test_messages_are_numbered_within_their_matter(filled):
    async with filled.reading() as tx:
        mine = await outbox.messages_of(tx, MATTER.id)
        assert [(each.seq, each.business_key, each.payload) for each in mine] == [
            (1, "a", {"字": "a"}),
            (2, "b", {"字": "b"}),
        ]
        assert [each.seq for each in await outbox.messages_of(tx, OTHER.id)] == [1]
        assert await outbox.messages_of_session(tx, SESSION.id) == mine
        assert await outbox.message(tx, mine[0].message_id) == mine[0]


async def test_the_same_business_is_queued_once(filled):
    async with filled.transaction() as tx:
        again = await enqueue(tx, MATTER, "a")
        assert next(each.message_id for each in await outbox.messages_of(tx, MATTER.id)) == again.message_id
        assert len(await outbox.messages_of(tx, MATTER.id)) == 2


async def test_only_the_first_undelivered_message_of_a_matter_is_its_head(filled):
    assert sorted(await heads(filled)) == ["a", "c"]
    assert await heads(filled, busy=[MATTER.id]) == ["c"]
    await change(filled, "a", delivered_at=NOW)
    assert sorted(await heads(filled)) == ["b", "c"]


async def test_a_dead_message_blocks_its_matter_and_no_other(filled):
    await change(filled, "a", dead=True)
    assert await heads(filled) == ["c"]


async def test_heads_come_soonest_attempt_first(filled):
    await change(filled, "a", next_attempt_at=NOW + timedelta(seconds=5))
    assert await heads(filled) == ["c", "a"]


async def test_messages_can_be_made_to_wait_again(filled):
    for key in ("a", "b"):
        await change(filled, key, delivered_at=NOW, attempts=3, dead=key == "b")
    async with filled.transaction() as tx:
        await outbox.resend(tx, MATTER.id, from_seq=1, before_seq=2, at=NOW)
        first, second = await outbox.messages_of(tx, MATTER.id)
    assert (first.delivered_at, first.attempts, second.delivered_at, second.dead) == (None, 0, NOW, True)


async def test_an_unknown_message_is_not_found(filled):
    async with filled.reading() as tx:
        with pytest.raises(NotFound):
            await outbox.message(tx, "none")


async def test_the_inbox_finds_a_message_by_its_id_and_by_its_business(db):
    message = InboxMessage("m1", "TJ-1", 3, "CaseClosed", "key", "ff", {"方式": "撤诉"}, {"court_version": 1}, NOW, NOW)
    async with db.transaction() as tx:
        await inbox.add(tx, message)
    async with db.reading() as tx:
        assert await inbox.by_id(tx, "m1") == message
        assert await inbox.applied(tx, "TJ-1", "CaseClosed", "key") == message
        assert await inbox.applied(tx, "TJ-2", "CaseClosed", "key") is None
        assert (await inbox.last_seq(tx, "TJ-1"), await inbox.last_seq(tx, "TJ-2")) == (3, 0)
