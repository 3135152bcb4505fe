"""Exceptions of the recording wall: the basis is stated, the head of a division decides, and can take it back."""

import re
from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.matter import MatterState
from mediation_server.domain.viewing_approval import ApprovalState
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from mediation_server.store import audit, matters, sessions, users, viewing_approvals, viewings
from tests.recording_row import recording_of
from tests.web.forms_on_pages import forms_of
from tests.web.recorded import CONTINUED, OPENED, entries, recorded_site

JSON = {"Accept": "application/json"}
DESK = "/viewing-approvals"
ASKERS = {"law": cast.TRIAL_JUDGE, "complaint": cast.FILING, "letter": cast.CLERK}
PURPOSES = {"law": "trial", "complaint": "complaint", "letter": "letter"}
REASON = "被申请人指称调解员私下许诺，需要核对第二次方案"
STEPS = (AuditAction.APPROVAL_ASKED, AuditAction.APPROVAL_ANSWERED, AuditAction.APPROVAL_ENDED)


@pytest.fixture
async def site(first_day, tmp_path):
    async with recorded_site(first_day, tmp_path / "var") as running:
        yield running


@pytest.fixture
async def recording(site):
    """Of a matter whose mediation failed: nobody reviews it, the judge of the case tries it."""
    async with site.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, demo_data.MATTER_4)
        tried = replace(
            matter, state=MatterState.HANDED_OVER, judge_id=cast.TRIAL_JUDGE.id, judge_capacity="trial",
            confirming_judge_id=None,
        )  # fmt: skip
        await matters.save(tx, tried)
    return await recording_of(site.ctx, demo_data.SESSION_4)


async def be(browser, user):
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303
    return browser


def form(ground, **changes):
    letter = {"number": "〔2026〕江检民监函１２号", "authority": "江岚市人民检察院"}
    basis = {"interest": "false_litigation"} if ground == "law" else letter
    return {"ground": ground, "reason": REASON, "until": "2026-12-31", **basis} | changes


@pytest.fixture
def ground(request):
    return getattr(request, "param", "complaint")


@pytest.fixture
async def asker(browser, ground):
    return await be(browser, ASKERS[ground])


@pytest.fixture
async def head(other_browser):
    return await be(other_browser, cast.HEAD)


@pytest.fixture
async def asked(asker, head, recording, ground):
    """The address, for the head, of an exception somebody asked for."""
    answer = await asker.post(f"/recordings/{recording.id}/approvals", form(ground))
    assert (answer.status, answer.location) == (303, f"/recordings/{recording.id}/approvals"), answer.text
    (link,) = re.findall(rf'href="({DESK}/[a-z0-9]{{26}})"', (await head.get(DESK)).text)
    return link


@pytest.fixture
async def approved(head, asked):
    answer = await head.post(f"{asked}/answer", {"answer": "符合规定，同意", "say": "yes"})
    assert answer.status == 303, answer.text
    return asked


@pytest.fixture
async def viewing(asker, approved, recording):
    answer = await asker.post(f"{approved}/open", {})
    assert answer.status == 303, answer.text
    return answer.location


async def steps(ctx):
    async with ctx.db.reading() as tx:
        found = await audit.latest(tx, 50)
    return [each for each in reversed(found) if each.action in STEPS]


@pytest.mark.parametrize("ground", list(ASKERS), indirect=True)
async def test_an_approved_exception_opens_the_recording_and_every_step_is_written_down(site, asker, viewing, ground):
    assert (await asker.get(viewing)).status == 200
    async with asker._http.get(f"{viewing}/tracks/0", headers={"Range": "bytes=0-9"}) as part:
        assert part.status == 206
    asked, answered = await steps(site.ctx)
    assert (asked.actor, asked.allowed, asked.purpose) == (ASKERS[ground].id, True, ground)
    assert asked.details["reason"] == REASON
    assert asked.details.get("number") == (None if ground == "law" else "〔2026〕江检民监函12号")
    assert asked.details.get("authority") == ("江岚市人民检察院" if ground == "letter" else None)
    assert (answered.actor, answered.details["state"]) == (cast.HEAD.id, "approved")
    assert await entries(site.ctx) == [(OPENED, ASKERS[ground].id, True, f"approved_{ground}")]


@pytest.mark.parametrize("ground", ["letter"], indirect=True)
async def test_the_watermark_of_a_letter_names_who_wrote_it_and_the_clerk(asker, viewing):
    assert 'data-viewer="江岚市人民检察院·田甜"' in (await asker.get(viewing)).text


