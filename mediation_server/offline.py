"""What an operator does without the server: take records out and matters in, encrypt, verify; nothing here runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.domain.imported import ImportedMatter
from mediation_server.domain.recording import RecordingState
from mediation_server.errors import NotFound
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.parts import (
    database_of,
    keeper_of,
)
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services.auditing import audit_break
from mediation_server.services.context import Context
from mediation_server.services.encrypting import TakenOver, encrypt_all
from mediation_server.services.procedure import log_findings
from mediation_server.services.reading import events_of
from mediation_server.services.recordings import recordings_of
from mediation_server.store.backups import every_record
from mediation_server.store.recordings import recording as recording_row
from recordings.bookkeeping import ServiceBooks
from recordings.desk import Desk
from recordings.factory import Recordings, keeping_of
from recordings.imported import ImportWish, imported_from
from recordings.notices import notices_in
from web.verifier import verifier_page

__all__ = [
    "ImportWish",
    "encrypt_at_rest",
    "export_evidence",
    "import_bundle",
    "session_notices",
    "verify_all",
    "verify_matter",
    "verify_session",
]


@asynccontextmanager
async def _reading_room(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Context, Desk]]:
    """Database and vault without anything that runs."""
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        recordings = Recordings(settings.data_dir, clock, ServiceBooks(lambda: context), keeping=keeping_of(settings))
        engine = EmbeddedEngine("127.0.0.1", 0, [])  # never started
        rooms = RoomRegistry(engine=engine, recorder_factory=recordings, clock=clock)
        context = Context(database, clock, rooms, settings)
        yield context, Desk(recordings.vault, context)


async def export_evidence(settings: Settings, clock: Clock, session_id: str, directory: Path) -> None:
    """A sealed recording with everything a verifier needs, in a new directory; several, each in one of its own there.

    Raises `NotFound`, `Conflict("directory_exists")`.
    """
    async with _reading_room(settings, clock) as (context, desk):
        sealed = [each for each in await recordings_of(context, session_id) if each.state is RecordingState.SEALED]
        if not sealed:
            raise NotFound("recording_not_found")
        page = await asyncio.to_thread(verifier_page)
        for each in sealed:
            await desk.export(each, directory / each.id if len(sealed) > 1 else directory, page)


async def import_bundle(settings: Settings, clock: Clock, path: Path, wish: ImportWish) -> ImportedMatter:
    """Take a matter of another house in. Raises what `recordings.imported.imported_from` raises."""
    async with _reading_room(settings, clock) as (context, _):
        return await imported_from(context, path, wish)


async def encrypt_at_rest(settings: Settings, clock: Clock) -> TakenOver:
    """Encrypt what lies plain from before. Raises `Unavailable` where keys are not to be had."""
    async with _reading_room(settings, clock) as (context, _):
        await asyncio.to_thread(keys_of(settings).prepare)
        return await encrypt_all(context, keeper_of(settings))


async def verify_session(settings: Settings, clock: Clock, session_id: str, receipt: str = "") -> list[str]:
    """One line for each place where a sitting's record does not hold. Raises `NotFound`."""
    async with _reading_room(settings, clock) as (context, desk):
        known = await recordings_of(context, session_id)
        told = [each for each in known if each.is_final] or known[-1:]
        # a receipt is that of one of them; of none of them, it holds for none
        of_receipt = [each for each in told if receipt.lower() in (each.root, each.manifest_sha256)] or told
        found = [one for each in told for one in await desk.findings(each, receipt if each in of_receipt else "")]
        if not told:
            found = [*desk.broken_chain(await events_of(context, session_id))]
        broken = await audit_break(context)
        audit = [f"audit_log: {broken.seq} {broken.reason}"] if broken else []
        return [*(f"{each['code']}: {each['where']}" for each in found), *audit]


async def session_notices(settings: Settings, clock: Clock, session_id: str) -> list[str]:
    """One line for each thing to know of a sitting's record besides; none for what is no sitting."""
    async with _reading_room(settings, clock) as (context, _):
        try:
            return [str(each) for each in notices_in(await events_of(context, session_id))]
        except NotFound:
            return []


async def verify_all(settings: Settings, clock: Clock) -> AsyncIterator[str]:
    """One line for each place where anything does not hold: audit log, logs of matters, sealed recordings."""
    async with _reading_room(settings, clock) as (context, desk):
        broken = await audit_break(context)
        if broken:
            yield f"audit_log: {broken.seq} {broken.reason}"
        async with context.db.reading() as tx:
            known, sealed = await every_record(tx)
        for each in known:
            for line in await log_findings(context.db, each):
                yield f"{each} {line}"
        for each in sealed:
            async with context.db.reading() as tx:
                recording = await recording_row(tx, each)
            for found in await desk.findings(recording):
                yield f"{each} {found['code']}: {found['where']}"


async def verify_matter(settings: Settings, matter_id: str) -> list[str]:
    """One line when the log of a matter does not hold, and one when its row is not what the log says.

    Raises `NotFound`.
    """
    async with AsyncExitStack() as stack:
        return await log_findings(await database_of(settings, stack), matter_id)
