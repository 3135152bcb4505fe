"""The roster: what everybody may read of it, and who keeps it."""

from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.people import Role
from mediation_server.domain.roster import Mediator, RosterStatus, Speciality, Tongue
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound
from mediation_server.services import demo_cast as cast
from mediation_server.services import rostering
from mediation_server.services.demo_roster import MEDIATORS, ORGANISATIONS
from mediation_server.services.rostering import (
    Wanted,
    body_page,
    entry_page,
    kept_roster,
    look_up,
    organisation_page,
    profile,
    save_entry,
    save_organisation,
)
from mediation_server.store import roster, users
from tests.roster_world import MANAGER, WEN, ZHENG

NEW = User(fixed_id("a new mediator"), "qian.new", "钱新", "Qian Xin", Role.MEDIATOR)
ENTRY = Mediator("", "皖调2026-0001", (Speciality.LABOUR,), (cast.YUNXI,), (Tongue.MANDARIN,), date(2026, 1, 1))
PEOPLE = ORGANISATIONS[0]


@pytest.fixture
async def account(demo):
    async with demo.ctx.db.transaction() as tx:
        await users.add(tx, NEW, "no password", demo.ctx.clock.now())
    return demo


async def names(demo, **wanted):
    return {each.user.name for each in (await look_up(demo.ctx, Wanted(**wanted))).listings}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {"郑思远", "邵文博", "何秀兰", "蒋一帆", "温岚"}),
        ({"words": "交通"}, {"邵文博"}),
        ({"words": "邵文"}, {"邵文博"}),
        ({"words": "云桥"}, {"郑思远"}),
        ({"words": "wen lan"}, {"温岚"}),
        ({"words": "手语"}, {"蒋一帆"}),
        ({"words": "100%"}, set()),
        ({"speciality": Speciality.LOAN}, {"郑思远", "温岚"}),
        ({"court": "石桥县人民法院"}, {"邵文博", "温岚"}),
        ({"court": "没有这家法院"}, set()),
        ({"tongue": Tongue.DIALECT}, {"邵文博", "何秀兰"}),
        ({"free": False}, {"温岚"}),
        ({"free": True, "speciality": Speciality.LOAN}, {"郑思远"}),
    ],
)
async def test_the_public_roster_finds_by_two_characters_field_court_language_and_charges(demo, wanted, found):
    assert await names(demo, **wanted) == found


async def test_one_character_is_too_little_to_look_for(demo):
    with pytest.raises(BadInput, match="search_too_short"):
        await look_up(demo.ctx, Wanted(words="邵"))


async def test_long_rosters_come_page_by_page_and_nobody_twice(demo, monkeypatch):
    monkeypatch.setattr(rostering, "PAGE", 2)
    seen, after = [], ""
    while True:
        page = await look_up(demo.ctx, Wanted(after=after))
        seen += [each.user.name for each in page.listings]
        if page.after is None:
            break
        after = page.after
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    "changed",
    [
        {"status": RosterStatus.SUSPENDED},
        {"status": RosterStatus.STRUCK},
        {"valid_to": date(2026, 11, 22)},
        {"valid_from": date(2026, 11, 24)},
    ],
)
async def test_who_cannot_be_chosen_is_not_shown(demo, changed):
    async with demo.ctx.db.transaction() as tx:
        await roster.save_mediator(tx, replace(await roster.mediator(tx, ZHENG.id), **changed))
    assert "郑思远" not in await names(demo)
    with pytest.raises(NotFound):
        await profile(demo.ctx, ZHENG.id)
    assert (await entry_page(demo.ctx, cast.FILING, ZHENG.id)).user == ZHENG


async def test_a_body_that_is_closed_takes_its_people_off_the_public_roster(demo):
    await save_organisation(demo.ctx, cast.FILING, replace(PEOPLE, active=False))
    assert await names(demo) == {"郑思远", "蒋一帆", "温岚"}
    for call in (profile(demo.ctx, cast.MEDIATOR_2.id), organisation_page(demo.ctx, PEOPLE.id)):
        with pytest.raises(NotFound):
            await call


