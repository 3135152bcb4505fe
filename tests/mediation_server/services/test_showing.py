import asyncio
from dataclasses import replace

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import FileState, Material, MaterialFile, MaterialKind, MaterialState
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, MediationError, NotFound, Refused
from mediation_server.services import caucusing, presiding, showing, suspending
from mediation_server.services.opening import room_of
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials
from tests.room_world import MEDIATOR, room_world

A, R = Side.APPLICANT, Side.RESPONDENT


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def item(world, side=A, *, kept=False, to=(), pages=3, party=None):
    """An item of one side with its copies made, relayed to whom it was relayed."""
    who = {A: "zhou", R: "lin"}[side]
    at, sha256 = world.clock.now(), new_id().encode().hex().ljust(64, "0")[:64]
    known = world.state.seats[world.ids[who]].participant
    material = Material(
        id=new_id(),
        matter_id=world.room.setting.matter.id,
        party_id=party or known.party_id,
        side=side,
        kind=MaterialKind.EVIDENCE,
        state=MaterialState.RELAYED if to else MaterialState.SUBMITTED,
        title="银行流水",
        proves="",
        kept=kept,
        created_by=MEDIATOR.id,
        created_at=at,
        submitted_at=at,
        relayed_to=tuple(to),
    )
    file = MaterialFile(new_id(), material.id, 0, sha256, "application/pdf", 9, "私事.pdf", FileState.READY, pages, at)
    async with world.ctx.db.transaction() as tx:
        last = await materials.last_number(tx, material.matter_id, side)
        await materials.add(tx, replace(material, number=last + 1))
        await materials.add_file(tx, file)
    stacks = stacks_of(world.ctx, material.matter_id)
    bench = await asyncio.to_thread(stacks.bench)
    for page in range(1, pages + 1):
        await asyncio.to_thread((bench / f"p{page:04}.jpg").write_bytes, f"page {page}".encode())
    await asyncio.to_thread(stacks.show, sha256, bench)
    return material.id


def seat(world, name):
    return world.state.seats[world.ids[name]].participant


def shown(world, name):
    return world.room.view(world.ids[name])["document"]


async def page(world, name, document, number):
    opened = await showing.open_shown_page(world.ctx, seat(world, name), document, number)
    with opened.stream:
        return opened.stream.read()


async def refusal_of(call):
    with pytest.raises(MediationError) as refusal:
        await call
    return refusal.value


