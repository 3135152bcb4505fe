"""The operator's page: who sees it, what stands on it, and that it renews itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from playwright.async_api import expect

from tests.web.test_in_chromium import DESKTOP, PHONE, chromium, open_page  # noqa: F401 - fixtures
from tests.web.test_metrics import figures
from web.i18n import translators
from web.routes import statistics as route
from web.views.statistics import LOST, OK, WEAK, board_of

ZH = translators()["zh"]  # read here: nothing may block the loop
pytestmark = pytest.mark.usefixtures("site")


def levels(now):
    return {figure.name: figure.level for figure in board_of(now).figures if figure.level}


# -- the view ---------------------------------------------------------------------------------------------------------


def test_what_wants_a_look_is_marked_and_the_worst_comes_first():
    now = figures()
    assert levels(now) == {
        "canary": OK,
        "lag_p99": LOST,
        "disk_free": OK,
        "clock_jumps": OK,
        "master_key": OK,
        "recorder_dropped": WEAK,
        "outbox_dead": WEAK,
    }
    assert [each.name for each in board_of(now).wanting] == ["lag_p99", "recorder_dropped", "outbox_dead"]


def test_a_quiet_server_is_well():
    now = figures()
    quiet = replace(
        now,
        lag=replace(now.lag, p99=0.019),
        recorders=replace(now.recorders, dropped=0),
        outbox=replace(now.outbox, dead=0),
    )
    assert board_of(quiet).wanting == ()
    full = replace(quiet, machine=replace(now.machine, disk_free=now.machine.disk_wanted - 1))
    assert [each.name for each in board_of(full).wanting] == ["disk_free"]
    deaf = replace(quiet, canary=replace(now.canary, failing=True))
    assert [(each.name, each.value, each.level) for each in board_of(deaf).wanting] == [
        ("canary", "canary_failing", LOST)
    ]
    late = replace(quiet, lag=replace(now.lag, p99=0.021))
    assert [(each.name, each.level) for each in board_of(late).wanting] == [("lag_p99", WEAK)]


def test_before_its_first_round_and_switched_off_the_canary_says_so():
    now = figures()
    fresh = replace(now, canary=replace(now.canary, passed=0, failed=0, took_s=None))
    assert [each.value for each in board_of(fresh).sheet("media").figures[:2]] == ["canary_waiting", None]
    assert board_of(replace(now, canary=None)).sheet("media").figures[0].value == "canary_off"


def test_the_bar_of_lines_is_whole_and_without_people_empty():
    now = figures()
    spread = board_of(now).spread
    assert [(each.level, each.people, each.x, each.width) for each in spread] == [
        ("good", 2, 0.0, 50.0),
        ("weak", 0, 50.0, 0.0),
        ("lost", 1, 50.0, 25.0),
        ("unknown", 1, 75.0, 25.0),
    ]
    nobody = replace(now, lines=replace(now.lines, levels={}))
    assert {each.width for each in board_of(nobody).spread} == {0.0}


def test_the_most_frequent_drops_and_the_fullest_rooms_come_first():
    board = board_of(figures(dropped={"probe": 2, "srtp_refused": 9}))
    assert board.drops == (("srtp_refused", 9), ("probe", 2))
    assert [room.people for room in board.rooms] == [3, 1]


def test_figures_are_worded_with_their_units():
    tr, board = ZH, board_of(figures())
    read = {figure.name: route._worded(tr, figure) for figure in board.figures}
    assert (
        read
        | {
            "packets_out": "3\N{NO-BREAK SPACE}000",
            "canary_took": "100.0\N{NO-BREAK SPACE}ms",
            "disk_free": "7.0\N{NO-BREAK SPACE}GiB",
            "memory": "128.0\N{NO-BREAK SPACE}MiB",
            "uplink_worst": "90.0\N{NO-BREAK SPACE}%",
            "outbox_oldest": "1分钟",
            "canary": "自己发的收得到",
        }
        == read
    )
    assert route._room(tr, board.rooms[0]) == ["进行中", "3", "14:00", "在录", "2人通畅、1人还不知道"]
    assert route._room(tr, board.rooms[1]) == ["候场", "1", "未开始", "不在录", "1人断线"]
    assert (route._reason(tr, "probe"), route._reason(tr, "brand_new")) == ("测速用的空包", "brand_new")


# -- the page ---------------------------------------------------------------------------------------------------------


async def test_administrators_alone_see_it(browser):
    assert (await browser.get("/statistics")).location == "/login?next=/statistics"
    refused = await browser.get("/api/statistics")
    assert (refused.status, json.loads(refused.text)["error"]) == (401, "not_signed_in")
    for role in ("mediator", "judge"):
        await browser.become(role)
        assert (await browser.get("/statistics")).status == 404
        assert (await browser.get("/api/statistics")).status == 404


async def test_an_administrators_day_begins_here(browser):
    assert await browser.become("admin") == "/home"
    assert (await browser.get("/home")).location == "/statistics"
    page = await browser.get("/statistics")
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    for sheet in ("在开的场次", "参加人的线路", "声音和画面", "事件循环", "磁盘和内存", "送往法院"):
        assert sheet in page.text
    assert "没有给Prometheus开放地址" in page.text


async def test_the_script_gets_the_figures_the_page_was_written_with(browser):
    await browser.become("admin")
    page, told = await browser.get("/statistics"), json.loads((await browser.get("/api/statistics")).text)
    assert told["figures"]["rooms"] == ["0", ""]
    for name, (text, _) in told["figures"].items():
        assert f'data-figure="{name}"' in page.text
        assert text
    assert set(told["tables"]) == {"rooms", "drops", "layers"}
    assert "T14:" not in json.dumps(told)


# -- in a browser -----------------------------------------------------------------------------------------------------


async def test_it_renews_itself_says_when_it_cannot_and_recovers(open_page, site):  # noqa: F811
    page = await open_page("/demo/as/admin", devices=False)
    await page.get_by_role("button", name="以").click()
    await expect(page.locator("[data-figure=rooms]")).to_have_text("0")
    now = figures()
    body = told_as(replace(now, lines=replace(now.lines, levels={"weak": 4})))
    await page.route("**/api/statistics", lambda route: route.fulfill(json=body))
    await expect(page.locator("[data-figure=rooms]")).to_have_text("2", timeout=15_000)
    await expect(page.locator("[data-table=rooms] tbody tr")).to_have_count(2)
    await expect(page.locator("[data-table=drops] .empty")).to_be_hidden()
    await expect(page.locator("[data-figure=lag_p99] .state--lost")).to_be_visible()
    await expect(page.locator("[data-overall]")).to_contain_text("请看")
    await expect(page.locator("[data-spread=weak]")).to_have_attribute("width", "100%")
    await expect(page.locator("[data-spread-word=weak]")).to_have_text("4人较弱")
    await page.unroute("**/api/statistics")
    await page.route("**/api/statistics", lambda route: route.abort())
    await expect(page.locator("[data-stale]")).to_contain_text("没有连上服务器", timeout=15_000)
    await page.unroute("**/api/statistics")
    await expect(page.locator("[data-stale]")).to_be_hidden(timeout=15_000)
    await expect(page.locator("[data-figure=rooms]")).to_have_text("0")


def told_as(now):
    """What the route would answer about these figures."""
    return route._worded_board(ZH, now, board_of(now))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_it_fits_and_reads_without_a_script(chromium, site, viewport):  # noqa: F811
    context = await chromium.new_context(
        base_url=str(site.url), viewport=viewport, locale="zh-CN", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/demo/as/admin")
    await page.get_by_role("button", name="以").click()
    await expect(page.get_by_role("heading", name="运行状况")).to_be_visible()
    await expect(page.locator("[data-figure=disk_free]")).to_contain_text("GiB")
    box = await page.locator("main").bounding_box()
    assert box["width"] <= viewport["width"]
    await context.close()
