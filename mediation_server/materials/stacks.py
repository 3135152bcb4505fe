"""Where the bytes of a matter's materials lie: under their hash, read-only, and beside them what is shown.

<root>/materials/<matter id>/incoming/<upload id>       while it comes
<root>/materials/<matter id>/kept/<sha256>              the file as it came, never changed
<root>/materials/<matter id>/shown/<sha256>/            p0001.jpg, t0001.jpg (small), p0001.txt, media
<root>/materials/kept, shown/<first two>/<sha256>       from before files were encrypted, until they are taken over

All of it is encrypted with the matter's key for papers: what two matters were handed, each has for itself. Names are
ours alone. Everything here blocks: call it in a thread. Raises `Unavailable` where a key is not to be had.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.at_rest.passing import open_passing, write_passing
from mediation_server.at_rest.stored import HeldKeys, ScopeKey, is_stored, key_of, open_stored, store
from mediation_server.domain.ids import is_id
from mediation_server.domain.material_types import HEAD_BYTES
from mediation_server.errors import NotFound
from mediation_server.openfile import digest_of

__all__ = ["Stacks", "swept_benches"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BENCH, _WHOLE = "bench-", ".whole"
_CHUNK = 1 << 20


class Stacks:
    """The materials of one matter."""

    def __init__(self, data_dir: Path, matter_id: str, keys: KeyStore | None = None) -> None:
        """Without `keys` all is plain. Raises `NotFound` for what is no id of ours."""
        if not is_id(matter_id):
            raise NotFound
        self._all = data_dir.absolute() / "materials"
        self.root = self._all / matter_id
        self._matter, self._keys = matter_id, keys
        self._held: dict[str, ScopeKey] = {}

    # -- coming in ------------------------------------------------------------------------------------------------

    def arrived(self, upload_id: str) -> int:
        """How many bytes of a file have come."""
        try:
            return self._incoming(upload_id).stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return 0

    def write(self, upload_id: str, offset: int, piece: bytes) -> None:
        """Put one piece where it belongs. Raises `OSError` when the disk refuses."""
        path = self._incoming(upload_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_passing(path, self._key(f"incoming/{upload_id}"), offset, piece)

    def head(self, upload_id: str) -> bytes:
        """The first bytes of a file that has come."""
        with self._come(upload_id) as stream:
            return stream.read(HEAD_BYTES)

    def digest(self, upload_id: str) -> str:
        """The SHA-256 of a file that has come; afterwards it is on the disk for certain, as it will be kept."""
        with self._come(upload_id) as stream:
            _, sha256 = digest_of(stream)
        with self._come(upload_id) as stream:
            store(stream, self._whole(upload_id), self._key(f"kept/{sha256}"), sha256)
        return sha256

    def keep(self, upload_id: str, sha256: str) -> None:
        """Put a file that has come, and was hashed, under its hash; content that lies there already is kept once."""
        target = self._kept(sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not target.exists():
            self._whole(upload_id).replace(target)
        self.discard(upload_id)

    def discard(self, upload_id: str) -> None:
        """Throw away what has come of a file; idempotent."""
        self._incoming(upload_id).unlink(missing_ok=True)
        self._whole(upload_id).unlink(missing_ok=True)

    # -- going out ------------------------------------------------------------------------------------------------

    def open_original(self, sha256: str) -> BinaryIO:
        """A file as it came, open for reading; the caller's to close. Raises `NotFound`."""
        path = self._original(sha256)
        return self._opened(path.parent, path.name, f"kept/{sha256}")

    def open_page(self, sha256: str, page: int, *, small: bool = False) -> tuple[BinaryIO, str]:
        """One page of what is shown, with its media type; `small` for a list. Raises `NotFound`."""
        with contextlib.suppress(NotFound):
            return self._open_shown(sha256, f"{'t' if small else 'p'}{page:04}.jpg"), "image/jpeg"
        return self._open_shown(sha256, f"p{page:04}.txt"), "text/plain; charset=utf-8"

    def open_media(self, sha256: str) -> BinaryIO:
        """Sound or film as it is played. Raises `NotFound`."""
        return self._open_shown(sha256, "media")

    # -- copies for showing ---------------------------------------------------------------------------------------

    def for_copying(self, sha256: str) -> tuple[Path, HeldKeys]:
        """Where a file as it came lies, and the keys of whoever makes its copies: of this file and of those alone."""
        path = self._original(sha256)
        try:
            key_id = key_of(path.parent, path.name)
        except OSError as error:
            raise NotFound from error
        keys = [self._key(f"shown/{sha256}")]
        if key_id is not None and self._keys is not None:
            keys.append(self._keys.scope_key(key_id, f"kept/{sha256}"))
        return path, HeldKeys(each for each in keys if each is not None)

    @contextlib.contextmanager
    def plain(self, sha256: str) -> Iterator[Path]:
        """A file as it came, plain, for a program that reads nothing else; gone when the block ends."""
        bench = self.bench()
        try:
            with self.open_original(sha256) as stream, (bench / sha256).open("xb") as out:
                shutil.copyfileobj(stream, out, _CHUNK)
            yield bench / sha256
        finally:
            self.clear(bench)

    def bench(self) -> Path:
        """A new, empty, private directory in which copies are made; `clear` it in the end."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=_BENCH, dir=self.root))

    def clear(self, bench: Path) -> None:
        """Remove a bench; nothing is left of it when `show` has taken it."""
        shutil.rmtree(bench, ignore_errors=True)

    def show(self, sha256: str, made: Path) -> None:
        """From now on these are the copies of a file; what was shown before is replaced."""
        target = self._shown(sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)

    def forget(self, sha256: str, *, everywhere: bool) -> None:
        """Remove a file and its copies; idempotent. Whoever calls knows that no row of this matter names it any more.

        `everywhere`: nor does one of another, so that what lies there from before goes, too.
        """
        shutil.rmtree(self._shown(sha256), ignore_errors=True)
        self._kept(sha256).unlink(missing_ok=True)
        if everywhere:
            shutil.rmtree(self._before("shown", sha256), ignore_errors=True)
            self._before("kept", sha256).unlink(missing_ok=True)

    # -- from before ----------------------------------------------------------------------------------------------

    def take_over(self, sha256: str) -> int:
        """Store what lies plain of a file, encrypted; how many files that were. Whatever was there stays until it is.

        May be ended at any moment and called again. Raises `OSError`.
        """
        if self._keys is None:
            return 0
        taken, shown = 0, self._before("shown", sha256)
        for source, target, scope in (
            (self._before("kept", sha256), self._kept(sha256), f"kept/{sha256}"),
            (self._kept(sha256), self._kept(sha256), f"kept/{sha256}"),
            *((each, self._shown(sha256) / each.name, f"shown/{sha256}") for each in _files(shown)),
            *((each, each, f"shown/{sha256}") for each in _files(self._shown(sha256))),
        ):
            taken += self._taken(source, target, scope)
        return taken

    def holds(self, sha256: str) -> bool:
        """Whether the matter has the file for itself."""
        return self._kept(sha256).is_file()

    def release(self, sha256: str) -> None:
        """Remove what lies of a file from before; whoever calls knows that every matter that names it has its own."""
        shutil.rmtree(self._before("shown", sha256), ignore_errors=True)
        self._before("kept", sha256).unlink(missing_ok=True)

    def _taken(self, source: Path, target: Path, scope: str) -> bool:
        if not source.is_file() or is_stored(source.parent, source.name):
            return False
        if source != target and target.is_file():
            return False
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.taken")
        with open_stored(source.parent, source.name, None, scope) as stream:
            store(stream, half, self._key(scope), target.name)
        half.replace(target)
        return True

    # -- names and keys -------------------------------------------------------------------------------------------

    def _key(self, scope: str) -> ScopeKey | None:
        if self._keys is not None and scope not in self._held:
            self._held[scope] = self._keys.writing(self._matter, Purpose.PAPERS, scope)
        return self._held.get(scope)

    def _come(self, upload_id: str) -> BinaryIO:
        return open_passing(self._incoming(upload_id), self._key(f"incoming/{upload_id}"))

    def _open_shown(self, sha256: str, name: str) -> BinaryIO:
        with contextlib.suppress(NotFound):
            return self._opened(self._shown(sha256), name, f"shown/{sha256}")
        return self._opened(self._before("shown", sha256), name, f"shown/{sha256}")

    def _opened(self, directory: Path, name: str, scope: str) -> BinaryIO:
        try:
            return open_stored(directory, name, self._keys, scope)
        except OSError as error:
            raise NotFound from error

    def _original(self, sha256: str) -> Path:
        kept = self._kept(sha256)
        return kept if kept.is_file() else self._before("kept", sha256)

    def _incoming(self, upload_id: str) -> Path:
        if not is_id(upload_id):
            raise NotFound
        return self.root / "incoming" / upload_id

    def _whole(self, upload_id: str) -> Path:
        path = self._incoming(upload_id)
        return path.with_name(path.name + _WHOLE)

    def _kept(self, sha256: str) -> Path:
        return self.root / "kept" / _hash(sha256)

    def _shown(self, sha256: str) -> Path:
        return self.root / "shown" / _hash(sha256)

    def _before(self, area: str, sha256: str) -> Path:
        return self._all / area / _hash(sha256)[:2] / sha256


def swept_benches(data_dir: Path) -> int:
    """Remove what processes that were killed left half made, or plain; how many places. For the start, blocks.

    What was on its way in before files were encrypted goes, too: whoever sends it is told to begin again.
    """
    root = data_dir / "materials"
    left = [*root.glob(f"{_BENCH}*"), *root.glob(f"*/{_BENCH}*"), *root.glob("incoming")]
    for each in left:
        shutil.rmtree(each, ignore_errors=True)
    return len(left)


def _hash(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    return sha256


def _files(directory: Path) -> list[Path]:
    try:
        return sorted(Path(each.path) for each in os.scandir(directory) if not each.name.startswith("."))
    except FileNotFoundError:
        return []