async def test_nobody_takes_a_film_of_it_home(asker, viewing):
    assert (await asker.post(f"{viewing}/films", {"layout": "grid"})).status == 403


@pytest.mark.parametrize(
    ("ground", "by"), [("letter", "head"), ("complaint", "asker"), ("letter", "time"), ("law", "judge")],
    indirect=["ground"],
)  # fmt: skip
async def test_an_exception_that_stands_no_more_ends_the_viewing_at_the_next_range(
    site, asker, other_browser, viewing, ground, by
):
    """Taken back, done, past its last day, or the case is somebody else's now."""
    async with site.ctx.db.reading() as tx:
        approval_id = (await viewings.viewing(tx, viewing.rsplit("/", 1)[1])).approval_id
    approved = f"{DESK}/{approval_id}"
    if by == "head":
        assert (await other_browser.post(f"{approved}/revoke", {"answer": "来函已撤回"})).status == 303
    elif by == "asker":
        assert (await asker.post(f"{approved}/end", {})).status == 303
    elif by == "time":
        async with site.ctx.db.transaction() as tx:
            found = await viewing_approvals.approval(tx, approval_id)
            await viewing_approvals.save(tx, replace(found, until=date(2026, 11, 22)))
    else:
        async with site.ctx.db.transaction() as tx:
            matter = await matters.matter(tx, demo_data.MATTER_4)
            await matters.save(tx, replace(matter, judge_id=cast.JUDGE_SHIQIAO.id))
    answer = await asker.get(f"{viewing}/tracks/0", JSON | {"Range": "bytes=0-9"})
    assert answer.status == 403
    action, actor, allowed, _ = (await entries(site.ctx))[-1]
    assert (action, actor, allowed) == (CONTINUED, ASKERS[ground].id, False)


async def test_what_was_asked_or_refused_opens_nothing_and_the_try_is_written_down(site, asker, head, asked, recording):
    for state in ("asked", "refused"):
        if state == "refused":
            assert (await head.post(f"{asked}/answer", {"answer": "理由不足", "say": "no"})).status == 303
        answer = await asker.post(f"{asked}/open", {})
        assert answer.status == 403, state
        assert "没有获批" in answer.text
        assert (await entries(site.ctx))[-1][2:] == (False, "approval_not_standing")
    assert "理由不足" in (await asker.get(f"/recordings/{recording.id}/approvals")).text


async def test_nobody_else_opens_it_or_ends_it(site, other_browser, approved, recording):
    for user in (cast.HEAD, cast.CONFIRMING_JUDGE, cast.ADMINISTRATOR, cast.MEDIATOR_4):
        await be(other_browser, user)
        for path in ("/open", "/end"):
            assert (await other_browser.post(approved + path, {})).status == 404, user.name
        assert (await entries(site.ctx))[-1] == (OPENED, user.id, False, "no_right")
    assert len(await entries(site.ctx)) == 4


@pytest.mark.parametrize("ground", ["law"], indirect=True)
async def test_whoever_asked_never_approves_not_even_as_the_head(site, browser, asked):
    async with site.ctx.db.transaction() as tx:
        await users.save(tx, replace(cast.TRIAL_JUDGE, heads_division=True))
    answer = await browser.post(f"{asked}/answer", {"answer": "同意", "say": "yes"})
    assert answer.status == 403
    assert "由另一位庭长审批" in answer.text
    assert [(each.allowed, each.basis) for each in await steps(site.ctx)] == [(True, ""), (False, "own_approval")]


INVOLVED = {
    "leading": {"judge_id": cast.HEAD.id, "judge_capacity": "leading"},
    "trial": {"judge_id": cast.HEAD.id, "judge_capacity": "trial"},
    "confirming": {"judge_id": cast.HEAD.id, "judge_capacity": "confirming"},
    "reviewing": {"confirming_judge_id": cast.HEAD.id},
    "presiding": {},
}


async def involve(ctx, capacity):
    """Let the head have to do with the recording: try, lead or review the case, or have held the sitting."""
    async with ctx.db.transaction() as tx:
        matter = await matters.matter(tx, demo_data.MATTER_4)
        await matters.save(tx, replace(matter, **INVOLVED[capacity]))
        if capacity == "presiding":
            session = await sessions.session(tx, demo_data.SESSION_4)
            await sessions.save(tx, replace(session, presider_id=cast.HEAD.id))


