"""The filing desk in a real Chromium: from the list through the questions to the diversion, and a call written down."""

import pytest
from playwright.async_api import expect

from mediation_server.domain.matter import MatterState, Track
from tests.filing_desk import FilingDesk
from tests.web.unbroken import DESK, unbroken


@pytest.fixture
async def page(site):
    async with unbroken(site, DESK) as page:
        yield page


async def test_an_application_is_asked_about_and_sent_on_and_a_call_is_written_down(site, page):
    desk = FilingDesk(site.ctx, made=700)
    matter = await desk.submitted()
    await page.goto("/demo/as/filing")
    await page.get_by_role("main").get_by_role("button").click()
    await page.get_by_role("link", name="去分流").click()
    await expect(page.get_by_text("161****0012")).to_be_visible()
    await page.get_by_role("link", name="开始问答").click()

    await expect(page.get_by_role("heading", name="这件事能不能调解？")).to_be_visible()
    assert await page.get_by_role("checkbox", checked=True).count() == 0  # nothing is assumed
    await page.get_by_role("button", name="保存，下一步").click()
    await expect(page.get_by_text("请先选一项。")).to_be_visible()
    await page.get_by_label("以上都没有").check()
    await page.get_by_role("button", name="保存，下一步").click()
    await expect(page.get_by_role("heading", name="本院能不能管辖？")).to_be_visible()  # a loan needs no arbitration
    await page.get_by_label("被申请人住本辖区").check()
    await page.get_by_role("button", name="保存，下一步").click()
    online = page.get_by_role("heading", name="适不适合在线？")
    await expect(online).to_be_visible()
    await page.reload()
    await expect(online).to_be_visible()
    for _ in range(2):
        await page.get_by_label("以上都没有").check()
        await page.get_by_role("button", name="保存，下一步").click()

    await expect(page.get_by_role("heading", name="分流结论")).to_be_visible()
    await expect(page.get_by_text("被申请人住在本院辖区。")).to_be_visible()
    await page.get_by_label("委托调解").check()
    await page.get_by_label("案号").fill("2026皖9901民初2188号")
    await page.get_by_label("审理程序").select_option("简易")
    await page.get_by_role("button", name="转入调解并征询各方").click()
    await expect(page.get_by_text("请补上括号")).to_be_visible()
    await expect(page.get_by_label("案号")).to_have_value("2026皖9901民初2188号")
    await expect(page.get_by_label("委托调解")).to_be_checked()
    await page.get_by_label("案号").fill("（2026）皖9901民初2188号")
    await page.get_by_role("button", name="转入调解并征询各方").click()

    respondent = page.get_by_role("region", name="林若溪")
    await expect(respondent.get_by_text("尚未答复")).to_be_visible()
    await respondent.get_by_text("记录口头答复").click()
    await respondent.get_by_label("不同意调解").check()
    await respondent.get_by_label("记录", exact=True).fill("本人接听，要求打官司")
    await respondent.get_by_role("button", name="保存记录").first.click()
    await expect(page.get_by_text("征询已经结束")).to_be_visible()
    ended = await desk.matter(matter.id)
    assert (ended.state, ended.track) == (MatterState.HANDING_OVER, Track.POSTFILING_ENTRUSTED)
    await page.get_by_role("link", name="分流台账").click()
    await expect(page.get_by_role("row").filter(has_text="2188")).to_contain_text("终止调解")
