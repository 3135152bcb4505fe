"""Lists and search: everybody finds exactly what they may open, in the order of the last days, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.listing import PAGE, After, Wish, reach_of, reaches, wish_of
from mediation_server.domain.matter import MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import readable_matter
from mediation_server.services.court_day import court_day
from mediation_server.services.listing import listed
from mediation_server.store import matters, users
from tests.mediation_server.store.people import JUDGE, MATTER, MEDIATOR

YUNXI, SHIQIAO, BODY = "江岚市云溪区人民法院", "石桥县人民法院", fixed_id("body")
OURS = replace(MEDIATOR, id=fixed_id("ours"), login="ours", organisation_id=BODY)
PEOPLE = (
    MEDIATOR,
    OURS,
    JUDGE,
    User(fixed_id("filing"), "gao", "高文心", "", Role.FILING, court=YUNXI),
    User(fixed_id("clerk"), "tian", "田甜", "", Role.CLERK, court=SHIQIAO),
    User(fixed_id("org"), "lu", "卢安", "", Role.ORGANISATION, organisation_id=BODY),
)
NO_LIST = (
    User(fixed_id("admin"), "admin", "系统管理员", "", Role.ADMIN),
    User(fixed_id("auditor"), "auditor", "审计员", "", Role.AUDITOR),
    User(fixed_id("party"), "phone:1", "周承安", "", Role.PARTY, phone="1"),
    User(fixed_id("nowhere"), "nowhere", "田甜", "", Role.CLERK),
)
FILING, CLERK = PEOPLE[3], PEOPLE[4]


@pytest.fixture
async def told(ctx):
    async with ctx.db.transaction() as tx:
        for user in (*PEOPLE, *NO_LIST):
            await users.add(tx, user, "no password", ctx.clock.now())
    return ctx


async def add(ctx, names=("周承安", "林若溪"), **changes):
    key = new_id()
    matter = replace(MATTER, id=key, ref=f"TJ-9901-2026-{key[-6:]}", case_no=None, judge_id=None)
    matter = replace(matter, **changes)
    sides = ((Side.APPLICANT, Role.APPLICANT), (Side.RESPONDENT, Role.RESPONDENT))
    parties = [
        MatterParty(new_id(), key, side, role, name, "", "natural", "16100000011")
        for (side, role), name in zip(sides, names, strict=True)
    ]
    async with ctx.db.transaction() as tx:
        await matters.add(tx, matter, parties)
    return matter


async def found(ctx, user, query="", **narrowed):
    wish = replace(wish_of(query, "", "", "", ""), **narrowed)
    return [line.matter.id for line in (await listed(ctx, user, wish)).lines]


MATTERS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(MatterState),
        "court": st.sampled_from([YUNXI, SHIQIAO]),
        "mediator_id": st.sampled_from([None, MEDIATOR.id, OURS.id]),
        "judge_id": st.sampled_from([None, JUDGE.id]),
        "confirming_judge_id": st.sampled_from([None, JUDGE.id]),
    }
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MATTERS, min_size=1, max_size=5))
async def test_lists_find_exactly_what_may_be_opened(told, drawn):
    made = [await add(told, **each) for each in drawn]
    for user in PEOPLE:
        listed_ids = set()
        after = None
        while True:
            page = await listed(told, user, Wish(words=("周承",), after=after))
            listed_ids |= {line.matter.id for line in page.lines}
            after = page.after
            if after is None:
                break
        for matter in made:
            async with told.db.reading() as tx:
                try:
                    await readable_matter(tx, user, matter.id)
                    opens = True
                except NotFound:
                    opens = False
            assert opens is (matter.id in listed_ids), (user.role, matter)


@pytest.mark.parametrize("user", NO_LIST, ids=lambda user: user.role.value)
async def test_whoever_has_no_content_right_has_no_list(told, user):
    matter = await add(told)
    with pytest.raises(NotFound):
        await listed(told, user, Wish())
    assert not reaches(reach_of(user), matter, BODY)
    async with told.db.reading() as tx:
        with pytest.raises(NotFound):
            await readable_matter(tx, user, matter.id)


async def test_what_is_found_follows_the_matter_and_its_parties(told):
    matter = await add(told, ("王秀英", "赵大伟"), claim="请求归还借款")
    assert await found(told, FILING, "秀英") == [matter.id]
    assert await found(told, FILING, "秀英 借款") == [matter.id]
    assert await found(told, FILING, "秀英 物业") == []
    assert await found(told, CLERK, "秀英") == []  # another court's
    async with told.db.transaction() as tx:
        await matters.save(tx, replace(matter, case_no="(2026)皖9901民初77号", claim="请求支付物业费"))
    assert await found(told, FILING, "（2026）皖9901民初77号") == [matter.id]
    assert await found(told, FILING, "物业") == [matter.id]
    assert await found(told, FILING, "借款 秀英") == []


async def test_the_soonest_last_day_comes_first_and_pages_lose_and_repeat_nothing(told):
    today = local_date(told.clock.now())
    days = [today + timedelta(days=n % 7) for n in range(PAGE + 5)]
    expected = [(day, (await add(told, next_due=day)).id) for day in days]
    without = [(await add(told, next_due=None)).id for _ in range(PAGE)]
    seen, after, sizes = [], None, []
    while True:
        page = await listed(told, FILING, Wish(after=after))
        seen += [line.matter.id for line in page.lines]
        sizes.append(len(page.lines))
        after = page.after
        if after is None:
            break
        assert wish_of("", "", "", "", str(after)).after == after
    assert seen == [each for _, each in sorted(expected)] + sorted(without)
    assert sizes == [PAGE, PAGE, 5]
    assert page.found.n == len(seen)
    assert not page.found.more


async def test_a_list_is_narrowed_by_state_track_and_last_day(told):
    today = local_date(told.clock.now())
    late = await add(told, next_due=today - timedelta(days=1), state=MatterState.APPOINTING)
    soon = await add(told, next_due=today + timedelta(days=3), track=Track.COURT_LED)
    far = await add(told, next_due=today + timedelta(days=40))
    never = await add(told, next_due=None)
    assert await found(told, FILING) == [late.id, soon.id, far.id, never.id]
    assert await found(told, FILING, due="late") == [late.id]
    assert await found(told, FILING, due="soon") == [soon.id]
    assert await found(told, FILING, due="none") == [never.id]
    assert await found(told, FILING, "借贷", due="none") == [never.id]
    assert await found(told, FILING, state=MatterState.APPOINTING) == [late.id]
    assert await found(told, FILING, track=Track.COURT_LED, due="week") == [soon.id]
    page = await listed(told, FILING, Wish(state=MatterState.APPOINTING))
    assert (page.found.n, page.late.n, page.soon.n) == (1, 1, 1)


async def test_a_word_that_stands_everywhere_finds_the_same_as_one_that_does_not(told, monkeypatch):
    made = [await add(told, next_due=None if n % 2 else local_date(told.clock.now())) for n in range(6)]
    narrow = await found(told, FILING, "周承安 借贷")
    monkeypatch.setattr("mediation_server.store.matter_lists._FEW", 2)
    assert await found(told, FILING, "周承安 借贷") == narrow
    assert set(narrow) == {each.id for each in made}


@pytest.mark.parametrize("after", ["", ".", "x", "2026-11-23.x", "2026-13-01." + new_id(), "'; --." + new_id()])
def test_a_made_up_place_begins_at_the_first_page(after):
    assert wish_of("", "", "", "", after).after is None


def test_an_unknown_filter_asks_for_nothing():
    assert wish_of("", "x", "y", "z", "") == Wish()
    assert isinstance(wish_of("", "", "", "", f".{new_id()}").after, After)


async def test_a_courts_day_counts_no_days_in_what_is_archived(told):
    """How long a file is kept runs on; it is nobody's to act on, and the page has no word for it."""
    day = local_date(told.clock.now()) + timedelta(days=1)
    running = await add(told, court=SHIQIAO, next_due=day, next_clock="T05")
    await add(told, court=SHIQIAO, next_due=day - timedelta(days=1), next_clock="T18", state=MatterState.ARCHIVED)
    assert [line.matter.id for line in (await court_day(told, CLERK)).clocks] == [running.id]


@pytest.mark.parametrize("user", PEOPLE, ids=lambda each: each.role.value)
async def test_no_list_is_walked_along_everybodys_last_days(told, user):
    """Of a hundred thousand matters half have no last day: SQLite looked at all of them for whoever assists in none."""
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    engine = told.db._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    for wish in (Wish(), Wish(state=MatterState.MEDIATING), Wish(due="none"), Wish(words=("周承安",))):
        await listed(told, user, wish)
    event.remove(engine, "before_cursor_execute", note)
    async with told.db.reading() as tx:
        for statement, parameters in (each for each in asked if each[0].startswith("SELECT")):
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan]
            assert not [each for each in steps if "ix_matters_next_due" in each or "SCAN matters" in each], statement
