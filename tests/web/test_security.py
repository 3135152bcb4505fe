"""What protects the pages: headers everywhere, no foreign writes, cookies, limits, one error shape, silent logs."""

from __future__ import annotations

import itertools
import logging
import re

import pytest

from mediation_server.services import demo_data
from tests.web.conftest import RECORDING
from tests.web.pages import OPEN_PAGES
from web.app_keys import ASSETS
from web.forms import MAX_BODY

COURTS_DOOR = "/api/court/envelopes"
JSON = {"Accept": "application/json"}
_MATERIALS = f"/my/{demo_data.MATTER_1}/materials"
WORDS = ("0" * 26, "0")


def writing(site):
    """(method, a path it answers to) of every route that writes, but for the court's door, which a signature opens."""
    found = []
    for route in site.app.router.routes():
        info = route.resource.get_info() if route.resource else {}
        if route.method in ("POST", "PUT", "DELETE", "PATCH") and info.get("path", "") != COURTS_DOOR:
            found.append((route.method, info["path"] if "path" in info else filled(info)))
    return found


def filled(info):
    """A path that this pattern takes."""
    groups = re.findall(r"\(\?P<(\w+)>([^)]*)\)", info["pattern"].pattern)
    words = [(*WORDS, taken.partition("|")[0]) for _, taken in groups]
    for some in itertools.product(*words):
        path = info["formatter"].format(**dict(zip((name for name, _ in groups), some, strict=True)))
        if info["pattern"].fullmatch(path):
            return path
    raise AssertionError(info["formatter"])


async def test_every_answer_carries_the_policy(site, browser):
    static = site.app[ASSETS].url("css/site.css")
    for path in (*OPEN_PAGES, static, "/static/old/css/site.css", "/healthz", "/api/sessions/x/sync", "/home"):
        headers = (await browser.get(path)).headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy, path
        assert "script-src 'self'" in policy, path
        assert "style-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "strict-origin", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert "camera=(self), microphone=(self), display-capture=(self)" in headers["Permissions-Policy"], path
        assert "Server" not in headers, path


async def test_pages_are_never_stored_and_static_files_always(site, browser):
    static = await browser.get(site.app[ASSETS].url("js/page.js"))
    assert static.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await browser.get("/")).headers["Cache-Control"] == "no-store"
    assert (await browser.get("/static/0000/js/page.js")).headers["Cache-Control"] == "no-store"


FOREIGN = (
    {},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://sub.127.0.0.1"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://OWN"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://OWN"},
)


async def test_what_does_not_come_from_our_pages_is_refused(site, browser):
    own = f"127.0.0.1:{site.url.port}"
    routes = writing(site)
    assert len(routes) > 100
    for method, path in routes:
        for said in FOREIGN:
            headers = JSON | {name: value.replace("OWN", own) for name, value in said.items()}
            answer = await browser._asked(method, path, headers, {"back": "/"})
            assert (answer.status, '"foreign_origin"' in answer.text) == (403, True), (method, path, said)


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://OWN"},
    ],
)
async def test_our_own_pages_may_write(site, browser, said):
    own = f"127.0.0.1:{site.url.port}"
    headers = {name: value.replace("OWN", own) for name, value in said.items()}
    assert (await browser.post("/preferences", {"back": "/"}, headers)).status == 303