@pytest.mark.parametrize("step", ["answer", "revoke"])
@pytest.mark.parametrize("capacity", list(INVOLVED))
async def test_no_head_decides_on_the_recording_of_their_own_case_or_sitting(site, head, asked, capacity, step):
    decision = {"answer": "同意", "say": "yes"}
    if step == "revoke":
        assert (await head.post(f"{asked}/answer", decision)).status == 303
    assert f'action="{asked}/{step}"' in (await head.get(asked)).text
    await involve(site.ctx, capacity)
    page = (await head.get(asked)).text
    assert ("<form method" in page.split("<main")[1].split("</main>")[0], page.count("请由另一位庭长审批")) == (
        False,
        1,
    )
    answer = await head.post(f"{asked}/{step}", decision)
    assert answer.text.count("请由另一位庭长审批") == 1
    assert (answer.status, "请由另一位庭长审批" in answer.text) == (403, True)
    last = (await steps(site.ctx))[-1]
    assert (last.allowed, last.basis) == (False, "own_matter")
    assert last.details["state"] == {"answer": "asked", "revoke": "approved"}[step]


@pytest.mark.parametrize(
    ("step", "typed"),
    [("answer", {"answer": "", "say": "yes"}), ("answer", {"answer": "同意"}), ("answer", {"answer": "字" * 501}),
     ("revoke", {}), ("answer", {"answer": "同意", "say": "yes"})],
)  # fmt: skip
async def test_a_try_of_a_head_who_may_not_decide_is_written_down_whatever_was_typed(site, head, asked, step, typed):
    await involve(site.ctx, "presiding")
    assert (await head.post(f"{asked}/{step}", typed)).status == 403
    last = (await steps(site.ctx))[-1]
    assert (last.action, last.allowed, last.basis) == (AuditAction.APPROVAL_ANSWERED, False, "own_matter")
    assert last.details["state"] == "asked"


async def test_a_head_who_may_decide_is_told_beside_the_field_what_is_missing(site, head, asked):
    before = await steps(site.ctx)
    typed = (({"answer": "", "say": "yes"}, "answer-error"), ({"answer": "同意"}, 'aria-describedby="say-error"'))
    for said, place in (*typed, ({"answer": "字" * 501, "say": "no"}, "answer-error")):
        answer = await head.post(f"{asked}/answer", said)
        assert (answer.status, place in answer.text) == (400, True), said
    assert await steps(site.ctx) == before


@pytest.mark.parametrize("step", ["answer", "revoke"])
async def test_what_is_past_its_last_day_is_decided_no_more(site, asker, head, asked, recording, step):
    if step == "revoke":
        assert (await head.post(f"{asked}/answer", {"answer": "同意", "say": "yes"})).status == 303
    async with site.ctx.db.transaction() as tx:
        found = await viewing_approvals.approval(tx, asked.rsplit("/", 1)[1])
        await viewing_approvals.save(tx, replace(found, until=date(2026, 11, 22)))
    page = (await head.get(asked)).text
    assert "最后一天已过" in page
    assert [each.action for each in forms_of(page) if each.action.startswith(asked)] == []
    late = await head.post(f"{asked}/{step}", {"answer": "同意", "say": "yes"})
    assert (late.status, "最后一天已过" in late.text) == (409, True)
    own = (await asker.get(f"/recordings/{recording.id}/approvals")).text
    assert "最后一天已过" in own
    assert [each.action for each in forms_of(own) if each.action.startswith(asked)] == []


@pytest.mark.parametrize(("language", "court"), [("zh", "江岚市云溪区人民法院"), ("en", "Yunxi")])
async def test_over_the_pages_of_a_head_without_matters_stands_their_court(head, language, court):
    await head.post("/preferences", {"language": language, "back": "/"})
    for page in ("/home", DESK):
        assert court in re.search(r'brand__court">([^<]*)<', (await head.get(page)).text)[1], page


async def test_only_a_head_at_that_court_sees_and_decides_it(site, asked, other_browser):
    elsewhere = replace(cast.JUDGE_SHIQIAO, heads_division=True)
    async with site.ctx.db.transaction() as tx:
        await users.save(tx, elsewhere)
    for user in (cast.CONFIRMING_JUDGE, cast.CLERK, cast.ADMINISTRATOR, elsewhere):
        await be(other_browser, user)
        answer = await other_browser.post(f"{asked}/answer", {"answer": "同意", "say": "yes"})
        assert answer.status == 404
        assert (await other_browser.get(asked)).status == 404
    assert asked not in (await other_browser.get(DESK)).text


