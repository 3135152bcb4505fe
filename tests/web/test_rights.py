"""The table of rights over HTTP: everybody who has an account asks for the same things, and gets what the cell says.

A request is generated for each action that has a page by now, sent by every account of the demo: staff of both courts,
mediators, bodies, judges, parties of this and of other matters. What is refused is refused before a form is looked at.
"""

from typing import NamedTuple

import pytest

from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role
from mediation_server.domain.rights import RIGHTS, Action, Claim, Condition, Holder, claim_on, holder_of, may
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_4, SESSION_1
from mediation_server.store import matters
from tests.web.browser import Browser
from tests.web.conftest import RECORDING


class Call(NamedTuple):
    """One action as a request; `matter_id` None: it is about no matter."""

    path: str
    matter_id: str | None = None
    form: dict[str, str] | None = None  # None: a page is asked for


CALLS = {
    Action.SUBMIT_APPLICATION: Call("/apply", form={}),
    Action.APPOINT_MEDIATOR: Call(f"/matters/{MATTER_1}/appoint", MATTER_1),
    Action.RUN_SITTING: Call(
        f"/matters/{MATTER_1}/sessions", MATTER_1, {"day": "2026-11-27", "time": "10:00", "minutes": "60"}
    ),
    Action.WATCH_RECORDING: Call(
        f"/recordings/{RECORDING}/viewings", MATTER_4, {"purpose": "confirmation", "reason": "核对"}
    ),
    Action.MANAGE_ROSTER: Call("/roster"),
    Action.READ_AUDIT: Call("/audit"),
    Action.SEE_KEEPING: Call(f"/matters/{MATTER_1}/keeping", MATTER_1),
    Action.HOLD_RECORD: Call(f"/matters/{MATTER_1}/keeping/hold", MATTER_1, {"cause": "complaint", "reason": "投诉"}),
}
# Actions without a page yet; whoever builds one adds its request above.
LATER = {
    Action.EDIT_TRANSCRIPT,
    Action.REQUEST_CORRECTION,
    Action.SIGN_AGREEMENT,
    Action.ISSUE_RULING,
}
# Tried where they live: in the room, with the materials, and below.
ELSEWHERE = {
    Action.OPEN_CAUCUS,
    Action.LET_IN,
    Action.HAND_IN_MATERIALS,
    Action.READ_MATERIALS,
    Action.RELAY_MATERIALS,
    Action.SEE_CONTACT_DATA,
    Action.SEE_IDENTITY_NUMBERS,
    Action.ARCHIVE_MATTER,
    Action.SET_RETENTION,
    Action.PROPOSE_DISPOSAL,
    Action.APPROVE_DISPOSAL,
    Action.EXPORT_MATTER,
}
ACCOUNTS = tuple(cast.ACCOUNTS.values())
DONE, REFUSED = (200, 303), (403, 404)
# Cells with a condition that no page serves yet: a court's or judge's own part of the audit log.
NOT_SERVED = {(Action.READ_AUDIT, Role.FILING), (Action.READ_AUDIT, Role.JUDGE)}


def test_every_action_of_the_table_is_tried_or_said_to_have_no_page_yet():
    assert set(CALLS) | LATER | ELSEWHERE == set(RIGHTS)
    assert not set(CALLS) & (LATER | ELSEWHERE)


async def claim_of(tx, user, matter: Matter | None) -> Claim | None:
    """In what position somebody asks, worked out from the table's columns and not from the pages."""
    if user.role is Role.ORGANISATION:
        return Claim(Holder.ORGANISATION, frozenset({Condition.OWN_ORGANISATION}) if matter is None else frozenset())
    if matter is None:
        holder = holder_of(user.role)
        return Claim(holder) if holder else None
    if user.role is Role.PARTY:
        named = await matters.parties_of_user(tx, user.id, matter.id)
        return Claim(Holder.PARTY, frozenset({Condition.OWN_SIDE})) if named else None
    if user.role in (Role.FILING, Role.CLERK) and user.court != matter.court:
        return None
    return claim_on(matter, user.id, user.role)


async def signed_in(site, user):
    browser = Browser(site.url)
    await browser.__aenter__()
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303
    return browser


@pytest.mark.parametrize("action", CALLS)
async def test_each_account_gets_what_the_table_says(site, action):
    call, allowed_ones = CALLS[action], 0
    for user in ACCOUNTS:
        async with site.ctx.db.reading() as tx:
            matter = await matters.matter(tx, call.matter_id) if call.matter_id else None
            allowed = may(await claim_of(tx, user, matter), action)
        browser = await signed_in(site, user)
        try:
            asked = browser.get(call.path) if call.form is None else browser.post(call.path, call.form)
            status = (await asked).status
        finally:
            await browser.__aexit__()
        if (action, user.role) in NOT_SERVED:
            assert status in (*DONE, *REFUSED)
            continue
        assert status in (DONE if allowed else REFUSED), (action, user.login, status)
        allowed_ones += allowed
    assert allowed_ones


async def test_a_number_is_shown_whole_to_nobody_whom_the_table_refuses(site):
    shown = set()
    async with site.ctx.db.reading() as tx:
        matter = await matters.matter(tx, MATTER_1)
        party = (await matters.parties_of(tx, MATTER_1))[1]
    for user in ACCOUNTS:
        async with site.ctx.db.reading() as tx:
            allowed = may(await claim_of(tx, user, matter), Action.SEE_CONTACT_DATA)
        browser = await signed_in(site, user)
        try:
            answers = [
                await browser.post(f"/asking/{MATTER_1}/parties/{party.id}/phone"),
                await browser.post(f"/matters/{MATTER_1}/parties/{party.id}/phone"),
                await browser.post(
                    f"/intake/{MATTER_1}/reveal", {"party": party.id, "datum": "phone", "purpose": "contact"}
                ),
            ]
        finally:
            await browser.__aexit__()
        if any(party.phone in each.text for each in answers):
            assert allowed, user.login
            assert all(party.phone in each.text for each in answers if each.status == 200), user.login
            shown.add(user.role)
        else:
            assert {each.status for each in answers} <= {403, 404}, user.login
    assert shown == {Role.FILING, Role.MEDIATOR, Role.CLERK, Role.JUDGE}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_nobody_without_an_account_does_any_of_it(browser, call):
    answer = await (browser.get(call.path) if call.form is None else browser.post(call.path, call.form))
    assert answer.status in (303, 401, 404)
    if answer.status == 303:
        assert answer.location.startswith("/login")


@pytest.mark.parametrize("path", [f"/matters/{MATTER_1}", f"/sessions/{SESSION_1}", f"/recordings/{RECORDING}"])
async def test_nobody_without_an_account_gets_anything(browser, path):
    answer = await browser.get(path)
    assert answer.status == 303
    assert answer.location.startswith("/login")
