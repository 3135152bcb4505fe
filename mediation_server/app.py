"""The composition root: the only module that sees every package; makes, joins, starts and closes them in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import structlog
from aiohttp import web

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.caseflow.dispatcher import Dispatcher
from mediation_server.caseflow.drop_inbox import DropInbox
from mediation_server.caseflow.file_drop import FileDropCourt
from mediation_server.caseflow.http_json import HttpJsonCourt
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.caseflow.mock_court_server import MockCourtServer
from mediation_server.caseflow.port import CaseFlow
from mediation_server.clock import Clock
from mediation_server.clock_watch import ClockWatch
from mediation_server.config import Settings
from mediation_server.demo import first_start
from mediation_server.disk import DiskWatch
from mediation_server.errors import Conflict
from mediation_server.key_watch import KeyWatch
from mediation_server.listening import BACKLOG, listening_socket, metrics_socket, tls_context, url_of
from mediation_server.loop_lag import LoopLag
from mediation_server.materials.rendering import Renderer
from mediation_server.materials.scanning import scanner
from mediation_server.media.embedded import CanaryBird, reached_at
from mediation_server.media.engine import MediaEngine
from mediation_server.media_watch import MediaWatch
from mediation_server.parts import (
    binder_of,
    captioning_wanted,
    court_key_of,
    database_of,
    engine_of,
    keeper_of,
    media_host_of,
    ready_keys,
    studio_of,
)
from mediation_server.rooms.captions_port import Captioning, CaptionsLoad
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services import demoing
from mediation_server.services.bundling import making_bundles
from mediation_server.services.clock_jumping import clock_jumped
from mediation_server.services.composing import making_films
from mediation_server.services.context import Context
from mediation_server.services.copying import copying
from mediation_server.services.disposing import disposing
from mediation_server.services.encrypting import encrypting
from mediation_server.services.inviting import path_of
from mediation_server.services.mailing import mailing
from mediation_server.services.notifying import MockNotifier, Silent
from mediation_server.services.opening import reopen
from mediation_server.services.operating import Vitals
from mediation_server.services.preparing import preparing
from mediation_server.services.receiving import answers_arrived, receive
from mediation_server.services.relaying import turn_secret
from mediation_server.services.sitting_watch import SittingWatch
from mediation_server.services.stamping import stamping
from mediation_server.services.sweeping import Sweeper
from mediation_server.services.syncing import OutboxLedger
from mediation_server.services.tidying import tidying
from mediation_server.timestamping.authority import HttpAuthority
from mediation_server.timestamping.local_authority import LocalAuthority, LocalAuthorityServer
from mediation_server.timestamping.trust import demo_authority_directory, trusted_authorities
from recordings.bookkeeping import ServiceBooks
from recordings.compose.studio import FilmStudio
from recordings.desk import Desk
from recordings.factory import Recordings, keeping_of
from recordings.imported import ImportedDesk
from recordings.keeping import RecordKeeper
from recordings.previews import Previews
from signaling.server import make_signaling
from web.app_keys import (
    BINDER,
    COURT_KEY,
    EVIDENCE,
    IMPORTED,
    MOCK_COURT,
    RECORDING_FILES,
    SHELF,
    SHREDDER,
    STUDIO,
    VITALS,
)
from web.i18n import translate
from web.metrics_port import metrics_app
from web.setup import setup_web, warm_up

__all__ = ["Running", "start"]

_log = structlog.get_logger(__name__)

_BODY_BYTES = 256 * 1024
_STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Running:
    """The product while it runs; `roles` and `passwords` are the demo's."""

    url: str
    close: Callable[[], Awaitable[None]]
    roles: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)


async def start(settings: Settings, clock: Clock) -> Running:
    """Start everything; what was started closes in the opposite order, also when a later part fails to start.

    Raises `Unavailable` when a port or the database cannot be had, `BadInput` for an unsafe setting.
    """
    async with AsyncExitStack() as stack:
        # What may be refused comes first: a start that fails must not have made accounts whose passwords are told once.
        key, tls = court_key_of(settings), tls_context(settings)
        turn = turn_secret(settings)
        bound = await asyncio.to_thread(listening_socket, settings)
        stack.callback(bound.close)
        metrics = await asyncio.to_thread(metrics_socket, settings)
        stack.callback(metrics.close if metrics else lambda: None)
        engine = await engine_of(settings, stack)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        keys = await asyncio.to_thread(ready_keys, settings)
        passwords = await first_start(settings, clock) if settings.demo else {}
        database = await database_of(settings, stack)
        previews = Previews(settings.data_dir, keys)
        books = ServiceBooks(lambda: context, previews.want)
        recordings = Recordings(settings.data_dir, clock, books, keeping=keeping_of(settings))
        captioning = captioning_wanted(settings, clock)
        rooms = RoomRegistry(engine=engine, recorder_factory=recordings, clock=clock, captioning=captioning)
        notifier = MockNotifier(database) if settings.demo else Silent()
        url = url_of(settings, bound)
        context = Context(database, clock, rooms, settings, notifier=notifier, url=url, turn_secret=turn)
        court = await _court(context, key, stack)
        await _time_stamps(context, stack)
        stack.push_async_callback(recordings.close)
        vitals = await _vitals(context, engine, (recordings, captioning), metrics, stack)
        desk, keeper = Desk(recordings.vault, context, previews), keeper_of(settings)
        imported = ImportedDesk(settings.data_dir, keys_of(settings), previews)
        await stack.enter_async_context(previews.running())
        scan = scanner(settings.scan_command, settings.scan_socket, settings.scan_seconds)
        await stack.enter_async_context(preparing(context, Renderer(), scan))
        studio = studio_of(context, recordings)
        runner = await _browsers(context, (desk, studio, imported), vitals, court, key, stack)
        await web.SockSite(runner, bound, ssl_context=tls, backlog=BACKLOG).start()
        stack.push_async_callback(rooms.close)
        await reopen(context)
        await recordings.recover()
        await _in_the_background(context, keeper, studio, stack)
        roles = await _roles(context, url) if settings.demo else {}
        await asyncio.to_thread(warm_up, runner.app)  # after whoever was in a room has been let in again
        stack.enter_context(vitals.lag.running())  # last: what starting costs is no lateness of anybody's words
        if vitals.media:
            await stack.enter_async_context(vitals.media.running())
        return Running(url, stack.pop_all().aclose, roles, passwords)


