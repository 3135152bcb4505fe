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


@pytest.fixture
async def entry(site, mediator):
    """The address of what is said about the fault: by the entry of the log that tells of it."""
    async with site.ctx.db.reading() as tx:
        [found] = [each.seq for each in await events.events_of(tx, SESSION_1) if each.payload.get("from_ms") == 63_000]
    return f"{PAGE}/{found}"


async def explained(site):
    async with site.ctx.db.reading() as tx:
        return [each for each in await events.events_of(tx, SESSION_1) if each.kind is EventKind.EXPLAINED]


async def test_only_what_nobody_meant_is_to_be_explained_and_the_draft_says_what_is_known(mediator):
    page = (await mediator.get(PAGE)).text
    (draft,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert "约12秒" in draft
    assert "因服务器程序中断后重新启动，录音录像中断" in draft


async def test_it_is_signed_once_and_stands_in_the_log(site, mediator, entry):
    text = "服务器重启，各方在场，恢复后从头说了一遍。"
    assert (await mediator.post(entry, {"text": text})).location == entry.replace(f"{PAGE}/", f"{PAGE}#gap-")
    (event,) = await explained(site)
    about = {"entry": int(entry.rpartition("/")[2]), "from_ms": 63_000, "to_ms": 75_500, "reason": "fault"}
    assert event.payload == {**about, "text": text, "name": "郑思远"}
    page = (await mediator.get(PAGE)).text
    assert text in page
    assert "<textarea" not in page
    again = await mediator.post(entry, {"text": "另一种说法"})
    assert again.status == 409
    assert [each.payload["text"] for each in await explained(site)] == [text]


async def test_nothing_is_signed_without_a_word_and_what_was_typed_stays(site, mediator, entry):
    refused = await mediator.post(entry, {"text": "  "})
    assert (refused.status, await explained(site)) == (400, [])
    long = "很" * 2001
    refused = await mediator.post(entry, {"text": long})
    assert refused.status == 400
    assert long in refused.text


async def test_what_is_not_signed_has_no_document_and_nobody_else_sees_it(mediator, entry):
    assert (await mediator.get(f"{entry}.pdf")).status == 404
    number = int(entry.rpartition("/")[2])
    assert (await mediator.post(f"{PAGE}/{number + 1}", {"text": "x"})).status == 404  # the caucus
    await mediator.become("judge")
    assert (await mediator.get(PAGE)).status == 404
    assert (await mediator.post(entry, {"text": "x"})).status == 404


async def test_of_two_recordings_that_began_late_in_the_same_moment_each_has_an_explanation_of_its_own(site, mediator):
    late = Gap(0, 5_000, GapReason.FAULT, "system", "late")
    for _ in range(2):
        made = Recording(new_id(), SESSION_1, RecordingState.RECORDING, site.ctx.clock.now())
        await recording_started(site.ctx, made)
        await recording_gap(site.ctx, made, late)
    async with site.ctx.db.reading() as tx:
        log = await events.events_of(tx, SESSION_1)
    one, other = [each.seq for each in log if each.payload.get("cause") == "late"]
    await mediator.post(f"{PAGE}/{one}", {"text": "第一份录制启动较晚。"})
    page = (await mediator.get(PAGE)).text
    assert f'id="text-{other}"' in page, "the other one is still to be signed"
    assert (await mediator.get(f"{PAGE}/{other}.pdf")).status == 404
    await mediator.post(f"{PAGE}/{other}", {"text": "第二份录制启动较晚。"})
    assert [each.payload["entry"] for each in await explained(site)] == [one, other]


async def test_what_was_signed_before_entries_were_named_goes_by_its_time(site, mediator, entry):
    said = {"from_ms": 63_000, "to_ms": 75_500, "reason": "fault", "text": "早先签署", "name": "郑思远"}
    async with site.ctx.db.transaction() as tx:
        about = {"at": site.ctx.clock.now(), "offset_ms": 0, "actor": cast.MEDIATOR_1.id}
        await events.append_event(tx, SESSION_1, kind=EventKind.EXPLAINED, payload=said, **about)
    assert "早先签署" in (await mediator.get(PAGE)).text
    assert (await mediator.post(entry, {"text": "再签一次"})).status == 409
