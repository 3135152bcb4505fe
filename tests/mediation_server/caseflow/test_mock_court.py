import asyncio
import resource
from contextlib import contextmanager
from dataclasses import replace

import aiohttp
import pytest

from mediation_server.caseflow.envelope import MAX_BYTES, enveloped, sealed
from mediation_server.caseflow.http_json import HttpJsonCourt
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.caseflow.mock_court_server import CourtMode
from mediation_server.caseflow.port import Ack, CourtUnreachable, Pending
from tests.court_world import KEY


@pytest.fixture
async def envelopes(world):
    matter = await world.matter()
    messages = [await world.message(matter, n) for n in (1, 2, 3)]
    return [enveloped(each, matter, sent_at=world.clock.now()) for each in messages]


@pytest.fixture
async def caller(world):
    court = HttpJsonCourt(world.court.server.url, KEY)
    yield court
    await court.close()


async def post(world, body, headers):
    url = f"{world.court.server.url}/envelopes"
    async with aiohttp.request("POST", url, data=body, headers=headers) as response:
        return response.status, await response.json() if response.content_type == "application/json" else None


@pytest.mark.parametrize(
    ("mode", "reason"), [(CourtMode.UNAVAILABLE, "http_503"), (CourtMode.UNREACHABLE, "connection")]
)
async def test_switched_off_it_takes_nothing_and_on_again_it_goes_on(world, caller, envelopes, mode, reason):
    assert await caller.deliver(envelopes[0]) == Ack(1)
    world.court.server.mode = mode
    with pytest.raises(CourtUnreachable, match=reason):
        await caller.deliver(envelopes[1])
    assert len(world.court.court.received()) == 1
    world.court.server.mode = CourtMode.ON
    assert await caller.deliver(envelopes[1]) == Ack(2)


async def test_it_shows_what_it_received_newest_first_and_how_often(world, caller, envelopes):
    await caller.deliver(envelopes[0])
    await caller.deliver(envelopes[2])
    await caller.deliver(envelopes[0])
    shown = [(each.envelope.seq, each.times, each.answer) for each in world.court.court.received()]
    assert shown == [(3, 1, Pending(resend_from=2)), (1, 2, Ack(1))]


async def test_what_it_acknowledged_it_still_knows_after_a_restart(world, envelopes, tmp_path):
    first = MockCourt(world.clock, tmp_path / "journal")
    assert [await first.receive(each) for each in envelopes[:2]] == [Ack(1), Ack(2)]
    again = MockCourt(world.clock, tmp_path / "journal")
    await again.open()
    assert [await again.receive(each) for each in envelopes] == [Ack(1), Ack(2), Ack(3)]


async def test_a_line_cut_short_by_a_crash_is_as_if_it_had_never_come(world, envelopes, tmp_path):
    journal = tmp_path / "journal"
    first = MockCourt(world.clock, journal)
    await first.receive(envelopes[0])
    await first.receive(envelopes[1])
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-7])
    again = MockCourt(world.clock, journal)
    await again.open()
    assert await again.receive(envelopes[2]) == Pending(resend_from=2)
    assert await again.receive(envelopes[1]) == Ack(2)
    assert journal.read_bytes().startswith(whole)


@contextmanager
def disk_full_after(size):
    """No file of this process may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_what_cannot_be_written_down_is_not_acknowledged(world, envelopes, tmp_path):
    journal = tmp_path / "journal"
    court = MockCourt(world.clock, journal)
    await court.receive(envelopes[0])
    whole = journal.read_bytes()
    with disk_full_after(len(whole) + 10), pytest.raises(OSError, match="too large"):
        await court.receive(envelopes[1])
    assert journal.read_bytes() == whole
    assert await court.receive(envelopes[1]) == Ack(2)
    again = MockCourt(world.clock, journal)
    await again.open()
    assert await again.receive(envelopes[2]) == Ack(3)


async def test_parked_messages_take_their_turn_when_the_gap_is_filled(world, envelopes, caller):
    assert await caller.deliver(envelopes[2]) == Pending(resend_from=1)
    assert await caller.deliver(envelopes[1]) == Pending(resend_from=1)
    assert await caller.deliver(envelopes[0]) == Ack(1)
    assert [each.seq for each in world.court.applied()] == [1, 2, 3]


async def test_what_stays_parked_too_long_is_let_go(world, envelopes, caller):
    await caller.deliver(envelopes[1])
    world.clock.advance(seconds=15 * 60 + 1)
    late = enveloped_now(world, envelopes)
    await caller.deliver(late[2])
    assert await caller.deliver(late[0]) == Ack(1)
    assert [each.seq for each in world.court.applied()] == [1]


def enveloped_now(world, envelopes):
    return [replace(each, sent_at=world.clock.now()) for each in envelopes]


async def test_without_the_right_signature_nothing_enters(world, envelopes):
    forged = sealed(envelopes[0], b"guessed").wire()
    status, answer = await post(world, forged, {"Idempotency-Key": envelopes[0].message_id})
    assert (status, answer) == (403, {"error": "signature"})
    assert world.court.court.received() == ()


async def test_an_idempotency_key_that_is_not_the_messages_own_is_refused(world, envelopes):
    status, answer = await post(world, sealed(envelopes[0], KEY).wire(), {"Idempotency-Key": envelopes[1].message_id})
    assert (status, answer) == (400, {"error": "idempotency_key"})


async def test_a_replayed_envelope_has_one_effect(world, envelopes):
    body = sealed(envelopes[0], KEY).wire()
    answers = await asyncio.gather(
        *(post(world, body, {"Idempotency-Key": envelopes[0].message_id}) for _ in range(200))
    )
    assert {(status, answer["court_version"]) for status, answer in answers} == {(200, 1)}
    assert len(world.court.applied()) == 1


async def test_a_body_over_the_limit_is_refused(world):
    status, _ = await post(world, b"x" * (MAX_BYTES + 1), {})
    assert status == 413
