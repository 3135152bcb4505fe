"""The table of rights over HTTP: everybody who has an account asks for the same things, and gets what the cell says."""

from itertools import product

import pytest

from mediation_server.domain.matter import Matter
from mediation_server.domain.rights import Action, claim_on, may
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_4, SESSION_1
from mediation_server.store import matters
from tests.web.conftest import RECORDING

# An action as a request on a matter of the demo; what is refused is refused before the form is looked at.
CALLS = {
    Action.RUN_SITTING: (
        MATTER_1,
        f"/matters/{MATTER_1}/sessions",
        {"day": "2026-11-27", "time": "10:00", "minutes": "60"},
    ),
    Action.WATCH_RECORDING: (
        MATTER_4,
        f"/recordings/{RECORDING}/viewings",
        {"purpose": "confirmation", "reason": "核对"},
    ),
}
REFUSED = (403, 404)


@pytest.mark.parametrize(
    ("action", "user"), list(product(CALLS, cast.USERS)), ids=lambda each: str(getattr(each, "login", each))
)
async def test_each_account_gets_what_the_table_says(site, browser, action, user):
    matter_id, path, form = CALLS[action]
    async with site.ctx.db.reading() as tx:
        matter: Matter = await matters.matter(tx, matter_id)
    allowed = may(claim_on(matter, user.id, user.role), action)
    signed_in = {"login": user.login, "password": site.accounts[user.login], "next": "/home"}
    assert (await browser.post("/login", signed_in)).status == 303
    status = (await browser.post(path, form)).status
    assert status == 303 if allowed else status in REFUSED


async def test_somebody_is_allowed_each_of_these(site):
    async with site.ctx.db.reading() as tx:
        held = {matter: await matters.matter(tx, matter) for matter, _, _ in CALLS.values()}
    for action, (matter, _, _) in CALLS.items():
        allowed = {user.login for user in cast.USERS if may(claim_on(held[matter], user.id, user.role), action)}
        assert len(allowed) == 1, (action, allowed)


@pytest.mark.parametrize("path", [f"/matters/{MATTER_1}", f"/sessions/{SESSION_1}", f"/recordings/{RECORDING}"])
async def test_nobody_without_an_account_gets_anything(browser, path):
    answer = await browser.get(path)
    assert answer.status == 303
    assert answer.location.startswith("/login")
