"""Two presses of one button after a login has ended: one form is kept, and nobody meets an error."""

import asyncio

from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data, unsent
from mediation_server.services.login import sign_in_as
from mediation_server.store import unsent as store


async def test_forms_that_come_at_once_leave_one(ctx):
    await demo_data.seed(ctx)
    token = await sign_in_as(ctx, cast.MEDIATOR_1.id)
    words = [f"第{number}次" for number in range(8)]
    kept = await asyncio.gather(*(unsent.keep(ctx, token, "/my", {"text": each}) for each in words))
    assert sorted(each.fields["text"] for each in kept) == words
    assert (await unsent.mine(ctx, cast.MEDIATOR_1)) in kept


async def test_a_form_that_came_meanwhile_is_not_dropped_with_the_one_before(ctx):
    await demo_data.seed(ctx)
    token = await sign_in_as(ctx, cast.MEDIATOR_1.id)
    first = await unsent.keep(ctx, token, "/my", {"text": "第一次"})
    ctx.clock.advance(seconds=1)
    async with ctx.db.transaction() as tx:
        second = await unsent.keep(ctx, token, "/my", {"text": "第二次"})
        await store.drop(tx, first)
    assert await unsent.mine(ctx, cast.MEDIATOR_1) == second
