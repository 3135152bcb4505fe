"""What stands beside a recording with a time of its own: read from the log, by purpose, in order."""

import pytest

from mediation_server.domain.access import Purpose
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import Material, MaterialKind, MaterialState
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.services import review_sources
from mediation_server.services.demo_cast import MEDIATOR_1
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.review_sources import Beside, Source, Spoken, TimedLine, sources_of
from mediation_server.store import events, materials, matters, sessions

K = EventKind


@pytest.fixture
async def slip(demo):
    """A bank slip of the applicant's."""
    async with demo.ctx.db.transaction() as tx:
        party = (await matters.parties_of(tx, MATTER_1))[0]
        item = Material(
            *(new_id(), MATTER_1, party.id, Side.APPLICANT, MaterialKind.EVIDENCE, MaterialState.RELAYED),
            *("银行电子回单", "付款", False, MEDIATOR_1.id, demo.ctx.clock.now()),
        )
        await materials.add(tx, item)
    return item.id


async def happened(demo, *told):
    async with demo.ctx.db.transaction() as tx:
        for offset_ms, kind, payload in told:
            await events.append_event(
                tx, SESSION_1, at=demo.ctx.clock.now(), offset_ms=offset_ms, actor="p", kind=kind, payload=payload
            )


class Shelf:
    """What a machine understood of the demo's sitting."""

    def __init__(self, *spoken):
        self.spoken = spoken

    async def captions(self, recording):
        return self.spoken


async def read(demo, purpose=Purpose.OWN_SESSION, shelf=None):
    recording = Recording(new_id(), SESSION_1, RecordingState.SEALED, demo.ctx.clock.now())
    async with demo.ctx.db.reading() as tx:
        beside = Beside(tx, await sessions.session(tx, SESSION_1), recording, shelf or Shelf())
        return await sources_of(beside, purpose)


async def test_each_page_that_was_shown_to_everybody_stands_there_from_when_to_when(demo, slip):
    await happened(
        demo,
        (4_000, K.DOCUMENT_SHOWN, {"document": slip, "pages": 2}),
        (9_000, K.PAGE_TURNED, {"page": 2}),
        (12_000, K.HAND_RAISED, {"participant": "p"}),
        (15_000, K.DOCUMENT_HIDDEN, {}),
    )
    (documents,) = await read(demo)
    assert (documents["kind"], documents["icon"]) == ("documents", "evidence")
    said = [(each["offset_ms"], each["to_ms"], each["text"], each["words"]) for each in documents["lines"]]
    assert said == [(4_000, 9_000, "银行电子回单", {"page": 1}), (9_000, 15_000, "银行电子回单", {"page": 2})]


async def test_what_was_shown_in_a_caucus_is_told_nobody(demo, slip):
    await happened(
        demo,
        (4_000, K.DOCUMENT_SHOWN, {"document": slip, "pages": 1, "caucus": "c"}),
        (9_000, K.DOCUMENT_HIDDEN, {"caucus": "c"}),
    )
    assert await read(demo) == []


async def test_a_source_is_read_for_its_purposes_only_and_told_in_order(demo, monkeypatch):
    async def offers(_beside):
        return [TimedLine(7, "later"), TimedLine(3, "sooner")]

    kept = Source("offers", "agree", frozenset({Purpose.OWN_SESSION}), offers)
    monkeypatch.setattr(review_sources, "SOURCES", (kept,))
    (found,) = await read(demo)
    assert [each["text"] for each in found["lines"]] == ["sooner", "later"]
    assert await read(demo, Purpose.TRIAL) == []


@pytest.mark.parametrize("purpose", Purpose)
async def test_captions_are_read_by_whoever_may_listen(demo, purpose):
    (found,) = await read(demo, purpose, Shelf(Spoken(3_000, "p", "我同意分期")))
    assert found["kind"] == "captions"
    assert found["lines"] == [
        {"offset_ms": 3_000, "to_ms": None, "participant": "p", "text": "我同意分期", "words": {}}
    ]
