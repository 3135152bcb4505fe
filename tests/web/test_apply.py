"""Applying over HTTP: field by field, back and forth, after a lost login, on a second device, to the receipt."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.application import ApplicationStep
from mediation_server.domain.diversion import Defect
from mediation_server.domain.lifecycle import Command, CommandKind, Facts
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.people import Role
from mediation_server.services import demo_cast, triaging
from mediation_server.services.demo_history import BODY
from mediation_server.services.posting import deliver
from mediation_server.services.procedure import act_in
from mediation_server.store import matters
from tests.applications import (
    COMPANY,
    COURT,
    DISPUTE,
    LAWYER,
    TAO,
    WRONG_AGENT,
    WRONG_ANSWERS,
    WRONG_COMPANY,
    WRONG_PERSON,
)
from tests.web.browser import Browser
from tests.web.forms_on_pages import forms_of
from web.i18n import load_catalogue

ZH = load_catalogue("zh")
ZHOU = demo_cast.PARTY_ACCOUNTS[0]
TAKEN = Facts(tracks=frozenset(Track), charter_covers=True)


class Applying:
    """Somebody at the pages of one application."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.applicant = self.company = ""

    async def post(self, path: str, form: dict[str, str]):
        return await self.browser.post(f"{self.base}/{path}", {"go": "next", **form})

    async def page(self, path: str) -> str:
        answer = await self.browser.get(f"{self.base}/{path}")
        assert answer.status == 200, (path, answer.status)
        return html.unescape(answer.text)

    async def add(self, side: str, kind: str) -> str:
        answer = await self.post("people", {"side": side, "kind": kind})
        assert answer.status == 303, answer.text
        return answer.location.rsplit("/", 1)[1]

    async def fill(self) -> None:
        """Everything a complete application has, page by page."""
        assert (await self.post("court", COURT)).location == f"{self.base}/applicants"
        self.applicant = await self.add("applicant", "natural")
        tao = {**TAO, "phone": ZHOU.phone}
        assert (await self.post(f"people/{self.applicant}", tao)).location == f"{self.base}/applicants"
        assert (await self.post("applicants", {})).location == f"{self.base}/respondents"
        self.company = await self.add("respondent", "organisation")
        assert (await self.post(f"people/{self.company}", COMPANY)).location == f"{self.base}/respondents"
        assert (await self.post("respondents", {})).location == f"{self.base}/agents"
        assert (await self.post("agents", {"has_agents": "no"})).location == f"{self.base}/dispute"
        assert (await self.post("dispute", DISPUTE)).location == f"{self.base}/review"


async def began(browser, person=ZHOU) -> Applying:
    await browser.post(f"/demo/people/{person.id}")
    answer = await browser.post("/apply")
    assert answer.status == 303, answer.text
    return Applying(browser, answer.location.rsplit("/", 1)[0])


@pytest.fixture
async def one(browser):
    return await began(browser)


@pytest.fixture
async def whole(one):
    await one.fill()
    return one


def said(code: str) -> re.Pattern[str]:
    """The sentence of a refusal, whatever numbers stand in it."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(ZH[f"error.{code}"])))


def shown_value(page: str, field: str) -> str:
    box = re.search(rf'<input[^>]* name="{field}"[^>]* value="([^"]*)"', page)
    area = re.search(rf'<textarea[^>]* name="{field}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    found = box or area
    assert found, field
    return found[1]


async def test_from_the_first_page_to_the_receipt(site, whole):
    page = await whole.page("review")
    for words in (
        "陶静怡",
        "349901199106110244",
        "江岚星桥电子有限公司",
        "人民币伍万元整",
        "1\N{NO-BREAK SPACE}050.00元",
    ):
        assert words in page
    handed_in = await whole.post("submit", {})
    assert handed_in.location == f"{whole.base}/receipt"
    receipt = await whole.page("receipt")
    assert "TJ-9901-2026-000043" in receipt
    assert "<svg" in receipt
    assert (await whole.browser.get(whole.base)).location == f"{whole.base}/receipt"
    assert (await whole.browser.get(f"{whole.base}/court")).location == f"{whole.base}/receipt"
    outbox = (await whole.browser.get("/demo/outbox")).text
    assert "回执号TJ-9901-2026-000043" in outbox


def by_field(cases):
    """The cases of each field together: one server for all of them."""
    found = {}
    for *where, typed, code in cases:
        found.setdefault(tuple(where), []).append((typed, code))
    return [(*where, tries) for where, tries in found.items()]


def beside(page: str, field: str, code: str) -> bool:
    """Whether the sentence of a refusal stands in the field's own error."""
    return re.search(rf'id="{field}-error".*?{said(code).pattern}', page, re.DOTALL) is not None


