"""Makes single parts of the product as the settings say; joins them with nothing and runs none but the engine."""

from __future__ import annotations

import os
import secrets
from contextlib import AsyncExitStack

import structlog

from mediation_server.at_rest.matter_keys import KeyStore, keys_of
from mediation_server.captions.captioner import captioning_of
from mediation_server.captions.process import Booths, captions_command
from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.disk import MIB
from mediation_server.errors import MediationError, Unavailable
from mediation_server.keyring import KeyRing
from mediation_server.media.embedded import EmbeddedEngine, new_certificate
from mediation_server.media.embedded.limits import Limits
from mediation_server.media.engine import MediaEngine
from mediation_server.rooms.captions_port import Captioning
from mediation_server.services.context import Context
from mediation_server.services.house_news import HouseNews
from mediation_server.store.database import Database
from recordings.compose.composer import Composer
from recordings.compose.studio import FilmStudio
from recordings.factory import Recordings
from recordings.keeping import RecordKeeper
from recordings.vault import Vault
from web.bundle_binder import BundleBinder
from web.film_words import film_words

__all__ = [
    "binder_of",
    "captioning_wanted",
    "court_key_of",
    "database_of",
    "engine_of",
    "keeper_of",
    "media_host_of",
    "ready_keys",
    "studio_of",
]

_log = structlog.get_logger(__name__)

_KEY_BYTES = 32


def ready_keys(settings: Settings) -> KeyStore:
    """What opens files at rest. Without it hearings are held and recorded all the same; the log says what is to do."""
    keys = keys_of(settings)
    try:
        keys.prepare()
    except (MediationError, OSError) as error:
        code = error.code if isinstance(error, MediationError) else type(error).__name__
        _log.error("keys_not_ready", code=code, master=str(keys.master.directory), keys=str(keys.directory))
    return keys


async def database_of(settings: Settings, stack: AsyncExitStack) -> Database:
    """The database, open until the stack closes. Raises `Unavailable` as `Database.open`."""
    database = Database(settings.database)
    await database.open()
    await HouseNews().catch_up(database)
    stack.push_async_callback(database.close)
    return database


async def engine_of(settings: Settings, stack: AsyncExitStack) -> MediaEngine:
    """Rooms' media in this process, or in worker processes where the operator has the cores."""
    host, port = media_host_of(settings), settings.media_port
    tcp = settings.media_tcp_port
    limits = Limits(compiled=settings.accelerator == "auto", voices=settings.media_voices)
    told, tcp_port = (settings.public_ip or host,), tcp if tcp >= 0 else None
    engine: MediaEngine
    if settings.media_workers:
        from mediation_server.media.farm import FarmEngine, Order, orders_of

        first = Order(host, port, told, new_certificate(), tcp_port, limits)
        engine = FarmEngine(orders_of(first, settings.media_workers))
    else:
        engine = EmbeddedEngine(host, port, told, tcp_port=tcp_port, limits=limits)
    await engine.start()
    stack.push_async_callback(engine.close)
    return engine


def media_host_of(settings: Settings) -> str:
    """The address media are received at."""
    return settings.media_host or settings.host


def court_key_of(settings: Settings) -> bytes:
    """The key that signs messages to and from the court; the demo's lives as long as the process.

    Raises `Unavailable` when it, or the directory of carried files, is not named.
    """
    carried = settings.caseflow == "file_drop"
    if carried and not settings.caseflow_dir:
        raise Unavailable("caseflow_dir_missing")
    if settings.court_key_file:
        return settings.court_key_file.read_bytes().strip()
    if settings.court_url or carried:
        raise Unavailable("court_key_missing")
    return secrets.token_bytes(_KEY_BYTES)


def studio_of(context: Context, recordings: Recordings) -> FilmStudio:
    """Who makes composed films."""
    settings = context.settings
    workers = settings.film_workers or max(1, (os.cpu_count() or 1) // 2)
    reserve = settings.disk_warning_mib * MIB
    composer = Composer(settings.data_dir, workers, reserve=reserve, keys=keys_of(settings))
    return FilmStudio(context, recordings.vault, composer, film_words)


def captioning_wanted(settings: Settings, clock: Clock) -> Captioning | None:
    """What listens and writes captions, where the operator wants it."""
    command = captions_command(settings)
    if not command:
        return None
    return captioning_of(Booths(command, clock, settings.captions_places), settings.captions_language)


def keeper_of(settings: Settings) -> RecordKeeper:
    """Who lists, copies and destroys the files of recordings."""
    vault, beside = Vault(settings.data_dir, keys_of(settings)), [settings.data_dir / "previews"]
    return RecordKeeper(vault, settings.second_copy_dir, beside, KeyRing(settings.keys_dir))


def binder_of(context: Context) -> BundleBinder:
    """Who makes matters into one file."""
    settings = context.settings
    reserve = settings.disk_warning_mib * MIB
    return BundleBinder(settings.data_dir, KeyRing(settings.keys_dir), context.clock, reserve, keys_of(settings))
