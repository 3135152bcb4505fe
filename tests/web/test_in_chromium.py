"""The invitation and a sitting's page in a real Chromium: steps, device check, rescue, history, policy."""

from __future__ import annotations

import math
import re
import struct
import wave

import pytest
from playwright.async_api import Page, async_playwright, expect

from bench._chromium import FLAGS, PROGRAM
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from tests.web.unbroken import watch

# these tests give and refuse permission themselves
ARGUMENTS = [each for each in FLAGS if each != "--use-fake-ui-for-media-stream"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
async def chromium(tmp_path):
    voice = tmp_path / "voice.wav"
    with wave.open(str(voice), "wb") as file:  # a steady tone: the browser's own beep is silent most of the time
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(9_000 * math.sin(n * 0.05))) for n in range(48_000)))
    async with async_playwright() as playwright:
        arguments = ["--headless", *ARGUMENTS, f"--use-file-for-fake-audio-capture={voice}"]
        yield await playwright.chromium.launch(executable_path=PROGRAM, args=arguments)


@pytest.fixture
async def open_page(chromium, site):
    contexts, broken = [], []

    async def opened(path: str, *, viewport=DESKTOP, devices=True, agent: str | None = None) -> Page:
        context = await chromium.new_context(
            base_url=str(site.url), viewport=viewport, locale="zh-CN", user_agent=agent, service_workers="block"
        )
        contexts.append(context)
        if devices:
            await context.grant_permissions(["camera", "microphone"])
        page = await context.new_page()
        watch(page, broken)
        await page.goto(path)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert broken == []


async def test_a_party_comes_in_step_by_step_on_a_phone(open_page, browser):
    page = await open_page(await browser.become("respondent"), viewport=PHONE)
    await expect(page.get_by_text("林若溪，您好")).to_be_visible()
    await expect(page.get_by_role("heading", name="试一试声音和画面")).to_be_hidden()
    await page.get_by_role("link", name="是我本人，下一步").click()
    await expect(page.get_by_role("heading", name="试一试声音和画面")).to_be_focused()
    await expect(page.locator("[data-state=camera]")).to_have_text("正常")
    await expect(page.locator("[data-detail=microphone]")).to_have_text("听到您的声音了")
    await expect(page.locator("[data-state=network]")).to_have_text("通畅")
    assert await page.evaluate("document.querySelector('#preview').videoWidth") > 0
    await page.get_by_role("button", name="都正常，下一步").click()
    assert await page.evaluate("document.querySelector('#preview').hidden")
    await page.get_by_role("button", name="我已了解，下一步").click()
    await page.locator("#c2").get_by_role("button", name="下一件").click()
    await expect(page.locator("#c2-error")).to_be_visible()
    await page.get_by_label("我同意通过视频参加").check()
    await page.locator("#c2").get_by_role("button", name="下一件").click()
    await page.get_by_label("我知道了，同意").check()
    await page.locator("#c4").get_by_role("button", name="下一件").click()
    await page.get_by_role("button", name="进入候场").click()
    await page.wait_for_url(re.compile(r"/seats/[0-9a-z]{26}$"))
    await page.go_back()  # the link stays neither in the address bar nor in the history
    assert "/join/" not in page.url


async def test_refusing_is_one_tap_and_says_what_follows(open_page, browser):
    page = await open_page(await browser.become("respondent"))
    await page.locator("#device-next").click()
    await page.get_by_role("button", name="我已了解，下一步").click()
    await page.get_by_label("我不同意，改为线下").check()
    await page.locator("#c2").get_by_role("button", name="下一件").click()
    await expect(page.get_by_role("heading", name="请确认您的决定")).to_be_visible()
    await expect(page.get_by_role("button", name="进入候场")).to_be_hidden()
    await page.get_by_role("button", name="提交我的决定").click()
    await expect(page.get_by_role("heading", name="您的决定已记下")).to_be_visible()


async def test_a_refused_permission_gets_the_steps_for_this_browser(open_page, browser):
    page = await open_page(await browser.become("respondent"), devices=False)
    await page.get_by_role("button", name="打开摄像头和麦克风").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading")).to_have_text("浏览器还没有许可使用摄像头和麦克风")
    await expect(dialog.get_by_role("listitem")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-state=camera]")).to_have_text("没有得到使用许可")
    await expect(page.get_by_role("button", name="先这样，下一步")).to_be_enabled()