@pytest.mark.parametrize(("field", "tries"), by_field(WRONG_PERSON))
async def test_a_mistake_about_a_person_is_said_beside_the_field_and_stays_typed(whole, field, tries):
    address, other = f"people/{whole.applicant}", "name" if field != "name" else "address"
    for typed, code in tries:
        answer = await whole.post(address, {**TAO, field: typed})
        assert answer.status == 400
        for page in (html.unescape(answer.text), await whole.page(address)):  # after a reload too
            assert beside(page, field, code), (typed, code)
            assert field == "id_kind" or shown_value(page, field) == typed
            assert shown_value(page, other) == TAO[other]


@pytest.mark.parametrize(("field", "tries"), by_field(WRONG_COMPANY))
async def test_a_mistake_about_an_organisation_is_said_beside_the_field(whole, field, tries):
    for typed, code in tries:
        answer = await whole.post(f"people/{whole.company}", {**COMPANY, field: typed})
        page = html.unescape(answer.text)
        assert (answer.status, beside(page, field, code), shown_value(page, field)) == (400, True, typed)


def ticked(agent: dict[str, str]) -> dict[str, str]:
    """An agent as the form sends it: one box for each paper and power."""
    boxes = {f"paper_{each}": "on" for each in agent["papers"].split()}
    return {**agent, **boxes, **{f"power_{each}": "on" for each in agent["powers"].split()}}


async def test_each_mistake_about_an_agent_is_said(whole):
    added = await whole.post("agents/new", {})
    path = added.location.removeprefix(f"{whole.base}/")
    right = {**LAWYER, "party": whole.applicant}
    for field, typed, code in WRONG_AGENT:
        answer = await whole.post(path, ticked({**right, field: typed}))
        assert (answer.status, bool(said(code).search(html.unescape(answer.text)))) == (400, True), (field, typed)
    bare = await whole.post(path, {**right, "papers": "", "powers": "", "authority": "special"})
    (form,) = [each for each in forms_of(bare.text) if "power_settle" in each.fields]
    boxes = {each.name: each.linked for each in form.fields.values() if each.kind == "checkbox"}
    assert set(boxes.values()) == {True}, boxes
    assert (await whole.post(path, ticked(right))).location == f"{whole.base}/agents"
    assert "何屿" in await whole.page("agents")


@pytest.mark.parametrize(("step", "field", "tries"), by_field(WRONG_ANSWERS))
async def test_a_mistake_in_a_plain_answer_is_said_beside_the_field_and_stays_typed(whole, step, field, tries):
    right = {ApplicationStep.COURT: COURT, ApplicationStep.DISPUTE: DISPUTE}.get(step, {})
    for typed, code in tries:
        answer = await whole.post(step, {**right, field: typed})
        assert answer.status == 400
        for page in (html.unescape(answer.text), await whole.page(step)):
            assert beside(page, field, code), (typed, code)
            assert field in ("court", "has_agents") or shown_value(page, field) == typed
    assert "去改第一处" in await whole.page("review")
    assert (await whole.post("submit", {})).status == 400


async def test_two_characters_or_an_english_word_find_a_cause(one):
    page = html.unescape((await one.post("court", {"court": "9901", "cause": "借", "go": "stay"})).text)
    assert 'name="pick" value="民间借贷纠纷"' in page
    assert "error" not in page.split('id="cause"')[1][:200]
    assert (await one.post("court", {"court": "9901", "cause": "借", "pick": "民间借贷纠纷"})).status == 303
    only = await one.post("court", {"court": "9901", "cause": "private lending"})
    assert (only.status, shown_value(await one.page("court"), "cause")) in (
        (303, "民间借贷纠纷"),
        (400, "private lending"),
    )


