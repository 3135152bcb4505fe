"""Attachments in a sitting in writing: read by exactly those who read what they are attached to."""

from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.domain.material import MaterialState
from mediation_server.domain.people import Side
from mediation_server.domain.writing import WritingAudience
from mediation_server.errors import Conflict, NotFound, Refused
from mediation_server.services import (
    attaching,
    forwarding,
    handing_in,
    material_receipts,
    materials,
    uploading,
    writing,
)
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.handing_in import Words
from mediation_server.store import materials as material_store
from mediation_server.store import sessions
from tests import papers
from tests.mediation_server.services.test_representing import acting
from tests.mediation_server.services.test_writing import DAY, say, written

ZHOU, LIN, STRANGER = cast.PARTY_ACCOUNTS[0], cast.PARTY_ACCOUNTS[1], cast.PARTY_ACCOUNTS[6]
PRESIDER = WritingAudience.PRESIDER


@pytest.fixture
async def demo(demo, tmp_path):
    settings = demo.ctx.settings.model_copy(update={"data_dir": tmp_path / "data"})
    return replace(demo, ctx=replace(demo.ctx, settings=settings))


async def once(data):
    yield data


async def filled(demo, material, by=ZHOU):
    await uploading.receive_whole(demo.ctx, by, MATTER_1, material.id, "a.jpg", once(papers.photo(material.id)))
    return material


async def hand_in(demo, material, by=ZHOU):
    return await handing_in.submit(demo.ctx, by, MATTER_1, material.id, Words(title="流水"))


async def attached(demo, session, entry):
    return await hand_in(demo, await filled(demo, await attaching.attach(demo.ctx, ZHOU, session.id, entry.id)))


async def presiders(demo, session, entry):
    begun = await filled(demo, await attaching.attach(demo.ctx, demo.mediator, session.id, entry.id), demo.mediator)
    return await hand_in(demo, begun, demo.mediator)


async def sees(demo, user, material):
    try:
        await materials.item_page(demo.ctx, user, MATTER_1, material.id)
    except NotFound:
        return False
    return True


async def read(demo, reader):
    entries = (await writing.correspondence(demo.ctx, reader)).entries
    return [one.id for each in entries for one in each.attachments]


async def test_an_attachment_reaches_the_other_side_with_its_entry_and_not_before(demo):
    session, mediator, zhou, lin = await written(demo)
    entry = await say(demo, zhou, "见附件")
    item = await attached(demo, session, entry)
    assert (await read(demo, zhou), await read(demo, mediator), await read(demo, lin)) == ([item.id], [item.id], [])
    assert not await sees(demo, LIN, item)
    await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    assert await read(demo, lin) == [item.id]
    assert await sees(demo, LIN, item)


async def test_what_is_attached_for_the_mediator_alone_never_reaches_anybody_else(demo):
    session, _, zhou, lin = await written(demo)
    entry = await say(demo, zhou, "底线", PRESIDER)
    item = await attached(demo, session, entry)
    assert item.is_kept
    with pytest.raises(Refused, match="for_presider_only"):
        await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    with pytest.raises(Conflict, match="attachment_with_entry"):
        await handing_in.release(demo.ctx, ZHOU, MATTER_1, item.id)
    for user in (LIN, STRANGER, cast.FILING, demo.judge):
        assert not await sees(demo, user, item)
    assert await sees(demo, demo.mediator, item)
    assert await read(demo, lin) == []


async def test_an_attachment_is_never_passed_on_by_itself(demo):
    session, _, zhou, _ = await written(demo)
    item = await attached(demo, session, await say(demo, zhou, "见附件"))
    with pytest.raises(Refused, match="attachment_with_entry"):
        await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, item.id, [Side.RESPONDENT])
    assert await materials.waiting_for_mediator(demo.ctx, demo.mediator, MATTER_1) == ()
    assert not await sees(demo, LIN, item)


async def test_what_the_mediator_attaches_for_all_is_read_by_both_sides_once_it_is_handed_in(demo):
    session, mediator, zhou, lin = await written(demo)
    entry = await say(demo, mediator, "方案见附件")
    begun = await filled(demo, await attaching.attach(demo.ctx, demo.mediator, session.id, entry.id), demo.mediator)
    assert [await read(demo, each) for each in (mediator, zhou, lin)] == [[begun.id], [], []]
    assert not await sees(demo, ZHOU, begun)
    item = await hand_in(demo, begun, demo.mediator)
    assert item.state is MaterialState.RELAYED
    assert [await read(demo, each) for each in (mediator, zhou, lin)] == [[item.id]] * 3
    assert [await sees(demo, each, item) for each in (demo.mediator, ZHOU, LIN)] == [True] * 3
    assert [await sees(demo, each, item) for each in (STRANGER, cast.FILING, demo.judge)] == [False] * 3


async def test_what_the_mediator_attaches_for_one_party_is_seen_by_nobody_else(demo):
    session, mediator, zhou, lin = await written(demo)
    entry = await say(demo, mediator, "只请您核对", WritingAudience.ONE, to=zhou.id)
    item = await presiders(demo, session, entry)
    assert [await read(demo, each) for each in (mediator, zhou, lin)] == [[item.id], [item.id], []]
    assert [await sees(demo, each, item) for each in (demo.mediator, ZHOU)] == [True, True]
    assert [await sees(demo, each, item) for each in (LIN, STRANGER, cast.FILING, demo.judge)] == [False] * 4
    assert item.id not in str((await materials.materials_page(demo.ctx, LIN, MATTER_1)).items)


