"""Faults of a machine, laid around the product: a small disk that fills, a slow fsync, a wall clock that is set.

The disk is a real one (tmpfs), so writing to it needs nothing of ours; fsync and clock are laid over the C library of
the product's process (`_faults.c`), database and all, and are changed while it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

__all__ = ["Faults", "FaultsMissing", "faults"]

_SOURCE = Path(__file__).with_name("_faults.c")
_FILL = 1 << 18


class FaultsMissing(RuntimeError):
    """This machine cannot be made to fail."""


class Faults:
    """`directory` is the data directory of the product, its recordings on the small disk."""

    def __init__(self, root: Path, library: Path) -> None:
        self.directory = root / "var"
        self.disk = self.directory / "recordings"
        self._told, self._library = root / "faults", library
        self._fsync_ms = self._ahead_ms = 0
        self._write()

    @property
    def environment(self) -> Mapping[str, str]:
        """What the product's process needs for them."""
        return {"LD_PRELOAD": str(self._library), "BENCH_FAULTS": str(self._told)}

    def slow(self, fsync_ms: int) -> None:
        """Each fsync takes so much longer from now on."""
        self._fsync_ms = fsync_ms
        self._write()

    def set_clock(self, ahead_ms: int) -> None:
        """The wall clock is so far ahead of ours from now on; negative for behind."""
        self._ahead_ms = ahead_ms
        self._write()

    def fill(self) -> None:
        """Leave not one byte on the disk. Blocks."""
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            for size in (_FILL, 4096):
                with contextlib.suppress(OSError):
                    while filler.write(bytes(size)) == size:
                        pass

    def free(self) -> None:
        """Give back what was taken."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.disk / "filler"

    def _write(self) -> None:
        data = struct.pack("=qq", self._fsync_ms, self._ahead_ms)
        fd = os.open(self._told, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, data, 0)
        finally:
            os.close(fd)


@contextlib.asynccontextmanager
async def faults(disk_mib: int, prepare: Callable[[Path], Awaitable[object]] | None = None) -> AsyncIterator[Faults]:
    """A place where things go wrong; nothing is left of it. Raises `FaultsMissing`.

    `prepare` fills the data directory before the small disk is laid over its recordings.
    """
    root = Path(tempfile.mkdtemp(prefix="bench-faults-"))
    try:
        library = root / "faults.so"
        compiler = shutil.which("cc")
        if compiler is None:
            raise FaultsMissing("no C compiler (Debian: gcc)")
        await _run(compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE))
        made = Faults(root, library)
        if prepare is not None:
            await prepare(made.directory)
        made.disk.mkdir(parents=True, mode=0o700, exist_ok=True)
        await _run("mount", "-t", "tmpfs", "-o", f"size={disk_mib}m,mode=0700", "tmpfs", str(made.disk))
        try:
            yield made
        finally:
            await _run("umount", "-l", str(made.disk))
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    if process.returncode:
        raise FaultsMissing(f"{command[0]}: {said.decode(errors='replace').strip()}")
