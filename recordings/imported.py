"""`ImportedDesk`: the files of matters taken in from bundles, handed out for reading; asks no rights, the services do.

<data>/imported/<id>/   a bundle as it was unpacked, read-only

What it holds of the matter is encrypted under a data key of its own, destroyed when it is removed; the papers of its
recordings (`*.json*`) are as plain as those of our own. While it is checked it lies plain in `coming-…`.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.matter_keys import KeyStore, Purpose, keys_of
from mediation_server.at_rest.stored import length_of, open_stored, store
from mediation_server.bundles import BundleListing, unpacked
from mediation_server.config import Settings
from mediation_server.disk import MIB, free_bytes
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.imported import ImportedMatter
from mediation_server.durable import synced
from mediation_server.errors import BadInput, NotFound, Unavailable
from mediation_server.openfile import open_regular
from mediation_server.services import importing
from mediation_server.services.context import Context
from mediation_server.services.reviewing import Clip
from mediation_server.timestamping.trust import trusted_authorities
from recordings.chest import Chest, scope_of
from recordings.manifest import MANIFEST, Manifest, parse_manifest
from recordings.playback import media_type
from recordings.previews import Previewed, Previews
from recordings.verify import Outside
from recordings.verify_bundle import recording_findings
from recordings.verify_export import verify_export

__all__ = ["ImportWish", "ImportedDesk", "checked_bundle", "imported_from"]

_PATH = re.compile(r"(materials|documents)/([a-z0-9][A-Za-z0-9_.-]{0,120})")
_SEGMENT = re.compile(r"t\d{3,6}-\d{4,6}\.mkv")
_MOST_BYTES = 64 << 20
_COMING = "coming-"
_A_DAY_S = 24 * 3600
_NO_PREVIEWS: Mapping[str, object] = {"state": "none", "step_ms": 1, "waves": {}, "sheets": {}}


@dataclass(frozen=True, slots=True)
class ImportWish:
    """For whose account, what for, and whose key it has to be signed with; empty: any, and that is said."""

    login: str
    reason: str
    key: str = ""


async def imported_from(ctx: Context, path: Path, wish: ImportWish) -> ImportedMatter:
    """Check everything in a bundle and take it in, whole or not at all.

    Raises what `importing` and `checked_bundle` raise, `Unavailable("bundle_disk")` when the disk refuses.
    """
    desk = ImportedDesk(ctx.settings.data_dir, keys_of(ctx.settings))
    user = await importing.importer(ctx, wish.login)
    coming = await asyncio.to_thread(desk.coming, await importing.known_imports(ctx))
    try:
        listing = await asyncio.to_thread(checked_bundle, path, coming, wish.key, ctx.settings)
        await importing.refuse_known(ctx, listing)
        place = partial(desk.take, coming)
        return await importing.take_in(ctx, user, wish.reason, listing, place, key_known=bool(wish.key))
    except OSError as refused:
        raise Unavailable("bundle_disk") from refused
    finally:
        await asyncio.to_thread(shutil.rmtree, coming, ignore_errors=True)


def checked_bundle(path: Path, target: Path, key: str, settings: Settings) -> BundleListing:
    """Unpack a bundle of which everything holds into `target`; `key` is whose it must be, empty for anybody's. Blocks.

    Raises `BadInput`: `bundle_unreadable`, `bundle_changed`, `bundle_unsigned`, `bundle_other_key`, `bundle_evidence`
    with the first place where a recording does not hold; `Unavailable("bundle_disk")` without room, and `OSError`.
    """
    if free_bytes(settings.data_dir) < path.stat().st_size + settings.disk_warning_mib * MIB:
        raise Unavailable("bundle_disk")
    listing = unpacked(path, target)
    if not listing.signed:
        raise BadInput("bundle_unsigned")
    if key and key != listing.key:
        raise BadInput("bundle_other_key", key=listing.key)
    found = recording_findings(target, Outside(authorities=trusted_authorities(settings)))
    if found:
        raise BadInput("bundle_evidence", where=found[0], n=len(found))
    return listing


class ImportedDesk:
    """The imported matters of one data directory. What is not asynchronous here blocks: call it in a thread."""

    def __init__(self, data_dir: Path, keys: KeyStore | None = None, previews: Previews | None = None) -> None:
        self.root, self._keys, self._previews = data_dir.absolute() / "imported", keys, previews
        self._beside = data_dir.absolute() / "previews"

    def coming(self, known: Sequence[str] = ()) -> Path:
        """Where a bundle may be unpacked until it is taken in; what earlier tries left goes first.

        `known`: the ids of all that were taken in, so that a directory nobody knows can be told.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in self.root.iterdir():
            if each.name not in known:
                shutil.rmtree(each, ignore_errors=True)
        return self.root / f"{_COMING}{new_id()}"

    def sweep(self) -> None:
        """Remove what imports that were killed a day ago or longer left plain; a later one may be under way."""
        for each in self.root.glob(f"{_COMING}*"):
            if time.time() - each.stat().st_mtime > _A_DAY_S:
                shutil.rmtree(each, ignore_errors=True)

    def take(self, coming: Path, imported_id: str) -> int:
        """Encrypt unpacked files and put them where they belong; how many bytes they are. Raises `OSError`."""
        files = [each for each in sorted(coming.rglob("*")) if each.is_file()]
        size = sum(each.stat().st_size for each in files)
        for each in files:
            self._encrypt(each, imported_id, each.parent.relative_to(coming).as_posix())
        coming.rename(self._of(imported_id))
        synced(self.root)
        return size

    def discard(self, imported_id: str) -> None:
        """Leave nothing of it, nor of its keys; idempotent."""
        if self._keys is not None:
            self._keys.destroy(self._keys.ids(imported_id, Purpose.RECORD))
        shutil.rmtree(self._of(imported_id), ignore_errors=True)
        shutil.rmtree(self._beside / imported_id, ignore_errors=True)

    def open(self, imported_id: str, path: str) -> tuple[BinaryIO, int]:
        """A material or document and its length in bytes; the caller's to close. Raises `NotFound`."""
        named = _PATH.fullmatch(path)
        if named is None:
            raise NotFound
        return self._opened(self._of(imported_id) / named[1], named[2])

    def review(self, imported_id: str, number: int) -> Mapping[str, object]:
        """What the reviewer's page draws, as plain JSON values. Raises `NotFound`."""
        stream, _ = self._opened(self._of(imported_id) / "reviews", f"{number:02}.json")
        with stream:
            drawn: dict[str, object] = json.loads(stream.read(_MOST_BYTES))
        return drawn

    def clip(self, imported_id: str, number: int, index: int) -> Clip:
        """File number `index` of a recording, open. Raises `NotFound`."""
        directory = self._recording(imported_id, number)
        files = [(each.file, track.codec) for track in _manifest(directory).tracks for each in track.segments]
        if not 0 <= index < len(files) or not _SEGMENT.fullmatch(files[index][0]):
            raise NotFound("recording_not_found")
        name, codec = files[index]
        return Clip(*self._opened(directory, name), media_type(codec))

    def findings(self, imported_id: str, number: int) -> Sequence[Mapping[str, str]]:
        """Hash everything once more and say where it breaks."""
        found = verify_export(self._recording(imported_id, number), Outside(gently=True, opens=self._keys))
        return [{"code": each.code, "where": each.where} for each in found]

    async def previews(self, imported_id: str, number: int) -> Mapping[str, object]:
        """What shows where something is before it is played, made here when somebody first looks. Raises `NotFound`."""
        about = self._previewed(imported_id, number)
        return await self._previews.told_of(about) if self._previews else dict(_NO_PREVIEWS)

    async def sheet(self, imported_id: str, number: int, participant: str) -> bytes:
        """The small pictures of one participant, a JPEG. Raises `NotFound`."""
        if self._previews is None:
            raise NotFound
        return await self._previews.sheet_of(self._previewed(imported_id, number), participant)

    def _previewed(self, imported_id: str, number: int) -> Previewed:
        directory = self._recording(imported_id, number)
        return Previewed(Chest(directory, self._keys), f"{imported_id}/{directory.name}")

    def _encrypt(self, file: Path, imported_id: str, area: str) -> None:
        paper = area.startswith("recordings/") and not _SEGMENT.fullmatch(file.name)
        if self._keys is None or paper:
            return
        key = self._keys.writing(imported_id, Purpose.RECORD, _scope(self._of(imported_id) / area))
        half = file.with_name(f".{file.name}.taken")
        with open_regular(file.parent, file.name) as stream:
            store(stream, half, key, file.name)
        half.replace(file)

    def _opened(self, directory: Path, name: str) -> tuple[BinaryIO, int]:
        try:
            stream = open_stored(directory, name, self._keys, _scope(directory))
        except OSError as error:
            raise NotFound from error
        return stream, length_of(stream)

    def _recording(self, imported_id: str, number: int) -> Path:
        return self._of(imported_id) / "recordings" / f"{number:02}"

    def _of(self, imported_id: str) -> Path:
        if not is_id(imported_id):
            raise NotFound
        return self.root / imported_id


def _manifest(directory: Path) -> Manifest:
    try:
        with open_regular(directory, MANIFEST) as stream:
            return parse_manifest(stream.read(_MOST_BYTES))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFound("recording_not_found") from error


def _scope(directory: Path) -> str:
    """Under the key of one imported matter: recordings are told apart as anywhere, other areas by their names."""
    return scope_of(directory.name)
