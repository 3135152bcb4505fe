"""Every page a person can reach, with who reaches it, for tests that look at all of them."""

from __future__ import annotations

from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from tests.web.browser import Answer, Browser
from tests.web.conftest import RECORDING

UNKNOWN_LINK = "/join/" + "x" * 43

OPEN_PAGES = (
    "/",
    "/login",
    "/enter",
    "/status",
    "/demo",
    "/demo/as/mediator",
    "/demo/as/applicant",
    "/mediators",
    "/mediators?q=%E5%80%9F",
    f"/mediators/{demo_data.cast.MEDIATOR_1.id}",
    f"/organisations/{demo_data.cast.BODY_YUNXI}",
    "/demo/outbox",
    "/demo/court",
    "/join",
    UNKNOWN_LINK,
    "/nowhere",
    "/broken",
)
STAFF_PAGES = {
    "mediator": (
        "/home",
        "/matters",
        "/matters?q=周承安",
        "/matters?q=周",
        "/matters?q=物业&state=signing",
        f"/matters/{demo_data.MATTER_1}",
        f"/matters/{demo_data.MATTER_1}/period",
        f"/matters/{demo_data.MATTER_1}/disclosure",
        "/inbox",
        "/calendar",
        f"/sessions/{demo_data.SESSION_1}",
        f"/matters/{demo_data.MATTER_1}/sessions/new",
        f"/matters/{demo_data.MATTER_4}",
        f"/matters/{demo_data.MATTER_1}/materials",
        f"/matters/{demo_data.MATTER_1}/materials/catalogue",
        "/demo",
    ),
    "judge": ("/home", f"/matters/{demo_data.MATTER_4}", f"/recordings/{RECORDING}"),
    "filing": (
        "/home",
        "/intake",
        "/asking",
        "/diversions",
        "/tasks",
        "/keeping",
        f"/matters/{demo_data.MATTER_1}/keeping",
        f"/matters/{demo_data.MATTER_1}/closing",
        f"/matters/{demo_data.MATTER_1}",
        f"/intake/{demo_data.MATTER_1}",
        f"/asking/{demo_data.MATTER_1}",
    ),
    "admin": (
        "/roster",
        "/roster/mediators/new",
        f"/roster/mediators/{demo_data.cast.MEDIATOR_1.id}",
        f"/roster/organisations/{demo_data.cast.BODY_YUNXI}",
        "/statistics",
        "/admin",
        "/admin?day=x",
        "/admin/courts/new",
        "/admin/courts/9901",
        "/tasks",
        "/admin/users",
        "/admin/users/new",
        f"/admin/users/{cast.FILING.id}",
        "/admin/calendar",
        "/keeping",
        f"/matters/{demo_data.MATTER_6}/keeping",
        "/audit",
        "/audit?day=2026-11-23",
        "/audit?about=x",
    ),
    "trial_judge": ("/home", f"/matters/{demo_data.MATTER_1}", f"/recordings/{RECORDING}"),
}
PARTIES = {
    cast.ACCOUNTS[each.id]: matter
    for each in cast.PARTY_ACCOUNTS
    for name, matter in (
        ("周承安", demo_data.MATTER_1),
        ("赵启明", demo_data.MATTER_2),
        ("吴大勇", demo_data.MATTER_2),
        ("孙巧云", demo_data.MATTER_4),
    )
    if each.name == name
}


async def all_pages(browser: Browser) -> dict[str, Answer]:
    """The answer for every page, by who reads it and its address; the browser is the mediator's at the end."""
    found = {path: await browser.get(path) for path in OPEN_PAGES}
    link = await browser.become("respondent")
    found["party /join"] = await browser.get(link)
    found["party asks"] = await browser.get(link + "/ask")
    found["party asks for nothing"] = await browser.post(link + "/ask", {"kind": "another_time", "text": ""})
    found["party asked"] = await browser.post(link + "/ask", {"kind": "safety", "text": ""})
    entered = await browser.post(link, {"c2": "yes", "c4": "yes"})
    found["party /seats"] = await browser.get(entered.location)
    refused = await browser.post(await browser.become("respondent"), {"c2": "no", "c4": "yes"})
    found["party refusing"] = refused
    found["party undecided"] = await browser.post(await browser.become("applicant"), {"c2": "yes"})
    for role, paths in STAFF_PAGES.items():
        await browser.become(role)
        for path in paths:
            found[f"{role} {path}"] = await browser.get(path)
        if role == "judge":
            asked = {"purpose": "trial", "reason": "r"}
            found["judge refused"] = await browser.post(f"/recordings/{RECORDING}/viewings", asked)
    for person in (cast.FILING, *(each for each in cast.USERS if each.login in ("tian.tian", "auditor"))):
        await browser.post(f"/demo/people/{person.id}")
        home = await browser.get("/home")
        found[f"{person.login} /home"] = await browser.get(home.headers.get("Location", "/home"))
    for person, matter in PARTIES.items():
        await browser.post(f"/demo/people/{person.id}")
        for path in ("/my", f"/my/{matter}", f"/my/{matter}/seen"):
            found[f"{person.name_en} {path}"] = await browser.get(path)
    await browser.become("mediator")
    form = {"day": "2026-11-27", "time": "9:00", "minutes": "5"}
    found["mediator mistaken"] = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", form)
    planned = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", form | {"minutes": "60"})
    found["mediator links"] = await browser.get(planned.location)
    return found
