"""Messages to people that commit with what they tell of (通知发送): queued in the transaction, handed over after it.

A crash between the two loses nothing: whoever starts next hands over what is left. A message keeps its id, by which a
gateway knows one it has had already.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from mediation_server.domain.notice import Notice
from mediation_server.services.context import Context
from mediation_server.store import notice_queue
from mediation_server.store.database import Tx

__all__ = ["deliver", "hand_over", "post"]

_log = structlog.get_logger(__name__)


async def post(tx: Tx, notices: Iterable[Notice]) -> None:
    """Queue messages in the caller's transaction; one without a recipient is none. `deliver` after the commit."""
    await notice_queue.add_all(tx, [each for each in notices if each.recipient])


async def deliver(ctx: Context) -> int:
    """Hand over everything that waits, oldest first; how many. What a gateway does not take waits for the next time.

    Nothing of a gateway reaches the caller: what its user did has been done, and people in a room are not kept waiting.
    """
    handed = 0
    while True:
        async with ctx.db.reading() as tx:
            waiting = await notice_queue.oldest(tx)
        sent = await _handed_over(ctx, waiting)
        if sent:
            async with ctx.db.transaction() as tx:
                await notice_queue.drop(tx, sent)
        handed += len(sent)
        if len(sent) < len(waiting) or not waiting:
            return handed


async def _handed_over(ctx: Context, waiting: Iterable[Notice]) -> list[str]:
    """The ids of those the gateway took, up to the first it did not."""
    sent: list[str] = []
    for notice in waiting:
        if not await hand_over(ctx, notice):
            break
        sent.append(notice.id)
    return sent


async def hand_over(ctx: Context, notice: Notice) -> bool:
    """Give the gateway one message that is kept nowhere, for it holds a secret link; whether it took it."""
    try:
        await ctx.notifier.send(notice)
    except Exception as error:  # noqa: BLE001 - whatever a gateway does wrong
        _log.warning("message_not_sent", error=type(error).__name__)
        return False
    return True
