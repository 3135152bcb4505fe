"""Copies for showing, made in a process of its own that is ended when it wants too much; knows no table and no person.

Whatever a hostile file does to the libraries that read it, it does in that process: it has no secrets, little memory,
little time, no network, may read nothing else of ours and write to one directory (`confinement`). A file that cannot be
copied fails alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from mediation_server.at_rest.stored import HeldKeys

__all__ = ["FAULTS", "Rendered", "Renderer", "render"]

_PATIENCE_S = 120.0
FAULTS = frozenset({"unreadable", "locked", "too_many_pixels", "too_many_pages", "too_much", "too_long"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many pages there are to show, or the code of why there are none (`FAULTS`)."""

    pages: int
    fault: str | None = None


class Renderer:
    """Makes copies one file after the other, so that however much comes at once, the room next door feels nothing."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, source: Path, media_type: str, target: Path, opens: HeldKeys) -> Rendered:
        """Fill `target` with the copies of `source`. Never raises for what is in the file."""
        async with self._one_at_a_time:
            return await render(source, media_type, target, opens)


async def render(
    source: Path, media_type: str, target: Path, opens: HeldKeys | None = None, *, patience_s: float = _PATIENCE_S
) -> Rendered:
    """Run the child for one file; `too_much` when it took more than it may or died of it.

    Both paths are absolute: the child is started wherever this process stands. `opens`: the keys of this file and of
    its copies, which the child is told on its standard input.
    """
    told = json.dumps((opens or HeldKeys()).told()).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mediation_server.materials.render_child",
        media_type,
        str(source),
        str(target),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # what a library says of a file may quote it
        env={"PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(told), patience_s)
    except TimeoutError:
        return Rendered(0, "too_much")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _said(out) if process.returncode == 0 else Rendered(0, "too_much")


def _said(out: bytes) -> Rendered:
    """What the child says, taken for nothing else: a number or one of our codes."""
    try:
        said = json.loads(out)
        pages, fault = said.get("pages", 0), said.get("fault")
    except (ValueError, AttributeError):
        return Rendered(0, "unreadable")
    if isinstance(pages, int) and pages > 0 and fault is None:
        return Rendered(pages)
    return Rendered(0, fault if fault in FAULTS else "unreadable")
