"""Administrators' and auditors' pages: accounts, holidays, the audit log; nothing of any matter, and nobody else in."""

import html
import json
import re
from datetime import date
from types import MappingProxyType

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import CHINA, days_after
from mediation_server.domain.people import Role
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.house_news import HouseNews
from mediation_server.store import audit, clock_looks, users
from web.i18n import load_catalogue

ZH = load_catalogue("zh")
CLERK = next(each for each in cast.USERS if each.role is Role.CLERK)
NEW = {
    "login": "yu.xinran",
    "name": "余欣然",
    "name_en": "",
    "role": "clerk",
    "court": cast.YUNXI,
    "organisation_id": "",
}
NOTICE_2031 = {"year": 2031, "source": "国务院办公厅关于2031年的通知", "off": [["10-01", "10-07"]], "worked": ["09-28"]}
OTHERS = tuple({each.role: each for each in cast.USERS if each.role is not Role.ADMIN}.values())
PAGES = ("/admin", "/admin/users", "/admin/users/new", f"/admin/users/{CLERK.id}", "/admin/calendar", "/audit")
POSTS = {
    "/admin/users": NEW,
    f"/admin/users/{CLERK.id}": NEW,
    f"/admin/users/{CLERK.id}/password": {},
    "/admin/calendar": {"notice": json.dumps(NOTICE_2031)},
}


@pytest.fixture(autouse=True)
def the_calendar_forgets():
    before = (CHINA.off, CHINA.worked, CHINA.sources)
    yield
    for name, value in zip(("off", "worked", "sources"), before, strict=True):
        object.__setattr__(CHINA, name, value)


async def sign_in(site, browser, login, password=None):
    form = {"login": login, "password": password or site.accounts[login], "next": "/home"}
    return await browser.post("/login", form)


def told_password(answer):
    return html.unescape(re.search(r'<code class="secret">([^<]+)</code>', answer.text)[1])


@pytest.mark.parametrize(
    "user", [each for each in cast.USERS if each.role is not Role.ADMIN], ids=lambda each: each.login
)
async def test_nobody_else_administers(site, browser, user):
    await sign_in(site, browser, user.login)
    reads = ("/audit",) if user.role is Role.AUDITOR else ()
    assert [path for path in PAGES if (await browser.get(path)).status != 404] == list(reads)
    assert [path for path, form in POSTS.items() if (await browser.post(path, form)).status != 404] == []
    assert 2031 not in CHINA.sources


async def test_a_party_administers_nothing(browser):
    await browser.post(f"/demo/people/{cast.PARTY_ACCOUNTS[0].id}")
    assert {(await browser.get(path)).status for path in PAGES} == {404}


