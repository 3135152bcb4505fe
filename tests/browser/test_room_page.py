"""What the room page does by itself: lobby, controls, questions before leaving, keys, another device."""

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR
from tests.browser.people import sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(240)

PATIENCE_MS = steps.PATIENCE_MS


@pytest.fixture
async def mediator(demo, tmp_path):
    async with sitting_at_a_browser(MEDIATOR, tmp_path) as page:
        page.set_default_timeout(PATIENCE_MS)
        await steps.sign_in(page, demo.roles["mediator"])
        await steps.enter_room(page)
        yield page


@pytest.fixture
async def applicant(demo, mediator, tmp_path):
    """At a phone, in the lobby; the mediator is in the room."""
    async with sitting_at_a_browser(APPLICANT, tmp_path, viewport={"width": 390, "height": 844}) as page:
        page.set_default_timeout(PATIENCE_MS)
        await steps.accept_invitation(page, demo.roles["applicant"])
        yield page


def control(page, name):
    return page.locator(f'nav.bar [data-act="{name}"]')


async def person_menu(page, name, choice):
    await page.get_by_role("button", name=f"{name}的更多操作").click()
    await page.locator("#menu").get_by_role("button", name=choice).click()


async def test_from_the_lobby_into_the_room_and_back(mediator, applicant):
    await _the_lobby_is_truthful(mediator, applicant)
    await steps.verify_and_admit_all(mediator, 1)
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
    await expect(applicant.get_by_text("尚未正式开始，未录制")).to_be_visible()
    await expect(control(applicant, "microphone")).to_have_text("静音")

    await _nothing_starts_while_a_side_is_missing(mediator)
    await _a_locked_microphone_stays_locked(mediator, applicant)
    await _keys_do_what_they_say(applicant)
    await _leaving_asks_first(applicant)

    await person_menu(mediator, "周承安", "请回候场")
    await expect(applicant.locator('[data-screen="lobby"]')).to_be_visible()
    assert await applicant.locator("audio").count() == 0
    await mediator.locator('[data-part="knock"]').get_by_role("button", name="拒绝进入").click()
    await mediator.locator("#ask").get_by_role("button", name="拒绝进入").click()
    await expect(mediator.locator("#ask-error")).to_be_visible()
    await mediator.fill("#ask-input", "证件与本人不符")
    await mediator.locator("#ask").get_by_role("button", name="拒绝进入").click()
    await expect(applicant.get_by_text("理由：证件与本人不符")).to_be_visible()


async def _nothing_starts_while_a_side_is_missing(mediator):
    ticks = mediator.locator('[data-part="opening-list"] > li label')
    for number in range(await ticks.count()):
        await ticks.nth(number).click()
    await expect(mediator.locator("#start-why")).to_have_text("还没有到场：被告")
    await expect(mediator.locator('[data-act="start"]')).to_have_attribute("aria-disabled", "true")


async def _the_lobby_is_truthful(mediator, applicant):
    await expect(applicant.get_by_role("heading", name="调解员已知您到达，请稍候")).to_be_visible()
    await until(applicant, "document.querySelector('[data-part=lobby-video]').videoWidth > 0")
    await expect(applicant.locator('[data-part="lobby-ready"]')).to_have_text("您已准备好")
    assert "林若溪" not in await applicant.inner_text("main")
    row = mediator.locator('[data-part="lobby-people"] > li')
    await expect(row).to_contain_text("周承安")
    await expect(row).to_contain_text("设备检测正常")
    await expect(row.locator(".glyph.side-a")).to_have_text("原")
    start = mediator.locator('[data-act="start"]')
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(mediator.locator("#start-why")).to_contain_text("核对身份")


async def _a_locked_microphone_stays_locked(mediator, applicant):
    await person_menu(mediator, "周承安", "静音并锁定")
    microphone = control(applicant, "microphone")
    await expect(microphone).to_have_attribute("aria-disabled", "true")
    await expect(applicant.get_by_text("调解员已将您静音")).to_be_visible()
    await microphone.click(force=True)
    await expect(microphone).to_have_text("解除静音")
    await expect(mediator.locator("article.seat", has_text="周承安")).to_contain_text("已锁定静音")
    await control(applicant, "hand").click()
    await expect(mediator.locator("article.seat", has_text="周承安").locator('[data-part="hand"]')).to_be_visible()
    await person_menu(mediator, "周承安", "解除静音锁定")
    await expect(microphone).not_to_have_attribute("aria-disabled", "true")
    await microphone.click()
    await expect(microphone).to_have_text("静音")
    await expect(mediator.locator("article.seat", has_text="周承安")).not_to_contain_text("静音")


async def _keys_do_what_they_say(applicant):
    microphone = control(applicant, "microphone")
    await applicant.keyboard.press("m")
    await expect(microphone).to_have_text("解除静音")
    await applicant.keyboard.press("?")
    await applicant.locator("#settings").get_by_label("使用键盘快捷键").uncheck()
    await applicant.locator("#settings").get_by_role("button", name="完成").click()
    await applicant.keyboard.press("v")
    await applicant.keyboard.press("m")
    await expect(control(applicant, "camera")).to_have_text("关画面")
    await expect(microphone).to_have_text("解除静音")


async def _leaving_asks_first(applicant):
    await control(applicant, "leave").click()
    dialog = applicant.locator("#ask")
    await expect(dialog).to_contain_text("需调解员再次准许")
    await dialog.get_by_role("button", name="留下").click()
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()


async def test_a_seat_moves_to_another_device_only_when_asked(demo, mediator, applicant, tmp_path):
    await steps.verify_and_admit_all(mediator, 1)
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with sitting_at_a_browser(APPLICANT, elsewhere) as other:
        other.set_default_timeout(PATIENCE_MS)
        await other.goto(demo.roles["applicant"])
        await steps.decide_everything(other)
        await other.click("#enter-button")
        await expect(other.get_by_role("heading", name="您已在另一台设备上进入")).to_be_visible()
        await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
        await other.get_by_role("button", name="在这里继续").click()
        await expect(other.locator('[data-screen="lobby"]')).to_be_visible()  # the mediator let in the other one
        await steps.verify_and_admit_all(mediator, 1)
        await expect(other.locator('[data-screen="room"]')).to_be_visible()
        await expect(applicant.get_by_role("heading", name="已在另一台设备上继续")).to_be_visible()
        await expect(mediator.locator("article.seat", has_text="周承安")).to_have_count(1)


async def test_a_microphone_that_is_refused_is_said_in_words_with_a_way_out(demo, mediator, tmp_path):
    async with sitting_at_a_browser(APPLICANT, tmp_path) as page:
        page.set_default_timeout(PATIENCE_MS)
        await steps.accept_invitation(page, demo.roles["applicant"])
        await page.evaluate(
            """() => {
              navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
            }"""
        )
        await page.click('[data-screen="lobby"] [data-act="settings"]')
        await page.locator("#pick-microphone").dispatch_event("change")
        await expect(page.locator('[data-part="settings-rescue-title"]')).to_have_text("浏览器没有允许使用麦克风")
        await expect(page.locator('[data-part="lobby-microphone"]')).to_have_text("未获允许")
        await expect(mediator.locator('[data-part="lobby-people"] > li')).to_contain_text("麦克风有问题")
