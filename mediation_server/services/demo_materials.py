"""What the demo's parties have handed in before its first day (all invented): the evidence of matter 1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from importlib.resources import files

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import foreseeable_ids
from mediation_server.domain.material import Material, MaterialKind
from mediation_server.domain.people import Side
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_files, handing_in
from mediation_server.services.context import Context
from mediation_server.services.demo_days import Days, Then
from mediation_server.services.demo_matter_1 import MATTER_1
from mediation_server.services.forwarding import relay
from mediation_server.services.handing_in import Words
from mediation_server.services.uploading import receive_whole
from mediation_server.store import materials

__all__ = ["handed_in_before"]

_SLIPS = (("slip-1.png", "转账凭证1.png"), ("slip-2.png", "转账凭证2.png"))
_CHAT = tuple((f"chat-{number}.png", f"聊天截图{number}.png") for number in range(1, 7))
_PAID = Words(MaterialKind.EVIDENCE, "银行电子回单两份", "出借90 000元、已收到4 000元的事实和时间。")
_SAID = Words(MaterialKind.EVIDENCE, "聊天记录截图六张", "双方约定半年内归还，未约定利息；被告请求分期。")


async def handed_in_before(ctx: Context, seed_date: date | None = None) -> None:
    """周承安 handed in two bank slips and six screenshots; 郑思远 has passed the slips on. Nothing when it is there."""
    async with ctx.db.reading() as tx:
        if await materials.materials_of(tx, MATTER_1):
            return
    days = Days(seed_date or local_date(ctx.clock.now()))
    with foreseeable_ids(f"materials {days.today}", days.at(-1, 15)):
        slips = await _handed_in(replace(ctx, clock=Then(days.at(-1, 15))), _PAID, _SLIPS)
        await _handed_in(replace(ctx, clock=Then(days.at(-1, 15, 20))), _SAID, _CHAT)
        later = replace(ctx, clock=Then(days.at(-1, 16)))
        await relay(later, cast.MEDIATOR_1, MATTER_1, slips.id, [Side.RESPONDENT])


async def _handed_in(ctx: Context, words: Words, pictures: tuple[tuple[str, str], ...]) -> Material:
    party = cast.PARTY_ACCOUNTS[0]
    item = await handing_in.begin(ctx, party, MATTER_1)
    for stored, name in pictures:
        await receive_whole(ctx, party, MATTER_1, item.id, name, _bytes_of(stored))
    return await handing_in.submit(ctx, party, MATTER_1, item.id, words)


async def _bytes_of(stored: str) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread((files(demo_files) / stored).read_bytes)
