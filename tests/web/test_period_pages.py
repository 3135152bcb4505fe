"""The pages about a matter's period, over HTTP: asking, answering one question, stopping, and how mistakes look."""

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_2
from mediation_server.store import matters
from tests.web.browser import Browser

STAFF, MINE = f"/matters/{MATTER_1}/period", f"/my/{MATTER_1}/period"
YES = {"answer": "yes", "text_version": TEXT_VERSIONS[ConsentItem.EXTENSION]}
ZHOU, LIN = cast.PARTY_ACCOUNTS[0], cast.PARTY_ACCOUNTS[1]


async def sign_in(browser, user):
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303


@pytest.fixture
async def mediator(site, browser):
    await browser.become("mediator")
    return browser


@pytest.fixture
async def parties(site):
    async with Browser(site.url) as one, Browser(site.url) as other:
        await sign_in(one, ZHOU)
        await sign_in(other, LIN)
        yield one, other


async def end_of(site):
    async with site.ctx.db.reading() as tx:
        return (await matters.matter(tx, MATTER_1)).period_end


async def test_the_mediator_asks_both_answer_one_question_and_the_period_is_longer(site, mediator, parties):
    zhou, lin = parties
    before = await end_of(site)
    asked = await mediator.post(STAFF + "/ask", {"days": "7"})
    assert (asked.status, asked.location) == (303, STAFF)
    assert (await mediator.get(STAFF)).text.count("还没有答复") == 2
    question = (await zhou.get(MINE)).text
    assert "请您答复：延长7天" in question
    assert question.count('type="radio"') == 2
    assert "checked" not in question
    assert (await zhou.post(MINE + "/c6", YES)).location == MINE
    assert "您已同意，等其他人答复" in (await zhou.get(MINE)).text
    assert await end_of(site) == before
    await lin.post(MINE + "/c6", YES)
    assert (await end_of(site) - before).days == 7
    pages = [(await one.get(MINE)).text for one in parties]
    clocks = [page.split("正在计算的期限")[1].split("</section>")[0] for page in pages]
    assert clocks[0] == clocks[1]
    assert "各方同意，已延长7天。" in pages[0]


async def test_a_party_that_declines_is_named_to_the_mediator_only(mediator, parties):
    zhou, lin = parties
    await mediator.post(STAFF + "/ask", {"days": "7"})
    await zhou.post(MINE + "/c6", YES | {"answer": "no"})
    assert "您没有同意延长" in (await zhou.get(MINE)).text
    others = (await lin.get(MINE)).text
    assert not any(word in others for word in ("不同意</", "拒绝了", "周承安"))
    staff = (await mediator.get(STAFF)).text
    assert "不同意" in staff


@pytest.mark.parametrize(
    ("days", "message"),
    [("", "1"), ("x", "1"), ("0", "1"), ("181", "180"), ("31", "30"), ("9" * 40, "")],
)
async def test_a_wrong_number_of_days_is_said_beside_the_field_and_kept(site, mediator, days, message):
    before = await end_of(site)
    answer = await mediator.post(STAFF + "/ask", {"days": days})
    assert answer.status in (400, 409)
    assert 'id="days-error"' in answer.text
    assert f'value="{days}"' in answer.text
    assert message in answer.text
    assert await end_of(site) == before


async def test_an_undecided_party_is_asked_again_and_nothing_is_assumed(site, mediator, parties):
    await mediator.post(STAFF + "/ask", {"days": "7"})
    answer = await parties[0].post(MINE + "/c6", {"text_version": YES["text_version"]})
    assert answer.status == 400
    assert "请您答复：延长7天" in answer.text


async def test_a_stop_says_why_to_staff_and_to_parties_only_that_it_stands_still(site, mediator, parties):
    empty = await mediator.post(STAFF + "/stop", {"cause": "false_mediation", "reason": ""})
    assert (empty.status, 'id="reason-error"' in empty.text, " checked" in empty.text) == (400, True, True)
    unknown = await mediator.post(STAFF + "/stop", {"reason": "双方银行流水首尾相接"})
    assert (unknown.status, "cause-error" in unknown.text, "双方银行流水首尾相接" in unknown.text) == (400, True, True)
    told = {"cause": "false_mediation", "reason": "双方银行流水首尾相接"}
    assert (await mediator.post(STAFF + "/stop", told)).status == 303
    assert "疑似虚假调解" in (await mediator.get(STAFF)).text
    for one in parties:
        page = (await one.get(MINE)).text
        assert "期限已中止" in page
        assert not any(word in page for word in ("虚假", "流水", "false_mediation"))
    assert (await mediator.post(STAFF + "/resume")).status == 303
    assert "恢复计算" not in (await mediator.get(STAFF)).text


async def test_strangers_find_no_page(site, browser, parties):
    await browser.become("judge")
    assert (await browser.get(f"/matters/{MATTER_2}/period")).status == 404
    assert (await parties[0].get(f"/my/{MATTER_2}/period")).status == 404
    assert (await parties[0].post(f"/my/{MATTER_2}/period/ask", {"days": "7"})).status == 404
    assert (await browser.post(f"/matters/{MATTER_2}/period/ask", {"days": "7"})).status == 404


async def test_in_english_every_word_is_english(mediator, parties):
    await mediator.prefer(language="en")
    await mediator.post(STAFF + "/ask", {"days": "1"})
    page = (await mediator.get(STAFF)).text
    assert "Everybody was asked" in page or "everybody was asked for 1 more day." in page
    await parties[0].prefer(language="en")
    assert "Please answer: 1 more day" in (await parties[0].get(MINE)).text


async def test_the_matters_page_and_the_home_page_show_what_the_engine_counts(site, mediator):
    page = (await mediator.get(f"/matters/{MATTER_1}")).text
    assert "调解期限" in page
    assert f'href="/matters/{MATTER_1}/period"' in page
    home = (await mediator.get("/home")).text
    assert 'class="clocks"' in home
    site.clock.advance(hours=24 * 5)
    await mediator.become("mediator")
    assert "is-soon" in (await mediator.get(f"/matters/{MATTER_1}")).text
