import asyncio
from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.material import FileState, MaterialState, ScanState
from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused, TooLarge
from mediation_server.materials.rendering import Rendered, Renderer
from mediation_server.materials.scanning import ScanError
from mediation_server.services import demo_cast as cast
from mediation_server.services import examining, forwarding, handing_in, materials, uploading
from mediation_server.services.demo_data import MATTER_1, MATTER_4
from mediation_server.services.examining import Opinion
from mediation_server.services.handing_in import Words
from mediation_server.services.notifying import sent_lately
from mediation_server.services.preparing import prepare_all, preparing, scan_all
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials as rows
from mediation_server.store import matter_events, matters
from tests import papers

ZHOU, LIN, STRANGER = (cast.PARTY_ACCOUNTS[n] for n in (0, 1, 6))
WORDS = Words(title="银行流水", proves="转账九万元")


@pytest.fixture
async def demo(demo, tmp_path):
    settings = demo.ctx.settings.model_copy(update={"data_dir": tmp_path / "data"})
    return replace(demo, ctx=replace(demo.ctx, settings=settings))


async def render(_source, _media_type, target, _opens):
    """Stands for the process that makes copies: two pages of anything."""
    for page in (1, 2):
        for kind in "pt":
            await asyncio.to_thread((target / f"{kind}{page:04}.jpg").write_bytes, f"{kind}{page}".encode())
    return Rendered(2)


async def pieces(*parts):
    for part in parts:
        yield part


async def put(demo, material, data, *, user=ZHOU, name="a.jpg"):
    found = await uploading.announce(demo.ctx, user, MATTER_1, material.id, name, len(data))
    return (await uploading.receive(demo.ctx, user, MATTER_1, found.id, 0, pieces(data))).file


async def handed_in(demo, data=None, *, user=ZHOU, words=WORDS):
    material = await handing_in.begin(demo.ctx, user, MATTER_1)
    await put(demo, material, data or papers.photo(new_id()), user=user)
    return await handing_in.submit(demo.ctx, user, MATTER_1, material.id, words)


async def relayed(demo, **given):
    material = await handed_in(demo, **given)
    other = Side.RESPONDENT if material.side is Side.APPLICANT else Side.APPLICANT
    return await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [other])


async def files_of(demo, material):
    async with demo.ctx.db.reading() as tx:
        return await rows.files_of(tx, material.id)


async def refusal_of(call):
    with pytest.raises(MediationError) as refusal:
        await call
    return refusal.value


def on_disk(demo):
    root = stacks_of(demo.ctx, MATTER_1).root
    return sorted(str(path.relative_to(root).parts[0]) for path in root.rglob("*") if path.is_file())


# -- coming in -------------------------------------------------------------------------------------------------------


async def test_a_file_comes_in_pieces_and_goes_on_after_a_lost_line(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    data = papers.photo()
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "IMG_1.jpg", len(data))
    first = await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, pieces(data[:100], data[100:250]))
    assert (first.offset, first.file) == (250, None)
    again = await uploading.arrived(demo.ctx, ZHOU, MATTER_1, found.id)
    assert again.offset == 250
    whole = await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 250, pieces(data[250:]))
    assert (whole.file.bytes, whole.file.media_type, whole.file.state) == (len(data), "image/jpeg", FileState.PREPARING)
    with await asyncio.to_thread(stacks_of(demo.ctx, MATTER_1).open_original, whole.file.sha256) as stream:
        assert await asyncio.to_thread(stream.read) == data


async def test_a_piece_at_the_wrong_place_is_refused_with_the_right_one(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", 1000)
    await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, pieces(b"x" * 10))
    refusal = await refusal_of(uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 5, pieces(b"y")))
    assert (refusal.code, refusal.details["at"]) == ("upload_offset", 10)


async def test_a_line_that_hangs_gives_way_to_the_next_one(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    data, reached, go_on = papers.photo(), asyncio.Event(), asyncio.Event()
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", len(data))

    async def hanging():
        yield data[:50]
        reached.set()
        await go_on.wait()
        yield b"\0" * 100

    old = asyncio.create_task(uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, hanging()))
    await reached.wait()
    done = await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 50, pieces(data[50:]))
    go_on.set()
    assert done.file is not None
    assert (await refusal_of(old)).code == "upload_offset"


