"""Handing in materials (提交材料): begun, put in order, submitted, taken back; by a party, or staff for a visitor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.material import (
    MOST_TEXT,
    MOST_TITLE,
    Material,
    MaterialFile,
    MaterialKind,
    MaterialState,
)
from mediation_server.domain.matter import MatterParty, MatterState
from mediation_server.domain.rights import Action, may
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.rooms.chat import cleaned
from mediation_server.services import attaching
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking, looking, recorded, seen
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials, matters, party_agents
from mediation_server.store.database import Tx

__all__ = ["Words", "begin", "discard", "editing", "move_file", "release", "remove_file", "submit", "withdraw", "write"]

_SHUT = (
    MatterState.REJECTED,
    MatterState.RECALLED,
    MatterState.HANDED_OVER,
    MatterState.CLOSED,
    MatterState.ARCHIVED,
)
_MOST_DRAFTS, _MOST_ITEMS = 20, 500


@dataclass(frozen=True, slots=True)
class Words:
    """What a party writes about an item: kind, title, what it shall prove, whether the mediator alone sees it."""

    kind: MaterialKind = MaterialKind.EVIDENCE
    title: str = ""
    proves: str = ""
    kept: bool = False


async def begin(ctx: Context, user: User, matter_id: str, party_id: str | None = None) -> Material:
    """A new, empty item; staff name the party for whom they hand in.

    Raises `NotFound`, `Conflict("materials_closed")` when the matter is over, `Conflict("too_many_materials")`.
    """
    async with ctx.db.transaction() as tx:
        found = await looking(tx, user, matter_id)
        if not may(found.claim, Action.HAND_IN_MATERIALS):
            raise NotFound
        party = found.party or await _visitor(tx, found, party_id)
        await matters.locked(tx, matter_id)
        _open(found)
        known = await materials.materials_of(tx, matter_id)
        drafts = [each for each in known if each.party_id == party.id and each.state is MaterialState.DRAFT]
        if len(known) >= _MOST_ITEMS or len(drafts) >= _MOST_DRAFTS:
            raise Conflict("too_many_materials")
        material = Material(
            id=new_id(),
            matter_id=matter_id,
            party_id=party.id,
            side=party.side,
            kind=MaterialKind.EVIDENCE,
            state=MaterialState.DRAFT,
            title="",
            proves="",
            kept=False,
            created_by=user.id,
            created_at=ctx.clock.now(),
        )
        await materials.add(tx, material)
    return material


async def write(ctx: Context, user: User, matter_id: str, material_id: str, words: Words) -> Material:
    """Keep what has been written so far, half done as it may be. Raises `NotFound`, `BadInput`, `Conflict`."""

    async def written(tx: Tx, material: Material) -> Material:
        material = _with(material, words)
        await materials.save(tx, material)
        return material

    return await _edited(ctx, user, matter_id, material_id, written)


async def move_file(ctx: Context, user: User, matter_id: str, material_id: str, file_id: str, *, up: bool) -> None:
    """A file changes places with the one before (`up`) or after it; at the end nothing happens."""

    async def moved(tx: Tx, material: Material) -> Material:
        files = await materials.files_of(tx, material.id)
        at = next((n for n, each in enumerate(files) if each.id == file_id), None)
        if at is None:
            raise NotFound
        to = at - 1 if up else at + 1
        if 0 <= to < len(files):
            files.insert(to, files.pop(at))
            for ordinal, each in enumerate(files):
                await materials.save_file(tx, replace(each, ordinal=ordinal))
        return material

    await _edited(ctx, user, matter_id, material_id, moved)


async def remove_file(ctx: Context, user: User, matter_id: str, material_id: str, file_id: str) -> None:
    """Take a file away; its bytes go too unless somebody's item holds the same. Raises `NotFound`, `Conflict`."""

    async def removed(tx: Tx, material: Material) -> Material:
        file = next((each for each in await materials.files_of(tx, material.id) if each.id == file_id), None)
        if file is None:
            raise NotFound
        await _forget(ctx, tx, matter_id, file)
        return material

    async with ctx.shelving.turn:
        await _edited(ctx, user, matter_id, material_id, removed)


