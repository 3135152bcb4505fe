"""Previews of sealed recordings, made by a process of their own, kept beside the vault; asks no rights.

<data>/previews/<recording id>/previews.json, <participant id>.jpg

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

import structlog

from mediation_server.at_rest.stored import HeldKeys, ScopeKeys, open_stored
from mediation_server.domain.ids import is_id
from mediation_server.domain.recording import Recording
from mediation_server.errors import MediationError, NotFound
from recordings.preview_child import PREVIEWS, preview_scope
from recordings.vault import Vault

__all__ = ["Previews"]

_log = structlog.get_logger(__name__)

_MOST_WAITING = 200  # recordings; whoever opens a later one finds it made then
_MOST_FAILED = 1000
_MOST_BYTES = 16 << 20
_PATIENCE_S = 1200.0
_MAKING = ".making"


class Previews:
    """One recording after the other, in the order they were asked for."""

    def __init__(self, data_dir: Path, keys: ScopeKeys | None = None) -> None:
        data = data_dir.absolute()  # the child is started wherever this process stands
        self._root, self._vault = data / "previews", Vault(data, keys)
        self._waiting: deque[Recording] = deque()
        self._failed: set[str] = set()
        self._asked, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    def want(self, recording: Recording) -> None:
        """Make them when there is time; a second wish for the same changes nothing."""
        known = recording.id in self._failed or any(each.id == recording.id for each in self._waiting)
        if not known and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(recording)
            self._idle.clear()
            self._asked.set()

    async def told(self, recording: Recording) -> Mapping[str, object]:
        """What `Previews` of web/types/review.d.ts says: `state`, and all of it once it is ready."""
        try:
            data = await asyncio.to_thread(self._read, recording.id, PREVIEWS)
        except NotFound:
            self.want(recording)
            waits = any(each.id == recording.id for each in self._waiting)
            return {"state": "pending" if waits else "none", "step_ms": 1, "waves": {}, "sheets": {}}
        return {"state": "ready", **json.loads(data)}

    async def settled(self) -> None:
        """Wait until everything that was wanted is made, or cannot be."""
        await self._idle.wait()

    async def sheet(self, recording: Recording, participant: str) -> bytes:
        """The small pictures of one person, a JPEG. Raises `NotFound`."""
        if not is_id(participant):
            raise NotFound
        return await asyncio.to_thread(self._read, recording.id, f"{participant}.jpg")

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

    def _read(self, recording_id: str, name: str) -> bytes:
        try:
            with open_stored(self._root / recording_id, name, self._vault.keys, preview_scope(recording_id)) as stream:
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

    async def _make(self, recording: Recording) -> None:
        chest = self._vault.chest(recording.session_id, recording.id)
        target, making = self._root / recording.id, self._root / f"{recording.id}{_MAKING}"
        try:
            if not await asyncio.to_thread(_begun, target, making):
                return
            opens = await asyncio.to_thread(chest.held, preview_scope(recording.id))
            await _made(chest.directory, making, opens)
            await asyncio.to_thread(making.replace, target)
        except (OSError, RuntimeError, TimeoutError, MediationError) as error:
            if len(self._failed) < _MOST_FAILED:
                self._failed.add(recording.id)
            _log.warning("previews_failed", recording=recording.id, error=type(error).__name__)


def _begun(target: Path, making: Path) -> bool:
    """An empty directory to make them in; False when they are there already. What an earlier process left goes."""
    if (target / PREVIEWS).is_file():
        return False
    for left in (target, making):
        shutil.rmtree(left, ignore_errors=True)
    making.mkdir(mode=0o700, parents=True)
    return True


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
