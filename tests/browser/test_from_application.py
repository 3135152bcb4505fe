"""From an application to the opened sitting, on both tracks, everybody at a browser; and one mediation in writing."""

import asyncio
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from mediation_server.clock import SystemClock
from mediation_server.domain.calendar import SHANGHAI
from tests.applications import TAO
from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser

pytestmark = pytest.mark.timeout(300)

LIN = "16100000012"  # 林若溪 has an account


@dataclass(frozen=True)
class Way:
    """A track as the filing desk takes it, and a mediator of that court's roster."""

    court: str
    desk: str
    track: str
    mediator: str
    case_no: str = ""
    procedure: str = ""


BEFORE_FILING = Way("石桥县人民法院", "许婉清", "prefiling_delegated", "邵文博")
AFTER_FILING = Way(
    "江岚市云溪区人民法院", "高文心", "postfiling_entrusted", "郑思远", "（2026）皖9901民初2188号", "简易"
)


@pytest.fixture
async def people(demo, tmp_path):
    """Applicant and respondent at phones, the filing desk and the mediator at desks."""
    at_phone = {"base_url": demo.url, "viewport": {"width": 390, "height": 844}}
    async with AsyncExitStack() as stack:
        pages = await asyncio.gather(
            stack.enter_async_context(sitting_at_a_browser(APPLICANT, tmp_path, **at_phone)),
            stack.enter_async_context(sitting_at_a_browser(RESPONDENT, tmp_path, **at_phone)),
            stack.enter_async_context(sitting_at_a_browser(None, tmp_path, base_url=demo.url)),
            stack.enter_async_context(sitting_at_a_browser(MEDIATOR, tmp_path, base_url=demo.url)),
        )
        for page in pages:
            page.set_default_timeout(steps.PATIENCE_MS)
        yield pages


@pytest.mark.parametrize("way", [BEFORE_FILING, AFTER_FILING], ids=["before-filing", "after-filing"])
async def test_from_the_application_to_the_opened_sitting(people, way):
    applicant, respondent, desk, mediator = people
    ref = await _applies(applicant, way)
    await _diverts(desk, ref, way)
    await _comes_in(respondent, LIN)
    await respondent.goto("/my")
    for party in (applicant, respondent):
        matter = await _own_matter(party)
        await _consents(party, matter)
    for party in (applicant, respondent):
        await _votes_for(party, matter, way.mediator)
    await _is(mediator, way.mediator)
    await _accepts(mediator, matter)
    await _schedules(mediator, matter)
    for party in (applicant, respondent):
        await _enters(party, matter)
    await mediator.goto("/home")
    await steps.enter_room(mediator)
    await steps.verify_and_admit_all(mediator, 2)
    await steps.open_mediation(mediator)
    for party in (applicant, respondent):
        await expect(party.locator('[data-screen="room"]')).to_be_visible()
        await expect(party.get_by_text("正在录音录像").locator("visible=true").first).to_be_visible()


async def test_in_writing_and_only_the_mediator_passes_on(people):
    applicant, respondent, _, mediator = people
    for party, name in ((applicant, "周承安"), (respondent, "林若溪")):
        await _is(party, name)
        matter = await _own_matter(party)
        await _answers(party, f"/my/{matter}/consents/c7", "yes")
    await _is(mediator, "郑思远")
    await mediator.goto(f"/matters/{matter}/sessions/new")
    await mediator.locator('label:has(input[name="kind"][value="async"])').click()
    await _plans(mediator, minutes=0)
    sitting = mediator.url.rsplit("/", 1)[1]
    writing = f"/my/sittings/{sitting}/writing"
    await _writes(applicant, writing, "最多让到八万", to="presider")
    await _writes(applicant, writing, "转账记录在这里，请对方核对", to="all")
    await respondent.goto(writing)
    await expect(respondent.locator("main")).not_to_contain_text("最多让到八万")
    await expect(respondent.locator("main")).not_to_contain_text("转账记录在这里")
    await mediator.goto(f"/sessions/{sitting}/writing")
    await expect(mediator.locator("main")).to_contain_text("最多让到八万")
    async with mediator.expect_navigation():
        await mediator.locator('form[action$="/relay"] button').first.click()
    await respondent.reload()
    await expect(respondent.locator("main")).to_contain_text("转账记录在这里")
    await expect(respondent.locator("main")).not_to_contain_text("最多让到八万")


async def _is(page: Page, name: str) -> None:
    """Sign in as somebody of the demo."""
    await page.goto("/demo")
    await page.locator('form[action^="/demo/people/"] button', has_text=name).first.click()
    await page.wait_for_url(re.compile("/(home|my)"))


async def _comes_in(page: Page, phone: str) -> None:
    await page.goto("/enter")
    await page.fill("#phone", phone)
    await page.get_by_role("button", name="获取验证码").click()
    await page.wait_for_selector("#code")
    outbox = await page.context.request.get("/demo/outbox")
    await page.fill("#code", re.findall(r"验证码(\d{6})", await outbox.text())[0])
    await page.get_by_role("button", name="进入", exact=True).click()
    await page.wait_for_url("**/my")


