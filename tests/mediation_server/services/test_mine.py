"""A party's own matters page by page: those under way first, and none asked about by itself."""

import pytest
from sqlalchemy import event

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.listing import place_of
from mediation_server.domain.people import Role
from mediation_server.domain.users import User, login_of_phone
from mediation_server.services import mine
from mediation_server.store import users
from tests.filing_desk import FilingDesk

PHONE = "16100000011"
ZHOU = User(fixed_id("zhou's account"), login_of_phone(PHONE), "周承安", "", Role.PARTY, phone=PHONE)


@pytest.fixture
async def desk(ctx):
    opened = await FilingDesk(ctx).opened()
    async with ctx.db.transaction() as tx:
        await users.add_without_password(tx, ZHOU, ctx.clock.now())
    return opened


async def pages(ctx):
    seen, after = [], None
    while True:
        page = await mine.my_matters(ctx, ZHOU, after)
        seen.append([each.matter.ref[-1] for each in page.lines])
        if page.after is None:
            return seen
        after = place_of(str(page.after))


async def test_what_is_closed_comes_after_what_is_not_and_every_page_goes_on_where_the_last_one_ended(
    desk, clock, monkeypatch
):
    monkeypatch.setattr(mine, "_ON_PAGE", 2)
    for _ in range(5):
        await desk.submitted()
        clock.advance(hours=1)
    assert await pages(desk.ctx) == [["5", "4"], ["3", "2"], ["1"]]
    async with desk.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE matters SET state = 'closed' WHERE ref LIKE '%4'")
    assert await pages(desk.ctx) == [["5", "3"], ["2", "1"], ["4"]]


async def test_many_matters_are_told_with_as_many_questions_as_one(desk):
    asked, times = [], []
    event.listen(desk.ctx.db._engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    for _ in range(3):
        await desk.submitted()
        asked.clear()
        await mine.my_matters(desk.ctx, ZHOU)
        times.append(len(asked))
    assert times[0] == times[1] == times[2]