async def test_a_bodys_page_names_its_people(demo):
    found = await organisation_page(demo.ctx, PEOPLE.id)
    assert {each.user.name for each in found.listings} == {"何秀兰", "邵文博"}


@pytest.mark.parametrize("user_id", ["x", fixed_id("nobody"), cast.FILING.id])
async def test_nobody_else_has_a_page(demo, user_id):
    with pytest.raises(NotFound):
        await profile(demo.ctx, user_id)


@pytest.mark.parametrize("user", [cast.ADMINISTRATOR, cast.FILING], ids=lambda each: each.login)
async def test_a_new_entry_is_written_and_audited(account, user):
    made = await save_entry(account.ctx, user, NEW.login, ENTRY)
    assert (await entry_page(account.ctx, user, NEW.id)).entry == made == replace(ENTRY, user_id=NEW.id)
    entry = (await account.audited(AuditAction.ROSTER_CHANGED))[-1]
    assert (entry.actor, entry.object) == (user.id, f"user:{NEW.id}")
    await save_entry(account.ctx, user, "", replace(made, bio="新简介"))
    assert (await account.audited(AuditAction.ROSTER_CHANGED))[-1].details == {"changed": ["bio"]}


async def test_nothing_changed_is_nothing_written(demo):
    await save_entry(demo.ctx, cast.FILING, "", MEDIATORS[0])
    assert await demo.audited(AuditAction.ROSTER_CHANGED) == []


@pytest.mark.parametrize(
    ("login", "changed", "code"),
    [
        ("nobody", {}, "mediator_account_unknown"),
        ("gao.wenxin", {}, "mediator_account_unknown"),
        ("zheng.siyuan", {}, "entry_there"),
        ("qian.new", {"certificate_no": "皖调2018-0041"}, "certificate_taken"),
        ("qian.new", {"organisation_id": "x"}, "body_unknown"),
    ],
)
async def test_what_is_wrong_with_a_new_entry_is_named(account, login, changed, code):
    with pytest.raises(BadInput, match=code):
        await save_entry(account.ctx, cast.FILING, login, replace(ENTRY, **changed))


async def test_a_body_keeps_its_own_people_and_nobody_elses(account):
    kept = await kept_roster(account.ctx, MANAGER)
    assert {each.user.name for each in kept.listings} == {"何秀兰", "邵文博"}
    assert [each.id for each in kept.organisations] == [PEOPLE.id]
    made = await save_entry(account.ctx, MANAGER, NEW.login, replace(ENTRY, organisation_id=PEOPLE.id))
    assert made.organisation_id == PEOPLE.id
    wen = next(each for each in MEDIATORS if each.user_id == WEN.id)
    for taken in (wen, replace(wen, organisation_id=PEOPLE.id), replace(made, organisation_id=wen.organisation_id)):
        with pytest.raises(NotFound):
            await save_entry(account.ctx, MANAGER, "", taken)


async def test_a_body_mends_its_data_but_not_its_standing(demo):
    wished = replace(PEOPLE, phone="0999-6100009", courts=("别处",), scope=(Speciality.GENERAL,), active=False)
    saved = await save_organisation(demo.ctx, MANAGER, wished)
    assert saved == replace(PEOPLE, phone="0999-6100009")
    for other in (ORGANISATIONS[1], replace(PEOPLE, id="", name="新的调解委员会")):
        with pytest.raises(NotFound):
            await save_organisation(demo.ctx, MANAGER, other)


async def test_two_bodies_have_two_names(demo):
    with pytest.raises(BadInput, match="organisation_name_taken"):
        await save_organisation(demo.ctx, cast.FILING, replace(PEOPLE, id=""))


@pytest.mark.parametrize(
    "user", [cast.MEDIATOR_1, cast.TRIAL_JUDGE, cast.PARTY_ACCOUNTS[0], replace(MANAGER, organisation_id=None)]
)
async def test_nobody_else_keeps_the_roster(demo, user):
    for call in (
        kept_roster(demo.ctx, user),
        save_entry(demo.ctx, user, "", MEDIATORS[0]),
        save_organisation(demo.ctx, user, PEOPLE),
        body_page(demo.ctx, user, PEOPLE.id),
    ):
        with pytest.raises(NotFound):
            await call
