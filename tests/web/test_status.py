"""How far is it, asked by receipt number: the state and nothing else, and three wrong tries at most."""

import html

from web.i18n import load_catalogue

ZH = load_catalogue("zh")
NUMBER = "TJ-9901-2026-000021"  # matter 4; its applicant's phone ends in 0022


async def ask(browser, digits, number=NUMBER):
    answer = await browser.post("/status", {"number": number, "digits": digits})
    return answer.status, html.unescape(answer.text)


async def test_the_number_and_four_digits_show_the_state_and_no_names(browser):
    status, page = await ask(browser, "0022", " tj-9901-2026-000021 ")
    assert (status, ZH["matterstate.confirming"] in page) == (200, True)
    for secret in ("安和", "孙巧云", "物业", "民特", "何秀兰", "0022"):
        assert secret not in page


async def test_three_wrong_tries_lock_the_number_for_a_quarter_of_an_hour(site, browser, other_browser):
    for digits in ("0023", "0017", "22"):  # the other side's digits are wrong ones too
        status, page = await ask(browser, digits)
        assert (status, ZH["error.status_unknown"] in page) == (400, True)
    for asking in (browser, other_browser):
        status, page = await ask(asking, "0022")
        assert (status, "15分钟后再试" in page) == (429, True)
    site.clock.advance(seconds=15 * 60)
    assert (await ask(browser, "0022"))[0] == 200


async def test_a_number_that_does_not_exist_is_answered_alike(browser):
    unknown, wrong = await ask(browser, "0022", "TJ-9901-2026-999999"), await ask(browser, "0000")
    assert unknown[0] == wrong[0] == 400
    for _ in range(2):
        await ask(browser, "0022", "TJ-9901-2026-999999")
    assert (await ask(browser, "0022", "TJ-9901-2026-999999"))[0] == 429


async def test_asking_rightly_again_and_again_is_no_guessing(browser):
    for _ in range(6):
        assert (await ask(browser, "0022"))[0] == 200


async def test_a_scanned_code_brings_the_number_and_an_empty_form_says_what_is_missing(browser):
    page = (await browser.get(f"/status?number={NUMBER}")).text
    assert f'value="{NUMBER}"' in page
    status, page = await ask(browser, "")
    assert (status, ZH["error.required"] in page) == (400, True)