@pytest.mark.parametrize("ground", list(ASKERS), indirect=True)
async def test_everything_that_is_missing_of_a_basis_is_said_at_once(site, asker, recording, ground):
    answer = await asker.post(f"/recordings/{recording.id}/approvals", {"ground": ground, "until": "2020-01-01"})
    (again,) = [each for each in forms_of(answer.text) if each.action.endswith("/approvals")]
    missing = {"interest"} if ground == "law" else {"number", "authority"}
    assert {each.name for each in again.fields.values() if each.linked} == {*missing, "reason", "until"}


@pytest.mark.parametrize("ground", ["letter"], indirect=True)
async def test_a_basis_that_is_none_is_refused_beside_its_field_and_what_was_typed_stays(
    site, asker, recording, ground
):
    for changes, place in (({"number": "来函"}, "number"), ({"ground": ""}, "_")):
        answer = await asker.post(f"/recordings/{recording.id}/approvals", form(ground) | changes)
        assert answer.status == 400
        assert REASON in answer.text
        assert (f'id="{place}-error"' in answer.text) == (place != "_")
        assert 'class="field__error"' in answer.text or 'class="notice' in answer.text
    assert await steps(site.ctx) == []


async def test_a_ground_that_is_another_offices_is_refused_and_written_down(site, asker, recording, ground):
    tries = (("letter", {}), ("law", {}), ("law", {"interest": "", "reason": ""}))
    for n, (other, changes) in enumerate(tries, start=1):
        answer = await asker.post(f"/recordings/{recording.id}/approvals", form(other, **changes))
        assert answer.status == 403
        found = await steps(site.ctx)
        assert (len(found), found[-1].allowed, found[-1].basis) == (n, False, "no_right")
        assert found[-1].purpose == other


@pytest.mark.parametrize("changes", [{}, {"reason": "", "until": "明天"}, {"ground": ""}, {"ground": "anything"}])
async def test_whoever_reads_the_matter_and_asks_without_any_ground_finds_nothing_and_it_is_written_down(
    site, browser, recording, changes
):
    """Whatever they typed for a basis; none of it is kept."""
    await be(browser, cast.MEDIATOR_4)
    assert (await browser.post(f"/recordings/{recording.id}/approvals", form("letter") | changes)).status == 404
    (step,) = await steps(site.ctx)
    assert (step.actor, step.allowed, step.basis) == (cast.MEDIATOR_4.id, False, "no_right")
    assert (step.object, step.details) == (f"recording:{recording.id}", {})


async def test_the_same_basis_is_not_asked_for_twice(asker, recording, asked, ground):
    answer = await asker.post(f"/recordings/{recording.id}/approvals", form(ground))
    assert answer.status == 409
    assert "已经提交过" in answer.text


async def test_an_exception_past_its_last_day_leaves_the_desk_and_the_same_is_asked_anew(
    site, asker, head, approved, recording, ground
):
    assert approved in (await head.get(DESK)).text
    async with site.ctx.db.transaction() as tx:
        found = await viewing_approvals.approval(tx, approved.rsplit("/", 1)[1])
        await viewing_approvals.save(tx, replace(found, until=date(2026, 11, 22)))
    assert approved not in (await head.get(DESK)).text
    assert (await asker.post(f"/recordings/{recording.id}/approvals", form(ground))).status == 303


async def test_what_waits_stands_before_what_was_approved_also_where_the_page_is_full(
    site, asker, head, approved, recording, ground
):
    later = form(ground, number="投诉2026第7号")
    assert (await asker.post(f"/recordings/{recording.id}/approvals", later)).status == 303
    found = re.findall(rf'href="({DESK}/[a-z0-9]{{26}})"', (await head.get(DESK)).text)
    assert (len(found), found[1]) == (2, approved)
    async with site.ctx.db.reading() as tx:
        standing = (ApprovalState.ASKED, ApprovalState.APPROVED)
        (first,) = await viewing_approvals.at_court(tx, cast.HEAD.court, standing, date(2026, 11, 23), 1)
    assert f"{DESK}/{first.id}" == found[0]


async def test_somebody_who_heads_no_division_any_more_decides_nothing(site, head, asked):
    async with site.ctx.db.transaction() as tx:
        await users.save(tx, replace(cast.HEAD, heads_division=False))
    for path in (DESK, asked):
        assert (await head.get(path)).status == 404
    assert (await head.post(f"{asked}/answer", {"answer": "同意", "say": "yes"})).status == 404


