"""What people do with the pages in a mediation, each step as a person would press it."""

from contextlib import suppress

from playwright.async_api import Page, expect

from tests.browser.people import until

PATIENCE_MS = 20_000


async def sign_in(page: Page, link: str) -> None:
    await page.goto(link)
    await page.click("main form button[type=submit]")
    await page.wait_for_url("**/home")


async def enter_room(page: Page) -> None:
    await page.click('form[action^="/sessions/"][action$="/enter"] button >> nth=0')
    await page.wait_for_selector('[data-screen="room"]:not([hidden])')


async def accept_invitation(page: Page, link: str) -> None:
    """From the letter through the device check and each question to the lobby."""
    await page.goto(link)
    await decide_everything(page)
    await page.click("#enter-button")
    await page.wait_for_url("**/seats/**")
    await page.wait_for_selector('[data-screen="lobby"]:not([hidden])')


async def decide_everything(page: Page) -> None:
    if await page.locator('[data-step="letter"] [data-go="device"]').is_visible():
        await page.click('[data-step="letter"] [data-go="device"]')
    if await page.locator("#start-check").is_visible():
        await page.dispatch_event("#start-check", "click")
    await until(page, "document.querySelector('#preview').videoWidth > 0")
    await page.click("#device-next")
    await page.click('[data-step="rules"] .btn--primary')
    for item in await page.eval_on_selector("main", "main => main.dataset.items.split(' ')"):
        await page.click(f'[data-step="{item}"] label:has(input[value="yes"])')
        await page.click(f'[data-decide="{item}"]')
    await page.wait_for_selector("#enter-button", state="visible")


async def verify_and_admit_all(mediator: Page, people: int) -> None:
    waiting = mediator.locator('[data-part="lobby-people"] > li')
    await expect(waiting).to_have_count(people)
    for number in range(people):
        await waiting.nth(number).locator("label:has([data-act=verify])").click()
    if people == 1:
        await mediator.click('[data-part="lobby-people"] [data-act="admit"]')
    else:
        await mediator.click('[data-act="admit-all"]')
    await expect(waiting).to_have_count(0)


async def open_mediation(mediator: Page) -> None:
    """Tick the opening off and start."""
    ticks = mediator.locator('[data-part="opening-list"] > li')
    for number in range(await ticks.count()):
        box = ticks.nth(number).locator("input[type=checkbox]")
        if not await box.is_checked():
            await ticks.nth(number).locator("label").click()
    await mediator.click('[data-act="start"]:not([aria-disabled="true"])')
    await expect(mediator.locator(".pill--rec")).to_be_visible()


async def open_caucus(mediator: Page, side: str, minutes: int = 10) -> None:
    await mediator.click('[data-act="open-caucus"]')
    await mediator.click(f'#caucus label:has(input[value="{side}"])')
    await mediator.fill("#caucus-minutes", str(minutes))
    await mediator.click('#caucus button[value="yes"]')
    await expect(mediator.locator('[data-part="caucus-bar"]')).to_be_visible()


async def close_caucus(mediator: Page) -> None:
    await mediator.click('[data-act="close-caucus"]')
    await expect(mediator.locator('[data-part="caucus-bar"]')).to_be_hidden()


async def say(page: Page, text: str) -> None:
    """Type into the chat."""
    if not await page.locator("#chat-text").is_visible():
        tab = page.locator("#tab-chat")
        await (tab.click() if await tab.is_visible() else page.keyboard.press("c"))
    await page.fill("#chat-text", text)
    await page.press("#chat-text", "Enter")


async def conclude(mediator: Page, outcome: str, words: str, ground: str | None = None) -> None:
    await mediator.click('[data-act="conclude"]')
    await mediator.click(f'#conclude label:has(input[value="{outcome}"])')
    if ground:
        await mediator.click(f'#conclude label:has(input[value="{ground}"])')
    await mediator.fill("#conclude-terms" if outcome in {"agreed", "partial"} else "#conclude-reasons", words)
    await mediator.click('#conclude button[type="submit"]')
    await mediator.click('#ask button[value="yes"]')


def seat_of(page: Page, name: str):
    return page.locator("article.seat", has_text=name)


async def switch_devices_on(page: Page) -> None:
    """Press microphone and camera until both are on, as a person does who sees that they are off."""
    for control in ("microphone", "camera"):
        button = page.locator(f'nav.bar [data-act="{control}"]')
        await expect(button).to_be_visible()
        for _ in range(4):  # a press in the moment in which it goes on by itself switches it off again
            if "ctl--off" not in (await button.get_attribute("class") or ""):
                break
            await button.click()
            with suppress(AssertionError):
                await expect(button).not_to_contain_class("ctl--off", timeout=PATIENCE_MS / 4)
        await expect(button).not_to_contain_class("ctl--off")
