"""Documents and statements as kinds of a bundle: to whom each goes, and to whom never."""

import asyncio
from dataclasses import replace

import pytest

from mediation_server.domain.application import Draft
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.writing import WritingAudience, WritingKind
from mediation_server.services import demo_cast as cast
from mediation_server.services import writing
from mediation_server.services.bundling import bundle_for
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.writing import Word
from mediation_server.store import applications, events, matters
from mediation_server.store.applications import ApplicationRecord
from recordings.keeping import RecordKeeper
from recordings.vault import Vault
from tests.mediation_server.services.test_writing import SECRET, say, written

NAMED = {each.name: each for each in cast.PARTY_ACCOUNTS}
ZHOU, LIN = NAMED["周承安"], NAMED["林若溪"]


@pytest.fixture
def along(demo, tmp_path):
    """What somebody would take along of matter 1, kind by kind."""
    shelf = RecordKeeper(Vault(tmp_path))

    async def of(user):
        bundle = await bundle_for(demo.ctx, shelf, user, MATTER_1)
        return {each.kind: each for each in bundle.parts}

    return of


def papers(parts):
    return [each["document"] for each in parts["documents"].lines] if "documents" in parts else []


async def test_a_statement_goes_along_once_it_was_passed_on_and_nothing_for_fewer_eyes_does(demo, along):
    session, mediator, zhou, lin = await written(demo)
    for text, relayed in (("本金三十万元没有争议", True), ("还没有转达", False)):
        entry = await say(demo, zhou, text)
        if relayed:
            await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    await say(demo, zhou, SECRET, WritingAudience.PRESIDER)
    await say(demo, mediator, "只对您说", WritingAudience.ONE, to=lin.id)
    await writing.write(demo.ctx, mediator, Word(WritingKind.PROPOSAL, WritingAudience.ALL, "分三期支付"))
    for reader in (ZHOU, LIN, demo.mediator, cast.CLERK):
        lines = (await along(reader))["statements"].lines
        assert [(each["text"], each["side"]) for each in lines] == [("本金三十万元没有争议", "applicant")], reader.name


async def test_whoever_only_files_the_matter_takes_no_statement_along(demo, along):
    session, _, zhou, _ = await written(demo)
    await writing.relay(demo.ctx, demo.mediator, session.id, (await say(demo, zhou, "本金没有争议")).id)
    assert "本金没有争议" in str(await along(cast.CLERK))
    assert "本金没有争议" not in str(await along(cast.FILING))


async def test_a_signed_explanation_is_filed_with_the_record_and_goes_to_no_party(demo, along):
    gap = {"from_ms": 60_000, "to_ms": 63_000, "reason": "fault", "cause": "restart"}
    said = gap | {"text": "服务器重启，各方均知悉。", "name": demo.mediator.name}
    for kind, payload in ((EventKind.RECORDING_GAP, gap), (EventKind.EXPLAINED, said)):
        assert "recording_explanation" not in papers(await along(demo.mediator))
        async with demo.ctx.db.transaction() as tx:
            await events.append_event(
                tx, SESSION_1, at=demo.ctx.clock.now(), offset_ms=0, actor="x", kind=kind, payload=payload
            )
    for reader, goes in ((demo.mediator, True), (cast.FILING, True), (ZHOU, False), (LIN, False)):
        assert ("recording_explanation" in papers(await along(reader))) is goes, reader.name


async def test_the_receipt_goes_to_whoever_applied_and_is_the_same_pdf_each_time(demo, along):
    at = demo.ctx.clock.now()
    async with demo.ctx.db.transaction() as tx:
        handed_in = ApplicationRecord(new_id(), ZHOU.id, None, "x", Draft(), at, at, MATTER_1, at)
        await applications.add(tx, handed_in)
    for reader, held in ((ZHOU, True), (cast.FILING, True), (LIN, False)):
        parts = await along(reader)
        assert ("application_receipt" in papers(parts)) is held, reader.name
    file = (await along(ZHOU))["documents"].files[0]
    first, second = [await asyncio.to_thread(lambda: file.opened().read()) for _ in range(2)]
    assert first.startswith(b"%PDF-")
    assert first == second
    assert at.strftime("<xmp:CreateDate>%Y-%m-%dT%H:%M:%S").encode() in first  # not the moment it is printed
    async with demo.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), safety=True))
    assert papers(await along(ZHOU)) == []  # it names the other side
