"""我的事项 over HTTP: each party its own, the same days on both sides, and the way into one's own seat."""

import re
from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.log import EventKind
from mediation_server.domain.masking import Datum
from mediation_server.domain.matter import MatterState
from mediation_server.domain.revealing import RevealPurpose
from mediation_server.services import demo_cast as cast
from mediation_server.services import inviting
from mediation_server.services.auditing import noted
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_4, SESSION_1, SESSION_4_CHECK
from mediation_server.services.revealing import reveal
from mediation_server.store import audit, matters, sessions

BY_NAME = {each.name: each for each in cast.PARTY_ACCOUNTS}
ENTER_1 = f"/my/{MATTER_1}/sittings/{SESSION_1}/enter"


async def be(browser, name):
    assert (await browser.post(f"/demo/people/{BY_NAME[name].id}")).status == 303


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("周承安", MATTER_1), ("林若溪", MATTER_1), ("赵启明", MATTER_2), ("孙巧云", MATTER_4), ("钱慧敏", MATTER_4)],
)
async def test_a_party_sees_its_own_matter_and_no_other(browser, name, theirs):
    await be(browser, name)
    assert set(re.findall(r'href="/my/([a-z0-9]{26})"', (await browser.get("/my")).text)) == {theirs}
    for matter in (MATTER_1, MATTER_2, MATTER_4):
        assert (await browser.get(f"/my/{matter}")).status == (200 if matter == theirs else 404)
        assert (await browser.get(f"/matters/{matter}")).status == 404


@pytest.mark.parametrize("role", ["mediator", "judge", "admin"])
async def test_staff_have_no_matters_of_their_own_here(browser, role):
    await browser.become(role)
    assert (await browser.get("/my")).status == 404
    assert (await browser.get(f"/my/{MATTER_1}")).status == 404
    assert (await browser.post(ENTER_1)).status == 404


async def test_both_sides_read_the_same_days(browser, other_browser):
    told = []
    for name, one in (("周承安", browser), ("林若溪", other_browser)):
        await be(one, name)
        page = (await one.get(f"/my/{MATTER_1}")).text
        told.append(re.search(r"调解期限到.*?</span>", page)[0])
    assert told[0] == told[1]


async def test_whose_turn_it_is_to_sign_is_told_and_who_has_not_is_not_blamed(browser, other_browser):
    await be(browser, "赵启明")
    await be(other_browser, "吴大勇")
    turn, waits = (await browser.get("/my")).text, (await other_browser.get("/my")).text
    assert "等您签名" in turn
    assert "您已签名，等其他人签名" in waits
    assert "拒绝" not in turn + waits


async def test_nobody_reads_the_phone_of_another(browser):
    await be(browser, "周承安")
    page = (await browser.get(f"/my/{MATTER_1}")).text
    assert "161****0011" in page
    assert "16100000011" not in page
    assert "0012" not in page


async def test_the_door_leads_to_the_own_seat_and_the_link_in_the_message_stays_good(site, browser, other_browser):
    link = await other_browser.become("applicant")
    await be(browser, "周承安")
    door = await browser.post(ENTER_1)
    assert (door.status, door.location.startswith("/join/")) == (303, True)
    entered = await browser.post(door.location, {"c2": "yes", "c4": "yes"})
    assert (await other_browser.post(link, {"c2": "yes", "c4": "yes"})).location == entered.location
    assert (await browser.post(ENTER_1)).location == entered.location  # this browser holds the seat already
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, SESSION_1)
        issued = [each for each in await audit.latest(tx) if each.action is AuditAction.INVITATION_ISSUED]
    assert entered.location == f"/seats/{named[1].id}"
    assert BY_NAME["周承安"].id in {each.actor for each in issued}


