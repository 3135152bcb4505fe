"""How far is it, asked by receipt number: the state and nothing else, and three wrong tries at most."""

import html
from dataclasses import replace

from mediation_server.domain.receipt import receipt_number
from mediation_server.services.demo_data import MATTER_4
from mediation_server.services.tidying import tidy
from tests.mediation_server.store.people import MATTER
from web.i18n import load_catalogue

ZH = load_catalogue("zh")
REF = "TJ-9901-2026-000021"  # matter 4; its applicant's phone ends in 0022
NUMBER = receipt_number(replace(MATTER, id=MATTER_4, ref=REF))


async def ask(browser, digits, number=NUMBER):
    answer = await browser.post("/status", {"number": number, "digits": digits})
    return answer.status, html.unescape(answer.text)


async def test_the_number_and_four_digits_show_the_state_and_no_names(browser):
    status, page = await ask(browser, "0022", f" {NUMBER.lower()} ")
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


async def test_a_running_number_alone_opens_nothing(browser):
    """The reference is counted up and can be guessed; the six characters after it cannot."""
    for number in (REF, f"{REF}-000000", NUMBER[:-1], NUMBER.replace(REF, "TJ-9901-2026-000020")):
        assert (await ask(browser, "0022", number))[0] == 400


async def test_the_lock_outlives_a_restart(site, browser):
    for _ in range(3):
        await ask(browser, "0000")
    site.ctx.throttle.__init__()  # what was in memory is gone
    assert (await ask(browser, "0022"))[0] == 429
    await tidy(site.ctx)
    assert (await ask(browser, "0022"))[0] == 429
    site.clock.advance(seconds=15 * 60)
    assert (await ask(browser, "0022"))[0] == 200


async def test_asking_rightly_again_and_again_is_no_guessing(browser):
    for _ in range(6):
        assert (await ask(browser, "0022"))[0] == 200


async def test_a_scanned_code_brings_the_number_and_an_empty_form_says_what_is_missing(browser):
    page = (await browser.get(f"/status?number={NUMBER}")).text
    assert f'value="{NUMBER}"' in page
    status, page = await ask(browser, "")
    assert (status, ZH["error.required"] in page) == (400, True)
