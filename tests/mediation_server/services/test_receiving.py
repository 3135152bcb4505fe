from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.caseflow.port import Ack, Nack, Pending
from mediation_server.config import Settings
from mediation_server.services.context import Context
from mediation_server.services.receiving import answers_arrived, receive
from mediation_server.store import inbox
from tests.court_letters import letter
from tests.court_world import court_world

SETTINGS = Settings()


@pytest.fixture
async def world(tmp_path):
    async with court_world(tmp_path) as made:
        made.ctx = Context(made.db, made.clock, None, SETTINGS, outbox_filled=made.filled)
        yield made


@pytest.fixture
async def matter(world):
    return await world.matter()


async def kept(world, matter):
    async with world.db.reading() as tx:
        count = await inbox.last_seq(tx, matter.ref)
        rows = (await tx.exec_driver_sql("SELECT count(*) FROM inbox")).scalar_one()
    assert rows == count
    return rows


async def test_a_letter_is_acknowledged_with_our_version_and_kept_whole(world, matter):
    one = letter(matter.ref, world.clock.now())
    assert await receive(world.ctx, one) == Ack(matter.version)
    async with world.db.reading() as tx:
        row = await inbox.by_id(tx, one.message_id)
    assert row.payload["case_no"] == "(2026)皖9901民初2101号"
    assert (row.occurred_at, row.received_at) == (one.occurred_at, world.clock.now())


async def test_a_letter_that_comes_again_gets_the_same_answer_and_changes_nothing(world, matter):
    one = letter(matter.ref, world.clock.now())
    first = await receive(world.ctx, one)
    world.clock.advance(hours=80 * 24)
    later = replace(one, sent_at=world.clock.now())
    assert await receive(world.ctx, later) == first
    assert await kept(world, matter) == 1


async def test_a_letter_ahead_of_its_turn_is_asked_for_again_from_the_first_that_is_missing(world, matter):
    one, two, three = (letter(matter.ref, world.clock.now(), seq) for seq in (1, 2, 3))
    assert await receive(world.ctx, three) == Pending(resend_from=1)
    assert await kept(world, matter) == 0
    assert [type(await receive(world.ctx, each)) for each in (one, three, two, three)] == [Ack, Pending, Ack, Ack]
    assert await kept(world, matter) == 3


async def test_the_same_business_in_another_letter_has_no_second_effect_and_holds_up_nothing(world, matter):
    now = world.clock.now()
    one, again = (letter(matter.ref, now, seq, business_key="same") for seq in (1, 2))
    other = letter(matter.ref, now, 3, business_key="same", payload=dict(one.payload) | {"case_no": "(2026)其他号"})
    first = await receive(world.ctx, one)
    assert await receive(world.ctx, again) == first
    conflict = await receive(world.ctx, other)
    assert (conflict.code, conflict.retryable) == ("E_DUPLICATE_CONFLICT", False)
    assert isinstance(await receive(world.ctx, letter(matter.ref, now, 4)), Ack)
    assert await kept(world, matter) == 4


async def test_one_id_with_two_contents_is_for_people_to_look_at(world, matter):
    one = letter(matter.ref, world.clock.now())
    await receive(world.ctx, one)
    forged = replace(one, payload=dict(one.payload) | {"case_no": "别的案号"})
    assert (await receive(world.ctx, forged)).code == "E_DUPLICATE_CONFLICT"
    async with world.db.reading() as tx:
        assert (await inbox.by_id(tx, one.message_id)).payload == dict(one.payload) | {"document_sha256": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "CaseClosed"},
        {"type": "OutcomeRecorded"},
        {"payload": {}},
        {"payload": {"mj_request_id": "r", "case_no": "c", "issued_on": "2026-11-24", "terms": "改判"}},
        {"occurred_at": ...},
    ],
)
async def test_what_we_do_not_understand_is_refused_once_and_the_next_is_taken(world, matter, changes):
    late = world.clock.now() + timedelta(hours=25)
    changes = {name: late if value is ... else value for name, value in changes.items()}
    wrong = letter(matter.ref, world.clock.now(), **changes)
    refused = await receive(world.ctx, wrong)
    assert (refused.code, refused.retryable) == ("E_SCHEMA", False)
    assert await receive(world.ctx, wrong) == refused
    corrected = letter(matter.ref, world.clock.now(), 2, business_key=wrong.business_key)
    assert isinstance(await receive(world.ctx, corrected), Ack)


async def test_a_matter_we_do_not_know_is_refused_and_nothing_is_kept(world, matter):
    assert (await receive(world.ctx, letter("TJ-0000-2026-000001", world.clock.now()))).code == "E_UNKNOWN_CASE"
    assert await kept(world, matter) == 0


async def test_an_answer_that_lies_ready_is_fetched_at_once(world, matter):
    message = await world.message(matter)
    async with world.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE outbox SET next_attempt_at = '2099-01-01 00:00:00'")
    world.filled.clear()
    await answers_arrived(world.ctx, [message.message_id, "0193599c-8f80-7c3e-b0aa-0123456789ab"])
    assert (await world.messages(matter))[0].next_attempt_at == world.clock.now()
    assert world.filled.is_set()


@given(order=st.lists(st.integers(1, 4), min_size=1, max_size=12))
async def test_however_letters_arrive_each_is_kept_once_and_in_order(order, tmp_path_factory):
    async with court_world(tmp_path_factory.mktemp("inbox")) as world:
        ctx, matter = Context(world.db, world.clock, None, SETTINGS), await world.matter()
        letters = {seq: letter(matter.ref, world.clock.now(), seq) for seq in range(1, 5)}
        last = 0
        for seq in order:
            answer = await receive(ctx, letters[seq])
            assert isinstance(answer, Ack) is (seq <= last + 1)
            last = max(last, seq) if seq <= last + 1 else last
            assert not isinstance(answer, Nack)
        async with world.db.reading() as tx:
            assert await inbox.last_seq(tx, matter.ref) == last
