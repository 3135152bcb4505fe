import asyncio

from mediation_server.background import background


async def test_it_runs_while_the_block_lasts_and_is_over_after_it():
    begun, course = asyncio.Event(), []

    async def work():
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            course.append("cleaned up")

    async with background(work, "a watch"):
        await begun.wait()
        course.append("block")
    assert course == ["block", "cleaned up"]
    assert "a watch" not in {each.get_name() for each in asyncio.all_tasks()}


async def test_work_that_fails_does_not_fail_the_block():
    async def work():
        raise RuntimeError("broken")

    async with background(work, "a watch"):
        await asyncio.sleep(0)
