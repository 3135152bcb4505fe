"""What somebody without an account writes when their seat or link is gone comes back in the answer, and only there."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.writing import correspondence
from mediation_server.store import sessions
from tests.mediation_server.services.test_writing import agreed_apart
from tests.web.browser import Browser
from tests.web.forms_on_pages import forms_of

SAID = {"kind": "statement", "audience": "presider", "text": "已还四千元，\n是<本金>，不是利息。"}
WISH = {"kind": "another_time", "text": "那天要上班，\n能不能改到周六？"}
# Every form that a seat or a link opens, and what becomes of what is written in it: one more is one more to decide on.
BY_SEAT_OR_LINK = {
    "/join/{token}": "",  # decisions alone
    "/join/{token}/ask": "text",
    "/seats/{participant_id}/claim": "",  # a script's, with a ticket
    "/seats/{participant_id}/writing": "text",
}


@pytest.fixture
async def mediator(browser):
    await browser.become("mediator")
    return browser


@pytest.fixture
async def seated(site, mediator, other_browser):
    """A party who came into a sitting in writing by the link: their browser, and where they write."""
    await agreed_apart(site)
    day = (site.clock.now() + timedelta(days=4)).astimezone(SHANGHAI).strftime("%Y-%m-%d")
    plan = {"kind": "async", "day": day, "time": "09:30", "days": "7"}
    made = (await mediator.post(f"/matters/{MATTER_1}/sessions", plan)).location
    link = re.findall(r"/join/[\w-]{43}", (await mediator.get(made)).text)[0]
    site.clock.advance(seconds=4 * 24 * 3600 + 3600)
    await mediator.become("mediator")  # a login does not last for days
    seat = (await other_browser.post(link, {"c2": "yes"})).location
    return other_browser, f"{seat}/writing"


async def links(mediator, session_id):
    return set(re.findall(r"/join/[\w-]{43}", (await mediator.get(f"/sessions/{session_id}")).text))


async def sitting_of(site, path):
    async with site.ctx.db.reading() as tx:
        return (await sessions.participant(tx, path.split("/")[2])).session_id


def shown(answer):
    """The form that sends it again, with everything in it as it was sent."""
    return next((each for each in forms_of(answer.text) if each.action.startswith(("/seats/", "/join/"))), None)


async def read(site, path):
    async with site.ctx.db.reading() as tx:
        seat = await sessions.participant(tx, path.split("/")[2])
    return [each.writing.text for each in (await correspondence(site.ctx, seat)).entries]


async def nothing_is_kept(site):
    async with site.ctx.db.reading() as tx:
        return (await tx.exec_driver_sql("SELECT count(*) FROM unsent_forms")).scalar_one() == 0


async def test_it_is_sent_again_from_the_same_page_once_its_writer_is_back_by_a_new_link(site, mediator, seated):
    party, path = seated
    session_id, seat = await sitting_of(site, path), path.split("/")[2]
    await mediator.post(f"/sessions/{session_id}/invitations/{seat}/revoke")
    refused = await party.post(path, SAID)
    assert (refused.status, refused.headers["Cache-Control"]) == (401, "no-store")
    assert html.escape(SAID["text"]) in refused.text
    form = shown(refused)
    assert (form.action, form.filled()) == (path, SAID)
    assert (await party.post(form.action, form.filled())).status == 401  # not back yet: it is all there again
    assert await nothing_is_kept(site)
    before = await links(mediator, session_id)
    await mediator.post(f"/sessions/{session_id}/invitations/{seat}/issue")
    (link,) = await links(mediator, session_id) - before
    assert (await party.post(link, {"c2": "yes"})).location == path.removesuffix("/writing")
    assert (await party.post(form.action, form.filled())).status == 303
    assert await read(site, path) == [SAID["text"]]


async def test_a_browser_that_lost_its_cookie_has_it_back_and_what_it_changes_there_goes_along(site, seated):
    party, path = seated
    async with Browser(site.url) as without:
        form = shown(await without.post(path, SAID))
        assert form.fields["text"].kind == "textarea"
        again = shown(await without.post(path, form.filled(text="改过的话")))
    assert (await party.post(again.action, again.filled())).status == 303
    assert await read(site, path) == ["改过的话"]


async def test_behind_a_link_that_was_replaced_it_can_be_copied(site, mediator, other_browser):
    link = await other_browser.become("respondent")
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, SESSION_1)
    (seat,) = [each.id for each in named if each.side is Side.RESPONDENT]
    await mediator.post(f"/sessions/{SESSION_1}/invitations/{seat}/issue")
    refused = await other_browser.post(f"{link}/ask", WISH)
    assert refused.status == 404
    assert "最新一条" in refused.text
    assert WISH["text"] in refused.text
    assert shown(refused) is None  # that address opens nothing any more
    assert "readonly" in refused.text
    assert await nothing_is_kept(site)


@pytest.mark.parametrize("over", [SessionState.ENDED, SessionState.CANCELLED])
async def test_after_the_sitting_is_over_it_can_be_copied(site, mediator, other_browser, over):
    link = await other_browser.become("respondent")
    if over is SessionState.CANCELLED:  # that takes the links back, too
        assert (await mediator.post(f"/sessions/{SESSION_1}/cancel", {"reason": "一方生病"})).status == 303
    async with site.ctx.db.transaction() as tx:
        await sessions.save(tx, replace(await sessions.session(tx, SESSION_1), state=over))
    refused = await other_browser.post(f"{link}/ask", WISH)
    assert refused.status == (410 if over is SessionState.ENDED else 404)
    assert WISH["text"] in refused.text
    assert shown(refused) is None


async def test_what_comes_after_the_end_of_a_sitting_in_writing_is_there_with_the_reason(site, mediator, seated):
    party, path = seated
    await mediator.post(f"/sessions/{await sitting_of(site, path)}/writing/close")
    refused = await party.post(path, SAID)
    assert refused.status == 409
    assert "现在不在书面调解的期间内" in refused.text
    assert html.escape(SAID["text"]) in refused.text
    assert shown(refused) is None
    now = (await party.get(path)).text
    assert 'id="typed"' not in now
    assert "您可以先写" not in now


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (SAID, {"Accept": "*/*", "Sec-Fetch-Site": "same-origin"}),
        (SAID, {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}),
        ({**SAID, "text": " "}, {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}),
    ],
    ids=["a script", "another site", "nothing"],
)
async def test_neither_a_script_nor_another_site_nor_an_empty_form_is_answered_with_it(site, seated, sent, headers):
    _, path = seated
    async with Browser(site.url) as without:
        refused = await without.post(path, sent, headers)
    assert refused.status in (401, 403)
    assert shown(refused) is None
    assert "已还四千元" not in refused.text


async def test_no_ticket_and_no_password_stands_in_the_answer(site, seated):
    _, path = seated
    secret = {"ticket": "a-ticket", "password": "geheim", "text": "写了很久的话"}
    async with Browser(site.url) as without:
        for to in (path, path.replace("writing", "claim")):
            refused = await without.post(to, secret)
            assert shown(refused).filled() == {"text": "写了很久的话"}
            assert "a-ticket" not in refused.text


async def test_every_form_by_seat_or_link_is_known(site):
    every = {each.resource.canonical for each in site.app.router.routes() if each.method == "POST"}
    assert {each for each in every if each.startswith(("/seats/", "/join"))} == set(BY_SEAT_OR_LINK)


async def test_the_one_field_that_is_written_in_is_the_one_that_comes_back(seated):
    party, path = seated
    link = await party.become("respondent")
    for at, route in ((path, "/seats/{participant_id}/writing"), (link, "/join/{token}"), (f"{link}/ask",) * 2):
        (form,) = [each for each in forms_of((await party.get(at)).text) if each.action == at]
        written = [name for name, each in form.fields.items() if each.typed]
        assert written == [each for each in [BY_SEAT_OR_LINK[route.replace(link, "/join/{token}")]] if each]