async def test_everybody_in_the_room_sees_the_same_page(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    await world.do(showing.turn, "mediator", 2)
    for name in ("mediator", "zhou", "lin"):
        assert shown(world, name) == {"document": document, "page": 2, "pages": 3}
        assert await page(world, name, document, 2) == b"page 2"
    assert world.told("lin", "room")[-1]["document"]["page"] == 2


async def test_whoever_comes_late_or_after_a_restart_sees_the_same_page(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    await world.do(showing.turn, "mediator", 3)
    await world.restart()
    await room_of(world.ctx, world.session_id)
    welcome = await world.sit("lin")
    assert welcome.view["document"] == {"document": document, "page": 3, "pages": 3}


async def test_what_was_not_relayed_is_not_shown_in_the_joint_room(world):
    await world.live()
    for document in (await item(world), await item(world, kept=True), await item(world, R)):
        refusal = await refusal_of(world.do(showing.show, "mediator", document))
        assert (type(refusal), refusal.code) == (Refused, "document_not_relayed")
    assert shown(world, "mediator") is None


async def test_a_side_that_is_expected_and_not_there_yet_counts_too(world):
    await world.admitted("zhou")
    refusal = await refusal_of(world.do(showing.show, "mediator", await item(world)))
    assert refusal.code == "document_not_relayed"


async def test_a_caucus_sees_what_its_side_handed_in_and_nobody_outside_hears_of_it(world):
    await world.live()
    document = await item(world, kept=True)
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    before = len(world.ears.heard[world.connections["lin"]])
    await world.do(showing.show, "mediator", document)
    await world.do(showing.turn, "mediator", 2)
    await showing.point(world.room, world.ids["mediator"], 0.5, 0.25)
    assert shown(world, "zhou")["page"] == 2
    assert shown(world, "lin") is None
    assert len(world.ears.heard[world.connections["lin"]]) == before
    for attempt in (
        page(world, "lin", document, 1),
        showing.shown_to(world.ctx, seat(world, "lin")),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert world.told("zhou", "pointer") == [{"x": 0.5, "y": 0.25}]


async def test_what_a_caucus_looked_at_closes_with_it(world):
    await world.live()
    document = await item(world)
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    await world.do(showing.show, "mediator", document)
    await world.do(caucusing.close_caucus, "mediator")
    assert shown(world, "mediator") is None
    for name in ("mediator", "zhou", "lin"):
        with pytest.raises(NotFound):
            await page(world, name, document, 1)
    await world.do(caucusing.open_caucus, "mediator", R, 15)
    assert shown(world, "lin") is None


async def test_what_was_shown_to_all_is_not_seen_in_the_caucus_and_is_there_again_after_it(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    assert (shown(world, "zhou"), shown(world, "lin")) == (None, None)
    with pytest.raises(NotFound):
        await page(world, "lin", document, 1)
    await world.do(caucusing.close_caucus, "mediator")
    assert shown(world, "lin")["document"] == document


async def test_in_a_caucus_the_other_sides_items_need_relaying_as_anywhere(world):
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    assert (await refusal_of(world.do(showing.show, "mediator", await item(world, R)))).code == "document_not_relayed"
    await world.do(showing.show, "mediator", await item(world, R, to=[A]))


async def test_what_one_of_a_side_keeps_for_the_mediator_is_not_shown_to_the_others_of_it(world):
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    other = next(each.id for each in world.room.setting.parties if each.side is R)
    document = await item(world, kept=True, party=other)
    assert (await refusal_of(world.do(showing.show, "mediator", document))).code == "document_not_relayed"


async def test_the_log_names_what_was_shown_by_its_id_and_a_caucus_by_its_own(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    caucus = world.state.caucus_id
    await world.do(showing.show, "mediator", document)
    await world.do(showing.turn, "mediator", 2)
    await world.do(showing.hide, "mediator")
    wanted = (EventKind.DOCUMENT_SHOWN, EventKind.PAGE_TURNED, EventKind.DOCUMENT_HIDDEN)
    said = [(each.kind, each.payload) for each in await world.log() if each.kind in wanted]
    assert said == [
        (EventKind.DOCUMENT_SHOWN, {"document": document, "pages": 3}),
        (EventKind.DOCUMENT_SHOWN, {"document": document, "pages": 3, "caucus": caucus}),
        (EventKind.PAGE_TURNED, {"page": 2, "caucus": caucus}),
        (EventKind.DOCUMENT_HIDDEN, {"caucus": caucus}),
    ]


async def test_parties_show_turn_and_point_at_nothing(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    attempts = (
        world.do(showing.show, "zhou", document),
        world.do(showing.turn, "zhou", 2),
        world.do(showing.hide, "zhou"),
        showing.point(world.room, world.ids["zhou"], 0.1, 0.1),
        showing.showable(world.ctx, world.room, world.ids["zhou"]),
    )
    for attempt in attempts:
        assert (await refusal_of(attempt)).code == "not_permitted"
    assert shown(world, "lin")["page"] == 1


async def test_pages_beyond_the_last_and_pages_of_nothing_are_refused(world):
    await world.live()
    assert (await refusal_of(world.do(showing.turn, "mediator", 1))).code == "nothing_shown"
    assert (await refusal_of(showing.point(world.room, world.ids["mediator"], 0, 0))).code == "nothing_shown"
    await world.do(showing.show, "mediator", await item(world, to=[R]))
    assert isinstance(await refusal_of(world.do(showing.turn, "mediator", 4)), BadInput)
    assert isinstance(await refusal_of(world.do(showing.show, "mediator", new_id())), NotFound)


async def test_whoever_was_removed_or_waits_outside_gets_no_page(world):
    await world.live()
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    await world.do(presiding.to_lobby, "mediator", world.ids["lin"])
    with pytest.raises(NotFound):
        await page(world, "lin", document, 1)
    await world.do(presiding.remove, "mediator", world.ids["zhou"], "喧哗")
    with pytest.raises(NotFound):
        await page(world, "zhou", document, 1)


async def test_only_the_item_that_is_shown_now_is_handed_out(world):
    await world.live()
    first, second = await item(world, to=[R]), await item(world, to=[R])
    await world.do(showing.show, "mediator", first)
    await world.do(showing.show, "mediator", second)
    with pytest.raises(NotFound):
        await page(world, "lin", first, 1)
    assert await page(world, "lin", second, 1) == b"page 1"
    await world.do(showing.hide, "mediator")
    await world.do(showing.hide, "mediator")
    with pytest.raises(NotFound):
        await page(world, "lin", second, 1)


async def test_the_presider_chooses_from_what_may_be_shown_here(world):
    await world.live()
    mine, theirs, both = await item(world), await item(world, R), await item(world, to=[R])
    found = await showing.showable(world.ctx, world.room, world.ids["mediator"])
    assert {each.material.id for each in found} == {both}
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    found = await showing.showable(world.ctx, world.room, world.ids["mediator"])
    assert {each.material.id for each in found} == {mine, both}
    assert theirs not in {each.material.id for each in found}


async def test_the_pointer_goes_to_the_others_and_into_no_log(world):
    await world.live()
    await world.do(showing.show, "mediator", await item(world, to=[R]))
    before = len(await world.log())
    await showing.point(world.room, world.ids["mediator"], 0.2, 0.9)
    await showing.point(world.room, world.ids["mediator"], None, None)
    assert world.told("lin", "pointer") == [{"x": 0.2, "y": 0.9}, {"x": None, "y": None}]
    assert world.told("mediator", "pointer") == []
    assert len(await world.log()) == before


async def test_a_suspension_ends_what_a_caucus_looked_at(world):
    await world.live()
    document = await item(world)
    await world.do(caucusing.open_caucus, "mediator", A, 15)
    await world.do(showing.show, "mediator", document)
    await world.do(suspending.suspend, "mediator", "休息")
    assert shown(world, "zhou") is None


async def test_before_anybody_sits_anywhere_nothing_is_shown(world):
    room = await room_of(world.ctx, world.session_id)
    await world.sit("mediator")
    await world.sit("zhou")
    document = await item(world, to=[R])
    await world.do(showing.show, "mediator", document)
    assert room.view(world.ids["zhou"])["document"] is None
    with pytest.raises(NotFound):
        await page(world, "zhou", document, 1)
    assert isinstance(await refusal_of(world.do(showing.show, "zhou", document)), Refused)
