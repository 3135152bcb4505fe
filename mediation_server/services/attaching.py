"""Attachments of what is said in writing (书面陈述附件): items of the materials, for exactly those who read the entry.

An attachment goes where its entry goes: to the presider alone, or to the other sides with the entry when it is relayed;
what the presider attaches reaches all, or the one party they wrote to, as soon as it is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import (
    PARTY_SIDES,
    Material,
    MaterialFile,
    MaterialKind,
    MaterialState,
    require_scanned,
)
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.domain.writing import Writing, WritingAudience
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import own_matter, presided
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.store import materials, matters, sessions, writings
from mediation_server.store.database import Tx

__all__ = ["attach", "attachments_of", "handed_in", "relay_attachments"]

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
        named = await sessions.participants_of(tx, session.id)
        party = await _author(tx, user, session, entry, named)
        await matters.locked(tx, session.matter_id)
        _open(ctx, session, entry, presides=party is None)
        known = [each for each in await materials.materials_of(tx, session.matter_id) if each.writing_id == entry.id]
        if sum(each.state is not MaterialState.WITHDRAWN for each in known) >= _MOST:
            raise Conflict("too_many_attachments", most=_MOST)
        material = Material(
            id=new_id(),
            matter_id=session.matter_id,
            party_id=party.id if party else None,
            side=party.side if party else Side.NEUTRAL,
            kind=MaterialKind.OTHER,
            state=MaterialState.DRAFT,
            title=_TITLE,
            proves="",
            kept=entry.audience is WritingAudience.PRESIDER,
            created_by=user.id,
            created_at=ctx.clock.now(),
            writing_id=entry.id,
            for_party_id=_for_alone(entry, named),
        )
        await materials.add(tx, material)
    return material


async def handed_in(ctx: Context, tx: Tx, material: Material, files: Sequence[MaterialFile]) -> Material:
    """An attachment as it is once handed in; the sitting's log says by which hashes it is known.

    Raises `Conflict`: `not_writing_time`, `writing_relayed`; for the presider's, which is read at once, `Refused`:
    `material_unscanned`, `material_infected`.
    """
    entry = await writings.writing(tx, material.writing_id or "")
    if entry is None or (entry.audience is WritingAudience.ONE and material.for_party_id is None):
        raise NotFound  # for nobody in particular would be for all
    session, presides = await sessions.session(tx, entry.session_id), material.party_id is None
    _open(ctx, session, entry, presides=presides)
    if presides:
        require_scanned(files, configured=ctx.settings.scans)
        parties = await matters.parties_of(tx, material.matter_id)
        reached = {each.side for each in parties if material.for_party_id in (None, each.id)} & set(PARTY_SIDES)
        material = material.relayed(ctx.clock.now(), material.created_by, reached)
    said: dict[str, object] = {"participant": entry.participant_id, "entry": entry.id, "material": material.id}
    hashes = [each.sha256 for each in files]
    await noted(ctx, tx, session, EventKind.ATTACHED, entry.participant_id, **said, files=hashes)
    return material


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


async def _author(
    tx: Tx, user: User, session: Session, entry: Writing, named: Sequence[Participant]
) -> MatterParty | None:
    """The party whose own entry it is, None for whoever presides. Raises `NotFound` for somebody else's."""
    if user.role is Role.PARTY:
        own = await own_matter(tx, user, session.matter_id)
        seat, party = own.seat_in(named), own.party
    else:
        await presided(tx, user, session.id)
        seat, party = named[0], None
    if seat is None or entry.participant_id != seat.id:
        raise NotFound
    return party


def _for_alone(entry: Writing, named: Iterable[Participant]) -> str | None:
    """The one party a word is for; None for a word to all or to the presider. Raises `NotFound` without it."""
    if entry.audience is not WritingAudience.ONE:
        return None
    found = next((each.party_id for each in named if each.id == entry.addressee_id), None)
    if found is None:
        raise NotFound
    return found


def _open(ctx: Context, session: Session, entry: Writing, *, presides: bool) -> None:
    """Whether anything may still be attached; what the presider writes is relayed as it is written."""
    if not session.is_written_at(ctx.clock.now()):
        raise Conflict("not_writing_time")
    if entry.relayed_at is not None and not presides:
        raise Conflict("writing_relayed")
