"""A film of a recording, asked for and taken over HTTP by whoever may: marked, written down, and nobody else's."""

import hashlib
from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.film import FILM_KEPT, FILMS_AT_ONCE
from mediation_server.domain.making import MakingState
from mediation_server.domain.matter import MatterState
from mediation_server.services import demo_data
from mediation_server.services.composing import making_films
from mediation_server.store import audit, matters
from mediation_server.store.made import FILMS
from tests.court_world import eventually
from tests.recording_row import recording_of
from tests.web.recorded import recorded_site
from web.app_keys import STUDIO

ASKED, CANCELLED, TAKEN = AuditAction.FILM_ASKED, AuditAction.FILM_CANCELLED, AuditAction.FILM_TAKEN
PURPOSE = {"purpose": "confirmation", "reason": "核对调解是否自愿"}


@pytest.fixture
async def site(first_day, tmp_path):
    async with recorded_site(first_day, tmp_path / "var") as running:
        yield running


@pytest.fixture
async def viewing(site, browser):
    recording = await recording_of(site.ctx, demo_data.SESSION_4)
    await browser.become("judge")
    return (await browser.post(f"/recordings/{recording.id}/viewings", PURPOSE)).location


async def ask(browser, viewing, layout="speaker"):
    return await browser.post(f"{viewing}/films", {"layout": layout})


async def the_films(site):
    recording = await recording_of(site.ctx, demo_data.SESSION_4)
    async with site.ctx.db.reading() as tx:
        asked = [each for each in await audit.entries_about(tx, f"recording:{recording.id}") if each.action is ASKED]
        return [await FILMS.one(tx, each.details["film"]) for each in asked]


async def written(site):
    recording = await recording_of(site.ctx, demo_data.SESSION_4)
    async with site.ctx.db.reading() as tx:
        found = await audit.entries_about(tx, f"recording:{recording.id}")
    return [each.action for each in found if each.action in (ASKED, CANCELLED, TAKEN)]


async def test_a_film_is_asked_for_made_taken_and_forgotten_after_two_weeks(site, browser, viewing):
    assert (await ask(browser, viewing)).status == 303
    async with making_films(site.ctx, site.app[STUDIO]):
        await eventually(lambda: is_in(site, MakingState.READY), "the film", within_s=180)
        (film,) = await the_films(site)
        async with browser._http.get(f"{viewing}/films/{film.id}/film.mp4") as answer:
            body = await answer.read()
            assert answer.headers["Content-Type"] == "video/mp4"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Cache-Control"] == "no-store, private"
        assert (len(body), hashlib.sha256(body).hexdigest()) == (film.bytes, film.sha256)
        assert viewing[-6:].upper() in film.mark
        assert await written(site) == [ASKED, TAKEN]
        assert film.sha256 in (await browser.get(f"{viewing}/films")).text
        site.clock.advance(seconds=FILM_KEPT.total_seconds())
        site.ctx.films_asked.set()
        await eventually(lambda: is_gone(site, film), "the end of its time")
    assert not (site.ctx.settings.data_dir / "films" / film.id).exists()


async def is_in(site, state):
    (film,) = await the_films(site)
    assert film.state is state or film.fault is None, film.fault  # said at once, not when all patience is over
    return film.state is state


async def is_gone(site, film):
    async with site.ctx.db.reading() as tx:
        return await FILMS.one(tx, film.id) is None


async def test_a_film_let_go_while_it_is_made_leaves_nothing(site, browser, viewing):
    await ask(browser, viewing, "grid")
    async with making_films(site.ctx, site.app[STUDIO]):
        await eventually(lambda: is_in(site, MakingState.MAKING), "the work to begin", within_s=60)
        (film,) = await the_films(site)
        assert (await browser.post(f"{viewing}/films/{film.id}/cancel")).status == 303
        directory = site.ctx.settings.data_dir / "films" / film.id
        await eventually(lambda: not directory.exists(), "the end of the work", within_s=60)
    assert await is_in(site, MakingState.CANCELLED)
    assert (await browser.get(f"{viewing}/films/{film.id}/film.mp4")).status == 404
    assert await written(site) == [ASKED, CANCELLED]


async def test_nobody_waits_for_more_than_a_few(browser, viewing):
    for _ in range(FILMS_AT_ONCE):
        assert (await ask(browser, viewing)).status == 303
    refused = await ask(browser, viewing)
    assert refused.status == 409
    assert "请等其中一份完成" in refused.text


async def test_a_layout_that_is_none_is_refused_beside_the_form(browser, viewing):
    assert (await ask(browser, viewing, "mosaic")).status == 400


async def test_a_right_that_is_gone_takes_the_film_along(site, browser, viewing):
    await ask(browser, viewing)
    (film,) = await the_films(site)
    async with site.ctx.db.transaction() as tx:
        await FILMS.save(tx, replace(film, state=MakingState.READY))
        matter = await matters.matter(tx, demo_data.MATTER_4)
        await matters.save(tx, replace(matter, state=MatterState.CONFIRMED))
    assert (await browser.get(f"{viewing}/films/{film.id}/film.mp4")).status == 403
    assert (await browser.get(f"{viewing}/films")).status in (403, 410)
    assert TAKEN not in await written(site)


async def test_somebody_elses_film_is_not_there(site, browser, other_browser, viewing):
    await ask(browser, viewing)
    (film,) = await the_films(site)
    await other_browser.become("trial_judge")
    for path in ("", "/films.json", f"/{film.id}/film.mp4"):
        assert (await other_browser.get(f"{viewing}/films{path}")).status == 404
    assert (await other_browser.post(f"{viewing}/films/{film.id}/cancel")).status == 404
    assert (await the_films(site))[0].state is MakingState.QUEUED
