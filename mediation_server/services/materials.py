"""What is in a matter's materials (材料): lists, one item, its pages, the catalogue of evidence; only reads."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from mediation_server.at_rest.stored import length_of
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.material import (
    Material,
    MaterialFile,
    MaterialKind,
    MaterialOpinion,
    MaterialState,
    Reader,
    ScanState,
    may_read_opinion,
    opinion_wanted,
)
from mediation_server.domain.material_pages import PageRef, pages_of
from mediation_server.domain.material_types import Shape
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.safety import shown_to
from mediation_server.domain.upload import Upload
from mediation_server.domain.users import User
from mediation_server.errors import NotFound, Refused
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking, looking, recorded, seen, visible
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials, matters
from mediation_server.store.database import Tx

__all__ = [
    "Item",
    "ItemPage",
    "MaterialsPage",
    "Opened",
    "item_page",
    "materials_page",
    "open_original",
    "open_page",
    "opened_page",
    "waiting_for_mediator",
]

_HANDED_IN = (MaterialState.SUBMITTED, MaterialState.RELAYED)


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its files in order and what the others said of it, as far as this person may know."""

    material: Material
    files: tuple[MaterialFile, ...]
    opinions: tuple[MaterialOpinion, ...] = ()

    @property
    def pages(self) -> tuple[PageRef, ...]:
        """Its pages in one row."""
        return pages_of(self.files)


@dataclass(frozen=True, slots=True)
class MaterialsPage:
    """The materials of a matter as one person sees them; `me` is the party whose account looks, None for staff."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    reader: Reader
    me: MatterParty | None
    items: tuple[Item, ...]

    def party(self, party_id: str) -> MatterParty:
        """Somebody named in the matter."""
        return next(each for each in self.parties if each.id == party_id)

    def owner(self, material: Material) -> MatterParty | None:
        """Whose item it is; None for the presider's."""
        return self.party(material.party_id) if material.party_id else None

    def of_side(self, side: Side) -> list[Item]:
        """What one side has handed in, by number."""
        return [each for each in self.items if each.material.side is side and each.material.number is not None]

    @property
    def catalogue(self) -> dict[Side, list[Item]]:
        """证据目录: the evidence of each side that has any here, in the order of its numbers."""
        kept: dict[Side, list[Item]] = defaultdict(list)
        for item in self.items:
            if item.material.kind is MaterialKind.EVIDENCE and item.material.state in _HANDED_IN:
                kept[item.material.side].append(item)
        return dict(kept)


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One item for its page."""

    page: MaterialsPage
    item: Item
    uploads: tuple[Upload, ...]
    may_edit: bool
    may_give_opinion: bool

    @property
    def mine(self) -> MaterialOpinion | None:
        """What this party has said of it already."""
        me = self.page.me
        return next((each for each in self.item.opinions if me and each.party_id == me.id), None)


@dataclass(frozen=True, slots=True)
class Opened:
    """One page or file, open for reading; whoever asked for it closes `stream`."""

    stream: BinaryIO
    bytes: int
    media_type: str


async def materials_page(ctx: Context, user: User, matter_id: str) -> MaterialsPage:
    """The materials of a matter. Raises `NotFound` to whoever has nothing to do with it."""
    async with ctx.db.reading() as tx:
        return await _page(tx, await looking(tx, user, matter_id))


async def item_page(ctx: Context, user: User, matter_id: str, material_id: str) -> ItemPage:
    """One item. Raises `NotFound` for what this person may not see."""
    async with ctx.db.reading() as tx:
        found = await looking(tx, user, matter_id)
        material = await seen(tx, found, material_id)
        (item,) = await _items(tx, [material], found.reader)
        page = await _page(tx, found, [item])
        owner = material.party_id == found.party.id if found.party else material.created_by == user.id
        return ItemPage(
            page=page,
            item=item,
            uploads=tuple(await materials.uploads_of_all(tx, [material.id])) if owner else (),
            may_edit=owner and material.editable,
            may_give_opinion=opinion_wanted(material, found.reader),
        )


async def open_page(
    ctx: Context, user: User, matter_id: str, material_id: str, number: int, *, small: bool = False
) -> Opened:
    """One page of an item, counted from 1 over all its files. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        material = await seen(tx, await looking(tx, user, matter_id), material_id)
        files = await materials.files_of(tx, material.id)
    return await opened_page(ctx, material, files, number, small=small)


