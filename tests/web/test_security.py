"""What protects the pages: headers everywhere, no foreign writes, cookies, limits, one error shape, silent logs."""

from __future__ import annotations

import logging
import re

import pytest

from mediation_server.services import demo_data
from tests.web.conftest import RECORDING
from tests.web.pages import OPEN_PAGES, UNKNOWN_LINK
from web.app_keys import ASSETS
from web.forms import MAX_BODY

COURTS_DOOR = "/api/court/envelopes"
JSON = {"Accept": "application/json"}
_MATERIALS = f"/my/{demo_data.MATTER_1}/materials"
POSTS = (
    "/login",
    "/logout",
    "/preferences",
    "/demo/as/mediator",
    "/demo/court",
    "/admin/users",
    f"/admin/users/{'0' * 26}",
    f"/admin/users/{'0' * 26}/password",
    "/admin/calendar",
    "/demo/people/x",
    "/demo/practice",
    "/enter",
    "/enter/code",
    "/apply",
    "/apply/x/court",
    "/apply/x/submit",
    "/apply/x/remove",
    "/apply/x/people",
    "/apply/x/people/y",
    "/apply/x/people/y/remove",
    "/apply/x/agents/new",
    "/apply/x/agents/y",
    "/apply/x/agents/y/remove",
    "/status",
    "/my/x/consents/c1",
    "/my/x/consents/c1/withdraw",
    "/my/x/mediator",
    "/my/x/mediator/accept",
    "/inbox/x/accept",
    "/inbox/x/decline",
    "/roster/mediators/new",
    "/roster/organisations/new",
    "/matters/x/appoint",
    "/matters/x/appoint/replacement",
    "/matters/x/appoint/organisation",
    "/matters/x/appoint/parts",
    "/matters/x/take",
    "/matters/x/disclosure",
    UNKNOWN_LINK,
    f"/matters/{demo_data.MATTER_1}/sessions",
    f"/matters/{demo_data.MATTER_1}/safety",
    f"/matters/{demo_data.MATTER_1}/unreachable",
    f"/sessions/{demo_data.SESSION_1}/reschedule",
    f"/sessions/{demo_data.SESSION_1}/hold",
    f"/sessions/{demo_data.SESSION_1}/approval",
    f"/sessions/{demo_data.SESSION_1}/writing",
    f"/sessions/{demo_data.SESSION_1}/writing/close",
    f"/sessions/{demo_data.SESSION_1}/writing/{'0' * 26}/relay",
    f"/seats/{'0' * 26}/writing",
    f"/my/sittings/{demo_data.SESSION_1}/writing",
    f"/my/sittings/{demo_data.SESSION_1}/enter",
    f"/my/sittings/{demo_data.SESSION_1}/ask",
    f"{UNKNOWN_LINK}/ask",
    f"/sessions/{demo_data.SESSION_1}/enter",
    f"/my/{demo_data.MATTER_1}/sittings/{demo_data.SESSION_1}/enter",
    f"/sessions/{demo_data.SESSION_1}/cancel",
    f"/sessions/{demo_data.SESSION_1}/resend",
    f"/sessions/{demo_data.SESSION_1}/invitations/{'0' * 26}/issue",
    f"/sessions/{demo_data.SESSION_1}/invitations/{'0' * 26}/revoke",
    f"/recordings/{RECORDING}/viewings",
    f"/viewings/{'0' * 26}/end",
    f"/my/{demo_data.MATTER_1}/recordings/{'0' * 26}/ask",
    f"/my/{demo_data.MATTER_1}/recordings/{'0' * 26}/withdraw",
    *(f"/viewing-requests/{'0' * 26}/{verb}" for verb in ("answer", "revoke", "open")),
    f"/viewings/{'0' * 26}/notes",
    f"/matters/{demo_data.MATTER_1}/period/ask",
    f"/matters/{demo_data.MATTER_1}/period/extend",
    f"/matters/{demo_data.MATTER_1}/period/stop",
    f"/matters/{demo_data.MATTER_1}/period/resume",
    f"/my/{demo_data.MATTER_1}/period/ask",
    f"/my/{demo_data.MATTER_1}/period/c6",
    "/calendar/new",
    "/calendar/revoke",
    f"/seats/{'0' * 26}/claim",
    _MATERIALS,
    *(f"{_MATERIALS}/{'0' * 26}/{verb}" for verb in ("save", "submit", "discard", "relay", "return", "opinion")),
    *(f"{_MATERIALS}/{'0' * 26}/{verb}" for verb in ("withdraw", "uploads", "files")),
    f"{_MATERIALS}/{'0' * 26}/files/{'0' * 26}/up",
    "/demo/court/cases",
    f"/demo/court/cases/{demo_data.MATTER_1}/close",
    f"/intake/{demo_data.MATTER_1}/reveal",
    f"/intake/{demo_data.MATTER_1}/supplement",
    f"/intake/{demo_data.MATTER_1}/reject",
    f"/intake/{demo_data.MATTER_1}/divert",
    f"/intake/{demo_data.MATTER_1}/triage/mediable",
    f"/asking/{demo_data.MATTER_1}/parties/{'0' * 26}/contact",
    f"/asking/{demo_data.MATTER_1}/parties/{'0' * 26}/answer",
    f"/asking/{demo_data.MATTER_1}/parties/{'0' * 26}/unreachable",
    f"/asking/{demo_data.MATTER_1}/parties/{'0' * 26}/phone",
    f"/sessions/{demo_data.SESSION_1}/explanations/0",
)


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


def test_every_route_that_writes_is_in_the_list(site):
    # the court's door proves who asks by a signature: tests/web/test_court.py
    written = {
        route.resource.canonical
        for route in site.app.router.routes()
        if route.method == "POST" and route.resource.canonical != COURTS_DOOR
    }
    tried = {re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(pattern))) for pattern in written}
    assert [each.pattern for each in tried if not any(each.fullmatch(path) for path in POSTS)] == []


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
    for path in POSTS:
        for said in FOREIGN:
            headers = JSON | {name: value.replace("OWN", own) for name, value in said.items()}
            answer = await browser.post(path, {"back": "/"}, headers)
            assert (answer.status, '"foreign_origin"' in answer.text) == (403, True), (path, said)


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


async def test_a_bug_is_shown_as_a_number_only(browser, caplog):
    answer = await browser.get("/broken")
    assert answer.status == 500
    assert "RuntimeError" not in answer.text
    number = re.search(r"JN-[2-9A-Z]{6}", answer.text)
    assert number
    assert number[0] in caplog.text
    assert "a bug behind" in caplog.text


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