async def test_what_is_not_on_the_list_leaves_nothing_behind(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    for data in (papers.HTML, papers.SVG, papers.ZIP, papers.EXE):
        assert (await refusal_of(put(demo, material, data, name="photo.jpg"))).code == "material_type"
    assert (await refusal_of(put(demo, material, papers.HEIC))).code == "material_heic"
    assert on_disk(demo) == []
    assert await files_of(demo, material) == []


async def test_more_bytes_than_were_announced_are_refused(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", 10)
    with pytest.raises(TooLarge):
        await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, pieces(b"x" * 11))


async def test_a_file_that_is_too_large_is_refused_before_it_comes(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    size = (demo.ctx.settings.material_file_mib << 20) + 1
    refusal = await refusal_of(uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", size))
    assert refusal.code == "material_too_large"


async def test_one_side_that_has_filled_its_half_leaves_the_other_its_own(demo):
    small = demo.ctx.settings.model_copy(update={"material_file_mib": 1, "material_matter_mib": 2})
    ctx = replace(demo.ctx, settings=small)
    mine, theirs = await handing_in.begin(ctx, ZHOU, MATTER_1), await handing_in.begin(ctx, LIN, MATTER_1)
    await uploading.announce(ctx, ZHOU, MATTER_1, mine.id, "a", 1 << 20)
    refusal = await refusal_of(uploading.announce(ctx, ZHOU, MATTER_1, mine.id, "b", 1))
    assert refusal.code == "matter_full"
    await uploading.announce(ctx, LIN, MATTER_1, theirs.id, "c", 1 << 20)


async def test_a_plain_form_brings_a_whole_file_and_an_empty_field_brings_none(demo):
    material, data = await handing_in.begin(demo.ctx, ZHOU, MATTER_1), papers.photo()
    brought = await uploading.receive_whole(demo.ctx, ZHOU, MATTER_1, material.id, "a.jpg", pieces(data[:9], data[9:]))
    assert brought.bytes == len(data)
    assert await uploading.receive_whole(demo.ctx, ZHOU, MATTER_1, material.id, "", pieces()) is None
    with pytest.raises(BadInput):
        await uploading.receive_whole(demo.ctx, ZHOU, MATTER_1, material.id, "x.jpg", pieces(papers.HTML))
    assert len(await files_of(demo, material)) == 1
    assert on_disk(demo) == ["kept"]


async def test_what_never_came_whole_is_swept_away_after_a_day(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", 100)
    await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, pieces(b"x" * 10))
    demo.ctx.clock.advance(hours=25)
    await uploading.sweep(demo.ctx)
    assert on_disk(demo) == []
    with pytest.raises(NotFound):
        await uploading.arrived(demo.ctx, ZHOU, MATTER_1, found.id)


async def test_the_same_file_again_is_told_with_number_and_day(demo):
    data = papers.photo()
    await handed_in(demo, data)
    demo.ctx.clock.advance(hours=48)
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    refusal = await refusal_of(put(demo, material, data))
    assert (refusal.code, refusal.details) == ("material_duplicate", {"number": 1, "day": "2026-11-23"})
    await put(demo, material, papers.photo("2"))
    assert (await refusal_of(put(demo, material, papers.photo("2")))).code == "material_duplicate_here"


async def test_what_the_other_side_handed_in_is_not_given_away_by_handing_in_the_same(demo):
    data = papers.photo()
    await handed_in(demo, data)
    mine = await handed_in(demo, data, user=LIN)
    assert mine.number == 1
    assert on_disk(demo) == ["kept"]  # once, whoever it belongs to


async def test_names_of_files_are_nothing_but_words_for_their_owner(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    file = await put(demo, material, papers.photo(), name="C:\\x\\../../etc/\r\npass\x00wd" + "长" * 300)
    assert len(file.name) == 120
    assert not set("/\\\r\n\0") & set(file.name)


# -- put in order and handed in ----------------------------------------------------------------------------------------


async def test_pages_stand_in_the_order_they_are_given(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    a, b, c = [(await put(demo, material, papers.photo(word))).id for word in "abc"]
    move = handing_in.move_file
    await move(demo.ctx, ZHOU, MATTER_1, material.id, c, up=True)
    await move(demo.ctx, ZHOU, MATTER_1, material.id, a, up=False)
    await move(demo.ctx, ZHOU, MATTER_1, material.id, c, up=True)
    assert [each.id for each in await files_of(demo, material)] == [c, a, b]


async def test_a_page_taken_away_is_gone_from_the_disk(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    file = await put(demo, material, papers.photo())
    await prepare_all(demo.ctx, render)
    await handing_in.remove_file(demo.ctx, ZHOU, MATTER_1, material.id, file.id)
    assert on_disk(demo) == []


async def test_a_page_that_another_item_holds_too_stays_on_the_disk(demo):
    data = papers.photo()
    await handed_in(demo, data, user=LIN)
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    file = await put(demo, material, data)
    await handing_in.remove_file(demo.ctx, ZHOU, MATTER_1, material.id, file.id)
    assert on_disk(demo) == ["kept"]


async def test_a_draft_is_thrown_away_with_everything_in_it(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    await put(demo, material, papers.photo())
    found = await uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", 100)
    await uploading.receive(demo.ctx, ZHOU, MATTER_1, found.id, 0, pieces(b"x" * 10))
    await handing_in.discard(demo.ctx, ZHOU, MATTER_1, material.id)
    assert on_disk(demo) == []
    assert (await materials.materials_page(demo.ctx, ZHOU, MATTER_1)).items == ()


async def test_nothing_is_handed_in_without_a_page_or_a_title(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    empty = await refusal_of(handing_in.submit(demo.ctx, ZHOU, MATTER_1, material.id, WORDS))
    await put(demo, material, papers.photo())
    nameless = await refusal_of(handing_in.submit(demo.ctx, ZHOU, MATTER_1, material.id, replace(WORDS, title=" ")))
    assert (empty.code, nameless.code, nameless.field) == ("material_empty", "required", "title")


async def test_each_side_has_numbers_of_its_own(demo):
    numbers = [(await handed_in(demo, user=who)).number for who in (ZHOU, LIN, ZHOU)]
    assert numbers == [1, 1, 2]


async def test_what_is_handed_in_cannot_be_changed_any_more(demo):
    material = await handed_in(demo)
    (file,) = await files_of(demo, material)
    for attempt in (
        handing_in.write(demo.ctx, ZHOU, MATTER_1, material.id, WORDS),
        handing_in.remove_file(demo.ctx, ZHOU, MATTER_1, material.id, file.id),
        handing_in.discard(demo.ctx, ZHOU, MATTER_1, material.id),
        uploading.announce(demo.ctx, ZHOU, MATTER_1, material.id, "a", 10),
        handing_in.submit(demo.ctx, ZHOU, MATTER_1, material.id, WORDS),
    ):
        assert (await refusal_of(attempt)).code == "material_state"


async def test_staff_hand_in_for_a_visitor_who_can_take_it_back(demo):
    mine = (await materials.materials_page(demo.ctx, ZHOU, MATTER_1)).me
    material = await handing_in.begin(demo.ctx, cast.FILING, MATTER_1, mine.id)
    await put(demo, material, papers.photo(), user=cast.FILING)
    await handing_in.submit(demo.ctx, cast.FILING, MATTER_1, material.id, WORDS)
    back = await handing_in.withdraw(demo.ctx, ZHOU, MATTER_1, material.id)
    assert (back.party_id, back.state) == (mine.id, MaterialState.WITHDRAWN)


# -- who sees it -------------------------------------------------------------------------------------------------------


def every_way(demo, user, material, file):
    """Everything somebody could try to get at an item."""
    ctx, of = demo.ctx, (MATTER_1, material.id)
    return {
        "item": lambda: materials.item_page(ctx, user, *of),
        "page": lambda: materials.open_page(ctx, user, *of, 1),
        "thumb": lambda: materials.open_page(ctx, user, *of, 1, small=True),
        "original": lambda: materials.open_original(ctx, user, *of, file.id),
        "write": lambda: handing_in.write(ctx, user, *of, WORDS),
        "move": lambda: handing_in.move_file(ctx, user, *of, file.id, up=True),
        "remove": lambda: handing_in.remove_file(ctx, user, *of, file.id),
        "submit": lambda: handing_in.submit(ctx, user, *of, WORDS),
        "withdraw": lambda: handing_in.withdraw(ctx, user, *of),
        "release": lambda: handing_in.release(ctx, user, *of),
        "discard": lambda: handing_in.discard(ctx, user, *of),
        "upload": lambda: uploading.announce(ctx, user, *of, "a", 10),
        "relay": lambda: forwarding.relay(ctx, user, *of, [Side.RESPONDENT]),
        "return": lambda: forwarding.send_back(ctx, user, *of, "r"),
        "hold": lambda: forwarding.hold(ctx, user, *of),
        "opinion": lambda: examining.give_opinion(ctx, user, *of, Opinion(True, True, True)),
    }


@pytest.mark.parametrize("who", ["lin", "stranger", "other_mediator", "judge", "trial_judge", "admin"])
async def test_before_it_is_relayed_nobody_else_gets_at_an_item_by_any_way(demo, who):
    material = await handed_in(demo)
    await prepare_all(demo.ctx, render)
    (file,) = await files_of(demo, material)
    user = {"lin": LIN, "stranger": STRANGER, "admin": cast.ADMINISTRATOR}.get(who) or getattr(demo, who)
    before = await demo.everything()
    for name, attempt in every_way(demo, user, material, file).items():
        assert (await refusal_of(attempt())).code == "not_found", name
    assert await demo.everything() == before


async def test_the_other_side_sees_neither_number_nor_line_of_what_was_not_relayed(demo):
    await handed_in(demo)
    await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    page = await materials.materials_page(demo.ctx, LIN, MATTER_1)
    assert (page.items, page.catalogue) == ((), {})


async def test_after_relaying_the_other_side_sees_the_pages_and_never_the_file_itself(demo):
    material = await relayed(demo)
    await prepare_all(demo.ctx, render)
    (file,) = await files_of(demo, material)
    opened = await materials.open_page(demo.ctx, LIN, MATTER_1, material.id, 2)
    with opened.stream:
        assert opened.stream.read() == b"p2"
    assert (
        await refusal_of(materials.open_original(demo.ctx, LIN, MATTER_1, material.id, file.id))
    ).code == "not_found"
    page = await materials.materials_page(demo.ctx, LIN, MATTER_1)
    assert [each.material.id for each in page.catalogue[Side.APPLICANT]] == [material.id]


async def test_whoever_fetches_a_file_as_it_came_is_written_down(demo):
    material = await handed_in(demo)
    (file,) = await files_of(demo, material)
    opened = await materials.open_original(demo.ctx, demo.mediator, MATTER_1, material.id, file.id)
    opened.stream.close()
    (entry,) = await demo.audited(AuditAction.MATERIAL_FETCHED)
    assert (entry.actor, entry.details) == (demo.mediator.id, {"material": material.id, "sha256": file.sha256})


async def test_an_item_of_another_matter_is_not_found_here(demo):
    material = await handed_in(demo)
    with pytest.raises(NotFound):
        await materials.item_page(demo.ctx, cast.MEDIATOR_4, MATTER_4, material.id)


# -- passed on ---------------------------------------------------------------------------------------------------------


async def test_relaying_stands_in_the_matters_log_with_ids_and_hashes_alone(demo):
    material = await relayed(demo)
    (file,) = await files_of(demo, material)
    async with demo.ctx.db.reading() as tx:
        event = (await matter_events.events_of(tx, MATTER_1))[-1]
    assert (event.kind, event.actor, event.role) == (MatterEventKind.MATERIAL_RELAYED, demo.mediator.id, "mediator")
    assert event.payload == {"material": material.id, "to": ["respondent"], "files": [file.sha256]}


async def test_whoever_gets_something_is_told_so_and_not_what(demo):
    await relayed(demo)
    message = (await sent_lately(demo.ctx.db))[0]
    assert message.recipient == LIN.phone
    assert "银行流水" not in message.body
    assert "周承安" not in message.body


async def test_neither_log_nor_audit_holds_a_name_of_anything(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    await put(demo, material, papers.photo(), name="我的秘密.jpg")
    await handing_in.submit(demo.ctx, ZHOU, MATTER_1, material.id, replace(WORDS, title="秘密", proves="秘密"))
    await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT])
    everything = await demo.everything()
    for table in ("audit", "matter_events", "session_events", "outbox", "notices"):
        assert "秘密" not in str(everything[table]), table


async def test_what_is_for_the_mediator_alone_waits_for_its_partys_yes(demo):
    material = await handed_in(demo, words=replace(WORDS, kept=True))
    ctx, of = demo.ctx, (MATTER_1, material.id)
    refusal = await refusal_of(forwarding.relay(ctx, demo.mediator, *of, [Side.RESPONDENT]))
    assert (type(refusal), refusal.code) == (Refused, "material_kept")
    assert [each.basis for each in await demo.audited(AuditAction.MATERIAL_RELAYED)] == ["material_kept"]
    with pytest.raises(NotFound):
        await materials.item_page(ctx, cast.FILING, *of)
    with pytest.raises(NotFound):
        await handing_in.release(ctx, LIN, *of)
    await handing_in.release(ctx, ZHOU, *of)
    assert (await forwarding.relay(ctx, demo.mediator, *of, [Side.RESPONDENT])).state is MaterialState.RELAYED


async def test_the_mediator_keeps_an_item_and_only_its_party_lifts_that(demo):
    material = await handed_in(demo)
    await forwarding.hold(demo.ctx, demo.mediator, MATTER_1, material.id)
    refusal = await refusal_of(forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT]))
    assert refusal.code == "material_kept"
    with pytest.raises(NotFound):
        await handing_in.release(demo.ctx, demo.mediator, MATTER_1, material.id)


async def test_what_is_sent_back_says_why_and_comes_again_under_its_number(demo):
    material = await handed_in(demo)
    await forwarding.send_back(demo.ctx, demo.mediator, MATTER_1, material.id, " 第二页不清楚 ")
    page = await materials.item_page(demo.ctx, ZHOU, MATTER_1, material.id)
    assert (page.item.material.return_reason, page.may_edit) == ("第二页不清楚", True)
    again = await handing_in.submit(demo.ctx, ZHOU, MATTER_1, material.id, WORDS)
    assert again.number == material.number


async def test_the_inbox_holds_what_waits_for_the_mediator(demo):
    first, _, kept = await handed_in(demo), await relayed(demo), await handed_in(demo, words=replace(WORDS, kept=True))
    waiting = await materials.waiting_for_mediator(demo.ctx, demo.mediator, MATTER_1)
    assert [each.material.id for each in waiting] == [first.id]
    assert kept.id not in {each.material.id for each in waiting}


# -- answered ----------------------------------------------------------------------------------------------------------


async def test_the_other_side_says_what_it_thinks_and_the_later_word_counts(demo):
    material = await relayed(demo)
    of = (MATTER_1, material.id)
    with pytest.raises(BadInput):
        await examining.give_opinion(demo.ctx, LIN, *of, Opinion(True, True, False, " "))
    await examining.give_opinion(demo.ctx, LIN, *of, Opinion(True, True, False, "与本案无关"))
    demo.ctx.clock.advance(seconds=5)
    await examining.give_opinion(demo.ctx, LIN, *of, Opinion(True, True, True))
    page = await materials.item_page(demo.ctx, ZHOU, *of)
    (said,) = page.item.opinions
    assert (said.relevant, said.reason) == (True, "")
    with pytest.raises(NotFound):
        await examining.give_opinion(demo.ctx, ZHOU, *of, Opinion(True, True, True))


# -- copies ------------------------------------------------------------------------------------------------------------


async def test_a_real_photo_is_copied_by_a_process_of_its_own(demo):
    material = await handed_in(demo, papers.photo("x"))
    await prepare_all(demo.ctx, Renderer())
    (file,) = await files_of(demo, material)
    assert (file.state, file.pages, file.fault) == (FileState.READY, 1, None)
    opened = await materials.open_page(demo.ctx, ZHOU, MATTER_1, material.id, 1)
    with opened.stream:
        shown = opened.stream.read()
    assert shown.startswith(b"\xff\xd8")
    assert b"at home" not in shown


async def test_a_file_that_cannot_be_shown_fails_alone_and_is_kept(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    await put(demo, material, b"\xff\xd8\xff no picture at all")
    await put(demo, material, papers.photo("fine"))
    await prepare_all(demo.ctx, Renderer())
    states = [(each.state, each.fault) for each in await files_of(demo, material)]
    assert states == [(FileState.FAILED, "unreadable"), (FileState.READY, None)]
    with pytest.raises(NotFound):
        await materials.open_page(demo.ctx, ZHOU, MATTER_1, material.id, 1)
    assert on_disk(demo).count("kept") == 2


async def test_what_was_taken_away_meanwhile_gets_no_copy(demo):
    material = await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    file = await put(demo, material, papers.photo())

    async def slow(source, media_type, target, opens):
        await handing_in.remove_file(demo.ctx, ZHOU, MATTER_1, material.id, file.id)
        return await render(source, media_type, target, opens)

    await prepare_all(demo.ctx, slow)
    assert on_disk(demo) == []


async def test_copies_are_made_as_soon_as_files_come(demo):
    made = asyncio.Event()

    async def telling(source, media_type, target, opens):
        made.set()
        return await render(source, media_type, target, opens)

    async with preparing(demo.ctx, telling):
        await handed_in(demo)
        await asyncio.wait_for(made.wait(), 10)


async def test_a_matter_that_is_over_takes_nothing_more(demo):
    async with demo.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, MATTER_1)
        await matters.save(tx, replace(matter, state=MatterState.CLOSED))
    assert (await refusal_of(handing_in.begin(demo.ctx, ZHOU, MATTER_1))).code == "materials_closed"


async def test_so_many_drafts_are_enough(demo):
    for _ in range(20):
        await handing_in.begin(demo.ctx, ZHOU, MATTER_1)
    assert (await refusal_of(handing_in.begin(demo.ctx, ZHOU, MATTER_1))).code == "too_many_materials"
    assert isinstance(await refusal_of(handing_in.begin(demo.ctx, ZHOU, MATTER_1)), Conflict)


def scanned(demo, state):
    """The product with a scanner set up that says this of every file, and the scanner."""
    settings = demo.ctx.settings.model_copy(update={"scan_command": "scan"})

    async def scan(_path):
        if state is None:
            raise ScanError("away")
        return state

    return replace(demo, ctx=replace(demo.ctx, settings=settings)), scan


async def test_with_a_scanner_nothing_is_relayed_before_it_has_looked(demo):
    demo, scan = scanned(demo, ScanState.CLEAN)
    material = await handed_in(demo)
    with pytest.raises(Refused, match="material_unscanned"):
        await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT])
    assert await scan_all(demo.ctx, scan)
    assert [each.scan for each in await files_of(demo, material)] == [ScanState.CLEAN]
    await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT])


async def test_what_is_infected_is_neither_shown_nor_relayed_nor_handed_out(demo):
    demo, scan = scanned(demo, ScanState.INFECTED)
    material = await handed_in(demo)
    await scan_all(demo.ctx, scan)
    await prepare_all(demo.ctx, render)
    (file,) = await files_of(demo, material)
    assert (file.scan, file.state, file.fault) == (ScanState.INFECTED, FileState.FAILED, "infected")
    with pytest.raises(Refused, match="material_infected"):
        await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT])
    for user in (ZHOU, demo.mediator):
        with pytest.raises(Refused, match="material_infected"):
            await materials.open_original(demo.ctx, user, MATTER_1, material.id, file.id)
        with pytest.raises(NotFound):
            await materials.open_page(demo.ctx, user, MATTER_1, material.id, 1)
    (line,) = await demo.audited(AuditAction.MATERIAL_INFECTED)
    assert (line.allowed, line.details["material"]) == (False, material.id)


async def test_a_scanner_that_is_away_holds_files_back_and_is_asked_again(demo):
    demo, scan = scanned(demo, None)
    material = await handed_in(demo)
    assert not await scan_all(demo.ctx, scan)
    with pytest.raises(Refused, match="material_unscanned"):
        await forwarding.relay(demo.ctx, demo.mediator, MATTER_1, material.id, [Side.RESPONDENT])
    _, back = scanned(demo, ScanState.CLEAN)
    assert await scan_all(demo.ctx, back)


async def test_without_a_scanner_files_are_marked_as_not_scanned_and_go_on(demo):
    material = await relayed(demo)
    assert [each.scan for each in await files_of(demo, material)] == [ScanState.UNSCANNED]
