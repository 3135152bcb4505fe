"""Keeping over HTTP: what stands on whose page, what is refused beside the field, and the certificate in the end."""

import pytest

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.people import Role
from mediation_server.domain.retention import RetentionClass
from mediation_server.domain.users import User
from mediation_server.services import demo_cast as cast
from mediation_server.services import disposing, retaining
from mediation_server.services.demo_data import MATTER_1, MATTER_6
from mediation_server.store import users
from tests.mediation_server.services.test_retaining import FILING, YEAR
from web.app_keys import SHREDDER

CLERK = User(fixed_id("clerk six"), "clerk.six", "石书记", "Shi Shuji", Role.CLERK, court=cast.SHIQIAO)
PAGE, RECORD = f"/matters/{MATTER_1}/keeping", f"/matters/{MATTER_6}/keeping"


@pytest.fixture
async def proposed(site):
    """The record of matter 6, its ten years over, and a clerk who proposes that it goes."""
    async with site.ctx.db.transaction() as tx:
        for each in (CLERK, FILING):
            await users.add(tx, each, "no password", site.ctx.clock.now())
    await retaining.set_retention(site.ctx, FILING, MATTER_6, RetentionClass.OWN, "未立案")
    site.clock.advance(seconds=4 * YEAR)
    await retaining.propose(site.ctx, CLERK, MATTER_6, "期满，无保全")


async def test_a_hold_is_decided_with_cause_and_reason_and_what_was_typed_stays(browser):
    await browser.become("filing")
    page = await browser.post(f"{PAGE}/hold", {"reason": "投诉8号"})
    assert page.status == 400
    assert "投诉8号" in page.text
    page = await browser.post(f"{PAGE}/hold", {"cause": "complaint", "reason": " "})
    assert page.status == 400
    assert 'value="complaint" required checked' in page.text
    done = await browser.post(f"{PAGE}/hold", {"cause": "complaint", "reason": "投诉8号"})
    assert (done.status, done.location) == (303, PAGE)
    page = await browser.get(PAGE)
    assert "保全中，不得处置" in page.text
    assert f'href="{PAGE}"' in (await browser.get("/keeping")).text


async def test_nothing_of_a_hold_reaches_parties_or_the_mediator(browser):
    await browser.become("filing")
    await browser.post(f"{PAGE}/hold", {"cause": "complaint", "reason": "投诉8号"})
    await browser.become("mediator")
    assert (await browser.get(PAGE)).status == 404
    assert "投诉8号" not in (await browser.get(f"/matters/{MATTER_1}")).text


async def test_who_asked_for_a_release_does_not_agree_to_it(site, browser):
    await browser.become("filing")
    await browser.post(f"{PAGE}/hold", {"cause": "review", "reason": "再审"})
    (hold,) = (await retaining.keeping_page(site.ctx, cast.FILING, MATTER_1)).keep.file.keeping.holds
    said = {"hold": hold.id, "reason": "已办结"}
    assert (await browser.post(f"{PAGE}/ask_release", said)).status == 303
    page = await browser.post(f"{PAGE}/release", said)
    assert page.status == 403
    assert "等另一人同意" in page.text
    await browser.become("trial_judge")
    assert "同意解除保全" in (await browser.get(PAGE)).text
    assert (await browser.post(f"{PAGE}/release", said)).status == 303
    assert (await browser.post(f"{PAGE}/release", said)).status == 409  # it has ended


async def test_an_administrator_agrees_without_reading_a_name_and_the_certificate_follows(site, browser, proposed):
    await browser.become("admin")
    assert "复核处置" in (await browser.get("/keeping")).text
    page = await browser.get(RECORD)
    assert "石书记提出处置" in page.text
    assert "仁济" not in page.text  # a party
    refused = await browser.post(f"{RECORD}/dispose", {"reason": ""})
    assert refused.status == 400
    assert (await browser.post(f"{RECORD}/dispose", {"reason": "核对无误"})).status == 303
    assert "正在销毁" in (await browser.get(RECORD)).text
    assert (await browser.get(f"{RECORD}/certificate.pdf")).status == 404
    await disposing.destroy_decided(site.ctx, site.app[SHREDDER])
    page = await browser.get(RECORD)
    assert f'href="{RECORD}/certificate.pdf"' in page.text
    assert (await browser.get("/keeping")).text.count(f'href="{RECORD}"') == 1


async def test_it_reads_whole_in_english(browser):
    await browser.become("filing")
    await browser.post("/preferences", {"language": "en", "back": "/keeping"})
    assert "Keeping and disposal" in (await browser.get("/keeping")).text
    assert "The years have not begun".lower() in (await browser.get(PAGE)).text.lower()
