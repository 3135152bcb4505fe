"""After a fault of a recording: the explanation is drafted, completed and signed once, by whoever presided."""

import re

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.recordings import recording_gap, recording_started
from mediation_server.store import events

PAGE = f"/sessions/{SESSION_1}/explanations"
FAULT = Gap(63_000, 75_500, GapReason.FAULT, "system", "restart")


@pytest.fixture
async def mediator(site, browser):
    made = Recording(new_id(), SESSION_1, RecordingState.RECORDING, site.ctx.clock.now())
    await recording_started(site.ctx, made)
    await recording_gap(site.ctx, made, FAULT)
    await recording_gap(site.ctx, made, Gap(80_000, 90_000, GapReason.CAUCUS, cast.MEDIATOR_1.id))
    await browser.become("mediator")
    return browser


async def explained(site):
    async with site.ctx.db.reading() as tx:
        return [each for each in await events.events_of(tx, SESSION_1) if each.kind is EventKind.EXPLAINED]


async def test_only_what_nobody_meant_is_to_be_explained_and_the_draft_says_what_is_known(mediator):
    page = (await mediator.get(PAGE)).text
    (draft,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert "约12秒" in draft
    assert "因服务器程序中断后重新启动，录音录像中断" in draft


async def test_it_is_signed_once_and_stands_in_the_log(site, mediator):
    text = "服务器重启，各方在场，恢复后从头说了一遍。"
    assert (await mediator.post(f"{PAGE}/63000", {"text": text})).location == f"{PAGE}#gap-63000"
    (event,) = await explained(site)
    assert event.payload == {"from_ms": 63_000, "to_ms": 75_500, "reason": "fault", "text": text, "name": "郑思远"}
    page = (await mediator.get(PAGE)).text
    assert text in page
    assert "<textarea" not in page
    again = await mediator.post(f"{PAGE}/63000", {"text": "另一种说法"})
    assert again.status == 409
    assert [each.payload["text"] for each in await explained(site)] == [text]


async def test_nothing_is_signed_without_a_word_and_what_was_typed_stays(site, mediator):
    refused = await mediator.post(f"{PAGE}/63000", {"text": "  "})
    assert (refused.status, await explained(site)) == (400, [])
    long = "很" * 2001
    refused = await mediator.post(f"{PAGE}/63000", {"text": long})
    assert refused.status == 400
    assert long in refused.text


async def test_what_is_not_signed_has_no_document_and_nobody_else_sees_it(mediator):
    assert (await mediator.get(f"{PAGE}/63000.pdf")).status == 404
    assert (await mediator.post(f"{PAGE}/80000", {"text": "x"})).status == 404
    await mediator.become("judge")
    assert (await mediator.get(PAGE)).status == 404
    assert (await mediator.post(f"{PAGE}/63000", {"text": "x"})).status == 404
