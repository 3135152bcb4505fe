"""Consents outside a sitting: one question at a time, no as easy as yes, and the way back."""

import html
import re

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.matter import MatterState
from mediation_server.services import demo_cast
from mediation_server.services.demo_data import MATTER_1, MATTER_2
from mediation_server.store import consents, matters

ZHOU, LIN = demo_cast.PARTY_ACCOUNTS[:2]
HERE = f"/my/{MATTER_1}/consents"


@pytest.fixture
async def zhou(browser):
    await browser.post(f"/demo/people/{ZHOU.id}")
    return browser


def reply(item, answer):
    return {"answer": answer, "text_version": TEXT_VERSIONS[ConsentItem(item)]}


def asked(page):
    found = re.search(rf'action="{HERE}/(\w+)" aria-labelledby="ask-', page)
    return found[1] if found else None


async def ledger(site, party):
    async with site.ctx.db.reading() as tx:
        named = await matters.parties_of(tx, MATTER_1)
        return await consents.ledger_of(tx, named[party].id)


async def test_the_questions_come_one_after_the_other_and_no_leads_on_like_yes(site, zhou):
    order = []
    for answer in ("yes", "no", "yes", "yes", "no", "no"):
        page = html.unescape((await zhou.get(HERE)).text)
        item = asked(page)
        order.append(item)
        assert page.count('type="radio"') == 2
        assert "checked" not in page
        assert (await zhou.post(f"{HERE}/{item}", reply(item, answer))).location == HERE
    assert order == ["c1", "c2", "c3", "c4", "c5", "c12"]
    last = html.unescape((await zhou.get(HERE)).text)
    assert asked(last) is None
    assert last.count('<li class="consent"') == 6
    assert [each.answer for each in await ledger(site, 0)] == [True, False, True, True, False, False]
    assert await ledger(site, 1) == []


async def test_a_question_without_an_answer_and_one_with_old_words_are_asked_again(site, zhou):
    nothing = await zhou.post(f"{HERE}/c3", {"text_version": TEXT_VERSIONS[ConsentItem.E_SERVICE]})
    assert (nothing.status, "请先选一项" in nothing.text) == (400, True)
    old = await zhou.post(f"{HERE}/c3", {"answer": "yes", "text_version": "0" * 12})
    assert (old.status, "文字刚刚改过" in old.text) == (409, True)
    assert await ledger(site, 0) == []


async def test_a_yes_can_be_taken_back(site, zhou):
    await zhou.post(f"{HERE}/c3", reply("c3", "yes"))
    assert f'action="{HERE}/c3/withdraw"' in (await zhou.get(HERE)).text
    assert (await zhou.post(f"{HERE}/c3/withdraw", {"go": "1"})).location == HERE
    page = (await zhou.get(HERE)).text
    assert "已撤回" in page
    again = await zhou.post(f"{HERE}/c3/withdraw", {"go": "1"})
    assert again.status == 409


async def test_any_item_can_be_asked_when_there_is_a_reason(zhou):
    page = (await zhou.get(f"{HERE}/c6")).text
    assert f'action="{HERE}/c6"' in page
    assert (await zhou.get(f"{HERE}/c99")).status == 404


async def test_only_the_party_itself_comes_here(site, zhou, other_browser):
    for path in (f"/my/{MATTER_2}/consents", f"/my/{MATTER_2}/consents/c1"):
        assert (await zhou.get(path)).status == 404
    assert (await zhou.post(f"/my/{MATTER_2}/consents/c1", reply("c1", "yes"))).status == 404
    assert (await other_browser.get(HERE)).location == f"/enter?next={HERE}"
    await other_browser.become("mediator")
    assert (await other_browser.get(HERE)).status == 404
    async with site.ctx.db.reading() as tx:
        assert (await matters.matter(tx, MATTER_1)).state is MatterState.MEDIATING
