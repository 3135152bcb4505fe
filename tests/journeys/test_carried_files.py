"""A court that cannot be called: the real server, real files, and a carrier between the two networks."""

import asyncio
from pathlib import Path

import pytest

from mediation_server.app import start
from mediation_server.caseflow.answers import answer_from, answer_to
from mediation_server.caseflow.envelope import opened
from mediation_server.caseflow.file_drop import laid_out
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.caseflow.port import Ack
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.errors import Unavailable
from mediation_server.services.demo_data import MATTER_2
from mediation_server.store import matters, outbox
from mediation_server.store.database import Database
from tests.court_letters import letter
from tests.court_world import KEY, eventually

CLOCK = SystemClock()
# What a court learns of the demo's second matter, in the order in which it happened.
TOLD = [
    "ConsentRecorded",
    "ConsentRecorded",
    "MediatorAppointed",
    "MediatorAccepted",
    "PeriodPaused",
    "PeriodResumed",
    "SessionHeld",
    "OutcomeRecorded",
]


class Carrier:
    """Takes what lies in `out/` to the court and brings its answers back, as files."""

    def __init__(self, root: Path):
        self.root, self.court = root, MockCourt(CLOCK)

    async def round(self):
        for path in await asyncio.to_thread(lambda: sorted(self.root.glob("out/*"))):
            assert path.suffix in {".jsonl", ".tmp"}
            if path.suffix == ".tmp":
                continue
            try:
                body = await asyncio.to_thread(path.read_bytes)
            except FileNotFoundError:  # answered and taken away meanwhile
                continue
            envelope = opened(body, KEY, now=None)  # whole or not there: half an envelope would be refused here
            answer = answer_to(envelope, await self.court.receive(envelope))
            await asyncio.to_thread(laid_out, self.root / "in" / path.name, answer + b"\n")


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "court.key").write_bytes(KEY + b"\n")
    return Settings(
        demo=True,
        port=0,
        data_dir=tmp_path / "var",
        caseflow="file_drop",
        caseflow_dir=tmp_path / "drop",
        court_key_file=tmp_path / "court.key",
    )


@pytest.fixture
async def running(settings):
    product = await start(settings, CLOCK)
    yield product
    await product.close()


async def told(settings):
    database = Database(settings.database)
    await database.open()
    try:
        async with database.reading() as tx:
            return await outbox.messages_of(tx, MATTER_2), await matters.matter(tx, MATTER_2)
    finally:
        await database.close()


async def test_an_outcome_goes_out_in_files_and_its_acknowledgement_comes_back_in_files(running, settings):
    carrier = Carrier(settings.caseflow_dir)

    async def all_delivered():
        await carrier.round()
        return all(each.delivered_at for each in (await told(settings))[0])

    await eventually(all_delivered, "every acknowledgement")
    messages, matter = await told(settings)
    assert [each.type for each in messages] == TOLD
    assert [(each.court_version, each.dead) for each in messages] == [(n, False) for n in range(1, len(TOLD) + 1)]
    seen = [each.envelope for each in reversed(carrier.court.received()) if each.envelope.matter_ref == matter.ref]
    assert [each.type for each in seen] == TOLD
    await eventually(lambda: not list(settings.caseflow_dir.glob("out/*")), "an empty way out")


async def test_a_letter_of_the_court_is_taken_up_in_order_and_answered_in_a_file(running, settings):
    _, matter = await told(settings)
    one, two = (letter(matter.ref, CLOCK.now(), seq) for seq in (1, 2))
    drop = settings.caseflow_dir

    def answer(envelope):
        path = drop / "answers" / f"{envelope.message_id}.jsonl"
        return answer_from(path.read_bytes(), envelope) if path.exists() else None

    await asyncio.to_thread(laid_out, drop / "from_court" / f"{two.message_id}.jsonl", two.wire() + b"\n")
    await eventually(lambda: answer(two) is not None and answer(two).resend_from == 1, "a wish for the first letter")
    forged = drop / "from_court" / "0193599c-8f80-7c3e-b0aa-0123456789ab.jsonl"
    await asyncio.to_thread(laid_out, forged, two.wire() + b"\n")
    await asyncio.to_thread(laid_out, drop / "from_court" / f"{one.message_id}.jsonl", one.wire() + b"\n")
    await eventually(lambda: all(isinstance(answer(each), Ack) for each in (one, two)), "both acknowledgements")
    await eventually(lambda: not list(drop.glob("from_court/*")), "an empty way in")
    assert [each.name for each in drop.glob("refused/*")] == [forged.name]


@pytest.mark.parametrize(
    ("missing", "code"), [("caseflow_dir", "caseflow_dir_missing"), ("court_key_file", "court_key_missing")]
)
async def test_what_carrying_needs_must_be_named(settings, missing, code):
    with pytest.raises(Unavailable, match=code):
        await start(settings.model_copy(update={missing: None}), CLOCK)
    assert not settings.data_dir.exists()