async def _applies(page: Page, way: Way) -> str:
    """The whole application; the number on the receipt."""
    await _comes_in(page, TAO["phone"])
    await page.goto("/apply")
    await page.get_by_role("button", name="开始填写").click()
    await page.get_by_text(way.court).first.click()
    await page.fill("#cause", "民间借贷纠纷")
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_role("button", name="我本人").click()
    for field in ("name", "id_number", "address"):
        await page.fill(f"#{field}", TAO[field])
    await page.get_by_role("button", name="填好了").click()
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_role("button", name="加一个人").first.click()
    await page.fill("#name", "林若溪")
    await page.fill("#phone", LIN)
    await page.get_by_role("button", name="填好了").click()
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_text("不委托，自己办").click()
    await page.get_by_role("button", name="下一步").click()
    await page.fill("#facts", "2025年3月1日借给对方五万元，约定半年归还，到期没有还。")
    await page.fill("#claim", "归还借款50 000元")
    await page.fill("#amount", "50000")
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_role("button", name="提交申请").click()
    number = await page.locator(".receipt__number").inner_text()
    return number.rpartition("-")[0]  # what nobody can guess is the party's alone


async def _diverts(desk: Page, ref: str, way: Way) -> None:
    await _is(desk, way.desk)
    await desk.goto("/intake")
    await desk.locator("main li", has_text=ref).locator("a").first.click()
    await desk.wait_for_url("**/intake/*")
    await desk.goto(f"{desk.url}/triage")
    while not desk.url.endswith("/result"):
        here = desk.locator('label:has(input[name="respondent_here"])')
        await (here if await here.count() else desk.locator('label:has(input[name="none"])')).first.click()
        before = desk.url
        await desk.locator("main form button[type=submit]").first.click()
        await desk.wait_for_url(lambda url, before=before: url != before)
    await desk.locator(f'label:has(input[name="track"][value="{way.track}"])').click()
    if way.case_no:
        await desk.fill("#case_no", way.case_no)
        await desk.select_option("#procedure", way.procedure)
    await desk.locator('form[action$="/divert"] button[type=submit]').click()
    await desk.wait_for_url("**/asking/*")


async def _own_matter(party: Page) -> str:
    await party.goto("/my")
    link = await party.locator('main a[href^="/my/"]').first.get_attribute("href")
    return link.split("/")[2]


async def _answers(page: Page, address: str, answer: str) -> None:
    await page.goto(address)
    await page.locator(f'main label:has(input[name="answer"][value="{answer}"])').click()
    await page.locator("main form:has(input[name=answer]) button[type=submit]").click()
    await page.wait_for_load_state()


async def _consents(party: Page, matter: str) -> None:
    """Every question that is asked at the beginning; who mediates they want to say themselves."""
    for item in ("c1", "c2", "c3", "c4", "c5"):
        await _answers(party, f"/my/{matter}/consents/{item}", "yes")


async def _votes_for(party: Page, matter: str, name: str) -> None:
    await party.goto(f"/my/{matter}/mediator")
    await party.locator('label:has(input[name="how"][value="joint"])').click()
    chosen = party.locator("#first option", has_text=name)
    await party.select_option("#first", await chosen.get_attribute("value"))
    await party.locator(f'form[action="/my/{matter}/mediator"] button[type=submit]').click()
    await expect(party.locator("main")).to_contain_text(name)


async def _accepts(mediator: Page, matter: str) -> None:
    await mediator.goto(f"/inbox/{matter}")
    await mediator.locator('label:has(input[name="disclose"][value="nothing"])').click()
    await mediator.locator('form[action$="/accept"] button[type=submit]').click()
    await mediator.wait_for_url(f"**/matters/{matter}")


async def _plans(mediator: Page, minutes: int = 12) -> None:
    """In so many minutes; everybody waives the three days, and it is held all the same when another sitting is near."""
    soon = (SystemClock().now() + timedelta(minutes=minutes)).astimezone(SHANGHAI)
    await mediator.fill("#day", soon.strftime("%Y-%m-%d"))
    await mediator.fill("#time", soon.strftime("%H:%M"))
    for _ in range(2):
        for box in await mediator.locator("main form input[type=checkbox]").all():
            await box.check()
        await mediator.locator("main form button[type=submit]").last.click()
        await mediator.wait_for_load_state()
        if "/sessions/" in mediator.url and not mediator.url.endswith(("/new", "/sessions")):
            return
    await expect(mediator.locator("main .field__error, main [role=alert]")).to_have_count(0)


async def _schedules(mediator: Page, matter: str) -> None:
    await mediator.goto(f"/matters/{matter}/sessions/new")
    await mediator.locator('label:has(input[name="kind"][value="mediation"])').click()
    await _plans(mediator)


async def _enters(party: Page, matter: str) -> None:
    await party.goto(f"/my/{matter}")
    await party.get_by_role("button", name="进入调解").click()
    await party.wait_for_url("**/join/*")
    await steps.decide_everything(party)
    await party.click("#enter-button")
    await party.wait_for_selector('[data-screen="lobby"]:not([hidden])')


async def _writes(party: Page, address: str, text: str, *, to: str) -> None:
    await party.goto(address)
    await party.locator(f'label:has(input[value="{to}"])').first.click()
    await party.fill("main textarea", text)
    await party.locator("main form:has(textarea) button[type=submit]").first.click()
    await expect(party.locator("main")).to_contain_text(text)
