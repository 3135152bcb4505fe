"""Hands letters to parties over to `posting` (寄发通知), which sends them; decides no word of them.

A letter commits with the step it tells of; here it becomes a message with the address of this server in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from mediation_server.background import background
from mediation_server.domain.checks.contacts import mobile
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.letter import SUBJECTS, Letter, letter_text
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.notice import Channel, Notice
from mediation_server.errors import BadInput
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver, post
from mediation_server.store import letters, matters

__all__ = ["ENTRANCE", "mailing", "send_letters"]

ENTRANCE = "/enter"  # where a party signs in
_LOG = logging.getLogger(__name__)
_EVERY_S = 2.0
_AT_ONCE = 50


async def send_letters(ctx: Context) -> int:
    """Send what waits, oldest first; how many letters. Also what the gateway did not take before.

    A letter leaves its table and enters the queue of messages in one transaction, so that no two senders take it.
    """
    taken = await _taken(ctx)
    await deliver(ctx)
    return taken


async def _taken(ctx: Context) -> int:
    async with ctx.db.reading() as tx:
        if not await letters.waiting(tx, 1, ctx.clock.now()):
            return 0
    async with ctx.db.transaction() as tx:
        taken = await letters.waiting(tx, _AT_ONCE, ctx.clock.now(), locked=True)
        readers = {each.id: each for each in await matters.parties_named(tx, [each.party_id for each in taken])}
        await post(tx, [notice for each in taken for notice in _notices(ctx, each, readers[each.party_id])])
        await letters.sent(tx, [each.id for each in taken], ctx.clock.now())
    return len(taken)


@asynccontextmanager
async def mailing(ctx: Context) -> AsyncIterator[None]:
    """Sends letters in the background while inside."""
    async with background(partial(_send_on, ctx), "letters"):
        yield


async def _send_on(ctx: Context) -> None:
    while True:
        try:
            await send_letters(ctx)
        except Exception:  # noqa: BLE001 - whatever a gateway raises, the next letters are tried
            _LOG.warning("letters could not be sent", exc_info=True)
        await asyncio.sleep(_EVERY_S)


def _notices(ctx: Context, letter: Letter, reader: MatterParty) -> list[Notice]:
    """By text message and by mail, as far as the reader has an address that takes it; ids follow from the letter's."""
    entrance = (ctx.url or ctx.settings.public_url).rstrip("/") + ENTRANCE
    body, now = letter_text(letter.kind, letter.params, entrance), ctx.clock.now()
    found = []
    with suppress(BadInput):
        found.append(Notice(letter.id, Channel.SMS, mobile(reader.phone), "", body, now))
    if reader.email:
        mail_id = fixed_id(f"mail {letter.id}")
        found.append(Notice(mail_id, Channel.MAIL, reader.email, SUBJECTS[letter.kind], body, now))
    return found
