"""Work that goes on in the background as long as something else does; knows nothing of what it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine

__all__ = ["background"]


@contextlib.asynccontextmanager
async def background(work: Callable[[], Coroutine[object, object, None]], name: str) -> AsyncIterator[None]:
    """Let `work` run while the block lasts; at its end it is cancelled where it stands, and waited for."""
    task = asyncio.create_task(work(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