async def test_inside_wechat_the_way_out_is_a_browser(open_page, browser):
    agent = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.45"
    link = await browser.become("respondent")
    page = await open_page(link, devices=False, agent=agent)
    await page.get_by_role("button", name="打开摄像头和麦克风").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading")).to_have_text("请用浏览器打开")
    await expect(dialog.get_by_label("您的链接")).to_have_value(re.compile(re.escape(link)))
    await expect(dialog.locator("svg path").first).to_be_visible()


async def test_large_type_changes_at_once_and_stays(open_page, browser):
    page = await open_page(await browser.become("respondent"))
    before = await page.evaluate("getComputedStyle(document.body).fontSize")
    await page.locator("#device-next").click()
    await page.get_by_role("button", name="大字").click()
    assert await page.evaluate("getComputedStyle(document.body).fontSize") > before
    await expect(page.get_by_role("heading", name="您的权利和调解纪律")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-size", "large")


async def test_a_page_can_be_read_without_scripts(chromium, site, browser):
    context = await chromium.new_context(
        base_url=str(site.url), java_script_enabled=False, viewport=PHONE, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(await browser.become("respondent"))
    for text in (
        "林若溪，您好",
        "试一试声音和画面",
        "调解纪律",
        "通过视频参加",
        "录音录像",
        "不是您，或者今天不能参加",
    ):
        await expect(page.get_by_role("heading", name=text, exact=True).first).to_be_visible()
    await page.get_by_label("我同意通过视频参加").check()
    await page.get_by_label("我知道了，同意").check()
    await page.get_by_role("button", name="进入候场").click()
    await page.wait_for_url(re.compile(r"/seats/"))
    await context.close()


WIDEST = """[...document.body.querySelectorAll("*")]
    .filter(part => part.getBoundingClientRect().right > innerWidth).slice(-3).map(part => part.outerHTML)"""


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_is_wider_than_the_window_even_in_large_type(open_page, browser, viewport):
    link = await browser.become("respondent")
    page = await open_page("/demo/as/mediator", viewport=viewport)
    await page.get_by_role("button", name="郑思远").click()
    matter, session = f"/matters/{demo_data.MATTER_1}", f"/sessions/{demo_data.SESSION_1}"
    period = f"{matter}/period"
    for path in ("/home", matter, period, session, "/calendar", "/demo/outbox", "/demo/court", link):
        await page.goto(path)
        for size in ("", "large", "largest"):
            await page.evaluate("size => { document.documentElement.dataset.size = size }", size)
            wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, (path, size, await page.evaluate(WIDEST))


async def test_the_policy_lets_a_socket_through_to_us(open_page):
    page = await open_page("/")
    violated = """(url) => new Promise((done) => {
        document.addEventListener("securitypolicyviolation", () => done(true));
        const socket = new WebSocket(url);
        socket.onerror = () => done(false);
    })"""
    assert await page.evaluate(violated, page.url.replace("http", "ws") + "socket.io/") is False


SUBMIT_IN_VAIN = """() => {
    const form = document.querySelector("#name").form;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}"""
FULL = "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
SPOILED = "() => Object.keys(sessionStorage).forEach((key) => sessionStorage.setItem(key, '{'))"


async def test_what_was_typed_is_there_after_a_reload_and_goes_with_whoever_typed_it(open_page, site):
    async def come(person):
        origin = str(site.url).rstrip("/")
        await page.request.post(f"/demo/people/{person.id}", headers={"Origin": origin})
        await page.goto(agents)

    agents, (zhou, lin) = f"/my/{demo_data.MATTER_1}/agents", cast.PARTY_ACCOUNTS[:2]
    page = await open_page("/")
    await come(zhou)
    await page.fill("#name", "何屿")
    await page.reload()
    await expect(page.locator("#name")).to_have_value("何屿")
    await page.evaluate(SUBMIT_IN_VAIN)
    await page.reload()
    await expect(page.locator("#name")).to_have_value("何屿")  # a form that was not sent is not forgotten
    await page.goto("about:blank")
    await page.go_back()
    await expect(page.locator("#name")).to_have_value("何屿")
    await page.goto(agents)  # opened anew: nothing old stands there unasked
    await expect(page.locator("#name")).to_have_value("")
    await page.fill("#name", "何屿")
    await come(lin)
    await page.reload()
    await expect(page.locator("#name")).to_have_value("")
    assert "何屿" not in await page.evaluate("JSON.stringify({...sessionStorage})")
    for spoil in (SPOILED, FULL):  # nothing comes back then, and nothing breaks
        await page.fill("#name", "何屿")
        await page.evaluate(spoil)
        await page.locator("#name").press_sequentially("一")
        await page.reload()
