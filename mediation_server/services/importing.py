"""Matters of another house, taken in from their bundles (移入卷宗): for whoever took one in, read-only, and audited.

Whoever starts an import has a shell on this machine; the account it is for answers for it, and nobody else reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, Protocol

from mediation_server.bundles import BundleListing
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.imported import (
    IMPORTED_VIEWING_LASTS,
    ImportedMatter,
    ImportedViewing,
    may_import,
    said_in,
)
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, Gone, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.reviewing import Clip
from mediation_server.store import imports, matters, users
from mediation_server.store.database import Tx

__all__ = [
    "ImportedShelf",
    "check_imported",
    "end_imported",
    "imported_file",
    "imported_matter",
    "imported_matters",
    "importer",
    "known_imports",
    "open_imported",
    "refuse_known",
    "remove_imported",
    "take_in",
]


class ImportedShelf(Protocol):
    """The port to the files of imported matters; `number` counts recordings from 1. What is not asynchronous blocks."""

    def review(self, imported_id: str, number: int) -> Mapping[str, object]:
        """What the reviewer's page draws. Raises `NotFound`."""
        ...

    def clip(self, imported_id: str, number: int, index: int) -> Clip:
        """One file of a recording, open. Raises `NotFound`."""
        ...

    def findings(self, imported_id: str, number: int) -> Sequence[Mapping[str, str]]:
        """Every place where the evidence of a recording does not hold, as `code` and `where`."""
        ...

    async def previews(self, imported_id: str, number: int) -> Mapping[str, object]:
        """How loud voices were, which small pictures there are; `state` says whether made. Raises `NotFound`."""
        ...

    async def sheet(self, imported_id: str, number: int, participant: str) -> bytes:
        """The small pictures of one participant, a JPEG. Raises `NotFound`."""
        ...

    def open(self, imported_id: str, path: str) -> tuple[BinaryIO, int]:
        """Any other file and its length in bytes. Raises `NotFound`."""
        ...

    def discard(self, imported_id: str) -> None:
        """Leave nothing of it; idempotent."""
        ...


async def importer(ctx: Context, login: str) -> User:
    """The account a matter is taken in for. Raises `NotFound("import_nobody")`, `Refused("import_not_yours")`."""
    async with ctx.db.reading() as tx:
        found = await users.by_login(tx, login)
    if found is None:
        raise NotFound("import_nobody", login=login)
    if not may_import(found[0]):
        raise Refused("import_not_yours")
    return found[0]


async def refuse_known(ctx: Context, listing: BundleListing) -> None:
    """Raises `Conflict`: `import_known` for one that was taken in before, `import_own` for a matter of this house."""
    async with ctx.db.reading() as tx:
        await _refuse_known(tx, listing)


async def take_in(
    ctx: Context, user: User, reason: str, listing: BundleListing, place: Callable[[str], int], *, key_known: bool
) -> ImportedMatter:
    """Take a checked bundle in; `place` puts its files where they belong and tells how many bytes they are.

    Raises what `refuse_known` raises, `BadInput` for the reason and what is no list of ours, `OSError`; no row of it
    is left then, and files nobody knows go at the next import.
    """
    words = reason_of(reason)
    try:
        said = said_in(listing.said)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("bundle_unreadable") from error
    made = ImportedMatter(
        new_id(), listing.sha256, said["matter"]["ref"], said["matter"]["court"], listing.key, key_known,
        said, 0, words, user.id, ctx.clock.now(),
    )  # fmt: skip
    async with ctx.db.transaction() as tx:
        await _refuse_known(tx, listing)
        made = replace(made, bytes=await asyncio.to_thread(place, made.id))
        await imports.add(tx, made)
        await _written(ctx, tx, AuditAction.BUNDLE_IMPORTED, user, made, purpose=words)
    return made


async def known_imports(ctx: Context) -> list[str]:
    """The ids of everything that was taken in."""
    async with ctx.db.reading() as tx:
        return await imports.all_ids(tx)


async def imported_matters(ctx: Context, user: User) -> list[ImportedMatter]:
    """What somebody took in, the newest first. Raises `NotFound` to whoever cannot have taken in anything."""
    if not may_import(user):
        raise NotFound
    async with ctx.db.reading() as tx:
        return await imports.of_user(tx, user.id)