async def test_a_second_device_goes_on_where_the_first_stopped(whole, other_browser):
    await whole.post(f"people/{whole.company}", {**COMPANY, "phone": "123"})
    await other_browser.post(f"/demo/people/{ZHOU.id}")
    assert f'href="{whole.base}"' in (await other_browser.get("/my")).text
    resumed = await other_browser.get(whole.base)
    assert resumed.location == f"{whole.base}/respondents"
    assert (
        shown_value(html.unescape((await other_browser.get(f"{whole.base}/people/{whole.company}")).text), "phone")
        == "123"
    )


async def test_what_is_sent_after_the_login_ended_is_kept_and_shown_after_signing_in(site, whole):
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    typed = {**DISPUTE, "facts": "登录过期以后写的这一段话，不能丢。"}
    sent = await whole.post("dispute", typed)
    assert sent.location == f"/enter?next={whole.base}/dispute"
    assert (await whole.browser.get(f"{whole.base}/dispute")).status == 303  # nothing is shown without a login
    await whole.browser.post(f"/demo/people/{ZHOU.id}")
    assert shown_value(await whole.page("dispute"), "facts") == typed["facts"]


async def test_while_somebody_types_the_page_is_kept_without_an_answer(whole):
    kept = await whole.post("dispute", {**DISPUTE, "facts": "写到一半", "go": "keep"})
    assert (kept.status, kept.text) == (204, "")
    assert shown_value(await whole.page("dispute"), "facts") == "写到一半"


async def test_going_back_keeps_what_is_wrong_too(whole):
    back = await whole.post("dispute", {**DISPUTE, "amount": "很多", "go": "back"})
    assert back.location == f"{whole.base}/agents"
    assert shown_value(await whole.page("dispute"), "amount") == "很多"


async def test_another_persons_application_does_not_exist(whole, other_browser):
    await other_browser.post(f"/demo/people/{demo_cast.PARTY_ACCOUNTS[1].id}")
    for path in ("", "/court", "/review", "/receipt", f"/people/{whole.applicant}"):
        assert (await other_browser.get(whole.base + path)).status == 404, path
    for path in ("/court", "/submit", "/remove", "/people", "/agents/new", f"/people/{whole.applicant}"):
        assert (await other_browser.post(whole.base + path, {})).status == 404, path


async def test_staff_fill_one_in_and_it_says_so(browser):
    one = await began(browser, next(each for each in demo_cast.USERS if each.role is Role.CLERK))
    assert "代当事人填写" in await one.page("court")
    await one.fill()
    assert (await one.post("submit", {})).status == 303
    assert "田甜" in await one.page("receipt")


async def test_whoever_may_not_apply_finds_nothing_there(browser):
    await browser.post(f"/demo/people/{demo_cast.ADMINISTRATOR.id}")
    assert (await browser.get("/apply")).status == 404
    assert (await browser.post("/apply")).status == 403


async def test_a_draft_can_be_thrown_away(one):
    assert (await one.post("remove", {})).location == "/apply"
    assert (await one.browser.get(one.base)).status == 404


async def test_the_receipt_as_a_pdf_and_the_submission_without_it(site, whole, monkeypatch):
    def down(*_args, **_named):
        raise RuntimeError("no font")

    await whole.post("submit", {})
    with monkeypatch.context() as patched:
        patched.setattr("mediation_server.documents.rendering._compiled", down)
        broken = await whole.browser.get(f"{whole.base}/receipt.pdf")
        assert (broken.status, "不受影响" in broken.text) == (503, True)
        assert "TJ-9901-2026-000043" in await whole.page("receipt")


async def test_the_form_is_not_sent_twice_by_an_impatient_finger(site, whole):
    first, second = await whole.post("submit", {}), await whole.post("submit", {})
    assert first.location == second.location
    assert await deliver(site.ctx) == 0
    assert (await whole.browser.get("/demo/outbox")).text.count("回执号TJ-9901-2026-000043") == 1