@pytest.mark.parametrize("to", ["party", "agent"])
async def test_a_party_and_its_agent_read_a_word_to_either_with_its_attachment(demo, to):
    _, agent = await acting(demo)
    session, mediator, *guests = await written(demo)
    seats = {each.user_id == agent.id: each for each in guests if each.side is Side.RESPONDENT}
    item = await presiders(
        demo, session, await say(demo, mediator, "请核对", WritingAudience.ONE, to=seats[to == "agent"].id)
    )
    for reader, user in ((seats[True], agent), (seats[False], LIN)):
        assert (await read(demo, reader), await sees(demo, user, item)) == ([item.id], True)
    assert (await read(demo, guests[0]), await sees(demo, ZHOU, item)) == ([], False)


async def test_what_is_for_one_who_is_of_no_party_is_not_for_all(demo):
    session, mediator, zhou, _ = await written(demo)
    entry = await say(demo, mediator, "只请您核对", WritingAudience.ONE, to=zhou.id)
    begun = await filled(demo, await attaching.attach(demo.ctx, demo.mediator, session.id, entry.id), demo.mediator)
    async with demo.ctx.db.transaction() as tx:
        await sessions.save_participant(tx, replace(zhou, party_id=None))
        await material_store.save(tx, replace(begun, for_party_id=None))
    with pytest.raises(NotFound):
        await attaching.attach(demo.ctx, demo.mediator, session.id, entry.id)
    with pytest.raises(NotFound):
        await hand_in(demo, begun, demo.mediator)


async def test_what_the_mediator_attached_is_not_taken_back_nor_passed_on_nor_answered_as_evidence(demo):
    session, mediator, *_ = await written(demo)
    item = await presiders(demo, session, await say(demo, mediator, "方案见附件"))
    with pytest.raises(NotFound):
        await handing_in.withdraw(demo.ctx, demo.mediator, MATTER_1, item.id)
    with pytest.raises(Refused, match="attachment_with_entry"):
        await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, item.id, [Side.RESPONDENT])
    assert not (await materials.item_page(demo.ctx, ZHOU, MATTER_1, item.id)).may_give_opinion
    with pytest.raises(NotFound):
        await material_receipts.handed_in_by(demo.ctx, ZHOU, MATTER_1, item.id)


async def test_nobody_attaches_to_the_word_of_another(demo):
    session, mediator, zhou, _ = await written(demo)
    entry, asked = await say(demo, zhou, "见附件"), await say(demo, mediator, "请说明")
    for user, word in ((LIN, entry), (STRANGER, entry), (demo.mediator, entry), (ZHOU, asked), (demo.judge, asked)):
        with pytest.raises(NotFound):
            await attaching.attach(demo.ctx, user, session.id, word.id)


async def test_once_an_entry_was_relayed_nothing_is_slipped_under_it(demo):
    session, _, zhou, lin = await written(demo)
    entry = await say(demo, zhou, "见附件")
    late = await filled(demo, await attaching.attach(demo.ctx, ZHOU, session.id, entry.id))
    await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    for asked in (attaching.attach(demo.ctx, ZHOU, session.id, entry.id), hand_in(demo, late)):
        with pytest.raises(Conflict, match="writing_relayed"):
            await asked
    assert await read(demo, lin) == []


async def test_after_the_period_nothing_is_attached(demo):
    session, _, zhou, _ = await written(demo)
    entry = await say(demo, zhou, "见附件")
    late = await filled(demo, await attaching.attach(demo.ctx, ZHOU, session.id, entry.id))
    demo.ctx.clock.advance(seconds=3 * DAY * 60)
    for asked in (attaching.attach(demo.ctx, ZHOU, session.id, entry.id), hand_in(demo, late)):
        with pytest.raises(Conflict, match="not_writing_time"):
            await asked


async def test_where_files_are_scanned_the_mediators_attachment_waits_for_the_scanner(demo):
    demo = replace(demo, ctx=replace(demo.ctx, settings=demo.ctx.settings.model_copy(update={"scan_command": "true"})))
    session, mediator, _, lin = await written(demo)
    entry = await say(demo, mediator, "方案见附件")
    begun = await filled(demo, await attaching.attach(demo.ctx, demo.mediator, session.id, entry.id), demo.mediator)
    with pytest.raises(Refused, match="material_unscanned"):
        await hand_in(demo, begun, demo.mediator)
    assert await read(demo, lin) == []


async def test_five_attachments_are_enough_and_one_that_was_taken_back_counts_no_more(demo):
    session, _, zhou, _ = await written(demo)
    entry = await say(demo, zhou, "见附件")
    first = await attached(demo, session, entry)
    for _ in range(4):
        await attaching.attach(demo.ctx, ZHOU, session.id, entry.id)
    with pytest.raises(Conflict, match="too_many_attachments"):
        await attaching.attach(demo.ctx, ZHOU, session.id, entry.id)
    assert (await handing_in.withdraw(demo.ctx, ZHOU, MATTER_1, first.id)).state is MaterialState.WITHDRAWN
    await attaching.attach(demo.ctx, ZHOU, session.id, entry.id)


async def test_the_sittings_log_names_the_hashes_and_no_word(demo):
    session, _, zhou, _ = await written(demo)
    entry = await say(demo, zhou, "见附件")
    item = await attached(demo, session, entry)
    (event,) = [each for each in await demo.log(session.id) if each.kind is EventKind.ATTACHED]
    assert (event.payload["entry"], event.payload["material"]) == (entry.id, item.id)
    assert [len(each) for each in event.payload["files"]] == [64]
    assert "流水" not in str(event.payload)
