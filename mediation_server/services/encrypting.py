"""Taking over what lies plain: files of earlier releases, or recorded while a key was missing, become encrypted ones.

May be ended at any moment and begun again: a plain file goes when its encrypted form stands in its place, not before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.background import background
from mediation_server.domain.recording import Recording
from mediation_server.errors import MediationError
from mediation_server.services.context import Context
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials, recordings

__all__ = ["TakenOver", "TakesOver", "encrypt_all", "encrypting"]

_AT_ONCE = 100
_PERIOD_S = 24 * 3600.0
_WAIT_S = 30.0
_SHARE = 10  # at most one part in so many of the time goes to it while people ask for pages
_REST_S = 1.0  # but no rest is longer: encrypting one long recording takes minutes

_log = structlog.get_logger(__name__)


class TakesOver(Protocol):
    """The port to wherever recordings lie."""

    def plain_of(self, sealed: Sequence[tuple[Recording, str]]) -> list[tuple[Recording, str]]:
        """Of sealed recordings, each with its matter, those of which something may lie plain. Blocks."""
        ...

    def take_over(self, recording: Recording, matter_id: str) -> int:
        """Encrypt what is plain of a sealed recording; how many files that were. Blocks.

        Raises `OSError`; `Unavailable` or `Gone` for its key.
        """
        ...


class TakenOver(NamedTuple):
    """How many files were encrypted, and of how many recordings and papers something could not be."""

    files: int
    failed: int

    def with_(self, files: int | None) -> TakenOver:
        """And these; None: could not be."""
        return TakenOver(self.files + (files or 0), self.failed + (files is None))


Between = Callable[[], Awaitable[None]]


async def encrypt_all(ctx: Context, shelf: TakesOver, between: Between | None = None) -> TakenOver:
    """Take over everything once; `between` is awaited before each look, each plain recording and each paper."""
    taken, last = TakenOver(0, 0), ""
    while True:
        await _paused(between)
        async with ctx.db.reading() as tx:
            found = await recordings.sealed_after(tx, last, _AT_ONCE)
        if not found:
            return await _papers(ctx, taken, between)
        # One trip to a thread for all of them: nearly always nothing lies plain.
        for recording, matter_id in await asyncio.to_thread(shelf.plain_of, found):
            await _paused(between)
            taken = taken.with_(await _tried(shelf.take_over, recording, matter_id))
        last = found[-1][0].id


async def _papers(ctx: Context, taken: TakenOver, between: Between | None) -> TakenOver:
    last = ("", "")
    while True:
        async with ctx.db.reading() as tx:
            found = await materials.hashes_after(tx, last, _AT_ONCE)
        for last in found:
            await _paused(between)
            taken = taken.with_(await _paper(ctx, *last))
        if not found:
            return taken


async def _paper(ctx: Context, matter_id: str, sha256: str) -> int | None:
    """One paper of a matter; what lies of it from before goes once every matter that names it has its own."""
    async with ctx.shelving.turn:
        stacks = stacks_of(ctx, matter_id)
        files = await _tried(stacks.take_over, sha256)
        if files:
            async with ctx.db.reading() as tx:
                named = await materials.matters_naming(tx, sha256)
            others = [stacks_of(ctx, each) for each in named]
            if all([await asyncio.to_thread(each.holds, sha256) for each in others]):
                await asyncio.to_thread(stacks.release, sha256)
    return files


async def _tried(step: Callable[..., int], *about: object) -> int | None:
    try:
        return await asyncio.to_thread(step, *about)
    except (OSError, MediationError) as error:
        code = error.code if isinstance(error, MediationError) else type(error).__name__
        _log.error("not_encrypted", code=code)
        return None


async def _paused(between: Between | None) -> None:
    if between is not None:
        await between()


@contextlib.asynccontextmanager
async def encrypting(ctx: Context, shelf: TakesOver) -> AsyncIterator[None]:
    """Take over at the start and once a day while the block lasts, and only while no room is live.

    Before that the copy of the keys is brought up to date. What is looked through may be a hundred thousand recordings.
    """
    began_ms = ctx.clock.monotonic_ms()

    async def idle() -> None:
        nonlocal began_ms
        took_s = (ctx.clock.monotonic_ms() - began_ms) / 1000
        await asyncio.sleep(min(_REST_S, took_s * (_SHARE - 1)))
        while ctx.rooms.rooms():  # noqa: ASYNC110 - rooms tell nobody that they are over, and this is in no hurry
            await asyncio.sleep(_WAIT_S)
        began_ms = ctx.clock.monotonic_ms()

    async def run() -> None:
        while True:
            try:
                await asyncio.to_thread(keys_of(ctx.settings).bring_copy)
                taken = await encrypt_all(ctx, shelf, idle)
                if any(taken):
                    _log.info("encrypted_at_rest", files=taken.files, failed=taken.failed)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("encrypting_broken", error=type(error).__name__)
            await asyncio.sleep(_PERIOD_S)

    async with background(run, "encrypting"):
        yield
