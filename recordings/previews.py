"""Previews of sealed recordings, made by a process of their own, kept beside the vault; asks no rights.

<data>/previews/<recording id>/previews.json, <participant id>.jpg; of an imported matter <its id>/<number>/…

What is in them can be made again from the recording, so that they are no part of the evidence and need no seal. They
lie under the same data key: once it is destroyed, nothing opens them either.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog

from mediation_server.at_rest.stored import HeldKeys, ScopeKeys, open_stored
from mediation_server.domain.ids import is_id
from mediation_server.domain.recording import Recording
from mediation_server.errors import MediationError, NotFound
from recordings.chest import Chest
from recordings.preview_child import PREVIEWS, preview_scope
from recordings.vault import Vault

__all__ = ["Previewed", "Previews"]

_log = structlog.get_logger(__name__)

_MOST_WAITING = 200  # recordings; whoever opens a later one finds it made then
_MOST_FAILED = 1000
_MOST_BYTES = 16 << 20
_PATIENCE_S = 1200.0
_MAKING = ".making"


class Previewed(NamedTuple):
    """What previews are made of: the files, and their place among all previews, a path of ids and numbers alone."""

    chest: Chest
    place: str

    @property
    def scope(self) -> str:
        """The scope the previews lie under."""
        return preview_scope(self.chest.directory.name)


class Previews:
    """One recording after the other, in the order they were asked for."""

    def __init__(self, data_dir: Path, keys: ScopeKeys | None = None) -> None:
        data = data_dir.absolute()  # the child is started wherever this process stands
        self._root, self._vault = data / "previews", Vault(data, keys)
        self._waiting: deque[Previewed] = deque()
        self._failed: set[str] = set()
        self._asked, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    def want(self, recording: Recording) -> None:
        """Make those of a recording of ours when there is time; a second wish for the same changes nothing."""
        self._want(self._ours(recording))

    async def told(self, recording: Recording) -> Mapping[str, object]:
        """What `Previews` of web/types/review.d.ts says: `state`, and all of it once it is ready."""
        return await self.told_of(self._ours(recording))

    async def told_of(self, about: Previewed) -> Mapping[str, object]:
        """The same of any recording; asking is wanting."""
        try:
            data = await asyncio.to_thread(self._read, about, PREVIEWS)
        except NotFound:
            self._want(about)
            waits = any(each.place == about.place for each in self._waiting)
            return {"state": "pending" if waits else "none", "step_ms": 1, "waves": {}, "sheets": {}}
        return {"state": "ready", **json.loads(data)}

    async def settled(self) -> None:
        """Wait until everything that was wanted is made, or cannot be."""
        await self._idle.wait()

    async def sheet(self, recording: Recording, participant: str) -> bytes:
        """The small pictures of one person, a JPEG. Raises `NotFound`."""
        return await self.sheet_of(self._ours(recording), participant)

    async def sheet_of(self, about: Previewed, participant: str) -> bytes:
        """The same of any recording. Raises `NotFound`."""
        if not is_id(participant):
            raise NotFound
        return await asyncio.to_thread(self._read, about, f"{participant}.jpg")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block ends; what is being made then is dropped and made anew another time."""
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _ours(self, recording: Recording) -> Previewed:
        return Previewed(self._vault.chest(recording.session_id, recording.id), recording.id)

    def _want(self, about: Previewed) -> None:
        known = about.place in self._failed or any(each.place == about.place for each in self._waiting)
        if not known and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(about)
            self._idle.clear()
            self._asked.set()

    def _read(self, about: Previewed, name: str) -> bytes:
        try:
            with open_stored(self._root / about.place, name, about.chest.keys, about.scope) as stream:
                return stream.read(_MOST_BYTES)
        except OSError as error:
            raise NotFound from error

    async def _work(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                await self._make(self._waiting[0])
                self._waiting.popleft()
            self._idle.set()

    async def _make(self, about: Previewed) -> None:
        chest, target = about.chest, self._root / about.place
        making = target.with_name(f"{target.name}{_MAKING}")
        try:
            if not await asyncio.to_thread(_begun, target, making):
                return
            opens = await asyncio.to_thread(chest.held, about.scope)
            await _made(chest.directory, making, opens)
            await asyncio.to_thread(_placed, making, target, chest.directory)
        except (OSError, RuntimeError, TimeoutError, MediationError) as error:
            if len(self._failed) < _MOST_FAILED:
                self._failed.add(about.place)
            _log.warning("previews_failed", recording=about.place, error=type(error).__name__)


def _begun(target: Path, making: Path) -> bool:
    """An empty directory to make them in; False when they are there already. What an earlier process left goes."""
    if (target / PREVIEWS).is_file():
        return False
    for left in (target, making):
        shutil.rmtree(left, ignore_errors=True)
    making.mkdir(mode=0o700, parents=True)
    return True


def _placed(making: Path, target: Path, source: Path) -> None:
    """Nothing stays of a recording that went while its previews were made."""
    if source.is_dir():
        making.replace(target)
    else:
        shutil.rmtree(making, ignore_errors=True)


async def _made(source: Path, making: Path, opens: HeldKeys) -> None:
    """Run the child. Raises `RuntimeError` when it fails, `TimeoutError` when it takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "recordings.preview_child",
        str(source),
        str(making),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(process.communicate(json.dumps(opens.told()).encode()), _PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(process.returncode)
