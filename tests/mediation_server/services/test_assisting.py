"""A second mediator beside the presider: named with them, reads, sits in the joint room, presides over nothing."""

from dataclasses import replace

import pytest

from mediation_server.domain.fitness import Decline
from mediation_server.domain.listing import Wish, wish_of
from mediation_server.domain.people import Role
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services import administering, assisting, presiding
from mediation_server.services import demo_cast as cast
from mediation_server.services.accepting import Disclosure, accept, decline
from mediation_server.services.access import readable_matter
from mediation_server.services.appointing import MOST_BESIDE, appoint
from mediation_server.services.feeding import feed_of, make_address
from mediation_server.services.listing import listed
from mediation_server.services.matters import matter_page
from mediation_server.services.mine import my_matter
from mediation_server.services.notifying import sent_lately
from mediation_server.services.scheduling import schedule
from mediation_server.store import co_mediators, matters, sessions, users
from tests.room_world import room_world
from tests.roster_world import LOAN, Looking

HE, ZHENG = cast.MEDIATOR_2, cast.MEDIATOR_1
NOTHING = Disclosure(nothing=True, relations={})


@pytest.fixture
async def looking(demo):
    """A matter whose parties leave the choice to the court."""
    made = await Looking(demo.ctx).appointing()
    demo.ctx.clock.advance(seconds=5 * 86_400)
    return made


async def beside(demo):
    async with demo.ctx.db.reading() as tx:
        return await co_mediators.of_matter(tx, LOAN)


async def test_a_second_mediator_is_named_with_the_presider_and_reads_the_matter(demo, looking):
    with pytest.raises(NotFound):
        await matter_page(demo.ctx, HE, LOAN)
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    assert await beside(demo) == [HE.id]
    page = await matter_page(demo.ctx, HE, LOAN)
    assert ([each.id for each in page.beside], page.assists, page.presides, page.may_schedule) == (
        [HE.id],
        True,
        False,
        False,
    )
    assert [each.matter.id for each in await assisting.assisted(demo.ctx, HE)] == [LOAN]
    assert await assisting.assisted(demo.ctx, ZHENG) == []
    assert not any("周承安" in each.body for each in await sent_lately(demo.ctx.db) if "请您辅助调解" in each.body)


async def test_they_have_a_seat_of_their_own_in_its_sittings_and_schedule_none(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    await accept(demo.ctx, ZHENG, LOAN, NOTHING)
    with pytest.raises(NotFound):
        await schedule(demo.ctx, HE, LOAN, await demo.plan(LOAN, days=4))
    session = await schedule(demo.ctx, ZHENG, LOAN, await demo.plan(LOAN, days=4))
    seat = await assisting.sit_beside(demo.ctx, HE, session.id)
    assert await assisting.sit_beside(demo.ctx, HE, session.id) == seat
    async with demo.ctx.db.reading() as tx:
        who = await sessions.participant(tx, seat)
    assert (who.role, who.user_id) == (Role.MEDIATOR, HE.id)
    for stranger in (cast.MEDIATOR_6, demo.judge):
        with pytest.raises(NotFound):
            await assisting.sit_beside(demo.ctx, stranger, session.id)
    (mine,) = await assisting.assisted(demo.ctx, HE)
    assert [each.id for each in mine.sittings] == [session.id]


async def test_when_the_team_changes_the_second_mediator_reads_nothing_more(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    await decline(demo.ctx, ZHENG, LOAN, Decline.OUTSIDE_FIELD, "不熟悉")
    assert await beside(demo) == []
    async with demo.ctx.db.reading() as tx:
        with pytest.raises(NotFound):
            await readable_matter(tx, HE, LOAN)


@pytest.mark.parametrize("others", [["x"], [f"{number}" for number in range(MOST_BESIDE + 1)]])
async def test_so_many_and_no_more(demo, looking, others):
    with pytest.raises(BadInput, match="too_many_mediators"):
        await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, others)


async def test_who_cannot_mediate_here_does_not_do_so_beside_somebody_either(demo, looking):
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [cast.TRIAL_JUDGE.id])
    assert await beside(demo) == []


