"""Disposing of a record (处置): agreed to by a second person with a certificate, then destroyed, then said to be gone.

The decision commits first, with what is to go named file by file: from then on nothing is shown. Then the record's data
keys go, so that copies and backups made before cannot be read either, then the bytes. What a crash leaves undone the
next start goes on with; a key that an older copy of the keys brings back is destroyed again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from mediation_server.at_rest.matter_keys import Purpose, keys_of
from mediation_server.background import background
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.disposal import Disposal, digest_of_content
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Action
from mediation_server.domain.users import User
from mediation_server.errors import Conflict
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter
from mediation_server.services.retaining import Keep, actor_of, kept, refuse_barred
from mediation_server.store import disposals, recordings, users
from mediation_server.store.database import Tx
from mediation_server.store.made import BUNDLES, FILMS

__all__ = ["Shredder", "approve", "destroy_again", "destroy_decided", "disposing"]

_PERIOD_S = 60.0
_AT_ONCE = 20
_WRITTEN = (RecordingState.RECORDING, RecordingState.PAUSED, RecordingState.INTERRUPTED, RecordingState.FINALIZING)

_log = structlog.get_logger(__name__)


class Shredder(Protocol):
    """The port to wherever recordings lie. Both methods block: they run in a thread."""

    def inventory(self, recording: Recording) -> Sequence[Mapping[str, Any]]:
        """Every file of a recording: `file`, `bytes`, `sha256`; of a sealed one as its manifest names them."""
        ...

    def destroy(self, recording: Recording) -> None:
        """Leave nothing of it, nor of its second copy; idempotent. Raises `OSError` while something is left."""
        ...


async def approve(ctx: Context, shredder: Shredder, user: User, matter_id: str, reason: str) -> Acted:
    """Agree that a record goes. From the commit on nobody watches it; the bytes go within the minute.

    Raises `NotFound`, `BadInput` for the reason, `Conflict(<the bar>)`, `Conflict("disposal_not_proposed")`,
    `Conflict("recording_not_sealed")` while something is being written, `Refused("second_person_needed")`.
    """
    words = reason_of(reason)
    async with ctx.db.reading() as tx:
        keep = await kept(tx, user, matter_id, Action.APPROVE_DISPOSAL)
        refuse_barred(keep.file, local_date(ctx.clock.now()))
        found = await disposals.recordings_in(tx, matter_id)
        known = await users.users_named(tx, [user.id, keep.file.keeping.proposed_by or ""])
    if any(each.state in _WRITTEN for each in found):
        raise Conflict("recording_not_sealed")
    listed = [await asyncio.to_thread(_listed, shredder, each) for each in found]
    keys = await asyncio.to_thread(keys_of(ctx.settings).ids, matter_id, Purpose.RECORD)
    decided = _decided(ctx, user, keep, {"recordings": listed, "reason": words, "keys": keys}, known)
    said = {"certificate": decided.id, "sha256": decided.sha256, "recordings": len(listed), "reason": words}

    async def before(tx: Tx) -> None:
        refuse_barred((await kept(tx, user, matter_id, Action.APPROVE_DISPOSAL)).file, local_date(ctx.clock.now()))
        if await disposals.recordings_in(tx, matter_id) != found:
            raise Conflict("recording_not_sealed")

    async def beside(tx: Tx, _: Acted) -> None:
        await _written_off(tx, decided, found)

    command = Command(CommandKind.DISPOSE, said)
    acted = await act_on_matter(ctx, actor_of(user), matter_id, command, before=before, beside=beside)
    ctx.films_asked.set()  # whoever makes films and bundles lets them go
    ctx.bundles_asked.set()
    return acted


async def _written_off(tx: Tx, decided: Disposal, found: Sequence[Recording]) -> None:
    """From now on nothing is shown of these recordings, nor of what was made of them."""
    await disposals.save(tx, decided)
    for each in found:
        await recordings.save(tx, replace(each, state=RecordingState.DISPOSED))
    named = [each.id for each in found]
    await disposals.forget_around(tx, named)
    await FILMS.cancel_all(tx, named, decided.decided_at)
    await BUNDLES.cancel_all(tx, [decided.matter_id], decided.decided_at)


async def destroy_decided(ctx: Context, shredder: Shredder) -> int:
    """Destroy what was decided and still lies there; how many records went. What fails is tried again next time."""
    async with ctx.db.reading() as tx:
        waiting = await disposals.unfinished(tx, _AT_ONCE)
    gone = 0
    for each in waiting:
        try:
            gone += await _destroyed(ctx, shredder, each)
        except OSError as error:
            _log.error("disposal_failed", disposal=each.id, error=type(error).__name__)
    return gone


async def destroy_again(ctx: Context) -> int:
    """Destroy keys that certificates name and an older copy of the keys brought back; how many lay there."""
    async with ctx.db.reading() as tx:
        named = await disposals.keys_destroyed(tx)
    try:
        back = await asyncio.to_thread(keys_of(ctx.settings).destroy, named)
    except OSError as error:
        _log.error("disposal_failed", error=type(error).__name__)
        return 0
    if back:
        _log.error("keys_destroyed_again", keys=back)
    return back


@contextlib.asynccontextmanager
async def disposing(ctx: Context, shredder: Shredder) -> AsyncIterator[None]:
    """Destroy what was decided, at the start and every minute while the block lasts."""

    async def run() -> None:
        await destroy_again(ctx)
        while True:
            try:
                await destroy_decided(ctx, shredder)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("disposing_broken", error=type(error).__name__)
            await asyncio.sleep(_PERIOD_S)

    async with background(run, "disposing"):
        yield


async def _destroyed(ctx: Context, shredder: Shredder, decided: Disposal) -> bool:
    """Whether nothing is left of it; what was made of it is let go by whoever makes it, and waited for."""
    async with ctx.db.reading() as tx:
        known = await disposals.recordings_in(tx, decided.matter_id)
    found = [each for each in known if each.state is RecordingState.DISPOSED]
    await asyncio.to_thread(keys_of(ctx.settings).destroy, decided.content.get("keys", ()))
    for each in found:
        await asyncio.to_thread(shredder.destroy, each)
    async with ctx.db.transaction() as tx:
        now, named = ctx.clock.now(), [each.id for each in found]
        if await FILMS.cancel_all(tx, named, now) + await BUNDLES.cancel_all(tx, [decided.matter_id], now):
            return False
        await disposals.save(tx, replace(decided, destroyed_at=ctx.clock.now()))
        about = f"matter:{decided.matter_id}"
        said = {"certificate": decided.id, "sha256": decided.sha256}
        await audited(ctx, tx, AuditAction.RECORD_DISPOSED, actor=decided.approved_by, about=about, said=said)
    return True


def _listed(shredder: Shredder, recording: Recording) -> dict[str, Any]:
    return {
        "id": recording.id,
        "session": recording.session_id,
        "started_at": recording.started_at.isoformat(),
        "state": recording.state.value,
        "manifest_sha256": recording.manifest_sha256,
        "root": recording.root,
        "files": list(shredder.inventory(recording)),
    }


def _decided(ctx: Context, user: User, keep: Keep, more: Mapping[str, Any], known: Mapping[str, User]) -> Disposal:
    matter, keeping, now, disposal_id = keep.matter, keep.file.keeping, ctx.clock.now(), new_id()
    proposer = keeping.proposed_by or ""
    content = {
        "certificate": disposal_id,
        "matter": {"id": matter.id, "ref": matter.ref, "case_no": matter.case_no, "court": matter.court},
        "retention": _retention(keep.file),
        "proposed": {
            **_person(known, proposer),
            "at": keeping.proposed_at.isoformat() if keeping.proposed_at else None,
        },
        "approved": {**_person(known, user.id), "at": now.isoformat()},
        **more,
    }
    return Disposal(disposal_id, matter.id, matter.court, proposer, user.id, now, content, digest_of_content(content))


def _retention(file: MatterFile) -> dict[str, Any]:
    until, archived = file.kept_until(CHINA), file.keeping.archived_on
    return {
        "class": file.retention.value,
        "archived_on": archived.isoformat() if archived else None,
        "until": until.isoformat() if until else None,
    }


def _person(known: Mapping[str, User], user_id: str) -> dict[str, Any]:
    found = known.get(user_id)
    return {"id": user_id, "name": found.name if found else "", "role": found.role.value if found else ""}
