"""What each matter of the demo is there to teach, read from its pages in a real window; the first is walked through
whole in `test_whole_mediation`, the recording of the fourth in `test_review_page`."""

import pytest
from playwright.async_api import async_playwright, expect

from bench._chromium import FLAGS, PROGRAM
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_2, MATTER_3, MATTER_4, MATTER_5, MATTER_6

pytestmark = pytest.mark.timeout(300)

ACCOUNTS = {user.name: key for key, user in cast.ACCOUNTS.items()}


async def test_each_matter_teaches_what_it_is_there_for(demo):
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = await (await chromium.new_context(locale="zh-CN")).new_page()

        async def seen_by(name, path):
            await page.goto(f"{demo.url}/demo")
            await page.click(f'form[action="/demo/people/{ACCOUNTS[name]}"] button')
            await page.goto(f"{demo.url}/{path}")
            return page.locator("main")

        await _a_stopped_clock_moves_the_end_and_one_signature_is_missing(seen_by)
        await _a_divorce_is_never_confirmed_and_says_why(seen_by)
        await _the_confirming_judge_may_ask_for_the_recording(seen_by)
        await _what_was_offered_does_not_go_to_the_trial(seen_by)
        await _the_archive_keeps_the_number_of_its_year(seen_by)
        await _practice_begins_with_one_press(page, demo)
        await chromium.close()


async def _a_stopped_clock_moves_the_end_and_one_signature_is_missing(seen_by):
    period = await seen_by("邵文博", f"matters/{MATTER_2}/period")
    await expect(period).to_contain_text("委托鉴定期间中止8天，不计入")
    mine = await seen_by("赵启明", "my")
    await expect(mine).to_contain_text("等您签名")
    await expect(mine.get_by_text("还没有签")).to_have_count(1)
    await expect(mine.get_by_text("已签名")).to_have_count(2)


async def _a_divorce_is_never_confirmed_and_says_why(seen_by):
    for name, path in (("苏晓禾", f"my/{MATTER_3}"), ("沈清和", f"matters/{MATTER_3}")):
        main = await seen_by(name, path)
        await expect(main).to_contain_text("这类纠纷涉及身份关系，协议不能申请司法确认")
        await expect(main.locator("a, button").filter(has_text="司法确认")).to_have_count(0)
        assert "顾小满" not in await main.inner_text()


async def _the_confirming_judge_may_ask_for_the_recording(seen_by):
    main = await seen_by("方静", f"matters/{MATTER_4}")
    await main.locator('a[href^="/recordings/"]').click()
    await expect(main.page.locator('input[name="purpose"][value="confirmation"]')).to_be_attached()


async def _what_was_offered_does_not_go_to_the_trial(seen_by):
    main = await seen_by("蒋一帆", f"matters/{MATTER_5}")
    await expect(main).to_contain_text("移交中")
    told = await (await seen_by("蒋一帆", "demo/court")).locator(".payload").all_text_contents()
    assert told
    assert not any(offer in text for text in told for offer in ("20 000", "20000", "20,000"))
    audit = await seen_by("审计员", f"audit?about=matter:{MATTER_5}")
    await expect(audit).to_contain_text("special_authority_missing")


async def _the_archive_keeps_the_number_of_its_year(seen_by):
    found = await seen_by("温岚", "matters?q=318")
    await expect(found).to_contain_text("(2020)皖9922民诉前调318号")
    await expect((await seen_by("温岚", f"matters/{MATTER_6}")).locator(".file__head")).to_contain_text("已归档")


async def _practice_begins_with_one_press(page, demo):
    await page.goto(f"{demo.url}/demo")
    await page.get_by_role("button", name="新建，并以调解员或法官的身份进入").click()
    await page.wait_for_url("**/matters/*")
    await expect(page.locator("main")).to_contain_text("陶静怡")
    await expect(page.locator(".file__head")).to_contain_text("调解中")
