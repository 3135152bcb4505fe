"""Copies for showing (展示副本): made in the background, one file after the other; a file that fails fails alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from mediation_server.at_rest.stored import HeldKeys
from mediation_server.background import background
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.material import FileState, MaterialFile, ScanState
from mediation_server.errors import MediationError, NotFound
from mediation_server.materials.rendering import Rendered
from mediation_server.materials.scanning import Scan, ScanError
from mediation_server.materials.stacks import Stacks, swept_benches
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.shelving import stacks_of
from mediation_server.services.uploading import sweep
from mediation_server.store import materials

__all__ = ["INFECTED", "Render", "prepare_all", "preparing", "scan_all"]

_log = structlog.get_logger(__name__)
_AGAIN_S = 3600.0
_PAUSE_S = 30.0
_SCANNED_AT_ONCE = 100  # then copies are made again, for whoever waits for those
INFECTED = "infected"  # the fault of a file a virus scanner has named

Render = Callable[[Path, str, Path, HeldKeys], Awaitable[Rendered]]


@contextlib.asynccontextmanager
async def preparing(ctx: Context, render: Render, scan: Scan | None = None) -> AsyncIterator[None]:
    """Make copies of whatever arrives, and of what an earlier process left, for as long as this lasts.

    With a virus scanner each file is looked at first, those that came before there was one too.
    """
    await asyncio.to_thread(swept_benches, ctx.settings.data_dir)
    async with background(partial(_forever, ctx, render, scan), "copies for showing"):
        yield


async def scan_all(ctx: Context, scan: Scan) -> bool:
    """Ask the scanner about files it has not looked at; whether it has looked at all there are."""
    async with ctx.db.reading() as tx:
        waiting = await materials.files_to_scan(tx, _SCANNED_AT_ONCE)
    asked = len(waiting) < _SCANNED_AT_ONCE
    for file in waiting:
        try:
            await _scanned(ctx, scan, file)
        except MediationError as refusal:
            _log.error("material_locked", code=refusal.code)
            asked = False
        except ScanError as error:
            _log.warning("material_not_scanned", reason=str(error))
            asked = False
    return asked


async def prepare_all(ctx: Context, render: Render) -> None:
    """Make the copies of every file that waits for them."""
    async with ctx.db.reading() as tx:
        waiting = await materials.files_to_prepare(tx)
    for file in waiting:
        try:
            await _prepared(ctx, render, file)
        except MediationError as refusal:  # its key is not to be had: it waits, and nobody behind it
            _log.error("material_locked", code=refusal.code)


async def _forever(ctx: Context, render: Render, scan: Scan | None) -> None:
    while True:
        ctx.shelving.arrived.clear()
        asked = True
        try:
            await sweep(ctx)
            asked = scan is None or await scan_all(ctx, scan)
            await prepare_all(ctx, render)
        except Exception:  # noqa: BLE001 - a full disk or a busy database must not end it for good
            _log.exception("materials_not_prepared")
            await asyncio.sleep(_PAUSE_S)
            continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ctx.shelving.arrived.wait(), _AGAIN_S if asked else _PAUSE_S)


async def _stacks(ctx: Context, file: MaterialFile) -> Stacks:
    async with ctx.db.reading() as tx:
        return stacks_of(ctx, (await materials.material(tx, file.material_id)).matter_id)


@contextlib.asynccontextmanager
async def _plain(stacks: Stacks, sha256: str) -> AsyncIterator[Path]:
    """A scanner knows no key: it is given the file as it came, in a directory that nobody else reads."""
    with contextlib.ExitStack() as held:
        try:
            yield await asyncio.to_thread(held.enter_context, stacks.plain(sha256))
        finally:
            await asyncio.to_thread(held.close)


async def _scanned(ctx: Context, scan: Scan, file: MaterialFile) -> None:
    """What is infected is kept as evidence of what was handed in, and never shown or handed out."""
    stacks = await _stacks(ctx, file)
    async with _plain(stacks, file.sha256) as path:
        found = await scan(path)
    async with ctx.shelving.turn, ctx.db.transaction() as tx:
        try:
            now = replace(await materials.file(tx, file.id), scan=found)
        except NotFound:  # taken away meanwhile
            return
        if found is ScanState.INFECTED:
            now = replace(now, state=FileState.FAILED, pages=0, fault=INFECTED)
            details = {"material": now.material_id, "sha256": now.sha256}
            matter_id = (await materials.material(tx, now.material_id)).matter_id
            await audited(
                ctx,
                tx,
                AuditAction.MATERIAL_INFECTED,
                actor=SYSTEM,
                about=f"matter:{matter_id}",
                allowed=False,
                **details,
            )
        await materials.save_file(tx, now)


async def _prepared(ctx: Context, render: Render, file: MaterialFile) -> None:
    stacks = await _stacks(ctx, file)
    source, opens = await asyncio.to_thread(stacks.for_copying, file.sha256)
    bench = await asyncio.to_thread(stacks.bench)
    try:
        made = await render(source, file.media_type, bench, opens)
        async with ctx.shelving.turn, ctx.db.transaction() as tx:
            try:
                now = await materials.file(tx, file.id)
            except NotFound:  # taken away meanwhile
                return
            if made.fault is None:
                await asyncio.to_thread(stacks.show, file.sha256, bench)
            state = FileState.FAILED if made.fault else FileState.READY
            await materials.save_file(tx, replace(now, state=state, pages=made.pages, fault=made.fault))
    finally:
        await asyncio.to_thread(stacks.clear, bench)
