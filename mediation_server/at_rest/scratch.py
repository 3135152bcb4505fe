"""A place for a plain file while something is made of it: in memory where it is small, else one that is swept away."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SCRATCH", "scratch", "swept"]

SCRATCH = ".plain"  # how the names of such files end, so that whoever starts knows what to remove
_IN_MEMORY = 256 << 20


@contextlib.contextmanager
def scratch(beside: Path, size: int) -> Iterator[Path]:
    """The path of an empty file of this process alone, gone when the block ends; `size` bytes are expected.

    Up to 256 MiB lie in memory, under a path that this process alone can open; more under the name `beside`, with
    `SCRATCH` behind, in a directory that nobody else reads. Raises `OSError`.
    """
    if size <= _IN_MEMORY:
        fd = os.memfd_create("scratch", os.MFD_CLOEXEC)
        try:
            yield Path(f"/proc/self/fd/{fd}")
        finally:
            os.close(fd)
        return
    path = beside.with_name(f"{beside.name}.{os.getpid()}{SCRATCH}")
    try:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        yield path
    finally:
        path.unlink(missing_ok=True)


def swept(root: Path) -> int:
    """Remove what processes that were killed left of such files under a directory; how many there were. Blocks."""
    left = [Path(place) / name for place, _, names in os.walk(root) for name in names if name.endswith(SCRATCH)]
    for each in left:
        each.unlink(missing_ok=True)
    return len(left)