async def test_what_the_filing_staff_want_is_listed_and_completed(site, whole):
    await whole.post("submit", {})
    async with site.ctx.db.reading() as tx:
        matter = await matters.by_ref(tx, "TJ-9901-2026-000043")
    first, due = matter.submitted_at, (site.clock.now() + timedelta(days=7)).date()
    lacking = [(Defect.CLAIM, "请写明利息怎么算"), (Defect.RESPONDENT, "")]
    await triaging.request_supplement(site.ctx, demo_cast.FILING, matter.id, lacking, due)
    assert (await whole.browser.get(whole.base)).location == f"{whole.base}/review"
    page = await whole.page("review")
    assert "请写明利息怎么算" in page
    assert f'href="{whole.base}/dispute"' in page
    assert "补好了，重新提交" in page
    site.clock.advance(hours=20)
    await whole.browser.post(f"/demo/people/{ZHOU.id}")
    await whole.post("dispute", {**DISPUTE, "claim": "归还借款50 000元，利息按年3%"})
    assert (await whole.post("submit", {})).location == f"{whole.base}/receipt"
    async with site.ctx.db.reading() as tx:
        after = await matters.matter(tx, matter.id)
    assert (after.state, after.submitted_at, after.claim) == (
        MatterState.SUBMITTED,
        first,
        "归还借款50 000元，利息按年3%",
    )
    assert "补正" not in await whole.page("receipt")


async def test_the_other_side_reads_what_it_is_about_once_it_is_asked_and_no_way_to_reach_anybody(
    site, whole, other_browser
):
    await whole.post(f"people/{whole.company}", {**COMPANY, "phone": "16100000012"})
    await whole.post("submit", {})
    async with site.ctx.db.reading() as tx:
        matter = await matters.by_ref(tx, "TJ-9901-2026-000043")
    about = f"/my/{matter.id}/application"
    assert (await whole.browser.get(about)).location == whole.base
    await other_browser.post(f"/demo/people/{demo_cast.PARTY_ACCOUNTS[1].id}")
    assert (await other_browser.get(about)).status == 404  # nobody has examined it yet
    async with site.ctx.db.transaction() as tx:
        await act_in(tx, BODY, matter.id, Command(CommandKind.ORG_TAKE, {}), at=site.clock.now(), facts=TAKEN)
    page = html.unescape((await other_browser.get(about)).text)
    for words in ("约定半年归还", "归还借款", "陶静怡", "单方写的"):
        assert words in page
    for secret in (ZHOU.phone, TAO["id_number"], "桥东路", TAO["email"], "349901"):
        assert secret not in page


async def test_in_safety_mode_the_other_side_reads_neither_names_nor_the_story(site, whole, other_browser):
    await whole.post(f"people/{whole.company}", {**COMPANY, "phone": "16100000012"})
    await whole.post("submit", {})
    async with site.ctx.db.transaction() as tx:
        matter = await matters.by_ref(tx, "TJ-9901-2026-000043")
        await act_in(tx, BODY, matter.id, Command(CommandKind.ORG_TAKE, {}), at=site.clock.now(), facts=TAKEN)
        await matters.save(tx, replace(await matters.matter(tx, matter.id), safety=True))
    await other_browser.post(f"/demo/people/{demo_cast.PARTY_ACCOUNTS[1].id}")
    page = html.unescape((await other_browser.get(f"/my/{matter.id}/application")).text)
    assert "江岚星桥电子有限公司" in page
    for secret in ("陶静怡", "Tao Jingyi", "约定半年归还", "何屿"):
        assert secret not in page


async def test_the_filing_desk_reads_what_was_written(site, whole, other_browser):
    added = await whole.post("agents/new", {})
    await whole.post(added.location.removeprefix(f"{whole.base}/"), ticked({**LAWYER, "party": whole.applicant}))
    await whole.post("submit", {})
    async with site.ctx.db.reading() as tx:
        matter = await matters.by_ref(tx, "TJ-9901-2026-000043")
    await other_browser.post(f"/demo/people/{demo_cast.FILING.id}")
    page = html.unescape((await other_browser.get(f"/intake/{matter.id}")).text)
    for words in ("约定半年归还", "何屿", "特别授权", "和解、调解"):
        assert words in page
    assert ZHOU.phone not in page
