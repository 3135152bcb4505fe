"""Messages to people that commit with what they tell of (通知发送): queued in the transaction, handed over after it.

A crash between the two loses nothing: whoever starts next hands over what is left. A message keeps its id, by which a
gateway knows one it has had already.
"""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.notice import Notice
from mediation_server.services.context import Context
from mediation_server.store import notice_queue
from mediation_server.store.database import Tx

__all__ = ["deliver", "post"]


async def post(tx: Tx, notices: Iterable[Notice]) -> None:
    """Queue messages in the caller's transaction; one without a recipient is none. `deliver` after the commit."""
    await notice_queue.add_all(tx, [each for each in notices if each.recipient])


async def deliver(ctx: Context) -> int:
    """Hand over everything that waits, oldest first; how many. Raises what the notifier raises; the rest waits on."""
    handed = 0
    while True:
        async with ctx.db.reading() as tx:
            waiting = await notice_queue.oldest(tx)
        if not waiting:
            return handed
        sent: list[str] = []
        try:
            for notice in waiting:
                await ctx.notifier.send(notice)
                sent.append(notice.id)
        finally:
            async with ctx.db.transaction() as tx:
                await notice_queue.drop(tx, sent)
        handed += len(sent)
