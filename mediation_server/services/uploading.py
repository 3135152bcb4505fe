"""Uploading (上传): a file comes in pieces, survives a lost line, is taken for what its bytes say, and kept once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.material import MOST_FILES, FileState, Material, MaterialFile, MaterialState, may_see
from mediation_server.domain.material_types import type_of
from mediation_server.domain.upload import LASTS, MOST_NAME, MOST_WAITING, Upload, check_room
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, TooLarge, TooMany
from mediation_server.materials.stacks import Stacks
from mediation_server.services.context import Context
from mediation_server.services.handing_in import editing
from mediation_server.services.material_access import Looking
from mediation_server.services.shelving import stacks_of
from mediation_server.services.throttle import Limit
from mediation_server.store import materials
from mediation_server.store.database import Tx

__all__ = ["Progress", "announce", "arrived", "receive", "receive_whole", "sweep"]

_PER_PERSON = Limit(600, 60 * 60 * 1000)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has come: `offset` of `bytes`; `file` once it is whole and taken."""

    upload: str
    offset: int
    bytes: int
    file: MaterialFile | None = None


async def announce(ctx: Context, user: User, matter_id: str, material_id: str, name: str, size: int) -> Upload:
    """A file of `size` bytes will come. Raises `NotFound`, `BadInput`, `Conflict`, `TooLarge`, `TooMany`."""
    if size < 1:
        raise BadInput("material_file_empty", field="file")
    if not ctx.throttle.admit(ctx.clock, f"upload:{user.id}", _PER_PERSON):
        raise TooMany("too_many_uploads")
    await sweep(ctx)
    async with ctx.db.transaction() as tx:
        found, material = await editing(tx, user, matter_id, material_id)
        await _check_room(ctx, tx, found, material, size)
        upload = Upload(new_id(), material.id, user.id, _plain(name), size, ctx.clock.now())
        await materials.add_upload(tx, upload)
    return upload


async def arrived(ctx: Context, user: User, matter_id: str, upload_id: str) -> Progress:
    """How far a file has come, for whoever goes on sending it. Raises `NotFound`."""
    upload = await _upload(ctx, user, matter_id, upload_id)
    return Progress(upload.id, await asyncio.to_thread(stacks_of(ctx, matter_id).arrived, upload.id), upload.bytes)


async def receive(
    ctx: Context, user: User, matter_id: str, upload_id: str, offset: int, pieces: AsyncIterator[bytes]
) -> Progress:
    """Take what comes from `offset` on; what has come stays when the line breaks. The last byte completes the file.

    Raises `Conflict("upload_offset")` when something else is wanted first (`at` says what), or when another line goes
    on with the same file; `TooLarge`; and for a whole file what `type_of` raises, or `Conflict("material_duplicate")`.
    """
    upload, stacks = await _upload(ctx, user, matter_id, upload_id), stacks_of(ctx, matter_id)
    writer = ctx.shelving.begin(upload.id)
    try:
        at = await asyncio.to_thread(stacks.arrived, upload.id)
        if at != offset:
            raise Conflict("upload_offset", field="offset", at=at)
        async for piece in pieces:
            if not ctx.shelving.writes(upload.id, writer):
                raise Conflict("upload_offset", field="offset", at=at)
            await _written(ctx, stacks, upload, at, piece, upload.bytes)
            at += len(piece)
        if at < upload.bytes:
            return Progress(upload.id, at, upload.bytes)
        return Progress(upload.id, at, at, await _taken(ctx, user, matter_id, upload))
    finally:
        ctx.shelving.end(upload.id, writer)


async def receive_whole(
    ctx: Context, user: User, matter_id: str, material_id: str, name: str, pieces: AsyncIterator[bytes]
) -> MaterialFile | None:
    """The same for a form without script, whose length nobody says before: None for an empty field.

    Raises like `announce` and `receive`; of a file that is refused nothing stays.
    """
    first = await anext(pieces, b"")
    if not first:
        return None
    upload = await announce(ctx, user, matter_id, material_id, name, len(first))
    most, stacks = ctx.settings.material_file_mib << 20, stacks_of(ctx, matter_id)
    try:
        await _written(ctx, stacks, upload, 0, first, most)
        at = len(first)
        async for piece in pieces:
            await _written(ctx, stacks, upload, at, piece, most)
            at += len(piece)
        return await _taken(ctx, user, matter_id, upload)
    except BaseException:
        await asyncio.shield(_thrown_away(ctx, stacks, upload))
        raise


async def sweep(ctx: Context) -> None:
    """Throw away what never came whole."""
    async with ctx.db.reading() as tx:
        stale = await materials.stale_uploads(tx, ctx.clock.now() - LASTS)
        matters = {each.id: (await materials.material(tx, each.material_id)).matter_id for each in stale}
    for each in stale:
        await _thrown_away(ctx, stacks_of(ctx, matters[each.id]), each)


