"""A running server over a recording that was really made; each test has its own copy of the first day."""

import asyncio
import shutil
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from yarl import URL

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.demo import DATABASE, first_start
from mediation_server.domain.audit import AuditAction
from mediation_server.keyring import KeyRing
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services.context import Context
from mediation_server.store import audit
from mediation_server.store.database import Database
from recordings.bookkeeping import ServiceBooks
from recordings.compose.composer import Composer
from recordings.compose.studio import FilmStudio
from recordings.desk import Desk
from recordings.factory import Recordings, keeping_of
from recordings.imported import ImportedDesk
from recordings.keeping import RecordKeeper
from recordings.previews import Previews
from tests.doubles import FakeClock
from tests.web.browser import Site
from web.app_keys import BINDER, IMPORTED, RECORDING_FILES, SHELF, STUDIO
from web.bundle_binder import BundleBinder
from web.film_words import film_words
from web.setup import setup_web, warm_up

OPENED, CONTINUED = AuditAction.VIEWING_OPENED, AuditAction.VIEWING_CONTINUED


class WatchedDesk(Desk):
    """The real one; notes what the audit log holds whenever a file is opened."""

    def __init__(self, vault, ctx):
        super().__init__(vault, ctx)
        self.ctx, self.known, self.streams = ctx, [], []

    async def clip(self, recording, index):
        self.known.append(await entries(self.ctx))
        clip = await super().clip(recording, index)
        self.streams.append(clip.stream)
        return clip


async def entries(ctx):
    """Who asked for what in the audit log, oldest first."""
    async with ctx.db.reading() as tx:
        found = await audit.latest(tx, 1000)
    watched = [each for each in reversed(found) if each.action in (OPENED, CONTINUED)]
    return [(each.action, each.actor, each.allowed, each.basis) for each in watched]


def make_first_day(directory):
    """The demo's data directory as the first start leaves it; takes some seconds."""
    asyncio.run(first_start(Settings(demo=True, data_dir=directory), SystemClock()))
    return directory


@asynccontextmanager
async def recorded_site(first_day, data):
    """The product over a copy of that day; closed whatever happens inside."""
    await asyncio.to_thread(shutil.copytree, first_day, data)
    clock, settings = FakeClock(), Settings(demo=True, data_dir=data)
    async with AsyncExitStack() as closing:
        database = Database(f"sqlite+aiosqlite:///{data / DATABASE}")
        closing.push_async_callback(database.close)
        await database.open()
        ctx = Context(database, clock, RoomRegistry(engine=None, recorder_factory=None, clock=clock), settings)
        recordings = Recordings(data, clock, ServiceBooks(lambda: ctx), keeping=keeping_of(settings))
        closing.push_async_callback(recordings.close)
        app = web.Application()
        await asyncio.to_thread(setup_web, app, ctx)
        await asyncio.to_thread(warm_up, app)
        composer = Composer(data, 2, niceness=0, keys=keys_of(settings))
        app[STUDIO] = FilmStudio(ctx, recordings.vault, composer, film_words)
        app[SHELF] = WatchedDesk(recordings.vault, ctx)
        keys = KeyRing(settings.keys_dir)
        app[RECORDING_FILES] = RecordKeeper(recordings.vault, keys=keys)
        previews = Previews(data, keys_of(settings))
        app[IMPORTED] = ImportedDesk(data, keys_of(settings), previews)
        app[BINDER] = BundleBinder(data, keys, clock, opens=keys_of(settings))
        runner = web.AppRunner(app, access_log=None)
        closing.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await closing.enter_async_context(previews.running())
        yield Site(URL(f"http://127.0.0.1:{runner.addresses[0][1]}"), ctx, app, clock, {})
