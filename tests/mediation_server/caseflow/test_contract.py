"""What every adapter of the court port promises, held against a mock court behind real HTTP and behind real files."""

import asyncio
from dataclasses import replace

import pytest

from mediation_server.caseflow.answers import answer_to
from mediation_server.caseflow.envelope import enveloped, opened
from mediation_server.caseflow.file_drop import FileDropCourt, laid_out
from mediation_server.caseflow.http_json import HttpJsonCourt
from mediation_server.caseflow.port import Ack, Nack, Pending
from tests.court_world import KEY


class Carried:
    """The file drop with somebody who carries files to the court and answers back after every delivery."""

    def __init__(self, root, court):
        self.drop, self.root, self.court = FileDropCourt(root, KEY), root, court

    async def deliver(self, envelope):
        await self.drop.deliver(envelope)
        for path in await asyncio.to_thread(lambda: sorted((self.root / "out").glob("*.jsonl"))):
            arrived = opened(path.read_bytes(), KEY, now=None)
            answer = answer_to(arrived, await self.court.receive(arrived))
            await asyncio.to_thread(laid_out, self.root / "in" / path.name, answer + b"\n")
        return await self.drop.deliver(envelope)

    async def close(self):
        await self.drop.close()


@pytest.fixture(params=["http_json", "file_drop"])
async def court(request, world, tmp_path):
    http = HttpJsonCourt(world.court.server.url, KEY)
    made = http if request.param == "http_json" else Carried(tmp_path / "drop", world.court.court)
    yield made
    await made.close()


@pytest.fixture
async def send(world, court):
    """Deliver message n of the one matter, with changes to its envelope."""
    matter = await world.matter()
    envelopes = {}

    async def deliver(number, **changes):
        for n in range(len(envelopes) + 1, number + 1):
            message = await world.message(matter, n)
            envelopes[n] = enveloped(message, matter, sent_at=world.clock.now())
        return await court.deliver(replace(envelopes[number], **changes))

    return deliver


async def test_messages_in_order_are_applied_and_counted(send):
    assert [await send(n) for n in (1, 2, 3)] == [Ack(1), Ack(2), Ack(3)]


async def test_a_message_sent_again_is_answered_again_and_applied_once(send, world):
    assert [await send(1), await send(1), await send(2), await send(1)] == [Ack(1), Ack(1), Ack(2), Ack(1)]
    assert [each.seq for each in world.court.applied()] == [1, 2]


async def test_what_is_ahead_of_its_turn_waits_and_the_court_says_from_where_to_send(send, world):
    assert await send(1) == Ack(1)
    assert await send(3) == Pending(resend_from=2)
    assert [each.seq for each in world.court.applied()] == [1]
    assert await send(2) == Ack(2)
    assert await send(3) == Ack(3)
    assert [each.seq for each in world.court.applied()] == [1, 2, 3]


async def test_the_same_business_with_another_content_is_refused_for_good(send):
    first = await send(1, business_key="one")
    second = await send(2, business_key="one")
    assert first == Ack(1)
    assert isinstance(second, Nack)
    assert (second.code, second.retryable) == ("E_DUPLICATE_CONFLICT", False)
    assert await send(3) == Ack(2)


async def test_a_type_the_court_does_not_know_is_refused_and_the_next_goes_on(send):
    refused = await send(1, type="Unheard")
    assert (refused.code, refused.retryable, bool(refused.message_zh)) == ("E_SCHEMA", False, True)
    assert await send(2) == Ack(1)


async def test_what_claims_to_come_from_after_tomorrow_is_refused(send, world):
    world.clock.advance(hours=25)
    tomorrow = world.clock.now()
    world.clock.advance(hours=-25)
    assert (await send(1, occurred_at=tomorrow)).code == "E_SCHEMA"
