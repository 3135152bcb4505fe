"""Waiting that counts only time in which this process ran, so that its own stall is never taken for another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["TICK_S", "came"]

TICK_S = 0.1


async def came(awaited: Iterable[asyncio.Future[Any]], patience_s: float) -> bool:
    """Whether all of these were done in time. Never raises what they raise.

    Time is counted in steps of `TICK_S`, after each of which the event loop has read what had come meanwhile: after a
    stall of seconds exactly one step has passed.
    """
    waiting = {each for each in awaited if not each.done()}
    for _ in range(max(1, round(patience_s / TICK_S))):
        if not waiting:
            break
        _, waiting = await asyncio.wait(waiting, timeout=TICK_S, return_when=asyncio.ALL_COMPLETED)
    return not waiting