async def _written(ctx: Context, stacks: Stacks, upload: Upload, at: int, piece: bytes, most: int) -> None:
    if at + len(piece) > most:
        raise TooLarge("material_too_large", field="file", most=ctx.settings.material_file_mib)
    await asyncio.to_thread(stacks.write, upload.id, at, piece)


async def _taken(ctx: Context, user: User, matter_id: str, upload: Upload) -> MaterialFile:
    """A whole file becomes a page of its item, or is refused and gone."""
    stacks = stacks_of(ctx, matter_id)
    try:
        media_type = type_of(await asyncio.to_thread(stacks.head, upload.id))
        sha256 = await asyncio.to_thread(stacks.digest, upload.id)
        size = await asyncio.to_thread(stacks.arrived, upload.id)
        async with ctx.shelving.turn, ctx.db.transaction() as tx:
            found, material = await editing(tx, user, matter_id, upload.material_id)
            await _check_room(ctx, tx, found, material, size, coming=upload)
            await _check_new(tx, found, material, sha256)
            files = await materials.files_of(tx, material.id)
            file = MaterialFile(
                id=new_id(),
                material_id=material.id,
                ordinal=max((each.ordinal for each in files), default=-1) + 1,
                sha256=sha256,
                media_type=media_type,
                bytes=size,
                name=upload.name,
                state=FileState.PREPARING,
                pages=0,
                uploaded_at=ctx.clock.now(),
            )
            await materials.add_file(tx, file)
            await materials.drop_upload(tx, upload.id)
            await asyncio.to_thread(stacks.keep, upload.id, sha256)
    except MediationError:
        await _thrown_away(ctx, stacks, upload)
        raise
    ctx.shelving.arrived.set()
    return file


async def _thrown_away(ctx: Context, stacks: Stacks, upload: Upload) -> None:
    async with ctx.db.transaction() as tx:
        await materials.drop_upload(tx, upload.id)
    await asyncio.to_thread(stacks.discard, upload.id)


async def _upload(ctx: Context, user: User, matter_id: str, upload_id: str) -> Upload:
    if not is_id(upload_id):
        raise NotFound
    async with ctx.db.transaction() as tx:
        upload = await materials.upload(tx, upload_id)
        if upload.user_id != user.id:
            raise NotFound
        await editing(tx, user, matter_id, upload.material_id)
    return upload


async def _check_room(
    ctx: Context, tx: Tx, found: Looking, material: Material, size: int, coming: Upload | None = None
) -> None:
    """Whether a file of this size fits. Raises `TooLarge`, `Conflict("material_full")`."""
    known = await materials.materials_of(tx, found.matter.id)
    mine = {each.id for each in known if each.side is material.side}
    files = await materials.files_of_all(tx, [each.id for each in known])
    waiting = [each for each in await materials.uploads_of_all(tx, [each.id for each in known]) if each != coming]
    here = [each for each in files if each.material_id == material.id]
    coming_here = [each for each in waiting if each.material_id == material.id]
    if len(here) + len(coming_here) >= min(MOST_FILES, MOST_WAITING):
        raise Conflict("material_full", most=MOST_FILES)
    taken = [(each.material_id in mine, each.bytes) for each in files]
    taken += [(each.material_id in mine, each.bytes) for each in waiting]
    check_room(
        size,
        sum(length for own, length in taken if own),
        sum(length for _, length in taken),
        most_file=ctx.settings.material_file_mib << 20,
        most_matter=ctx.settings.material_matter_mib << 20,
    )


async def _check_new(tx: Tx, found: Looking, material: Material, sha256: str) -> None:
    """Whether this content is new here, as far as its sender may know: what another side handed in is not told.

    Raises `Conflict("material_duplicate")` with number and day, or `Conflict("material_duplicate_draft")`.
    """
    for file in await materials.files_named(tx, sha256):
        if file.material_id == material.id:
            raise Conflict("material_duplicate_here", field="file")
        item = await materials.material(tx, file.material_id)
        known = item.matter_id == material.matter_id and item.state is not MaterialState.WITHDRAWN
        if not known or not may_see(item, found.reader):
            continue
        if item.number is None or item.submitted_at is None:
            raise Conflict("material_duplicate_draft", field="file")
        day = local_date(item.submitted_at).isoformat()
        raise Conflict("material_duplicate", field="file", number=item.number, day=day)


def _plain(name: str) -> str:
    """What a file is called, for its owner to know it by: no path, no controls, bounded; never a name on our disk."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(each for each in last if each.isprintable()).strip()[-MOST_NAME:]