async def discard(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
    """Throw a draft away with everything in it. Raises `Conflict("material_state")` for what was handed in once."""

    async def gone(tx: Tx, material: Material) -> Material:
        if material.state is not MaterialState.DRAFT:
            raise Conflict("material_state")
        for file in await materials.files_of(tx, material.id):
            await _forget(ctx, tx, matter_id, file)
        for upload in await materials.uploads_of_all(tx, [material.id]):
            await materials.drop_upload(tx, upload.id)
            await asyncio.to_thread(stacks_of(ctx, matter_id).discard, upload.id)
        await materials.drop(tx, material.id)
        return material

    async with ctx.shelving.turn:
        await _edited(ctx, user, matter_id, material_id, gone)


async def submit(ctx: Context, user: User, matter_id: str, material_id: str, words: Words) -> Material:
    """Hand an item in; from now on the mediator sees it, and nobody of another side.

    Raises `NotFound`, `BadInput` (`required` for the title, `material_empty`), `Conflict("material_state")`, and for an
    attachment what `attaching.handed_in` raises.
    """

    async def submitted(tx: Tx, material: Material) -> Material:
        material = _with(material, words)
        files = await materials.files_of(tx, material.id)
        if not files:
            raise BadInput("material_empty", field="file")
        number = await materials.last_number(tx, matter_id, material.side) + 1
        material = material.submitted(ctx.clock.now(), number)
        if material.writing_id is not None:
            material = await attaching.handed_in(ctx, tx, material, files)
        await materials.save(tx, material)
        if material.agent_id is not None:
            await party_agents.save(tx, (await party_agents.agent(tx, material.agent_id)).handed_in())
        hashes = [each.sha256 for each in files]
        await recorded(
            ctx, tx, user, AuditAction.MATERIAL_HANDED_IN, material, {"files": hashes, "kept": material.kept}
        )
        return material

    return await _edited(ctx, user, matter_id, material_id, submitted)


async def withdraw(ctx: Context, user: User, matter_id: str, material_id: str) -> Material:
    """Take an item back before it was relayed. Raises `Conflict("material_relayed")` after that."""
    async with ctx.db.transaction() as tx:
        material = (await _own(tx, user, matter_id, material_id)).withdrawn(ctx.clock.now())
        await materials.save(tx, material)
        await recorded(ctx, tx, user, AuditAction.MATERIAL_WITHDRAWN, material)
    return material


async def release(ctx: Context, user: User, matter_id: str, material_id: str) -> Material:
    """The party's yes: what was for the mediator alone may be relayed. Only the party can say it."""
    async with ctx.db.transaction() as tx:
        material = await _own(tx, user, matter_id, material_id)
        if material.writing_id is not None:
            raise Conflict("attachment_with_entry")
        material = material.released(ctx.clock.now())
        await materials.save(tx, material)
        await recorded(ctx, tx, user, AuditAction.MATERIAL_RELEASED, material)
    return material


async def editing(tx: Tx, user: User, matter_id: str, material_id: str) -> tuple[Looking, Material]:
    """An item that this person puts together, locked. Raises `NotFound`, `Conflict` when it is handed in or too late.

    A party's own account puts together what is the party's; staff what they began for a visitor.
    """
    found = await looking(tx, user, matter_id)
    await matters.locked(tx, matter_id)
    material = await seen(tx, found, material_id)
    owner = material.party_id == found.party.id if found.party else material.created_by == user.id
    if not owner:
        raise NotFound
    _open(found)
    if not material.editable:
        raise Conflict("material_state")
    return found, material


async def _edited(
    ctx: Context, user: User, matter_id: str, material_id: str, step: Callable[[Tx, Material], Awaitable[Material]]
) -> Material:
    async with ctx.db.transaction() as tx:
        _, material = await editing(tx, user, matter_id, material_id)
        return await step(tx, material)


async def _own(tx: Tx, user: User, matter_id: str, material_id: str) -> Material:
    """A party's own item, whoever typed it in for them."""
    found = await looking(tx, user, matter_id)
    await matters.locked(tx, matter_id)
    material = await seen(tx, found, material_id)
    if found.party is None or material.party_id != found.party.id:
        raise NotFound
    return material


async def _visitor(tx: Tx, found: Looking, party_id: str | None) -> MatterParty:
    """Whom staff hand in for."""
    if not is_id(party_id):
        raise NotFound
    named = {each.id: each for each in await matters.parties_of(tx, found.matter.id)}
    if party_id not in named:
        raise NotFound
    return named[party_id]


async def _forget(ctx: Context, tx: Tx, matter_id: str, file: MaterialFile) -> None:
    """Drop a file's row, and its bytes when no other row of the matter names them; the caller holds `shelving.turn`."""
    await materials.drop_file(tx, file.id)
    named = await materials.matters_naming(tx, file.sha256)
    if matter_id not in named:
        stacks = stacks_of(ctx, matter_id)
        await asyncio.to_thread(stacks.forget, file.sha256, everywhere=not named)


def _open(found: Looking) -> None:
    if found.matter.state in _SHUT:
        raise Conflict("materials_closed")


def _with(material: Material, words: Words) -> Material:
    """With what was written; an agent's paper and an attachment are what they are, for whom they are."""
    if material.agent_id is not None:
        return material.written(kind=material.kind, title=material.title, proves="", kept=False)
    if material.writing_id is not None:
        title = _text(words.title, "title", MOST_TITLE) or material.title
        return material.written(kind=material.kind, title=title, proves="", kept=material.kept)
    title, proves = _text(words.title, "title", MOST_TITLE), _text(words.proves, "proves", MOST_TEXT)
    return material.written(kind=words.kind, title=title, proves=proves, kept=words.kept)


def _text(text: str, field: str, most: int) -> str:
    if not text.strip():
        return ""
    if len(text) > most:
        raise BadInput("too_long", field=field, most=most)
    plain = cleaned(text, field=field, longest=most)
    return " ".join(plain.split()) if field == "title" else plain
