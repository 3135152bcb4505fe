"""The filing desk over HTTP: what is shown masked, what is asked, what is kept, who may."""

import re
from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.diversion import STEPS
from mediation_server.domain.matter import MatterState, Track
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.mailing import send_letters
from mediation_server.store import audit, matter_events, matters
from tests.filing_desk import FilingDesk
from tests.web.forms_on_pages import forms_of

IDENTITY, PHONE = "349901198503120011", "16100000011"
LOAN = {"track": "postfiling_entrusted", "procedure": "简易", "case_no": "（2026）皖9901民初2188号"}


@pytest.fixture
async def desk(site, browser):
    made = FilingDesk(site.ctx, made=500)
    await browser.become("filing")
    return made


async def walked(browser, matter, **true):
    """Every question answered as a person does it; by default only that the respondent lives here."""
    true = true or {"respondent_here": "yes"}
    for _ in STEPS:
        there = (await browser.get(f"/intake/{matter.id}/triage")).location
        if there.endswith("/result"):
            return there
        page = await browser.get(there)
        asked = set(re.findall(r'type="checkbox" name="(\w+)"', page.text))
        chosen = {key: value for key, value in true.items() if key in asked} or {"none": "yes"}
        assert (await browser.post(there, chosen)).status == 303
    return (await browser.get(f"/intake/{matter.id}/triage")).location


async def test_apply_with_a_valid_cause_appears_in_the_list_with_its_receipt_time(desk, browser):
    matter = await desk.submitted()
    page = await browser.get("/intake")
    assert matter.ref in page.text
    assert "14:00提交" in page.text  # the clock of the tests stands there
    assert "还有3个工作日" in page.text
    assert matter.ref in (await browser.get("/home")).text


async def test_personal_data_are_masked_until_somebody_says_what_for(desk, site, browser):
    matter = await desk.submitted()
    party = (await desk.parties(matter))[0]
    page = await browser.get(f"/intake/{matter.id}")
    assert "349901********0011" in page.text
    assert IDENTITY not in page.text
    assert PHONE not in page.text
    asked = {"party": party.id, "datum": "identity", "purpose": "verify"}
    shown = await browser.post(f"/intake/{matter.id}/reveal", asked)
    assert IDENTITY in shown.text
    assert PHONE not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert IDENTITY not in (await browser.get(f"/intake/{matter.id}")).text
    async with site.ctx.db.reading() as tx:
        last = (await audit.latest(tx, 1))[0]
    assert (last.action, last.purpose, last.details["datum"]) == (AuditAction.DATUM_REVEALED, "verify", "identity")
    refused = await browser.post(f"/intake/{matter.id}/reveal", asked | {"purpose": "other"})
    assert refused.status == 400
    assert IDENTITY not in refused.text


async def test_the_questions_lead_to_a_diversion_with_both_sides_told(desk, site, browser):
    matter = await desk.submitted()
    assert (await walked(browser, matter)).endswith("/result")
    page = await browser.get(f"/intake/{matter.id}/triage/result")
    assert "委托调解" in page.text
    assert "委派调解" not in page.text  # this court does not offer it
    answer = await browser.post(f"/intake/{matter.id}/divert", LOAN)
    assert answer.location == f"/asking/{matter.id}"
    moved = await desk.matter(matter.id)
    assert (moved.state, moved.track, moved.case_no) == (
        MatterState.CONSENTING,
        Track.POSTFILING_ENTRUSTED,
        "(2026)皖9901民初2188号",
    )
    await send_letters(site.ctx)
    assert "林若溪您好，周承安申请调解与您的民间借贷纠纷" in (await browser.get("/demo/outbox")).text


async def test_apply_with_cause_divorce_says_only_a_court_judgment_not_confirmation(desk, browser):
    matter = await desk.submitted("离婚纠纷")
    await walked(browser, matter)
    page = await browser.get(f"/intake/{matter.id}/triage/result")
    assert "不适用司法确认；达成协议的，可以申请法院出具调解书" in page.text


