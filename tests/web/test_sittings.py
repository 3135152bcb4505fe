"""Sittings over HTTP: planned, moved, asked for, held in writing; safety mode on every page of a party."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Side
from mediation_server.domain.safety import EXITS_APART, ExitHold
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.notifying import sent_lately
from mediation_server.services.sitting_watch import watch
from mediation_server.store import events, exit_holds, matters, sessions
from tests.mediation_server.services.test_writing import agent_of, agreed_apart
from tests.web.browser import Browser
from tests.web.forms_on_pages import forms_of

LIN = cast.PARTY_ACCOUNTS[1]
OTHER = ("周承安", "Zhou Cheng'an", "16100000011", "1610****011")


@pytest.fixture
async def lin(site):
    """The respondent, signed in with their account."""
    async with Browser(site.url) as browser:
        assert (await browser.post(f"/demo/people/{LIN.id}")).status == 303
        yield browser


@pytest.fixture
async def mediator(browser):
    await browser.become("mediator")
    return browser


async def parties(site):
    async with site.ctx.db.reading() as tx:
        return [each.id for each in await matters.parties_of(tx, MATTER_1)]


async def sitting(site, session_id=SESSION_1):
    async with site.ctx.db.reading() as tx:
        return await sessions.session(tx, session_id)


def form(site, *, ahead=4, **more):
    at = (site.clock.now() + timedelta(days=ahead)).astimezone(SHANGHAI)
    return {"day": at.strftime("%Y-%m-%d"), "time": "09:30", "minutes": "60", **more}


async def planned(site, mediator, **more):
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site, **more))
    assert answer.status == 303, re.findall(r"field__error.*?<span>(.*?)</span>", answer.text)
    return answer.location.split("/")[2]


async def test_each_party_attends_in_its_own_way_and_reads_only_its_own_place(site, mediator, lin):
    zhou_id, lin_id = await parties(site)
    ways = {
        f"way-{zhou_id}": "on_site",
        f"way-{lin_id}": "court_room",
        f"where-{lin_id}": "二楼203室",
        "place": "三号调解室",
    }
    session_id = await planned(site, mediator, **ways)
    page = (await mediator.get(f"/sessions/{session_id}")).text
    assert "二楼203室" in page
    assert "三号调解室" in page
    own = (await lin.get(f"/my/sittings/{session_id}")).text
    assert "二楼203室" in own
    assert "三号调解室" not in own
    told = {each.recipient: each.body for each in await sent_lately(site.ctx.db) if each.channel == "sms"}
    assert "三号调解室" in told["16100000011"]
    assert "/join/" not in told["16100000011"]
    assert "三号调解室" not in told["16100000012"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"kind": "async", "days": "31"}, "days"),
        ({"kind": "prep"}, "side"),
        ({"days_ahead": 1}, "waived"),
        ({"note": "字" * 501}, "note"),
        ({"way": "court_room"}, "where"),
        ({"way": "on_site"}, "place"),
    ],
)
async def test_each_field_says_what_is_wrong_and_keeps_what_was_typed(site, mediator, wrong, field):
    zhou_id, _ = await parties(site)
    given = {
        "place": "",
        "note": "请带身份证",
        **{key: value for key, value in wrong.items() if key not in ("way", "days_ahead")},
    }
    if "way" in wrong:
        given[f"way-{zhou_id}"] = wrong["way"]
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site, ahead=wrong.get("days_ahead", 4), **given))
    assert answer.status in (400, 409)
    name = f"{field}-{zhou_id}" if field == "where" else field
    assert f'id="{name}-error"' in answer.text
    assert answer.text.count("field__error") == 1
    assert given["note"] in answer.text


async def test_another_sitting_at_that_time_is_shown_and_can_be_accepted(site, mediator):
    await planned(site, mediator)
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site))
    assert answer.status == 409
    assert 'id="despite-error"' in answer.text
    await planned(site, mediator, despite="yes")


async def test_less_than_three_days_with_everybodys_word(site, mediator):
    waived = {f"waived-{each}": "yes" for each in await parties(site)}
    session_id = await planned(site, mediator, ahead=1, **waived)
    async with site.ctx.db.reading() as tx:
        first = (await events.events_of(tx, session_id))[0]
    assert sorted(first.payload["waived"]) == sorted(await parties(site))


async def test_a_preparation_invites_one_side_and_tells_the_other_that_it_happens(site, mediator, lin):
    session_id = await planned(site, mediator, kind="prep", side="applicant", note="只谈还款能力")
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, session_id)
    assert {each.side for each in named} == {Side.NEUTRAL, Side.APPLICANT}
    told = [each.body for each in await sent_lately(site.ctx.db) if each.recipient == "16100000012"]
    assert "与一方单独沟通" in told[0]
    assert "只谈还款能力" not in told[0]
    assert (await lin.get(f"/my/sittings/{session_id}")).status == 404


async def test_a_sitting_is_moved_and_the_page_keeps_what_was_typed(site, mediator):
    wrong = await mediator.post(f"/sessions/{SESSION_1}/reschedule", form(site, reason=""))
    assert wrong.status == 400
    assert 'id="reason-error"' in wrong.text
    done = await mediator.post(f"/sessions/{SESSION_1}/reschedule", form(site, reason="被申请人出差"))
    assert done.location == f"/sessions/{SESSION_1}"
    assert (await sitting(site)).revision == 1


async def test_filing_staff_approve_the_third_time_on_the_page_the_mediator_names(site, mediator, other_browser):
    for days in (4, 5):
        await mediator.post(
            f"/sessions/{SESSION_1}/reschedule", form(site, ahead=days, reason="出差", asked_by="respondent")
        )
    third = form(site, ahead=6, reason="出差", asked_by="respondent")
    answer = await mediator.post(f"/sessions/{SESSION_1}/reschedule", third)
    assert answer.status == 409
    assert f"/sessions/{SESSION_1}/approval" in answer.text
    assert (await mediator.get(f"/sessions/{SESSION_1}/approval")).status == 404
    await other_browser.post(f"/demo/people/{cast.FILING.id}")
    assert "被告" in (await other_browser.get(f"/sessions/{SESSION_1}/approval")).text
    await other_browser.post(f"/sessions/{SESSION_1}/approval", {"side": "respondent"})
    assert (await mediator.post(f"/sessions/{SESSION_1}/reschedule", third)).status == 303


async def test_a_party_asks_by_its_link_and_only_the_mediator_reads_it(site, browser, other_browser):
    link = await browser.become("respondent")
    assert "/ask" in (await browser.get(link)).text
    assert (await browser.get(link + "/ask")).status == 200
    nothing = await browser.post(link + "/ask", {"kind": "another_time", "text": ""})
    assert nothing.status == 400
    assert 'id="text-error"' in nothing.text
    assert (await browser.post(link + "/ask", {"text": "x"})).status == 400
    assert "调解员会看到您的话" in (await browser.post(link + "/ask", {"kind": "safety", "text": ""})).text
    asked = await browser.post(link + "/ask", {"kind": "another_time", "text": "周三下午<b>"})
    assert asked.status == 200
    await other_browser.become("mediator")
    page = (await other_browser.get(f"/sessions/{SESSION_1}")).text
    assert "周三下午&lt;b&gt;" in page
    assert "希望开启安全模式" in page
    other = await browser.become("applicant")
    for path in (other, other + "/ask"):
        text = (await browser.get(path)).text
        assert "周三下午" not in text


async def test_a_party_with_an_account_enters_asks_and_takes_the_date_into_its_calendar(site, lin):
    page = (await lin.get(f"/my/sittings/{SESSION_1}")).text
    assert f"/my/sittings/{SESSION_1}/calendar.ics" in page
    file = await lin.get(f"/my/sittings/{SESSION_1}/calendar.ics")
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in file.text
    assert "/join/" not in file.text
    assert (await lin.post(f"/my/sittings/{SESSION_1}/enter")).location.startswith("/join/")
    assert (await lin.post(f"/my/sittings/{SESSION_1}/ask", {"kind": "safety", "text": "怕他跟着我"})).status == 200
    for foreign in ("/my/sittings/x", f"/my/sittings/{MATTER_1}"):
        assert (await lin.get(foreign)).status == 404


async def test_the_outbox_of_the_demo_shows_the_calendar_file_that_went_with_a_mail(site, mediator):
    await planned(site, mediator)
    page = (await mediator.get("/demo/outbox")).text
    assert "invite.ics" in page
    assert "METHOD:REQUEST" in page


async def test_whoever_waited_in_vain_sees_it_and_the_mediator_may_hold_on(site, mediator):
    site.clock.advance(seconds=15 * 60)
    assert f'action="/sessions/{SESSION_1}/hold"' in (await mediator.get(f"/sessions/{SESSION_1}")).text
    await mediator.post(f"/sessions/{SESSION_1}/hold")
    site.clock.advance(seconds=40 * 60)
    await watch(site.ctx)
    assert (await sitting(site)).state is SessionState.NO_SHOW
    assert "有一方未到" in (await mediator.get(f"/sessions/{SESSION_1}")).text
    assert "两次没有到场" in (await mediator.get(f"/matters/{MATTER_1}")).text
    empty = await mediator.post(f"/matters/{MATTER_1}/unreachable", {"reasons": " "})
    assert 'id="reasons-error"' in empty.text
    assert (await mediator.post(f"/matters/{MATTER_1}/unreachable", {"reasons": "两次短信，均无答复"})).status == 303


async def test_one_mediation_in_writing_from_the_link_to_the_end(site, mediator, lin, other_browser):
    await agreed_apart(site)
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site, kind="async", days="7"))
    session_id = answer.location.split("/")[2]
    links = re.findall(r"/join/[\w-]{43}", (await mediator.get(answer.location)).text)
    site.clock.advance(seconds=4 * 24 * 3600 + 3600)
    await mediator.become("mediator")  # a login does not last for days
    await lin.post(f"/demo/people/{LIN.id}")
    letter = await other_browser.get(links[0])
    assert "书面调解" in letter.text
    assert (await other_browser.post(links[0], {})).status == 400
    seat = (await other_browser.post(links[0], {"c2": "yes"})).location
    assert (await other_browser.get(seat)).location == f"{seat}/writing"
    zhou = f"{seat}/writing"
    (word,) = [each for each in forms_of((await other_browser.post(zhou, {})).text) if each.action == zhou]
    assert {each.name for each in word.fields.values() if each.linked} == {"audience", "kind", "text"}
    mine, base = f"/my/sittings/{session_id}/writing", f"/sessions/{session_id}/writing"
    secret = {"kind": "statement", "audience": "presider", "text": "最多让三万"}
    assert (await other_browser.post(zhou, secret)).status == 303
    assert (
        await other_browser.post(zhou, {"kind": "statement", "audience": "all", "text": "已还四千元是本金"})
    ).status == 303
    kept = await other_browser.post(zhou, {"kind": "statement", "text": "没选谁能看到"})
    assert kept.status == 400
    assert "没选谁能看到" in kept.text
    unread = await lin.get(mine)
    assert (unread.status, "本金" in unread.text) == (200, False)
    page = (await mediator.get(base)).text
    (relay,) = re.findall(rf'action="({base}/\w+/relay)"', page)
    await mediator.post(relay)
    seen = (await lin.get(mine)).text
    assert "已还四千元是本金" in seen
    assert "最多让三万" not in seen
    await lin.post(mine, {"kind": "answer", "audience": "all", "text": "认可"})
    await mediator.post(f"{base}/close")
    assert (await sitting(site, session_id)).state is SessionState.ENDED
    late = await lin.post(mine, {"kind": "answer", "audience": "all", "text": "还有"})
    assert late.status == 409
    assert (await sitting(site, session_id)).kind is SessionKind.ASYNC


async def test_who_reads_what_is_for_one_party_stands_at_the_choice_and_at_the_entry(site, mediator):
    await agreed_apart(site)
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site, kind="async", days="7"))
    session_id = answer.location.split("/")[2]
    async with site.ctx.db.transaction() as tx:
        (party,) = [each for each in await sessions.participants_of(tx, session_id) if each.side is Side.RESPONDENT]
    await agent_of(site, party)
    site.clock.advance(seconds=4 * 24 * 3600 + 3600)
    await mediator.become("mediator")
    page, chosen = f"/sessions/{session_id}/writing", r'value="(\w{26})"[^>]*><span class="choice__label">([^<]+)<'
    (zhou, lin) = re.findall(chosen, (await mediator.get(page)).text)
    assert (zhou[1], lin) == ("只给周承安", (party.id, "只给林若溪及其代理人"))
    for to, _ in (zhou, lin):
        await mediator.post(page, {"kind": "question", "audience": to, "text": "您的想法"})
    badges = re.findall(r'<span class="badge badge--plum">([^<]+)<', (await mediator.get(page)).text)
    assert badges == ["只给周承安", "只给林若溪及其代理人"]


async def test_in_safety_mode_no_page_of_a_party_names_the_other_side(site, mediator, lin, browser):
    pages = [
        "/my",
        f"/my/{MATTER_1}",
        f"/my/{MATTER_1}/mediator",
        f"/my/{MATTER_1}/materials",
        f"/my/{MATTER_1}/seen",
        f"/my/{MATTER_1}/application",
        f"/my/sittings/{SESSION_1}",
        f"/my/sittings/{SESSION_1}/ask",
    ]
    links = re.findall(
        rf'href="(/my/{MATTER_1}[^"#]*|/matters/{MATTER_1}[^"#]*)"', (await lin.get(f"/my/{MATTER_1}")).text
    )
    pages += [each for each in dict.fromkeys(links) if each not in pages]
    before = {path: (await lin.get(path)).text for path in pages}
    assert any(OTHER[0] in text for text in before.values())  # it is there without safety mode
    on = await mediator.post(f"/matters/{MATTER_1}/safety", {"on": "yes", "first": "respondent"})
    assert on.status == 303
    for path in pages:
        text = (await lin.get(path)).text
        assert not [each for each in OTHER if each in text], path
    invitation = await lin.post(f"/my/sittings/{SESSION_1}/enter")
    letter = (await lin.get(invitation.location)).text
    assert not [each for each in OTHER if each in letter]
    assert "对方当事人" in letter


async def test_whoever_stays_after_a_sitting_is_led_nowhere_until_the_mediator_lets_them_go(site, mediator, lin):
    link = (await lin.post(f"/my/sittings/{SESSION_1}/enter")).location
    seat = (await lin.post(link, {"c2": "yes", "c4": "yes"})).location
    now = site.clock.now()
    async with site.ctx.db.transaction() as tx:
        over = replace(await sessions.session(tx, SESSION_1), state=SessionState.ENDED, ended_at=now)
        await sessions.save(tx, over)
        await exit_holds.add(tx, ExitHold(SESSION_1, MATTER_1, Side.RESPONDENT, now, now + EXITS_APART))
    stay = await lin.get(seat)
    assert "请您先留在原处" in stay.text
    assert stay.headers["Refresh"] == "20"
    for page in ("/my", f"/my/{MATTER_1}"):
        text = (await lin.get(page)).text
        assert "请您等到" in text
        assert "走到哪一步了" not in text
    told = await mediator.get(f"/sessions/{SESSION_1}")
    assert "被告留到" in told.text
    assert told.headers["Refresh"] == "20"
    assert (await mediator.post(f"/sessions/{SESSION_1}/exits/respondent/longer")).status == 303
    assert (await lin.post(f"/sessions/{SESSION_1}/exits/respondent/go")).status == 404
    assert (await mediator.post(f"/sessions/{SESSION_1}/exits/respondent/go")).status == 303
    assert (await mediator.post(f"/sessions/{SESSION_1}/exits/respondent/go")).status == 409
    free = await lin.get(seat)
    assert "您现在可以离开" in free.text
    assert "Refresh" not in free.headers
    assert "走到哪一步了" in (await lin.get(f"/my/{MATTER_1}")).text


async def test_an_attachment_is_begun_from_the_own_entry_and_read_with_it(site, mediator, lin, other_browser):
    await agreed_apart(site)
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", form(site, kind="async", days="7"))
    session_id = answer.location.split("/")[2]
    links = re.findall(r"/join/[\w-]{43}", (await mediator.get(answer.location)).text)
    site.clock.advance(seconds=4 * 24 * 3600 + 3600)
    await lin.post(f"/demo/people/{LIN.id}")
    mine = f"/my/sittings/{session_id}/writing"
    await lin.post(mine, {"kind": "statement", "audience": "all", "text": "见附件"})
    (attach,) = re.findall(rf'action="({mine}/\w+/attach)"', (await lin.get(mine)).text)
    begun = await lin.post(attach)
    assert re.fullmatch(rf"/my/{MATTER_1}/materials/\w+", begun.location)
    assert 'name="kept" value="no"' in (await lin.get(begun.location)).text
    assert "没有提交" in (await lin.get(mine)).text
    seat = (await other_browser.post(links[0], {"c2": "yes"})).location
    await other_browser.post(f"{seat}/writing", {"kind": "statement", "audience": "all", "text": "知道了"})
    theirs = (await other_browser.get(f"{seat}/writing")).text
    assert "登录后加附件" in theirs
    assert "见附件" not in theirs
    assert (await other_browser.post(attach)).status in (303, 401)


@pytest.mark.parametrize(("language", "lasted"), [("zh", "历时42分钟"), ("en", "Lasted 42 min")])
async def test_a_sitting_that_is_over_says_when_it_was_and_not_how_far_off(site, mediator, lin, language, lasted):
    now = site.clock.now()
    began, ahead = now - timedelta(minutes=50), now + timedelta(minutes=10)
    over = {"state": SessionState.ENDED, "started_at": began, "ended_at": began + timedelta(minutes=42)}
    async with site.ctx.db.transaction() as tx:
        await sessions.save(tx, replace(await sessions.session(tx, SESSION_1), starts_at=ahead, **over))
    for browser, page in ((mediator, f"/sessions/{SESSION_1}"), (lin, f"/my/sittings/{SESSION_1}")):
        await browser.post("/preferences", {"language": language, "back": "/"})
        text = (await browser.get(page)).text
        clock = [f"{each.astimezone(SHANGHAI):%-H:%M}" for each in (began, over["ended_at"])]
        assert "–".join(clock) in text
        assert lasted in text
        assert "还有10分钟" not in text
        assert "in 10 minutes" not in text
    assert f'href="/my/{MATTER_1}"' in text


@pytest.mark.parametrize("why", ["safety", "own hour"])
async def test_whoever_may_know_only_of_their_own_hour_sees_no_other_of_a_sitting_that_is_over(site, lin, why):
    now = site.clock.now()
    began, own = now - timedelta(minutes=50), now - timedelta(minutes=20)
    async with site.ctx.db.transaction() as tx:
        over = {"state": SessionState.ENDED, "started_at": began, "ended_at": now}
        await sessions.save(tx, replace(await sessions.session(tx, SESSION_1), starts_at=own, **over))
        if why == "safety":
            await matters.save(tx, replace(await matters.matter(tx, MATTER_1), safety=True))
        else:
            seats = await sessions.participants_of(tx, SESSION_1)
            seat = next(each for each in seats if each.side is Side.RESPONDENT)
            await sessions.save_participant(tx, replace(seat, attends_at=own))
    text = (await lin.get(f"/my/sittings/{SESSION_1}")).text
    clock = [f"{each.astimezone(SHANGHAI):%-H:%M}" for each in (began, own)]
    assert clock[1] in text
    assert clock[0] not in text
    assert "历时" not in text
