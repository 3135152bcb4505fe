"""What an administrator changes in one process, every other process of the house goes by soon after."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

import pytest

from mediation_server.domain import calendar, tracks
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.courts import COURTS
from mediation_server.domain.matter import Track
from mediation_server.services import calendars, court_keeping
from mediation_server.services import demo_cast as cast
from mediation_server.services.court_keeping import CourtForm
from mediation_server.services.house_news import HouseNews
from mediation_server.services.sweeping import sweep

NAME = "江岚市桐山区人民法院"
FORM = CourtForm("9931", NAME, "Tongshan", open=True, tracks={Track.COURT_LED: ("2026-01-01", "")})
NOTICE = {"year": 2099, "source": "国务院办公厅关于2099年的通知", "off": [["10-01", "10-07"]], "worked": []}
# Another process of the house: it says what it goes by, each time that has changed.
OTHER = """
import asyncio, sys
from datetime import date
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.tracks import tracks_open
from mediation_server.services.house_news import HouseNews
from mediation_server.services.sweeping import sweep
from mediation_server.store.database import Database

async def main(url, court):
    db, said = Database(url), None
    await db.open()
    house = HouseNews()
    await house.catch_up(db)
    async with house.following(db, period_s=0.05):
        while True:
            known = f"{sorted(tracks_open(court, date(2026, 11, 23)))} {max(CHINA.sources)}"
            if known != said:
                print(said := known, flush=True)
            await asyncio.sleep(0.02)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def house_as_it_came(monkeypatch):
    monkeypatch.setattr(COURTS, "_by_code", dict(COURTS._by_code))
    monkeypatch.setattr(tracks, "_KEPT", {})
    before = (CHINA.off, CHINA.worked, CHINA.sources)
    yield
    for name, value in zip(("off", "worked", "sources"), before, strict=True):
        object.__setattr__(CHINA, name, value)


@contextlib.asynccontextmanager
async def another_process(url):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OTHER, url, NAME), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def says(told, what):
    async with asyncio.timeout(30):
        async for line in told:
            if what in line.decode():
                return


async def test_another_process_goes_by_a_court_and_by_holidays_soon_after_they_were_changed_here(demo, tmp_path):
    async with another_process(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db") as told:
        await says(told, "court_led")  # as every court without rules of its own
        await court_keeping.add(demo.ctx, cast.ADMINISTRATOR, FORM)
        await says(told, f"[{Track.COURT_LED!r}]")
        await calendars.publish(demo.ctx, cast.ADMINISTRATOR, json.dumps(NOTICE))
        await says(told, "2099")


async def test_nothing_is_read_again_that_nobody_changed(demo):
    house = HouseNews()
    assert await house.catch_up(demo.ctx.db)
    assert not await house.catch_up(demo.ctx.db)
    await court_keeping.add(demo.ctx, cast.ADMINISTRATOR, FORM)
    assert await house.catch_up(demo.ctx.db)


async def test_a_sweep_counts_by_the_holidays_another_process_has_brought(demo, monkeypatch):
    await sweep(demo.ctx)
    with monkeypatch.context() as elsewhere:  # published where this process does not see it
        elsewhere.setattr(calendar, "publish", lambda _notice: None)
        await calendars.publish(demo.ctx, cast.ADMINISTRATOR, json.dumps(NOTICE))
    assert 2099 not in CHINA.sources
    await sweep(demo.ctx)
    assert 2099 in CHINA.sources
