"""Forms in a real Chromium: our own pass, foreign ones do not, also when a browser is too old for Sec-Fetch-Site.

An old browser is made of a new one: a proxy takes the headers away that Safari before 16.4 does not send. What is left,
`Origin`, is written by Chromium by the same rule of the Fetch standard.
"""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict
from playwright.async_api import async_playwright

ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
ATTACK = """<!doctype html><meta name="referrer" content="{policy}">
<form method="post" action="{target}/demo/as/mediator"><button>Win a prize</button></form>"""
NEW, OLD = "a new browser", "an old browser"


async def serving(handler):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


@pytest.fixture
async def old_browsers_door(site):
    """The site as an old browser asks it; `said` is what the requests that write told about where they come from."""
    said = []

    async def forward(request):
        kept = CIMultiDict((name, value) for name, value in request.headers.items() if not name.startswith("Sec-Fetch"))
        if request.method == "POST":
            said.append(kept.get("Origin"))
        async with aiohttp.ClientSession(auto_decompress=False) as client:
            asked = client.request(
                request.method,
                site.url.join(request.rel_url),
                headers=kept,
                data=await request.read(),
                allow_redirects=False,
            )
            async with asked as answer:
                return web.Response(status=answer.status, headers=answer.headers, body=await answer.read())

    runner, port = await serving(forward)
    yield f"http://127.0.0.1:{port}", said
    await runner.cleanup()


@pytest.fixture
async def door(request, site, old_browsers_door):
    """Where the browser of this test finds us, and what it said of itself."""
    return old_browsers_door if request.param is OLD else (str(site.url).rstrip("/"), [])


@pytest.fixture
async def context():
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield await chromium.new_context(locale="zh-CN")


async def signed_in(context):
    return [each["name"] for each in await context.cookies() if each["name"].endswith("login")]


@pytest.mark.parametrize("door", [NEW, OLD], indirect=True)
async def test_our_own_forms_work(context, door):
    url, said = door
    page = await context.new_page()
    await page.goto(f"{url}/demo/as/mediator")
    async with page.expect_navigation():
        await page.get_by_role("button", name="进入").click()
    assert page.url == f"{url}/home"
    assert await signed_in(context) == ["login"]
    assert set(said) <= {url}


@pytest.mark.parametrize("door", [OLD], indirect=True)
async def test_the_form_on_a_link_works_in_an_old_browser_and_its_token_is_told_to_nobody(context, door, browser):
    url, said = door
    link = await browser.become("respondent")
    page = await context.new_page()
    told = []
    page.on("request", lambda each: told.append(each.headers.get("referer", "")))
    await page.goto(url + link)
    form = {"c2": "yes", "c4": "yes"}
    await page.evaluate(
        """form => { const sent = document.createElement("form"); sent.method = "post"; sent.action = location.pathname;
        for (const [name, value] of Object.entries(form)) { const field = document.createElement("input");
        field.name = name; field.value = value; sent.append(field); } document.body.append(sent); sent.submit(); }""",
        form,
    )
    await page.wait_for_url(f"{url}/seats/*")
    assert said == [url]
    assert f"{url}/" in told
    assert not [each for each in told if link in each]


@pytest.fixture
async def foreign_page():
    """`foreign_page(policy, target)`: where a page stands that drives a form of ours."""
    runners = []

    async def standing(policy, target):
        async def attack(_request):
            return web.Response(text=ATTACK.format(policy=policy, target=target), content_type="text/html")

        runner, port = await serving(attack)
        runners.append(runner)
        return f"http://localhost:{port}"

    yield standing
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize("policy", ["strict-origin-when-cross-origin", "no-referrer", "unsafe-url"])
@pytest.mark.parametrize("door", [NEW, OLD], indirect=True)
async def test_a_foreign_page_drives_none_of_our_forms(context, door, foreign_page, policy):
    url, said = door
    foreign = await foreign_page(policy, url)
    page = await context.new_page()
    await page.goto(foreign)
    async with page.expect_response(f"{url}/demo/as/mediator") as answered:
        await page.get_by_role("button").click()
    assert (await answered.value).status == 403
    assert await signed_in(context) == []
    assert set(said) <= {foreign, "null"}
