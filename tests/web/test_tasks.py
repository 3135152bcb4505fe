"""What waits for somebody, over HTTP: on the home page, in the list, done beside its reason; in both languages."""

import pytest

from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import MatterState
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_5
from mediation_server.services.procedure import act_on_matter
from mediation_server.store import matters, tasks


@pytest.fixture
async def suspected(site):
    """The mediator of matter 1 suspects a sham; the task's id."""
    mediator = Actor(cast.MEDIATOR_1.id, Capacity.MEDIATOR)
    command = Command(CommandKind.SUSPECT_FALSE_MEDIATION, {"reason": "双方陈述如出一辙"})
    await act_on_matter(site.ctx, mediator, MATTER_1, command)
    async with site.ctx.db.reading() as tx:
        return (await tasks.open_at(tx, cast.YUNXI, ["check_suspicion"], 1))[0].id


async def state(site, matter_id=MATTER_1):
    async with site.ctx.db.reading() as tx:
        return (await matters.matter(tx, matter_id)).state


async def test_a_task_stands_on_the_home_page_and_in_the_list_until_it_is_done(site, browser, suspected):
    await browser.become("filing")
    for path in ("/home", "/tasks"):
        page = await browser.get(path)
        assert f'href="/tasks/{suspected}"' in page.text
        assert "核查虚假调解线索" in page.text
        assert "如出一辙" not in page.text  # why stands on its own page
    page = await browser.get(f"/tasks/{suspected}")
    assert "双方陈述如出一辙" in page.text
    nothing = await browser.post(f"/tasks/{suspected}/suspicion", {})
    assert (nothing.status, await state(site)) == (400, MatterState.PAUSED)
    done = await browser.post(f"/tasks/{suspected}/suspicion", {"sham": "no"})
    assert (done.location, await state(site)) == ("/tasks", MatterState.MEDIATING)
    assert (await browser.get(f"/tasks/{suspected}")).status == 404
    assert "没有待办" in (await browser.get("/tasks")).text


async def test_a_sham_needs_its_reason_which_stays_when_it_is_wrong(site, browser, suspected):
    await browser.become("filing")
    page = await browser.post(f"/tasks/{suspected}/suspicion", {"sham": "yes", "reason": " "})
    assert page.status == 400
    assert 'value="yes" required checked' in page.text
    await browser.post(f"/tasks/{suspected}/suspicion", {"sham": "yes", "reason": "借条系伪造"})
    assert await state(site) is MatterState.CONCLUDED


async def test_parties_read_no_suspicion_and_others_no_task(site, browser, suspected):
    for role in ("mediator", "judge"):
        await browser.become(role)
        assert (await browser.get(f"/tasks/{suspected}")).status in (403, 404)
    await browser.become("trial_judge")
    assert (await browser.get(f"/tasks/{suspected}")).status == 200


async def test_the_page_reads_in_english_too(site, browser, suspected):
    await browser.become("filing")
    await browser.post("/preferences", {"language": "en", "back": "/tasks"})
    page = await browser.get(f"/tasks/{suspected}")
    assert "Please check, and decide whether it goes on" in page.text
    assert "核查" not in page.text


async def test_a_matter_is_closed_by_the_desk_only_when_nothing_is_left(site, browser):
    await browser.become("filing")
    assert "现在不能结案" in (await browser.get(f"/matters/{MATTER_1}/closing")).text
    page = await browser.post(f"/matters/{MATTER_5}/closing/close", {})
    assert page.status == 409
    assert await state(site, MATTER_5) is MatterState.HANDING_OVER
    await browser.become("mediator")
    assert (await browser.get(f"/matters/{MATTER_1}/closing")).status in (403, 404)


async def test_filing_staff_switch_safety_mode_on_the_page_of_the_matter(site, browser):
    await browser.become("filing")
    page = await browser.get(f"/matters/{MATTER_1}")
    assert f'action="/matters/{MATTER_1}/safety"' in page.text
    assert (await browser.post(f"/matters/{MATTER_1}/safety", {"on": "yes", "first": "respondent"})).status == 303
    async with site.ctx.db.reading() as tx:
        assert (await matters.matter(tx, MATTER_1)).safety
    await browser.become("trial_judge")
    assert f'action="/matters/{MATTER_1}/safety"' not in (await browser.get(f"/matters/{MATTER_1}")).text