async def opened_page(
    ctx: Context, material: Material, files: Iterable[MaterialFile], number: int, *, small: bool = False
) -> Opened:
    """A page of an item with these files, for whoever has asked the rights already.

    Raises `NotFound` when there is no copy, `Unavailable` when its key is not to be had.
    """
    ref = next((each for each in pages_of(files) if each.number == number), None)
    if ref is None or not ref.is_shown:
        raise NotFound
    stacks, sha256 = stacks_of(ctx, material.matter_id), ref.file.sha256
    if ref.shape in (Shape.SOUND, Shape.FILM):
        stream, media_type = await asyncio.to_thread(stacks.open_media, sha256), ref.file.media_type
    else:
        stream, media_type = await asyncio.to_thread(stacks.open_page, sha256, ref.page, small=small)
    return Opened(stream, await asyncio.to_thread(length_of, stream), media_type)


async def open_original(ctx: Context, user: User, matter_id: str, material_id: str, file_id: str) -> Opened:
    """A file as it came, for its own side and for those who work on the matter; who fetched it is written down.

    Raises `Refused("material_infected")`, and `NotFound`: the other side gets the copies that are shown, without what a
    camera writes beside the picture.
    """
    async with ctx.db.transaction() as tx:
        found = await looking(tx, user, matter_id)
        material = await seen(tx, found, material_id)
        file = next((each for each in await materials.files_of(tx, material.id) if each.id == file_id), None)
        own = found.party is not None and found.party.id == material.party_id
        if file is None or not (own or found.reader.team or found.reader.filing):
            raise NotFound
        if file.scan is ScanState.INFECTED:
            raise Refused("material_infected")
        await recorded(ctx, tx, user, AuditAction.MATERIAL_FETCHED, material, {"sha256": file.sha256})
    stream = await asyncio.to_thread(stacks_of(ctx, matter_id).open_original, file.sha256)
    return Opened(stream, file.bytes, file.media_type)


async def waiting_for_mediator(ctx: Context, user: User, matter_id: str) -> tuple[Item, ...]:
    """The mediator's inbox of a matter: handed in, and neither relayed, nor sent back, nor kept; nobody else's.

    Papers of agents and attachments are none of it: they are dealt with beside what they belong to.
    """
    try:
        page = await materials_page(ctx, user, matter_id)
    except NotFound:
        return ()
    if not (page.reader.team or page.reader.filing):
        return ()
    new = (each for each in page.items if each.material.state is MaterialState.SUBMITTED)
    return tuple(
        each
        for each in new
        if not each.material.is_kept and each.material.agent_id is None and each.material.writing_id is None
    )


async def _page(tx: Tx, found: Looking, items: list[Item] | None = None) -> MaterialsPage:
    side, named = found.reader.side or Side.NEUTRAL, await matters.parties_of(tx, found.matter.id)
    if found.reader.agent is not None:  # not admitted yet: of the matter they know whom they are to act for
        named = [each for each in named if each.side is side]
    return MaterialsPage(
        matter=found.matter,
        parties=shown_to(named, side, safety=found.matter.safety),
        reader=found.reader,
        me=found.party,
        items=tuple(items or await _items(tx, await visible(tx, found), found.reader)),
    )


async def _items(tx: Tx, wanted: list[Material], reader: Reader) -> list[Item]:
    named, about = [each.id for each in wanted], {each.id: each for each in wanted}
    files: dict[str, list[MaterialFile]] = defaultdict(list)
    for file in await materials.files_of_all(tx, named):
        files[file.material_id].append(file)
    said: dict[str, list[MaterialOpinion]] = defaultdict(list)
    for opinion in await materials.opinions_of_all(tx, named):
        if may_read_opinion(opinion, about[opinion.material_id], reader):
            said[opinion.material_id].append(opinion)
    return [Item(each, tuple(files[each.id]), tuple(said[each.id])) for each in wanted]
