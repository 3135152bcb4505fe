"""Courts are kept by administrators: added, changed, closed; what is under way stays as it is."""

import html
from datetime import date

import pytest

from mediation_server.domain import tracks
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.courts import COURTS
from mediation_server.domain.matter import Track
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.house_news import HouseNews
from mediation_server.store import audit, matters

GOOD = {
    "code": "9931",
    "name": "江岚市桐山区人民法院",
    "name_en": "Tongshan District People's Court",
    "open": "yes",
    "track_court_led": "yes",
    "from_court_led": "2026-01-01",
}
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def courts_as_they_came(monkeypatch):
    monkeypatch.setattr(COURTS, "_by_code", dict(COURTS._by_code))
    monkeypatch.setattr(tracks, "_KEPT", {})


@pytest.fixture
async def admin(browser):
    await browser.become("admin")
    return browser


async def test_a_court_is_added_and_takes_applications_from_then_on(site, admin):
    assert (await admin.post("/admin/courts", GOOD)).location == "/admin"
    page = await admin.get("/admin")
    assert GOOD["name"] in page.text
    assert tracks.tracks_open(GOOD["name"], TODAY) == {Track.COURT_LED}
    assert tracks.tracks_open(GOOD["name"], date(2025, 12, 31)) == frozenset()
    assert GOOD["code"] in {each.code for each in COURTS}
    async with site.ctx.db.reading() as tx:
        entry = (await audit.latest(tx, 1))[0]
    assert (entry.action, entry.object) == (AuditAction.COURT_CHANGED, "court:9931")


async def test_in_english_courts_have_their_english_names(admin):
    await admin.post("/admin/courts", GOOD)
    await admin.prefer(language="en")
    page = html.unescape((await admin.get("/admin")).text)
    assert GOOD["name_en"] in page
    assert GOOD["name"] not in page


async def test_it_is_known_after_a_restart(site, admin, monkeypatch):
    await admin.post("/admin/courts", GOOD)
    monkeypatch.setattr(COURTS, "_by_code", {})
    monkeypatch.setattr(tracks, "_KEPT", {})
    await HouseNews().catch_up(site.ctx.db)
    assert [each.name_en for each in COURTS] == [GOOD["name_en"]]
    assert tracks.tracks_open(GOOD["name"], TODAY) == {Track.COURT_LED}


async def test_what_a_court_offers_changes_and_no_matter_under_way_does(site, admin):
    async with site.ctx.db.reading() as tx:
        before = await matters.matter(tx, MATTER_1)
    page = await admin.get("/admin/courts/9901")
    assert 'name="track_postfiling_entrusted" value="yes" checked' in page.text
    until = {"track_org_accepted": "yes", "to_org_accepted": "2026-11-22", "name_en": "Yunxi Court"}
    assert (await admin.post("/admin/courts/9901", until)).status == 303
    assert tracks.tracks_open(before.court, TODAY) == frozenset()
    assert "9901" not in {each.code for each in COURTS}  # closed to applications
    assert (await admin.get("/admin/courts/9901")).status == 200
    async with site.ctx.db.reading() as tx:
        assert await matters.matter(tx, MATTER_1) == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "990"}, "两位或四位数字"),
        ({"code": "0901"}, "两位或四位数字"),
        ({"code": "9901"}, "已有这个法院"),
        ({"name": "江岚市云溪区人民法院"}, "已有这个法院"),
        ({"name": ""}, "请填写"),
        ({"track_court_led": ""}, "请至少选一种"),
        ({"from_court_led": "2026-13-01"}, "日期"),
        ({"from_court_led": "2026-02-01", "to_court_led": "2026-01-01"}, "最后一天早于第一天"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(site, admin, wrong, words):
    page = await admin.post("/admin/courts", GOOD | wrong)
    assert page.status in (400, 409)
    assert words in page.text
    assert "Tongshan" in page.text
    assert len(COURTS.all()) == 2


@pytest.mark.parametrize("role", ["filing", "mediator", "judge"])
async def test_nobody_else_keeps_courts(site, browser, role):
    await browser.become(role)
    assert (await browser.post("/admin/courts", GOOD)).status in (403, 404)
    assert (await browser.get("/admin/courts/9901")).status in (403, 404)
    assert len(COURTS.all()) == 2
