"""A party sees a recording at the court only: applied for, granted, with a clerk beside them, under both names."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.viewing_request import RequestState
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from mediation_server.store import audit, matters, viewing_requests
from tests.recording_row import recording_of
from tests.web.recorded import CONTINUED, OPENED, entries, recorded_site

BY_NAME = {each.name: each for each in (*cast.PARTY_ACCOUNTS, *cast.USERS)}
OWN = f"/my/{demo_data.MATTER_4}/recordings"
JSON = {"Accept": "application/json"}
WHEN = "周四上午九点，第三诉讼服务窗口"


@pytest.fixture
async def site(first_day, tmp_path):
    async with recorded_site(first_day, tmp_path / "var") as running:
        yield running


@pytest.fixture
async def recording(site):
    return await recording_of(site.ctx, demo_data.SESSION_4)


async def be(browser, name):
    assert (await browser.post(f"/demo/people/{BY_NAME[name].id}")).status == 303


@pytest.fixture
async def party(browser):
    await be(browser, "孙巧云")
    return browser


@pytest.fixture
async def clerk(other_browser):
    await be(other_browser, "田甜")
    return other_browser


@pytest.fixture
async def asked(party, clerk, recording):
    """The address, for the clerk, of an application by 孙巧云."""
    answer = await party.post(f"{OWN}/{recording.id}/ask", {"reason": "核对第二次方案的金额"})
    assert (answer.status, answer.location) == (303, OWN), answer.text
    (link,) = re.findall(r'href="(/viewing-requests/[a-z0-9]{26})"', (await clerk.get("/viewing-requests")).text)
    return link


@pytest.fixture
async def granted(clerk, asked):
    assert (await clerk.post(f"{asked}/answer", {"answer": WHEN, "say": "yes"})).status == 303
    return asked


@pytest.fixture
async def viewing(clerk, granted):
    answer = await clerk.post(f"{granted}/open", {"present": "yes"})
    assert answer.status == 303, answer.text
    return answer.location


async def test_a_party_applies_and_reads_when_and_where_to_come(party, granted):
    page = (await party.get(OWN)).text
    assert "已准许" in page
    assert WHEN in page
    assert "/viewings/" not in page  # nothing is watched on a device of one's own


async def test_what_waits_stands_before_what_was_granted_also_where_the_page_is_full(site, granted):
    async with site.ctx.db.transaction() as tx:
        old = await viewing_requests.request(tx, granted.rsplit("/", 1)[1])
        new = replace(old, id=new_id(), state=RequestState.ASKED, asked_at=old.asked_at + timedelta(minutes=1))
        await viewing_requests.save(tx, new)
        both = (RequestState.ASKED, RequestState.GRANTED)
        assert await viewing_requests.at_court(tx, cast.CLERK.court, both, 1) == [new]


async def test_the_clerk_shows_it_under_both_names_and_every_step_is_written_down(site, clerk, viewing):
    page = await clerk.get(viewing)
    assert page.status == 200
    assert 'data-viewer="孙巧云·田甜"' in page.text
    async with clerk._http.get(f"{viewing}/tracks/0", headers={"Range": "bytes=0-9"}) as part:
        assert part.status == 206
    assert (await entries(site.ctx))[-1] == (OPENED, cast.CLERK.id, True, "supervised")
    async with site.ctx.db.reading() as tx:
        actions = [each.action for each in reversed(await audit.latest(tx, 50))]
    steps = [AuditAction.VIEWING_ASKED, AuditAction.VIEWING_ANSWERED, OPENED]
    assert [each for each in actions if each in steps] == steps


async def test_without_the_party_in_the_room_nothing_opens(site, clerk, granted):
    answer = await clerk.post(f"{granted}/open", {})
    assert answer.status == 400
    assert "确认本人在场" in answer.text
    assert await entries(site.ctx) == []


async def test_an_application_that_was_not_granted_opens_nothing_and_the_refusal_is_logged(site, clerk, asked):
    answer = await clerk.post(f"{asked}/open", {"present": "yes"})
    assert answer.status == 403
    assert await entries(site.ctx) == [(OPENED, cast.CLERK.id, False, "request_not_granted")]


@pytest.mark.parametrize("ended_by", ["court", "party"])
async def test_a_permission_taken_back_ends_the_viewing_at_the_next_range(
    site, party, clerk, granted, viewing, ended_by
):
    if ended_by == "court":
        assert (await clerk.post(f"{granted}/revoke", {"answer": "改期"})).status == 303
    else:
        request = granted.rsplit("/", 1)[1]
        assert (await party.post(f"{OWN}/{request}/withdraw")).status == 303
    answer = await clerk.get(f"{viewing}/tracks/0", JSON | {"Range": "bytes=0-9"})
    assert answer.status == 403
    assert (await entries(site.ctx))[-1] == (CONTINUED, cast.CLERK.id, False, "request_not_granted")


async def test_the_party_itself_cannot_open_what_the_clerk_watches(party, viewing):
    for path in ("", "/review.json", "/tracks/0", "/standing.json"):
        assert (await party.get(viewing + path, JSON)).status == 404


async def test_a_clerk_of_another_court_learns_nothing_of_it(site, clerk, asked):
    async with site.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, demo_data.MATTER_4)
        await matters.save(tx, replace(matter, court=cast.SHIQIAO))
    assert asked not in (await clerk.get("/viewing-requests")).text
    assert (await clerk.get(asked)).status == 404
    for path, form in (("/answer", {"answer": WHEN, "say": "yes"}), ("/revoke", {"answer": "x"})):
        assert (await clerk.post(asked + path, form)).status == 404, path
    assert (await clerk.post(f"{asked}/open", {"present": "yes"})).status == 404
    assert [(allowed, basis) for _, _, allowed, basis in await entries(site.ctx)] == [(False, "no_right")]


@pytest.mark.parametrize("name", ["周承安", "赵启明"])
async def test_nobody_applies_for_a_sitting_they_did_not_attend(browser, recording, name):
    await be(browser, name)
    assert (await browser.get(OWN)).status == 404
    assert (await browser.post(f"{OWN}/{recording.id}/ask", {"reason": "想看看"})).status == 404


async def test_a_second_application_waits_for_the_first(party, asked, recording):
    answer = await party.post(f"{OWN}/{recording.id}/ask", {"reason": "再看一次"})
    assert answer.status == 409
    assert "已经申请过" in answer.text


async def test_what_was_typed_stays_when_something_is_missing(party, clerk, recording, asked):
    answer = await clerk.post(f"{asked}/answer", {"answer": " ", "say": "yes"})
    assert answer.status == 400
    assert 'id="answer-error"' in answer.text
    await party.post(f"{OWN}/{asked.rsplit('/', 1)[1]}/withdraw")
    answer = await party.post(f"{OWN}/{recording.id}/ask", {"reason": "长" * 501})
    assert (answer.status, answer.text.count("长") >= 501) == (400, True)


@pytest.mark.parametrize("say", ["yes", "no"])
async def test_an_answer_is_given_once(clerk, asked, say):
    assert (await clerk.post(f"{asked}/answer", {"answer": WHEN, "say": say})).status == 303
    assert (await clerk.post(f"{asked}/answer", {"answer": WHEN, "say": "yes"})).status == 409


async def test_a_clerk_has_no_way_around_the_application(site, clerk, recording):
    for purpose in Purpose:
        answer = await clerk.post(f"/recordings/{recording.id}/viewings", {"purpose": purpose, "reason": "看一下"})
        assert answer.status in (403, 404), purpose
    assert not any(allowed for _, _, allowed, _ in await entries(site.ctx))


async def test_nobody_takes_a_film_of_it_home(clerk, viewing):
    refused = await clerk.post(f"{viewing}/films", {"layout": "grid"})
    assert refused.status == 403
    assert "无权导出" in refused.text
    assert f"{viewing}/films" not in (await clerk.get(viewing)).text
