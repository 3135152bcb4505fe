"""Where the bytes of materials lie: under their hash, read-only, and beside them what is shown. Names are ours alone.

<root>/materials/incoming/<upload id>              while it comes
<root>/materials/kept/<first two>/<sha256>         the file as it came, never changed
<root>/materials/shown/<first two>/<sha256>/       p0001.jpg, t0001.jpg (small), p0001.txt, media

Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from mediation_server.domain.ids import is_id
from mediation_server.domain.material_types import HEAD_BYTES
from mediation_server.errors import NotFound
from mediation_server.openfile import digest_of, open_regular

__all__ = ["Stacks"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_ONLY = 0o400


class Stacks:
    """The materials of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.absolute() / "materials"

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
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(piece)
            while view:
                written = os.pwrite(fd, view, offset)
                view, offset = view[written:], offset + written
        finally:
            os.close(fd)

    def head(self, upload_id: str) -> bytes:
        """The first bytes of a file that has come."""
        path = self._incoming(upload_id)
        with open_regular(path.parent, path.name) as stream:
            return stream.read(HEAD_BYTES)

    def digest(self, upload_id: str) -> str:
        """The SHA-256 of a file that has come; afterwards it is on the disk for certain."""
        path = self._incoming(upload_id)
        with open_regular(path.parent, path.name) as stream:
            _, sha256 = digest_of(stream)
            os.fsync(stream.fileno())
        return sha256

    def keep(self, upload_id: str, sha256: str) -> None:
        """Put a file that has come under its hash; content that lies there already is kept once."""
        source, target = self._incoming(upload_id), self._kept(sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.exists():
            source.unlink()
            return
        source.chmod(_READ_ONLY)
        source.replace(target)

    def discard(self, upload_id: str) -> None:
        """Throw away what has come of a file; idempotent."""
        self._incoming(upload_id).unlink(missing_ok=True)

    # -- going out ------------------------------------------------------------------------------------------------

    def original(self, sha256: str) -> Path:
        """The path of a file as it came, existing or not, for whoever makes copies of it."""
        return self._kept(sha256)

    def open_original(self, sha256: str) -> BinaryIO:
        """A file as it came, open for reading; the caller's to close. Raises `NotFound`."""
        path = self._kept(sha256)
        return _opened(path.parent, path.name)

    def open_page(self, sha256: str, page: int, *, small: bool = False) -> tuple[BinaryIO, str]:
        """One page of what is shown, with its media type; `small` for a list. Raises `NotFound`."""
        directory = self._shown(sha256)
        with contextlib.suppress(NotFound):
            return _opened(directory, f"{'t' if small else 'p'}{page:04}.jpg"), "image/jpeg"
        return _opened(directory, f"p{page:04}.txt"), "text/plain; charset=utf-8"

    def open_media(self, sha256: str) -> BinaryIO:
        """Sound or film as it is played. Raises `NotFound`."""
        return _opened(self._shown(sha256), "media")

    # -- copies for showing ---------------------------------------------------------------------------------------

    def bench(self) -> Path:
        """A new, empty, private directory in which copies are made; `clear` it in the end."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="bench-", dir=self.root))

    def clear(self, bench: Path) -> None:
        """Remove a bench; nothing is left of it when `show` has taken it."""
        shutil.rmtree(bench, ignore_errors=True)

    def show(self, sha256: str, made: Path) -> None:
        """From now on these are the copies of a file; what was shown before is replaced."""
        target = self._shown(sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)

    def forget(self, sha256: str) -> None:
        """Remove a file and its copies; idempotent. Whoever calls knows that nobody's row names it any more."""
        shutil.rmtree(self._shown(sha256), ignore_errors=True)
        self._kept(sha256).unlink(missing_ok=True)

    # -- names ----------------------------------------------------------------------------------------------------

    def _incoming(self, upload_id: str) -> Path:
        if not is_id(upload_id):
            raise NotFound
        return self.root / "incoming" / upload_id

    def _kept(self, sha256: str) -> Path:
        return self._hashed("kept", sha256)

    def _shown(self, sha256: str) -> Path:
        return self._hashed("shown", sha256)

    def _hashed(self, area: str, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFound
        return self.root / area / sha256[:2] / sha256


def _opened(directory: Path, name: str) -> BinaryIO:
    try:
        return open_regular(directory, name)
    except OSError as error:
        raise NotFound from error