async def _in_the_background(context: Context, keeper: RecordKeeper, studio: FilmStudio, stack: AsyncExitStack) -> None:
    """What goes on by itself while people are served."""
    for each in (
        context.house.following(context.db),
        Sweeper(context).running(),
        mailing(context),
        SittingWatch(context).running(),
        tidying(context),
        making_films(context, studio),
        making_bundles(context, keeper, binder_of(context)),
        disposing(context, keeper),
        copying(context, keeper),
        encrypting(context, keeper),
    ):
        await stack.enter_async_context(each)


async def _court(context: Context, key: bytes, stack: AsyncExitStack) -> MockCourtServer | None:
    """The way to the court and back: carried files, the configured address, or the demo's own court on its own port."""
    settings, mock = context.settings, None
    court: CaseFlow | None = None
    if settings.caseflow_dir and settings.caseflow == "file_drop":
        court = FileDropCourt(settings.caseflow_dir, key)
        inbox = DropInbox(settings.caseflow_dir, key, partial(receive, context), partial(answers_arrived, context))
        await stack.enter_async_context(inbox.running())
    elif settings.court_url:
        court = HttpJsonCourt(settings.court_url, key)
    elif settings.demo:
        mock = MockCourtServer(MockCourt(context.clock, settings.data_dir / "mock-court.jsonl"), key, context.clock)
        await mock.start()
        stack.push_async_callback(mock.close)
        court = HttpJsonCourt(mock.url, key)
    if court:
        ledger = OutboxLedger(context.db, context.clock)
        await stack.enter_async_context(Dispatcher(ledger, court, context.clock, context.outbox_filled).running())
    return mock


async def _time_stamps(context: Context, stack: AsyncExitStack) -> None:
    """The way to a time-stamping authority: the configured address, or the demo's own on its own port."""
    settings, address = context.settings, context.settings.tsa_url
    if not address and settings.demo:
        directory = demo_authority_directory(settings)
        mock = LocalAuthorityServer(await asyncio.to_thread(LocalAuthority, directory, context.clock))
        await mock.start()
        stack.push_async_callback(mock.close)
        address = mock.url
    if address:
        authority = HttpAuthority(address)
        stack.push_async_callback(authority.close)
        trusted = await asyncio.to_thread(trusted_authorities, settings)
        await stack.enter_async_context(stamping(context, authority, trusted))


async def _vitals(
    context: Context,
    engine: MediaEngine,
    watched: tuple[Recordings, Captioning | None],
    bound: socket.socket | None,
    stack: AsyncExitStack,
) -> Vitals:
    """What watches this process, and the port where Prometheus reads it, if there is one."""
    recordings, captioning = watched
    captions = captioning.load if captioning else CaptionsLoad
    settings, media = context.settings, None
    if settings.canary_seconds:
        bird = CanaryBird(engine, reached_at(media_host_of(settings)))
        media = MediaWatch(bird.sing, period_s=settings.canary_seconds)
    at = f"http://{bound.getsockname()[0]}:{bound.getsockname()[1]}/metrics" if bound else ""
    clock = ClockWatch(context.clock, partial(clock_jumped, context))
    keys = KeyWatch(keys_of(settings))
    vitals = Vitals(DiskWatch(settings), LoopLag(), recordings.load, media, at, captions, clock, keys)
    await stack.enter_async_context(clock.running())
    await stack.enter_async_context(keys.running())
    await stack.enter_async_context(vitals.disk.running())
    if bound:
        runner = web.AppRunner(metrics_app(context, vitals), access_log=None, shutdown_timeout=_STOP_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, bound).start()
    return vitals


async def _browsers(
    context: Context,
    shelves: tuple[Desk, FilmStudio, ImportedDesk],
    vitals: Vitals,
    court: MockCourtServer | None,
    key: bytes,
    stack: AsyncExitStack,
) -> web.AppRunner:
    """Pages and sockets, ready to answer."""
    app = web.Application(client_max_size=_BODY_BYTES)
    setup_web(app, context)
    desk, app[STUDIO], imported = shelves
    app[IMPORTED] = imported
    app[SHELF] = app[EVIDENCE] = desk
    app[SHREDDER] = app[RECORDING_FILES] = keeper_of(context.settings)
    await asyncio.to_thread(imported.sweep)
    app[BINDER] = binder_of(context)
    app[VITALS] = vitals
    if court:
        app[MOCK_COURT] = court
    app[COURT_KEY] = key
    signaling = make_signaling(context, translate=translate)
    signaling.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S, handle_signals=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.push_async_callback(signaling.shutdown)
    return runner


async def _roles(context: Context, url: str) -> dict[str, str]:
    """A link for each role: parties get a fresh invitation, staff a page with one button."""
    try:
        parties = {role: url + path_of(await demoing.join_token(context, role)) for role in demoing.PARTIES}
    except Conflict:  # the matter has been concluded in this data directory; the demo's page says what is left to see
        parties = dict.fromkeys(demoing.PARTIES, f"{url}/demo")
    return {"mediator": f"{url}/demo/as/mediator", **parties, "judge": f"{url}/demo/as/judge"}