@pytest.mark.parametrize("name", ["赵启明", "孙巧云"])
async def test_nobody_gets_into_a_sitting_that_is_not_theirs(browser, name):
    await be(browser, name)
    own = MATTER_2 if name == "赵启明" else MATTER_4
    assert (await browser.post(ENTER_1)).status == 404
    assert (await browser.post(f"/my/{own}/sittings/{SESSION_1}/enter")).status == 404
    assert (await browser.post(f"/my/{own}/sittings/{'0' * 26}/enter")).status == 404
    assert (await browser.post(f"/my/{own}/sittings/x/enter")).status == 404


async def test_whom_the_presider_shut_out_cannot_let_themselves_in_again(site, browser):
    await be(browser, "周承安")
    door = await browser.post(ENTER_1)
    entered = await browser.post(door.location, {"c2": "yes", "c4": "yes"})
    seat = entered.location.removeprefix("/seats/")
    async with site.ctx.db.transaction() as tx:
        session = await sessions.locked(tx, SESSION_1)
        presider = (await sessions.participants_of(tx, SESSION_1))[0].id
        await noted(site.ctx, tx, session, EventKind.REMOVED, presider, participant=seat, reason="removed")
        await inviting.bar(site.ctx, tx, seat, presider)
    refused = await browser.post(ENTER_1)
    assert refused.status == 403
    assert "调解员已请您离开这一场" in refused.text


async def test_a_sitting_that_is_over_says_so_and_changes_nothing(site, browser):
    await be(browser, "周承安")
    site.clock.advance(hours=48)
    await be(browser, "周承安")
    answer = await browser.post(ENTER_1)
    assert answer.status == 409
    assert "我的事项" in answer.text


async def test_the_other_side_learns_of_an_application_only_when_it_is_asked(site, browser, other_browser):
    async with site.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, MATTER_1)
        await matters.save(tx, replace(matter, state=MatterState.SUBMITTED, mediator_id=None))
    await be(browser, "周承安")
    await be(other_browser, "林若溪")
    assert (await browser.get(f"/my/{MATTER_1}")).status == 200
    assert (await other_browser.get(f"/my/{MATTER_1}")).status == 404
    assert "民间借贷" not in (await other_browser.get("/my")).text


async def test_whoever_has_no_matter_is_told_what_to_do(site, browser):
    await browser.post("/enter", {"phone": "16100000099"})
    code = re.search(r"验证码(\d{6})", (await browser.get("/demo/outbox")).text)[1]
    await browser.post("/enter/code", {"code": code, "next": "/my"})
    assert "您还没有事项" in (await browser.get("/my")).text


async def test_the_judge_of_the_check_is_waited_for(browser):
    await be(browser, "孙巧云")
    page = (await browser.get(f"/my/{MATTER_4}")).text
    assert "调解已经排好" in page or "法院正在审查协议" in page
    assert "3 900.00元" in page.replace("\N{NO-BREAK SPACE}", " ") or "3\N{NO-BREAK SPACE}900.00元" in page
    assert SESSION_4_CHECK


async def test_a_party_reads_who_saw_its_data_whole_and_nobody_elses(site, browser, other_browser):
    async with site.ctx.db.reading() as tx:
        zhou = (await matters.parties_of(tx, MATTER_1))[0]
    await reveal(site.ctx, cast.MEDIATOR_1, zhou.id, Datum.PHONE, RevealPurpose.CONTACT)
    await be(browser, "周承安")
    await be(other_browser, "林若溪")
    page = (await browser.get(f"/my/{MATTER_1}/seen")).text
    assert "郑思远" in page
    assert "联系您" in page
    assert "还没有人看过" in (await other_browser.get(f"/my/{MATTER_1}/seen")).text
    assert (await browser.get(f"/my/{MATTER_4}/seen")).status == 404


async def test_what_other_parts_offer_is_there_once_their_pages_are(browser):
    await be(browser, "周承安")
    page = (await browser.get(f"/my/{MATTER_1}")).text
    for path in re.findall(rf'href="(/my/{MATTER_1}/[a-z]+)"', page):
        assert (await browser.get(path)).status == 200, path
    assert f"/my/{MATTER_1}/seen" in page
    assert f"/my/{MATTER_1}/materials" in page
