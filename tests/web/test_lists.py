"""The list of matters over HTTP: who has one, what it finds, and what is said when nothing can be looked for."""

import logging
import re

import pytest
from yarl import URL

from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_4

WITH_LISTS = {
    "zheng.siyuan": {MATTER_1},
    "shao.wenbo": {MATTER_2},
    "he.xiulan": {MATTER_4},
    "shen.qinghe": {MATTER_1},
    "fang.jing": {MATTER_4},
    "gao.wenxin": {MATTER_1, MATTER_4},
    "tian.tian": {MATTER_1, MATTER_4},
}
WITHOUT = ("admin", "auditor")


async def sign_in(site, browser, login):
    form = {"login": login, "password": site.accounts[login], "next": "/home"}
    assert (await browser.post("/login", form)).status == 303


def matters_in(answer):
    return set(re.findall(r'href="/matters/([a-z0-9]{26})"', answer.text))


@pytest.mark.parametrize(("login", "theirs"), WITH_LISTS.items(), ids=list(WITH_LISTS))
async def test_each_sees_their_own_and_can_open_it(site, browser, login, theirs):
    await sign_in(site, browser, login)
    assert matters_in(await browser.get("/matters")) >= theirs
    for matter in (MATTER_1, MATTER_2, MATTER_4):
        listed = matter in matters_in(await browser.get("/matters"))
        assert (await browser.get(f"/matters/{matter}")).status == (200 if listed else 404)


@pytest.mark.parametrize("login", WITHOUT)
async def test_who_has_no_right_to_content_has_no_list(site, browser, login):
    await sign_in(site, browser, login)
    assert (await browser.get("/matters")).status == 404
    assert (await browser.get("/matters?q=%E5%91%A8%E6%89%BF")).status == 404


async def test_a_party_has_no_list_of_staff(browser):
    zhou = next(each for each in cast.PARTY_ACCOUNTS if each.name == "周承安")
    await browser.post(f"/demo/people/{zhou.id}")
    assert (await browser.get("/matters")).status == 404


@pytest.mark.parametrize(
    "query", ["周承安", "林若溪", "借贷", "（2026）皖9901民初2101号", "TJ-9901-2026-000042", "zhou"]
)
async def test_a_clerk_finds_a_matter_of_the_own_court(site, browser, query):
    await sign_in(site, browser, "tian.tian")
    answer = await browser.get("/matters?q=" + query)
    assert matters_in(answer) == {MATTER_1}
    assert (await browser.get("/matters?q=" + "吴大勇")).text.count("/matters/") == 0  # 石桥's, and not a trace of it


async def test_what_cannot_be_looked_for_says_so_beside_its_field_and_keeps_what_was_typed(site, browser):
    await sign_in(site, browser, "tian.tian")
    short = await browser.get("/matters?q=周")
    assert short.status == 400
    assert "请至少写两个字" in short.text
    assert 'value="周"' in short.text
    assert matters_in(short) == set()
    assert "要找的内容太长" in (await browser.get("/matters?q=" + "周" * 61)).text


async def test_what_was_looked_for_is_in_no_log(site, browser, caplog):
    caplog.set_level(logging.DEBUG)
    await sign_in(site, browser, "tian.tian")
    await browser.get("/matters?q=周承安")
    await browser.get("/matters?q=周")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("aiosqlite", "asyncio"))]
    assert any("/matters" in line for line in ours)
    assert not any("周" in line or "%E5%91" in line for line in ours)


@pytest.mark.parametrize("query", ["'; DROP TABLE matters; --", "%%", '"><script>alert(1)</script>', "\0", "a" * 60])
async def test_hostile_queries_find_nothing_and_break_nothing(site, browser, query):
    await sign_in(site, browser, "gao.wenxin")
    answer = await browser.get(str(URL("/matters").with_query(q=query)))
    assert answer.status in (200, 400)
    assert "<script>alert" not in answer.text
    assert matters_in(await browser.get("/matters")) >= {MATTER_1, MATTER_4}
