"""The pages on a real server on a free port, over the real services and SQLite, with the demo's people."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from aiohttp import web
from blockbuster import blockbuster_ctx
from yarl import URL

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.caseflow.mock_court_server import MockCourtServer
from mediation_server.clock_watch import ClockWatch
from mediation_server.config import Settings
from mediation_server.disk import DiskWatch
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.errors import BadInput
from mediation_server.key_watch import KeyWatch
from mediation_server.keyring import KeyRing
from mediation_server.loop_lag import LoopLag
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.services import demo_data
from mediation_server.services.clock_jumping import clock_jumped
from mediation_server.services.operating import Vitals
from mediation_server.store import recordings
from mediation_server.store.database import Database
from recordings.desk import Desk
from recordings.imported import ImportedDesk
from recordings.keeping import RecordKeeper
from recordings.vault import Vault
from tests import prepared
from tests.court_world import KEY
from tests.doubles import FakeClock
from tests.web.browser import Browser, Site
from tests.web.recorded import make_first_day
from web.app_keys import BINDER, COURT_KEY, EVIDENCE, IMPORTED, MOCK_COURT, RECORDING_FILES, SHELF, SHREDDER, VITALS
from web.bundle_binder import BundleBinder
from web.setup import setup_web, warm_up

RECORDING = fixed_id("recording of session 4")


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop():
    with blockbuster_ctx("web"):
        yield


@pytest.fixture
def settings():
    return Settings(demo=True)


@pytest.fixture
async def site(tmp_path, settings):
    clock = FakeClock()
    accounts = await prepared.demo_at(tmp_path / "data" / "mediation.db", clock, settings)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db")
    await database.open()
    ctx = prepared.context(database, clock, settings)
    await sealed_recording(ctx)
    app = web.Application()
    await asyncio.to_thread(setup_web, app, ctx)
    await asyncio.to_thread(warm_up, app)
    app[COURT_KEY] = KEY
    app[SHELF] = app[EVIDENCE] = Desk(Vault(tmp_path / "data"), ctx)
    watch = ClockWatch(clock, partial(clock_jumped, ctx))
    app[VITALS] = Vitals(
        DiskWatch(settings),
        LoopLag(),
        lambda: RecorderLoad(0, 0, 0, 0, 0),
        clock=watch,
        keys=KeyWatch(keys_of(settings)),
    )
    keys = KeyRing(tmp_path / "data" / "keys")
    app[SHREDDER] = app[RECORDING_FILES] = RecordKeeper(Vault(tmp_path / "data"), keys=keys)
    app[IMPORTED] = ImportedDesk(tmp_path / "data", keys_of(ctx.settings))
    app[BINDER] = BundleBinder(tmp_path / "data", keys, clock, opens=keys_of(ctx.settings))
    app[MOCK_COURT] = MockCourtServer(MockCourt(clock), b"key", clock)
    app.router.add_get("/broken", broken)
    app.router.add_get("/unsayable", unsayable)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Site(URL(f"http://127.0.0.1:{runner.addresses[0][1]}"), ctx, app, clock, accounts)
    await runner.cleanup()
    await database.close()


async def sealed_recording(ctx):
    now = ctx.clock.now()
    made = Recording(RECORDING, demo_data.SESSION_4, RecordingState.SEALED, now, 2_520_000, 1_860_000, "ab" * 32, now)
    async with ctx.db.transaction() as tx:
        await recordings.save(tx, made)


async def broken(request):
    raise RuntimeError(f"a bug behind {request.path}")


async def unsayable(_request):
    raise BadInput("too_long")  # how long it may be is not said, and the text names it


@pytest.fixture
async def browser(site):
    async with Browser(site.url) as one:
        yield one


@pytest.fixture
async def other_browser(site):
    async with Browser(site.url) as one:
        yield one


def pytest_collection_modifyitems(items):
    """Whichever test is the first to want the first day makes it: on a machine with other work that takes minutes."""
    for item in items:
        if "first_day" in item.fixturenames:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def first_day(tmp_path_factory):
    """The demo's data directory as the first start leaves it, made once."""
    return make_first_day(tmp_path_factory.mktemp("first-day") / "var")
