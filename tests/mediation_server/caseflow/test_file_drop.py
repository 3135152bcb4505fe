import asyncio
from dataclasses import replace

import pytest

from mediation_server.caseflow.answers import answer_to
from mediation_server.caseflow.envelope import enveloped, opened
from mediation_server.caseflow.file_drop import FileDropCourt, laid_out
from mediation_server.caseflow.port import Ack, CourtUnreachable, Nack, Pending
from tests.court_world import KEY


@pytest.fixture
async def envelope(world):
    matter = await world.matter()
    return enveloped(await world.message(matter), matter, sent_at=world.clock.now())


@pytest.fixture
def drop(tmp_path):
    return FileDropCourt(tmp_path / "drop", KEY)


def files(tmp_path, folder):
    return sorted((tmp_path / "drop" / folder).iterdir())


async def test_an_envelope_is_one_signed_line_in_a_file_named_by_its_id(drop, envelope, tmp_path):
    assert await drop.deliver(envelope) == Pending()
    (path,) = files(tmp_path, "out")
    assert path.name == f"{envelope.message_id}.jsonl"
    assert path.read_bytes().count(b"\n") == 1
    assert opened(path.read_bytes(), KEY, now=None).identity == envelope.identity


async def test_put_down_twice_it_is_still_one_file(drop, envelope, tmp_path):
    await drop.deliver(envelope)
    await drop.deliver(envelope)
    assert len(files(tmp_path, "out")) == 1


@pytest.mark.parametrize(
    ("answer", "carried_again"),
    [
        (Ack(3), False),
        (Nack("E_SCHEMA", "", retryable=False), False),
        (Nack("E_RATE", "", retryable=True), True),
        (Pending(resend_from=1), True),
    ],
)
async def test_a_final_answer_ends_the_carrying(drop, envelope, tmp_path, answer, carried_again):
    await drop.deliver(envelope)
    back = tmp_path / "drop" / "in" / f"{envelope.message_id}.jsonl"
    await asyncio.to_thread(
        laid_out, back, answer_to(envelope, Pending()) + b"\n" + answer_to(envelope, answer) + b"\n"
    )
    assert await drop.deliver(envelope) == answer
    assert bool(files(tmp_path, "out")) is carried_again


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x", "a/b", "", "." * 36, "0193599c-8f80-7c3e-b0aa-0123456789ab\n"]
)
async def test_only_ids_become_file_names(drop, envelope, tmp_path, name):
    with pytest.raises(CourtUnreachable, match="message_id"):
        await drop.deliver(replace(envelope, message_id=name))
    assert not (tmp_path / "drop").exists()


async def test_a_directory_that_cannot_be_written_is_a_court_that_cannot_be_reached(envelope, tmp_path):
    (tmp_path / "drop").write_text("a file where the directory should be")
    with pytest.raises(CourtUnreachable, match="drop"):
        await FileDropCourt(tmp_path / "drop", KEY).deliver(envelope)


async def test_an_answer_that_is_not_whole_is_no_answer(drop, envelope, tmp_path):
    await drop.deliver(envelope)
    half = answer_to(envelope, Ack(1))[:-5]
    await asyncio.to_thread(laid_out, tmp_path / "drop" / "in" / f"{envelope.message_id}.jsonl", half)
    with pytest.raises(CourtUnreachable, match="answer_shape"):
        await drop.deliver(envelope)
