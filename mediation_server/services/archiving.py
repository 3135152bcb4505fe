"""Archiving a closed matter (归档): its catalogue is hashed into its log, and the years of keeping begin."""

from __future__ import annotations

import hashlib

from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.log import canonical
from mediation_server.domain.rights import Action
from mediation_server.domain.users import User
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter
from mediation_server.services.retaining import actor_of, kept
from mediation_server.store import disposals, materials, matter_events
from mediation_server.store.database import Tx

__all__ = ["archive"]


async def archive(ctx: Context, user: User, matter_id: str) -> Acted:
    """Put a closed matter into the archive; the catalogue names its log, recordings and materials by their hashes.

    Raises `NotFound`, `Conflict("matter_state")` for one that is not closed, `Conflict("messages_unsent")`.
    """
    async with ctx.db.reading() as tx:
        await kept(tx, user, matter_id, Action.ARCHIVE_MATTER)
        said = {"catalogue_sha256": await _catalogue(tx, matter_id)}
    return await act_on_matter(ctx, actor_of(user), matter_id, Command(CommandKind.ARCHIVE, said))


async def _catalogue(tx: Tx, matter_id: str) -> str:
    last = await matter_events.last_event(tx, matter_id)
    items = await materials.materials_of(tx, matter_id)
    files = await materials.files_of_all(tx, [each.id for each in items])
    found = await disposals.recordings_in(tx, matter_id)
    catalogue = {
        "matter": matter_id,
        "log": {"seq": last.seq, "hash": last.hash} if last else None,
        "recordings": [{"id": each.id, "manifest_sha256": each.manifest_sha256, "root": each.root} for each in found],
        "materials": sorted(each.sha256 for each in files),
    }
    return hashlib.sha256(canonical(catalogue)).hexdigest()