async def test_apply_with_a_labour_dispute_without_an_award_is_told_arbitration_first(desk, browser):
    matter = await desk.submitted("追索劳动报酬纠纷")
    there = await walked(browser, matter)
    page = await browser.get(there)
    assert "按回答不宜受理" in page.text
    assert "须先劳动仲裁" in page.text
    answer = await browser.post(f"/intake/{matter.id}/reject", {"reason": "labour_arbitration_first", "advice": ""})
    assert answer.status == 303
    assert (await desk.matter(matter.id)).state is MatterState.REJECTED


@pytest.mark.parametrize(
    ("form", "words"),
    [({}, "请先选一项"), ({"none": "yes", "already_decided": "yes"}, "不能和其他选项一起选")],
)
async def test_a_step_is_answered_or_asked_again_and_nothing_is_assumed(desk, browser, form, words):
    matter = await desk.submitted()
    page = await browser.post(f"/intake/{matter.id}/triage/mediable", form)
    assert page.status == 400
    assert words in page.text
    for name in form:
        assert f'name="{name}" value="yes" checked' in page.text


async def test_answers_outlive_the_browser_they_were_given_in(desk, browser, other_browser):
    matter = await desk.submitted()
    await browser.post(f"/intake/{matter.id}/triage/mediable", {"already_decided": "yes"})
    await other_browser.become("filing")
    page = await other_browser.get(f"/intake/{matter.id}/triage/mediable")
    assert 'name="already_decided" value="yes" checked' in page.text
    assert (await other_browser.get(f"/intake/{matter.id}/triage")).location.endswith("/result")


@pytest.mark.parametrize(
    ("changes", "words", "kept"),
    [
        ({"case_no": "2026皖9901民初1号"}, "请补上括号", "2026皖9901民初1号"),
        ({"case_no": "（2026）皖9901民初0001号"}, "前面", "（2026）皖9901民初0001号"),
        ({"case_no": ""}, "请填写这一项", ""),
        ({"procedure": ""}, "程序", "（2026）皖9901民初2188号"),
        ({"track": ""}, "请先选一项", "（2026）皖9901民初2188号"),
        ({"track": "court_led"}, "请选主持调解的法官", "（2026）皖9901民初2188号"),
        ({"track": "org_accepted"}, "不开放", "（2026）皖9901民初2188号"),
        ({"case_no": "（2026）皖9901怪字1号"}, "核对过了", "（2026）皖9901怪字1号"),
        ({"case_no": "（2026）皖9922民初1号"}, "不是本院", "（2026）皖9922民初1号"),
    ],
)
async def test_what_is_wrong_with_a_diversion_stands_beside_its_field_and_what_was_typed_stays(
    desk, browser, changes, words, kept
):
    matter = await desk.submitted()
    await walked(browser, matter)
    page = await browser.post(f"/intake/{matter.id}/divert", LOAN | changes)
    assert page.status in (200, 400, 403)
    assert words in page.text
    assert f'value="{kept}"' in page.text
    assert (await desk.matter(matter.id)).state is MatterState.SUBMITTED


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"track": "court_led", "procedure": "", "case_no": "2026", "judge": ""}, {"procedure", "case_no", "judge"}),
        ({"track": ""}, {"track"}),
    ],
)
async def test_everything_that_a_diversion_lacks_is_said_at_once(desk, browser, changes, wrong):
    matter = await desk.submitted()
    await walked(browser, matter)
    path = f"/intake/{matter.id}/divert"
    answer = await browser.post(path, LOAN | changes)
    (form,) = [each for each in forms_of(answer.text) if each.action == path]
    assert {each.name for each in form.fields.values() if each.linked} == wrong


async def test_a_number_that_raises_a_doubt_goes_through_once_somebody_has_checked_it(desk, browser):
    matter = await desk.submitted()
    await walked(browser, matter)
    answer = await browser.post(f"/intake/{matter.id}/divert", LOAN | {"case_no": "(2026)皖9901怪字1号", "sure": "yes"})
    assert answer.status == 303


