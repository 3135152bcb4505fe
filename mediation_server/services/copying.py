"""Second copies of sealed recordings (第二副本): made in the background after the seal, and read back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

import structlog

from mediation_server.background import background
from mediation_server.domain.disposal import RecordingCopy
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.services.context import Context
from mediation_server.store import recording_copies, recordings

__all__ = ["Copier", "copy_sealed", "copying"]

_PERIOD_S = 30.0
_AT_ONCE = 10
_AWAY = "copy_refused"  # the second place did not take it

_log = structlog.get_logger(__name__)


class Copier(Protocol):
    """The port to the second place; its methods block: they run in a thread."""

    @property
    def copies(self) -> bool:
        """Whether there is a second place."""
        ...

    def copy(self, recording: Recording) -> tuple[int, str]:
        """Bytes, and a code of what is wrong with the copy, empty when nothing is. Raises `OSError`."""
        ...

    def destroy(self, recording: Recording) -> None:
        """Leave nothing of it. Raises `OSError`."""
        ...


async def copy_sealed(ctx: Context, copier: Copier) -> int:
    """Copy what has no good copy yet, each once, one after the other; how many good ones were made."""
    tried: list[str] = []
    good = 0
    while True:
        async with ctx.db.reading() as tx:
            wanting = await recording_copies.wanting(tx, _AT_ONCE, tried)
        if not wanting:
            return good
        for each in wanting:
            tried.append(each.id)
            fault = await _copied(ctx, copier, each)
            good += not fault
            if fault == _AWAY:
                return good  # nor would it take the others


async def _copied(ctx: Context, copier: Copier, recording: Recording) -> str:
    try:
        size, fault = await asyncio.to_thread(copier.copy, recording)
    except OSError as error:
        _log.error("second_copy_failed", recording=recording.id, error=type(error).__name__)
        size, fault = 0, _AWAY
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        sealed = (await recordings.recording(tx, recording.id)).state is RecordingState.SEALED
        if sealed:
            await recording_copies.save(tx, RecordingCopy(recording.id, size, now, now, fault))
    if not sealed:  # it was disposed of meanwhile
        await asyncio.to_thread(copier.destroy, recording)
    return fault


@contextlib.asynccontextmanager
async def copying(ctx: Context, copier: Copier) -> AsyncIterator[None]:
    """Copy while the block lasts, where there is a second place."""

    async def run() -> None:
        while True:
            try:
                await copy_sealed(ctx, copier)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("copying_broken", error=type(error).__name__)
            await asyncio.sleep(_PERIOD_S)

    if not copier.copies:
        yield
        return
    async with background(run, "copying"):
        yield
