"""Attachments of what is said in writing (书面陈述附件): items of the materials, for exactly those who read the entry.

An attachment goes where its entry goes: to the presider alone, or to the other sides with the entry when it is relayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import PARTY_SIDES, Material, MaterialKind, MaterialState, require_scanned
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.domain.writing import Writing, WritingAudience
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import own_matter
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.store import materials, matters, sessions, writings
from mediation_server.store.database import Tx

__all__ = ["attach", "attachments_of", "check_attachment", "note_attached", "relay_attachments"]

_MOST = 5  # of one entry
_HERE = (MaterialState.SUBMITTED, MaterialState.RELAYED)
_TITLE = "书面陈述附件"


async def attach(ctx: Context, user: User, session_id: str, entry_id: str) -> Material:
    """An item for an attachment to one's own entry; its files are put in as into any other.

    Raises `NotFound` for somebody else's entry, `Conflict`: `not_writing_time`, `writing_relayed`,
    `too_many_attachments`.
    """
    async with ctx.db.transaction() as tx:
        session, entry = await _entry(tx, session_id, entry_id)
        own = await own_matter(tx, user, session.matter_id)
        seat = own.seat_in(await sessions.participants_of(tx, session.id))
        if seat is None or entry.participant_id != seat.id:
            raise NotFound
        await matters.locked(tx, session.matter_id)
        _open(ctx, session, entry)
        known = [each for each in await materials.materials_of(tx, session.matter_id) if each.writing_id == entry.id]
        if sum(each.state is not MaterialState.WITHDRAWN for each in known) >= _MOST:
            raise Conflict("too_many_attachments", most=_MOST)
        material = Material(
            id=new_id(),
            matter_id=session.matter_id,
            party_id=own.party.id,
            side=own.party.side,
            kind=MaterialKind.OTHER,
            state=MaterialState.DRAFT,
            title=_TITLE,
            proves="",
            kept=entry.audience is WritingAudience.PRESIDER,
            created_by=user.id,
            created_at=ctx.clock.now(),
            writing_id=entry.id,
        )
        await materials.add(tx, material)
    return material


async def check_attachment(ctx: Context, tx: Tx, material: Material) -> None:
    """Whether an attachment can still be handed in. Raises `Conflict`: `not_writing_time`, `writing_relayed`."""
    entry = await _written(tx, material)
    _open(ctx, await sessions.session(tx, entry.session_id), entry)


async def note_attached(ctx: Context, tx: Tx, material: Material, hashes: list[str]) -> None:
    """The sitting's log says that an entry has an attachment, and by which hashes it is known."""
    entry = await _written(tx, material)
    session = await sessions.session(tx, entry.session_id)
    said: dict[str, object] = {"participant": entry.participant_id, "entry": entry.id, "material": material.id}
    await noted(ctx, tx, session, EventKind.ATTACHED, entry.participant_id, **said, files=hashes)


async def relay_attachments(ctx: Context, tx: Tx, matter_id: str, entry: Writing, by: str) -> None:
    """With an entry that is relayed its attachments reach the same sides."""
    sides = {each.side for each in await matters.parties_of(tx, matter_id)} & set(PARTY_SIDES)
    for each in await materials.materials_of(tx, matter_id):
        if each.writing_id == entry.id and each.state is MaterialState.SUBMITTED and sides - {each.side}:
            require_scanned(await materials.files_of(tx, each.id), configured=ctx.settings.scans)
            await materials.save(tx, each.relayed(ctx.clock.now(), by, sides - {each.side}))


async def attachments_of(
    tx: Tx, matter_id: str, read: Iterable[Writing], named: Mapping[str, Participant], reader: Participant
) -> dict[str, list[Material]]:
    """What is attached to entries this participant reads, by entry; a draft only to whoever writes it."""
    wanted, found = {each.id: each for each in read}, dict[str, list[Material]]()
    for each in await materials.materials_of(tx, matter_id):
        entry = wanted.get(each.writing_id or "")
        if entry is None:
            continue
        mine = named[entry.participant_id].id == reader.id
        if each.state in _HERE or (mine and each.editable):
            found.setdefault(entry.id, []).append(each)
    return found


async def _entry(tx: Tx, session_id: str, entry_id: str) -> tuple[Session, Writing]:
    entry = await writings.writing(tx, entry_id) if is_id(entry_id) else None
    if entry is None or entry.session_id != session_id:
        raise NotFound
    return await sessions.session(tx, session_id), entry


async def _written(tx: Tx, material: Material) -> Writing:
    entry = await writings.writing(tx, material.writing_id or "")
    if entry is None:
        raise NotFound
    return entry


def _open(ctx: Context, session: Session, entry: Writing) -> None:
    if not session.is_written_at(ctx.clock.now()):
        raise Conflict("not_writing_time")
    if entry.relayed_at is not None:
        raise Conflict("writing_relayed")