async def test_cookies_cannot_be_read_by_scripts_or_sent_from_elsewhere(browser):
    for answer in (await browser.post("/demo/as/mediator"), await browser.post("/preferences", {"size": "large"})):
        for cookie in answer.headers.getall("Set-Cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Path=/" in cookie


def set_public_url(site, public_url):
    object.__setattr__(site.ctx, "settings", site.ctx.settings.model_copy(update={"public_url": public_url}))


async def test_behind_a_tls_proxy_cookies_are_secure_and_bound_to_the_host(site, browser):
    set_public_url(site, "https://mediate.example")
    ours = {"Origin": "https://mediate.example", "Accept": "text/html"}
    signed_in = await browser.post("/demo/as/mediator", {}, ours)
    (cookie,) = signed_in.headers.getall("Set-Cookie")
    assert re.match(r"__Host-login=[\w-]+; ", cookie)
    assert "; Secure" in cookie
    assert signed_in.headers["Strict-Transport-Security"]
    said = {"Cookie": cookie.split(";")[0], "Accept": "text/html"}
    assert (await browser.get("/home", said)).status == 200
    assert (await browser.get("/home", {"Cookie": said["Cookie"].removeprefix("__Host-")})).status == 303
    for path, form in (("/preferences", {"size": "large"}), ("/logout", {})):
        assert "; Secure" in (await browser.post(path, form, ours | said)).headers["Set-Cookie"], path


@pytest.mark.parametrize(
    "claim", [{"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}, {"X-Forwarded-Ssl": "on"}]
)
async def test_a_client_cannot_claim_to_come_over_tls(browser, claim):
    answer = await browser.post("/demo/as/mediator", {}, {"Sec-Fetch-Site": "same-origin"} | claim)
    assert answer.headers["Set-Cookie"].startswith("login=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


async def test_a_body_is_not_read_beyond_its_limit(browser):
    answer = await browser.post("/login", {"login": "x" * (MAX_BODY + 1)}, JSON | {"Sec-Fetch-Site": "same-origin"})
    assert (answer.status, '"too_large"' in answer.text) == (413, True)


async def test_a_refusal_has_one_shape_for_scripts(browser):
    answer = await browser.get("/api/sessions/unknown/sync", JSON)
    assert answer.status == 401
    assert re.fullmatch(
        r'\{"error": "not_signed_in", "message": ".+", "request": "JN-[2-9A-Z]{6}"\}',
        answer.text.encode().decode("unicode_escape"),
    )


@pytest.mark.parametrize(("path", "bug"), [("/broken", "a bug behind"), ("/unsayable", "KeyError: 'most'")])
async def test_a_bug_is_shown_as_a_number_only(browser, caplog, path, bug):
    answer = await browser.get(path)
    assert answer.status == 500
    assert "Error" not in answer.text
    number = re.search(r"JN-[2-9A-Z]{6}", answer.text)
    assert number
    assert number[0] in caplog.text
    assert bug in caplog.text


async def test_a_wrong_method_is_a_refusal_like_any_other(browser):
    answer = await browser.post("/home", {}, JSON | {"Sec-Fetch-Site": "same-origin"})
    assert (answer.status, '"method_not_allowed"' in answer.text) == (405, True)


async def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(browser):
    assert (await browser.get("/home")).location == "/login?next=/home"
    assert 'name="next" value="/home"' in (await browser.get("/login?next=/home")).text
    assert 'name="next" value="/home"' in (await browser.get("/login?next=//evil.example")).text


async def test_no_token_is_ever_written_to_the_log(browser, caplog):
    caplog.set_level(logging.INFO)  # DEBUG is a driver's, with every statement in it; nobody runs it
    link = await browser.become("respondent")
    entered = await browser.post(link, {"c2": "yes", "c4": "yes"})
    await browser.get(entered.location)
    await browser.get("/join/" + "t0ken" * 8 + "123")
    assert "GET /join/{token} 404" in caplog.text
    tokens = [link.rsplit("/", 1)[1], "t0ken", *re.findall(r"seat_\w+=([\w-]+)", str(entered.headers))]
    assert len(tokens) == 3
    assert not [token for token in tokens if token in caplog.text]


@pytest.mark.parametrize(
    "path", ["/home", f"/matters/{demo_data.MATTER_1}", f"/sessions/{demo_data.SESSION_1}", f"/recordings/{RECORDING}"]
)
async def test_a_party_sees_nothing_of_the_staffs(browser, path):
    await browser.post(await browser.become("respondent"), {"c2": "yes", "c4": "yes"})
    assert (await browser.get(path)).status == 303


@pytest.mark.parametrize(
    "path", [f"/matters/{demo_data.MATTER_2}", f"/sessions/{demo_data.SESSION_2}", f"/recordings/{RECORDING}"]
)
async def test_somebody_elses_matter_is_as_if_it_did_not_exist(browser, path):
    await browser.become("mediator")
    missing = await browser.get("/matters/" + "0" * 26)
    answer = await browser.get(path)
    number = re.compile(r"JN-\w{6}|value=\"/[^\"]*\"")
    assert answer.status == missing.status == 404
    assert number.sub("", answer.text) == number.sub("", missing.text)


async def test_outside_the_demo_there_is_no_demo(site, browser):
    object.__setattr__(site.ctx, "settings", site.ctx.settings.model_copy(update={"demo": False}))
    for path in ("/demo", "/demo/as/mediator", "/demo/outbox", "/demo/court"):
        assert (await browser.get(path)).status == 404
    assert (await browser.post("/demo/as/mediator")).status == 404
    assert "/demo" not in (await browser.get("/")).text