async def test_defects_are_asked_for_in_one_list_and_mistakes_keep_it(desk, browser):
    matter = await desk.submitted()
    form = {
        "defect_claim": "yes",
        "note_claim": "写明利息",
        "defect_other": "yes",
        "note_other": "",
        "due": "2026-11-30",
    }
    page = await browser.post(f"/intake/{matter.id}/supplement", form)
    assert page.status == 400
    assert "请写明缺什么" in page.text
    assert 'name="defect_claim" value="yes" checked' in page.text
    assert 'value="写明利息"' in page.text
    done = await browser.post(f"/intake/{matter.id}/supplement", form | {"note_other": "收条"})
    assert done.status == 303
    assert "写明利息" in (await browser.get(f"/intake/{matter.id}")).text
    assert (await desk.matter(matter.id)).state is MatterState.SUPPLEMENT


@pytest.mark.parametrize(
    ("due", "words"), [("30 Feb", "日期"), ("2026-02-30", "没有"), ("2026-11-23", "2026-11-24"), ("", "请填写")]
)
async def test_a_last_day_that_cannot_be_stands_beside_its_field(desk, browser, due, words):
    matter = await desk.submitted()
    page = await browser.post(f"/intake/{matter.id}/supplement", {"defect_facts": "yes", "due": due})
    assert page.status == 400
    assert words in page.text
    assert 'id="due-error"' in page.text


async def sent_on(desk, browser):
    matter = await desk.submitted()
    await walked(browser, matter)
    assert (await browser.post(f"/intake/{matter.id}/divert", LOAN)).status == 303
    return matter, await desk.parties(matter)


def version(page):
    return re.search(r'name="text_version" value="(\w+)"', page.text).group(1)


async def test_spoken_answers_and_attempts_are_written_down_with_a_name(desk, browser):
    matter, (applicant, respondent) = await sent_on(desk, browser)
    base = f"/asking/{matter.id}/parties"
    page = await browser.get(f"/asking/{matter.id}")
    assert "161****0012" in page.text
    assert "16100000012" not in page.text
    assert "16100000012" in (await browser.post(f"{base}/{respondent.id}/phone")).text
    tried = {"channel": "call", "result": "no_answer", "note": "响铃无人接"}
    assert (await browser.post(f"{base}/{respondent.id}/contact", tried)).status == 303
    page = await browser.get(f"/asking/{matter.id}")
    assert "响铃无人接" in page.text
    assert "高文心" in page.text
    said = {"answer": "yes", "channel": "phone", "note": "", "text_version": version(page)}
    refused = await browser.post(f"{base}/{respondent.id}/answer", said)
    assert refused.status == 400
    for party in (applicant, respondent):
        assert (await browser.post(f"{base}/{party.id}/answer", said | {"note": "本人同意"})).status == 303
    assert (await desk.matter(matter.id)).state is MatterState.APPOINTING


async def test_a_refusal_by_phone_ends_it_the_same_day_and_the_register_says_so(desk, browser):
    matter, (_, respondent) = await sent_on(desk, browser)
    page = await browser.get(f"/asking/{matter.id}")
    said = {"answer": "no", "channel": "phone", "note": "要打官司", "text_version": version(page)}
    await browser.post(f"/asking/{matter.id}/parties/{respondent.id}/answer", said)
    assert (await desk.matter(matter.id)).state is MatterState.HANDING_OVER
    register = await browser.get("/diversions")
    assert "(2026)皖9901民初2188号" in register.text
    assert "当事人明确不愿" in register.text
    file = await browser.get("/diversions.csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    line = next(each for each in file.text.splitlines() if "2188" in each)
    assert "终止调解" in line
    assert "林若溪" not in file.text
    assert PHONE not in file.text


async def test_nobody_is_unreachable_before_somebody_has_tried(desk, browser):
    matter, (_, respondent) = await sent_on(desk, browser)
    path = f"/asking/{matter.id}/parties/{respondent.id}/unreachable"
    page = await browser.post(path, {"reason": "停机"})
    assert page.status == 409
    assert "还没有联系记录" in page.text
    assert ">停机</textarea>" in page.text


@pytest.mark.parametrize(
    ("query", "words"),
    [("since=2026-11-23&until=2026-11-01", "早于"), ("since=2024-01-01", "最多看366天"), ("since=gestern", "日期")],
)
async def test_days_that_make_no_span_are_said_beside_their_field(desk, browser, query, words):
    page = await browser.get(f"/diversions?{query}")
    assert page.status == 400
    assert words in page.text


async def test_no_cell_of_the_file_is_a_formula(desk, site, browser):
    matter, _ = await sent_on(desk, browser)
    async with site.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, matter.id), cause="=1+1"))
    assert "'=1+1" in (await browser.get("/diversions.csv")).text