async def test_the_page_of_a_recording_leads_there_and_only_for_whoever_may_ask(
    browser, other_browser, recording, ground
):
    way = f'href="/recordings/{recording.id}/approvals"'
    assert way in (await (await be(browser, ASKERS[ground])).get(f"/recordings/{recording.id}")).text
    await be(other_browser, cast.MEDIATOR_4)
    assert way not in (await other_browser.get(f"/recordings/{recording.id}")).text
    assert (await other_browser.get(f"/recordings/{recording.id}/approvals")).status == 404


async def test_a_judge_who_heads_a_division_finds_what_waits_on_the_first_page(browser, other_browser, site):
    assert f'href="{DESK}"' in (await (await be(browser, cast.HEAD)).get("/home")).text
    assert f'href="{DESK}"' not in (await (await be(other_browser, cast.CONFIRMING_JUDGE)).get("/home")).text


WAITING = re.compile(rf'<li><a href="{DESK}"><span class="phrase">[^<]+<small>1项待审批</small>')


async def waits_for(browser):
    """Whether the first page and the list of tasks lead somebody to one request that waits; both or neither do."""
    (told,) = {bool(WAITING.search((await browser.get(place)).text)) for place in ("/home", "/tasks")}
    return told


@pytest.mark.parametrize("by", ["head", "asker", "time"])
async def test_a_request_is_among_what_waits_for_a_head_until_it_is_answered_withdrawn_or_gone_by(
    site, asker, head, recording, ground, by
):
    assert not await waits_for(head)
    await asker.post(f"/recordings/{recording.id}/approvals", form(ground))
    assert await waits_for(head)
    (asked,) = re.findall(rf'href="({DESK}/[a-z0-9]{{26}})"', (await head.get(DESK)).text)
    if by == "head":
        assert (await head.post(f"{asked}/answer", {"answer": "符合规定", "say": "yes"})).status == 303
    elif by == "asker":
        assert (await asker.post(f"{asked}/end", {})).status == 303
    else:
        async with site.ctx.db.transaction() as tx:
            found = await viewing_approvals.approval(tx, asked.rsplit("/", 1)[1])
            await viewing_approvals.save(tx, replace(found, until=date(2026, 11, 22)))
    assert not await waits_for(head)


async def test_a_request_waits_for_heads_of_that_court_alone(site, asked, head, other_browser):
    elsewhere = replace(cast.JUDGE_SHIQIAO, heads_division=True)
    async with site.ctx.db.transaction() as tx:
        await users.save(tx, elsewhere)
    for user in (elsewhere, cast.CONFIRMING_JUDGE, cast.CLERK):
        assert not await waits_for(await be(other_browser, user)), user.name
    assert await waits_for(await be(other_browser, cast.HEAD))


@pytest.mark.parametrize("capacity", list(INVOLVED))
async def test_what_is_a_heads_own_matter_does_not_wait_for_them(site, head, asked, capacity):
    assert await waits_for(head)
    await involve(site.ctx, capacity)
    assert not await waits_for(head)
    assert asked in (await head.get(DESK)).text


@pytest.mark.parametrize("ground", ["law"], indirect=True)
async def test_what_a_head_asked_for_waits_for_another_head(site, browser, asked, head):
    """Also once the case is somebody else's."""
    async with site.ctx.db.transaction() as tx:
        await users.save(tx, replace(cast.TRIAL_JUDGE, heads_division=True))
        matter = await matters.matter(tx, demo_data.MATTER_4)
        await matters.save(tx, replace(matter, judge_id=cast.JUDGE_SHIQIAO.id))
    assert not await waits_for(browser)
    page = (await browser.get(asked)).text
    assert ("是您自己提交的" in page, f'action="{asked}/answer"' in page) == (True, False)
    assert await waits_for(head)


async def test_an_administrator_names_the_head_and_only_a_judge_can_be_one(site, browser):
    await be(browser, cast.ADMINISTRATOR)
    judge, at = cast.CONFIRMING_JUDGE, f"/admin/users/{cast.CONFIRMING_JUDGE.id}"
    filled = {
        "name": judge.name,
        "name_en": judge.name_en,
        "role": "judge",
        "court": judge.court or "",
        "active": "yes",
    }
    assert (await browser.post(at, filled | {"heads_division": "yes"})).status == 303
    assert 'name="heads_division" value="yes" checked' in (await browser.get(at)).text
    answer = await browser.post(at, filled | {"role": "clerk", "heads_division": "yes"})
    (told,) = re.findall(r'<p class="field__error" id="heads_division-error">.*?</p>', answer.text)
    assert (answer.status, "只有法官" in told) == (400, True)
    assert 'aria-describedby="heads_division-error"' in answer.text
