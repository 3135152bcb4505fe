"""What parties hand in: items, their files, files on their way, opinions; the bytes lie elsewhere (`materials`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_, update

from mediation_server.domain.material import (
    FileState,
    Material,
    MaterialFile,
    MaterialOpinion,
    MaterialState,
    ScanState,
)
from mediation_server.domain.people import Side
from mediation_server.domain.upload import Upload
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.material_tables import material_files, material_opinions, material_uploads, materials

__all__ = [
    "add",
    "add_file",
    "add_upload",
    "drop",
    "drop_file",
    "drop_upload",
    "file",
    "files_named",
    "files_of",
    "files_of_all",
    "files_to_prepare",
    "files_to_scan",
    "hashes_after",
    "last_number",
    "material",
    "materials_of",
    "matters_naming",
    "new_in",
    "opinions_of_all",
    "save",
    "save_file",
    "save_opinion",
    "stale_uploads",
    "upload",
    "uploads_of_all",
]

_materials = Mapper(Material, materials)
_files = Mapper(MaterialFile, material_files)
_uploads = Mapper(Upload, material_uploads)
_opinions = Mapper(MaterialOpinion, material_opinions)


async def add(tx: Tx, value: Material) -> None:
    """A new item."""
    await _materials.add(tx, value)


async def material(tx: Tx, material_id: str) -> Material:
    """The item with this id. Raises `NotFound`."""
    found = await _materials.by_key(tx, material_id)
    if found is None:
        raise NotFound
    return found


async def save(tx: Tx, value: Material) -> None:
    """Write an item as it is now."""
    await _materials.save(tx, value)


async def drop(tx: Tx, material_id: str) -> None:
    """Forget a draft that holds nothing."""
    await tx.execute(delete(materials).where(materials.c.id == material_id))


async def materials_of(tx: Tx, matter_id: str) -> list[Material]:
    """Every item of a matter, by side and number; drafts last, in the order they were begun."""
    unnumbered = materials.c.number.is_(None)
    order = (unnumbered, materials.c.side, materials.c.number, materials.c.created_at, materials.c.id)
    return await _materials.all(tx, _materials.selecting().where(materials.c.matter_id == matter_id).order_by(*order))


async def new_in(tx: Tx, matter_ids: Iterable[str]) -> dict[str, int]:
    """How many items of each matter were handed in and neither passed on, sent back nor kept; none are left out."""
    waiting = (
        materials.c.matter_id.in_(sorted(set(matter_ids))),
        materials.c.state == MaterialState.SUBMITTED,
        materials.c.kept.is_(False),
    )
    query = select(materials.c.matter_id, func.count()).where(*waiting).group_by(materials.c.matter_id)
    return {matter_id: count for matter_id, count in (await tx.execute(query)).all()}  # noqa: C416 - rows are no pairs


async def last_number(tx: Tx, matter_id: str, side: Side) -> int:
    """The highest number in the catalogue of a side, 0 when it is empty."""
    mine = (materials.c.matter_id == matter_id) & (materials.c.side == side.value)
    found = (await tx.execute(select(func.max(materials.c.number)).where(mine))).scalar()
    return int(found or 0)


async def add_file(tx: Tx, value: MaterialFile) -> None:
    """One more file."""
    await _files.add(tx, value)


async def file(tx: Tx, file_id: str) -> MaterialFile:
    """The file with this id. Raises `NotFound`."""
    found = await _files.by_key(tx, file_id)
    if found is None:
        raise NotFound
    return found


async def save_file(tx: Tx, value: MaterialFile) -> None:
    """Write a file as it is now; nothing when it was taken away meanwhile."""
    mine = material_files.c.id == value.id
    await tx.execute(update(material_files).where(mine).values(**_files.columns_of(value)))


async def drop_file(tx: Tx, file_id: str) -> None:
    """Forget a file."""
    await tx.execute(delete(material_files).where(material_files.c.id == file_id))


async def files_of(tx: Tx, material_id: str) -> list[MaterialFile]:
    """The files of an item in their order."""
    return await files_of_all(tx, [material_id])


async def files_of_all(tx: Tx, material_ids: Iterable[str]) -> list[MaterialFile]:
    """The files of several items, in their order within each."""
    named = material_files.c.material_id.in_(sorted(set(material_ids)))
    order = (material_files.c.material_id, material_files.c.ordinal, material_files.c.id)
    return await _files.all(tx, _files.selecting().where(named).order_by(*order))


async def files_named(tx: Tx, sha256: str) -> list[MaterialFile]:
    """Every file with this content, in whatever matter, oldest first."""
    same = material_files.c.sha256 == sha256
    return await _files.all(tx, _files.selecting().where(same).order_by(material_files.c.uploaded_at))


async def matters_naming(tx: Tx, sha256: str) -> set[str]:
    """The matters in which a file with this content was handed in."""
    joined = material_files.join(materials, material_files.c.material_id == materials.c.id)
    same = select(materials.c.matter_id).select_from(joined).where(material_files.c.sha256 == sha256).distinct()
    return set((await tx.execute(same)).scalars())


async def hashes_after(tx: Tx, last: tuple[str, str], most: int) -> list[tuple[str, str]]:
    """Matter and SHA-256 of files, each pair once, in order, after `last`."""
    joined = material_files.join(materials, material_files.c.material_id == materials.c.id)
    pair = tuple_(materials.c.matter_id, material_files.c.sha256)
    wanted = select(materials.c.matter_id, material_files.c.sha256).select_from(joined).distinct()
    ordered = wanted.where(pair > last).order_by(materials.c.matter_id, material_files.c.sha256).limit(most)
    return [(str(matter), str(sha256)) for matter, sha256 in await tx.execute(ordered)]


async def files_to_prepare(tx: Tx) -> list[MaterialFile]:
    """Files whose copies for showing are still to be made, oldest first."""
    waiting = material_files.c.state == FileState.PREPARING.value
    return await _files.all(tx, _files.selecting().where(waiting).order_by(material_files.c.uploaded_at))


async def files_to_scan(tx: Tx, most: int) -> list[MaterialFile]:
    """Files no virus scanner has looked at, the newest first: somebody waits for those to be passed on."""
    waiting = material_files.c.scan == ScanState.UNSCANNED.value
    query = _files.selecting().where(waiting).order_by(material_files.c.uploaded_at.desc(), material_files.c.id)
    return await _files.all(tx, query.limit(most))


async def add_upload(tx: Tx, value: Upload) -> None:
    """A file is announced."""
    await _uploads.add(tx, value)


async def upload(tx: Tx, upload_id: str) -> Upload:
    """The file on its way with this id. Raises `NotFound`."""
    found = await _uploads.by_key(tx, upload_id)
    if found is None:
        raise NotFound
    return found


async def uploads_of_all(tx: Tx, material_ids: Iterable[str]) -> list[Upload]:
    """Files on their way to these items, oldest first."""
    named = material_uploads.c.material_id.in_(sorted(set(material_ids)))
    return await _uploads.all(tx, _uploads.selecting().where(named).order_by(material_uploads.c.created_at))


async def stale_uploads(tx: Tx, before: datetime) -> list[Upload]:
    """Files announced before this instant that never came whole."""
    return await _uploads.all(tx, _uploads.selecting().where(material_uploads.c.created_at < before))


async def drop_upload(tx: Tx, upload_id: str) -> None:
    """It has come, or never will."""
    await tx.execute(delete(material_uploads).where(material_uploads.c.id == upload_id))


async def save_opinion(tx: Tx, value: MaterialOpinion) -> None:
    """Write what a party says of an item."""
    await _opinions.save(tx, value)


async def opinions_of_all(tx: Tx, material_ids: Iterable[str]) -> list[MaterialOpinion]:
    """What was said of these items, oldest first."""
    named = material_opinions.c.material_id.in_(sorted(set(material_ids)))
    return await _opinions.all(tx, _opinions.selecting().where(named).order_by(material_opinions.c.given_at))