async def test_in_the_room_they_take_part_and_preside_over_nothing(tmp_path):
    async with room_world(tmp_path) as world:
        await world.live("zhou", "lin")
        session = await world.session()
        async with world.ctx.db.transaction() as tx:
            await users.add_without_password(tx, HE, world.clock.now())
            await co_mediators.put(tx, session.matter_id, [HE.id])
        world.ids["he"] = await assisting.sit_beside(world.ctx, HE, session.id)
        await world.sit("he")
        await world.do(presiding.admit, "mediator", [world.ids["he"]])
        assert {"he", "lin"} <= world.hears("zhou")
        with pytest.raises(Refused, match="not_permitted"):
            await world.do(presiding.lock, "he", locked=True)


async def test_a_sitting_that_is_over_or_in_writing_has_no_seat_for_them(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    await accept(demo.ctx, ZHENG, LOAN, NOTHING)
    session = await schedule(demo.ctx, ZHENG, LOAN, await demo.plan(LOAN, days=4))
    for over, error in (
        (replace(session, kind=SessionKind.ASYNC), NotFound),
        (replace(session, state=SessionState.ENDED, ended_at=demo.ctx.clock.now()), Conflict),
    ):
        async with demo.ctx.db.transaction() as tx:
            await sessions.save(tx, over)
        with pytest.raises(error):
            await assisting.sit_beside(demo.ctx, HE, session.id)


async def test_they_find_the_matter_in_their_list_and_by_words_and_everybody_sees_who_helps(demo, looking):
    assert LOAN not in await found(demo, HE)
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    assert LOAN in await found(demo, HE)
    assert LOAN in await found(demo, HE, "周承安")
    (line,) = [each for each in (await listed(demo.ctx, cast.FILING, Wish())).lines if each.matter.id == LOAN]
    assert [each.id for each in line.beside] == [HE.id]
    mine = await my_matter(demo.ctx, await party_account(demo), LOAN)
    assert [each.name for each in mine.beside] == ["邵文博"]


async def test_a_matter_is_found_by_the_names_of_whoever_mediates_it_and_no_more_when_they_do_not(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    assert LOAN in await found(demo, cast.FILING, "邵文博")
    assert LOAN in await found(demo, cast.FILING, "郑思远")
    await decline(demo.ctx, ZHENG, LOAN, Decline.OUTSIDE_FIELD, "不熟悉")
    assert LOAN not in await found(demo, cast.FILING, "邵文博")
    assert LOAN not in await found(demo, cast.FILING, "郑思远")


async def test_a_matter_is_found_by_the_name_of_its_only_mediator(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id)
    assert LOAN in await found(demo, cast.FILING, "郑思远")
    await decline(demo.ctx, ZHENG, LOAN, Decline.OUTSIDE_FIELD, "不熟悉")
    assert LOAN not in await found(demo, cast.FILING, "郑思远")


async def test_whose_name_changes_is_found_by_the_new_one(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    form = administering.AccountForm("邵文渊", "Shao Wenyuan", "mediator", HE.court or "", HE.organisation_id or "")
    await administering.change(demo.ctx, cast.ADMINISTRATOR, HE.id, form)
    assert LOAN in await found(demo, cast.FILING, "文渊")
    assert LOAN not in await found(demo, cast.FILING, "文博")


async def test_its_sittings_stand_in_their_calendar(demo, looking):
    await appoint(demo.ctx, cast.FILING, LOAN, ZHENG.id, [HE.id])
    await accept(demo.ctx, ZHENG, LOAN, NOTHING)
    session = await schedule(demo.ctx, ZHENG, LOAN, await demo.plan(LOAN, days=4))
    feed = await feed_of(demo.ctx, await make_address(demo.ctx, HE))
    assert session.id in [each.session.id for each in feed.sittings]


async def found(demo, user, words=""):
    wish = wish_of(words, "", "", "", "")
    return [each.matter.id for each in (await listed(demo.ctx, user, wish)).lines]


async def party_account(demo):
    async with demo.ctx.db.reading() as tx:
        party = (await matters.parties_of(tx, LOAN))[0]
        return await users.user(tx, party.user_id)