async def imported_matter(ctx: Context, user: User, imported_id: str) -> ImportedMatter:
    """One of them. Raises `NotFound` for anybody else's."""
    async with ctx.db.reading() as tx:
        return await _own(tx, user, imported_id)


async def imported_file(
    ctx: Context, shelf: ImportedShelf, user: User, imported_id: str, path: str
) -> tuple[BinaryIO, int]:
    """One of its materials or documents, open; that it was fetched is written down first. Raises `NotFound`."""
    async with ctx.db.transaction() as tx:
        found = await _own(tx, user, imported_id)
        if not found.has_file(path):
            raise NotFound
        await _written(ctx, tx, AuditAction.IMPORT_FETCHED, user, found, file=path)
    return await asyncio.to_thread(shelf.open, found.id, path)


async def open_imported(ctx: Context, user: User, imported_id: str, number: int, reason: str) -> ImportedViewing:
    """Look at one of its recordings; what for is written down before a byte is sent. Raises `NotFound`, `BadInput`."""
    async with ctx.db.transaction() as tx:
        found = await _own(tx, user, imported_id)
        if not found.is_watchable(number):
            raise NotFound
        viewing = _viewing(ctx, user, found, number, reason_of(reason))
        await imports.save_viewing(tx, viewing)
        said = {"viewing": viewing.id, "recording": number, "watermark": viewing.watermark}
        await _written(ctx, tx, AuditAction.IMPORT_WATCHED, user, found, purpose=viewing.reason, **said)
    return viewing


async def check_imported(ctx: Context, user: User, imported_id: str, viewing_id: str) -> ImportedViewing:
    """Whether a look may go on, asked at every range. Raises `NotFound`, `Gone("viewing_expired")`."""
    async with ctx.db.reading() as tx:
        await _own(tx, user, imported_id)
        viewing = await imports.viewing(tx, viewing_id) if is_id(viewing_id) else None
    if viewing is None or (viewing.user_id, viewing.imported_id) != (user.id, imported_id):
        raise NotFound
    if ctx.clock.now() >= viewing.expires_at:
        raise Gone("viewing_expired")
    return viewing


async def end_imported(ctx: Context, user: User, imported_id: str, viewing_id: str) -> None:
    """Whoever watches has seen enough. Raises what `check_imported` raises."""
    viewing = await check_imported(ctx, user, imported_id, viewing_id)
    async with ctx.db.transaction() as tx:
        await imports.save_viewing(tx, replace(viewing, expires_at=ctx.clock.now()))


async def remove_imported(ctx: Context, shelf: ImportedShelf, user: User, imported_id: str) -> None:
    """Remove what was taken in, files and all; that it was here stays in the audit log. Raises `NotFound`."""
    async with ctx.db.transaction() as tx:
        found = await _own(tx, user, imported_id)
        await imports.remove(tx, found.id)
        await _written(ctx, tx, AuditAction.IMPORT_REMOVED, user, found)
    await asyncio.to_thread(shelf.discard, found.id)


async def _refuse_known(tx: Tx, listing: BundleListing) -> None:
    if await imports.by_sha256(tx, listing.sha256):
        raise Conflict("import_known")
    if await matters.by_ref(tx, str(listing.said["matter"]["ref"])):
        raise Conflict("import_own")


async def _own(tx: Tx, user: User, imported_id: str) -> ImportedMatter:
    found = await imports.imported(tx, imported_id) if is_id(imported_id) else None
    if found is None or found.imported_by != user.id or not may_import(user):
        raise NotFound
    return found


def _viewing(ctx: Context, user: User, found: ImportedMatter, number: int, reason: str) -> ImportedViewing:
    now, viewing_id = ctx.clock.now(), new_id()
    when = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    watermark = f"{user.name} {when} {viewing_id[-6:].upper()}"
    until = now + IMPORTED_VIEWING_LASTS
    return ImportedViewing(viewing_id, found.id, number, user.id, reason, watermark, now, until)


async def _written(
    ctx: Context, tx: Tx, action: AuditAction, user: User, found: ImportedMatter, purpose: str = "", **said: object
) -> None:
    about = f"import:{found.id}"
    said |= {"ref": found.ref, "sha256": found.sha256}
    await audited(ctx, tx, action, actor=user.id, about=about, purpose=purpose, said=said)
