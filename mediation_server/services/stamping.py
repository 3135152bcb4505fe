"""Asks a time-stamping authority for what waits (可信时间戳), oldest first, until it answers; checks the answer."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from mediation_server.background import background
from mediation_server.domain.recording import TimeStamp
from mediation_server.store import time_stamps
from mediation_server.timestamping.authority import Authority, AuthorityUnreachable
from mediation_server.timestamping.tokens import TokenError, checked

if TYPE_CHECKING:
    from mediation_server.services.context import Context

__all__ = ["Stamping", "stamp_waiting", "stamping", "stamps_waiting"]

_LOG = logging.getLogger(__name__)
_AT_ONCE = 16
_FIRST_S, _LONGEST_S = 1.0, 60.0


@dataclass
class Stamping:
    """Whether an authority is named, and what wakes the work when something is wanted."""

    is_wanted: bool = False
    wanted: asyncio.Event = field(default_factory=asyncio.Event)


async def stamp_waiting(ctx: Context, authority: Authority, trusted: Sequence[bytes]) -> int:
    """Ask for the oldest that wait; how many have come. Raises `AuthorityUnreachable`, with what came before kept."""
    async with ctx.db.reading() as tx:
        waiting = await time_stamps.waiting(tx, _AT_ONCE)
    for each in waiting:
        await _stamped(ctx, authority, trusted, each)
    return len(waiting)


async def stamps_waiting(ctx: Context) -> int:
    """How many time stamps have not come, over all recordings."""
    async with ctx.db.reading() as tx:
        return await time_stamps.count_waiting(tx)


async def _stamped(ctx: Context, authority: Authority, trusted: Sequence[bytes], wanted: TimeStamp) -> None:
    digest = bytes.fromhex(wanted.digest)
    token = await authority.stamp(digest)
    try:
        said = checked(token, digest, trusted)
    except TokenError as broken:
        raise AuthorityUnreachable("token") from broken
    async with ctx.db.transaction() as tx:
        await time_stamps.came(tx, wanted, base64.b64encode(token).decode(), said.at)


@asynccontextmanager
async def stamping(ctx: Context, authority: Authority, trusted: Sequence[bytes]) -> AsyncIterator[None]:
    """Asks in the background while inside."""
    ctx.stamping.is_wanted = True
    async with background(partial(_ask_on, ctx, authority, trusted), "time stamps"):
        yield


async def _ask_on(ctx: Context, authority: Authority, trusted: Sequence[bytes]) -> None:
    pause_s = 0.0
    while True:
        ctx.stamping.wanted.clear()
        try:
            came = await stamp_waiting(ctx, authority, trusted)
        except Exception as away:  # noqa: BLE001 - whatever it is, what waits is asked for again
            pause_s = min(_LONGEST_S, max(_FIRST_S, pause_s * 2))
            _LOG.warning("no time stamp came: %s", away)
            await asyncio.sleep(pause_s)
            continue
        pause_s = 0.0
        if came < _AT_ONCE:
            await ctx.stamping.wanted.wait()