async def test_an_account_is_made_and_its_password_told_once(site, browser, other_browser):
    await browser.become("admin")
    made = await browser.post("/admin/users", NEW)
    assert made.status == 200
    assert made.headers["Cache-Control"] == "no-store"
    password = told_password(made)
    assert (await sign_in(site, other_browser, "yu.xinran", password)).status == 303
    assert MATTER_1 in (await other_browser.get("/matters")).text  # a clerk of that court
    assert password not in (await browser.get("/admin/users")).text
    async with site.ctx.db.reading() as tx:
        entry = next(each for each in await audit.latest(tx) if each.action is AuditAction.ACCOUNT_OPENED)
    assert (entry.actor, entry.details["role"]) == (cast.ADMINISTRATOR.id, "clerk")
    assert password not in str(entry)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"login": ""}, "required", "login"),
        ({"login": "Tian Tian"}, "login_form", "login"),
        ({"login": "x" * 41}, "too_long", "login"),
        ({"login": "tian.tian"}, "login_taken", "login"),
        ({"login": "phone:16100000011"}, "login_form", "login"),
        ({"name": ""}, "required", "name"),
        ({"name": "田3"}, "name_digits", "name"),
        ({"role": ""}, "role_required", "role"),
        ({"role": "party"}, "role_required", "role"),
        ({"court": ""}, "court_required", "court"),
        ({"role": "organisation", "court": ""}, "organisation_required", "organisation_id"),
        ({"organisation_id": "x"}, "organisation_unknown", "organisation_id"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_no_account_is_made(site, browser, changes, code, field):
    await browser.become("admin")
    answer = await browser.post("/admin/users", NEW | changes)
    assert answer.status in (400, 409)
    details = {"most": 40}
    assert html.escape(ZH[f"error.{code}"].format(**details), quote=False) in answer.text.replace("&#34;", '"')
    assert f'id="{field}-error"' in answer.text
    assert "余欣然" in answer.text or "name" in changes
    async with site.ctx.db.reading() as tx:
        assert await users.by_login(tx, "yu.xinran") is None


async def test_a_closed_account_is_signed_out_at_once(site, browser, other_browser):
    await sign_in(site, other_browser, "tian.tian")
    assert (await other_browser.get("/home")).status == 200
    await browser.become("admin")
    form = {"name": CLERK.name, "name_en": CLERK.name_en, "role": "clerk", "court": cast.YUNXI, "active": "no"}
    assert (await browser.post(f"/admin/users/{CLERK.id}", form)).status == 303
    assert (await other_browser.get("/home")).status == 303
    assert (await sign_in(site, other_browser, "tian.tian")).status == 401
    assert (await browser.post(f"/admin/users/{CLERK.id}", form | {"active": "yes"})).status == 303
    assert (await sign_in(site, other_browser, "tian.tian")).status == 303


async def test_a_new_password_ends_the_old_one_and_every_login(site, browser, other_browser):
    await sign_in(site, other_browser, "tian.tian")
    await browser.become("admin")
    password = told_password(await browser.post(f"/admin/users/{CLERK.id}/password"))
    assert (await other_browser.get("/home")).status == 303
    assert (await sign_in(site, other_browser, "tian.tian")).status == 401
    assert (await sign_in(site, other_browser, "tian.tian", password)).status == 303


async def test_nobody_locks_themselves_out(browser):
    await browser.become("admin")
    form = {"name": "系统管理员", "role": "admin", "active": "no"}
    answer = await browser.post(f"/admin/users/{cast.ADMINISTRATOR.id}", form)
    assert (answer.status, ZH["error.own_account"] in answer.text) == (409, True)
    assert (await browser.get("/admin")).status == 200


async def test_accounts_of_parties_are_none_of_the_administrators_business(browser):
    await browser.become("admin")
    assert "16100000011" not in (await browser.get("/admin/users")).text
    assert "周承安" not in (await browser.get("/admin/users")).text
    party = cast.PARTY_ACCOUNTS[0].id
    assert (await browser.get(f"/admin/users/{party}")).status == 404
    assert (await browser.post(f"/admin/users/{party}/password")).status == 404


async def test_a_year_of_holidays_counts_from_the_moment_it_is_brought_and_after_a_restart(site, browser):
    await browser.become("admin")
    start = date(2031, 9, 21)
    assert days_after(start, 10, CHINA) == date(2031, 10, 1)
    answer = await browser.post("/admin/calendar", {"notice": json.dumps(NOTICE_2031)})
    assert answer.location == "/admin/calendar#year-2031"
    async with site.ctx.db.reading() as tx:
        woken = await clock_looks.due(tx, date(1, 1, 1))
    assert woken  # every matter that waits for a day is counted anew
    assert days_after(start, 10, CHINA) == date(2031, 10, 8)
    assert NOTICE_2031["source"] in (await browser.get("/admin/calendar")).text
    for name in ("off", "worked"):
        object.__setattr__(CHINA, name, frozenset(day for day in getattr(CHINA, name) if day.year != 2031))
    object.__setattr__(CHINA, "sources", MappingProxyType({y: s for y, s in CHINA.sources.items() if y != 2031}))
    await HouseNews().catch_up(site.ctx.db)
    assert days_after(start, 10, CHINA) == date(2031, 10, 8)


@pytest.mark.parametrize(
    ("notice", "code"),
    [
        ("", "required"),
        ("{", "calendar_json"),
        ("[" * 3000, "calendar_json"),
        ("x" * 9000, "too_long"),
        ({"year": 2031}, "calendar_keys"),
        (NOTICE_2031 | {"year": "2031"}, "calendar_year"),
        (NOTICE_2031 | {"year": 1999}, "calendar_year"),
        (NOTICE_2031 | {"source": ""}, "calendar_source"),
        (NOTICE_2031 | {"off": [["10-07", "10-01"]]}, "calendar_day"),
        (NOTICE_2031 | {"off": [["02-30", "03-01"]]}, "calendar_day"),
        (NOTICE_2031 | {"off": []}, "calendar_day"),
        (NOTICE_2031 | {"off": [["01-01", "12-31"]]}, "calendar_day"),
        (NOTICE_2031 | {"worked": ["09-29"]}, "calendar_worked"),
        (NOTICE_2031 | {"worked": ["10-04"]}, "calendar_worked"),
        (NOTICE_2031 | {"year": 2026}, "calendar_worked"),
        ({"year": 2026, "source": "国务院的通知", "off": [["10-01", "10-07"]], "worked": []}, "calendar_known"),
    ],
)
async def test_a_notice_that_is_wrong_changes_no_day(browser, notice, code):
    await browser.become("admin")
    before = CHINA.off
    text = notice if isinstance(notice, str) else json.dumps(notice)
    answer = await browser.post("/admin/calendar", {"notice": text})
    assert answer.status in (400, 409)
    assert ZH[f"error.{code}"].split("{")[0] in html.unescape(answer.text)
    assert CHINA.off is before


async def test_the_audit_log_is_read_by_object_actor_and_day(site, browser):
    await sign_in(site, browser, "auditor")
    whole = (await browser.get("/audit")).text
    about = f"/audit?about=matter:{MATTER_1}"
    assert "办理事项" in (await browser.get(about)).text
    assert "account:login:open" not in (await browser.get(about)).text
    assert "排期" not in (await browser.get("/audit?actor=auditor")).text
    assert "登录" in (await browser.get("/audit?actor=auditor")).text
    assert "没有找到" in (await browser.get("/audit?actor=nobody")).text
    assert "没有找到" in (await browser.get("/audit?day=2020-01-01")).text
    assert ZH["error.date_form"] in (await browser.get("/audit?day=x")).text
    assert "民间借贷" not in whole
    async with site.ctx.db.reading() as tx:
        looks = [each for each in await audit.latest(tx) if each.action is AuditAction.AUDIT_READ]
    assert looks[0].details["day"] == "2020-01-01"


async def test_the_audit_log_is_leafed_through_without_loss(site, browser):
    await sign_in(site, browser, "auditor")
    for _ in range(60):
        await browser.get("/audit")
    seen, path = [], "/audit"
    while path:
        page = (await browser.get(path)).text
        seen += [int(each) for each in re.findall(r"·(\d+)</small>", page)]
        found = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(found[1]) if found else ""
    assert seen == list(range(seen[0], 0, -1))


async def test_a_clerk_begins_with_the_day_of_the_own_court(site, browser):
    await sign_in(site, browser, "tian.tian")
    page = (await browser.get("/home")).text
    assert "今天的调解" in page
    assert "周承安" in page
    assert "吴大勇" not in page


async def test_a_clerk_goes_from_the_day_to_a_seat_in_a_sitting_of_the_court(site, browser, other_browser):
    await sign_in(site, browser, "tian.tian")
    (act, *_) = re.findall(r'action="(/sessions/\w+/clerk)"', (await browser.get("/home")).text)
    seat = (await browser.post(act)).location
    assert re.fullmatch(r"/seats/\w{26}", seat)
    assert (await browser.post(act)).location == seat
    assert (await browser.get(seat)).status == 200
    await other_browser.become("mediator")
    assert (await other_browser.post(act)).status in (303, 404)
    assert (await other_browser.get(seat)).status != 200


async def test_courts_show_what_they_offered_on_a_day(browser):
    await browser.become("admin")
    now, before = (await browser.get("/admin")).text, (await browser.get("/admin?day=2024-06-01")).text
    assert now.count('badge--brand">委派调解') == 1
    assert before.count('badge--brand">委派调解') > 1