OTHERS = ("mediator", "judge", "trial_judge", "admin")


@pytest.mark.parametrize("role", OTHERS)
async def test_the_desk_is_nobody_elses(desk, browser, other_browser, role):
    matter, (_, respondent) = await sent_on(desk, browser)
    waiting = await desk.submitted()
    await other_browser.become(role)
    for path in (
        "/intake",
        f"/intake/{waiting.id}",
        "/diversions",
        "/diversions.csv",
        f"/asking/{matter.id}",
        "/asking",
    ):
        assert (await other_browser.get(path)).status == 404, path
    for path, form in (
        (f"/intake/{waiting.id}/reject", {"reason": "wrong_court"}),
        (f"/intake/{waiting.id}/divert", LOAN),
        (f"/intake/{waiting.id}/supplement", {"defect_facts": "yes", "due": "2026-11-30"}),
        (f"/intake/{waiting.id}/reveal", {"party": respondent.id, "datum": "phone", "purpose": "contact"}),
        (f"/intake/{waiting.id}/triage/mediable", {"none": "yes"}),
        (f"/asking/{matter.id}/parties/{respondent.id}/answer", {"answer": "yes"}),
        (f"/asking/{matter.id}/parties/{respondent.id}/unreachable", {"reason": "x"}),
    ):
        answer = await other_browser.post(path, form)
        assert answer.status in (400, 404), path
        assert "16100000012" not in answer.text
    assert (await desk.matter(waiting.id)).state is MatterState.SUBMITTED
    assert (await desk.kinds(matter))[-1] == "diverted"


async def test_without_an_account_the_desk_asks_for_one(site, other_browser):
    for path in ("/intake", "/asking", "/diversions", f"/asking/{MATTER_1}"):
        assert (await other_browser.get(path)).location.startswith("/login")


async def test_every_word_of_the_desk_is_there_in_english_too(desk, browser):
    matter, _ = await sent_on(desk, browser)
    other = await desk.submitted("离婚纠纷")
    await browser.prefer(language="en")
    for path in (
        "/home",
        "/intake",
        f"/intake/{other.id}",
        f"/intake/{other.id}/triage/mediable",
        f"/asking/{matter.id}",
        "/asking",
        "/diversions",
    ):
        page = await browser.get(path)
        assert page.status == 200, path


async def test_the_log_of_a_diversion_holds_the_answers(desk, site, browser):
    matter, _ = await sent_on(desk, browser)
    async with site.ctx.db.reading() as tx:
        log = await matter_events.events_of(tx, matter.id)
    checklist = next(each for each in log if each.kind.value == "diverted").payload["checklist"]
    assert checklist["respondent_here"] is True
    assert checklist["arbitration_clause"] is False


async def test_the_mock_court_sends_a_case_changes_its_procedure_and_takes_it_back(desk, site, browser):
    assert (await browser.post("/demo/court/cases")).status == 303
    page = await browser.get("/demo/court")
    assert "(2026)皖9901民初3001号" in page.text
    asked = await browser.get("/asking")
    assert "陶静怡" in asked.text
    async with site.ctx.db.reading() as tx:
        (matter,) = await matters.by_case_no(tx, "江岚市云溪区人民法院", "(2026)皖9901民初3001号")
    for act in ("procedure", "recall"):
        assert (await browser.post(f"/demo/court/cases/{matter.id}/{act}")).status == 303
    moved = await desk.matter(matter.id)
    assert (moved.procedure, moved.state) == ("普通", MatterState.RECALLED)
    assert (await browser.post(f"/demo/court/cases/{matter.id}/burn")).status == 404
    await browser.post("/demo/court/cases")
    assert "(2026)皖9901民初3002号" in (await browser.get("/demo/court")).text
