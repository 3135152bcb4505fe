"""What people are told by text message about their mediator; no claim, no other party's data; sends nothing itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mediation_server.domain.calendar import CHINA, local_date, working_days_after
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.notice import Channel, Notice
from mediation_server.services.context import Context
from mediation_server.store import matters, users
from mediation_server.store.database import Tx

__all__ = ["ACCEPT_DAYS", "accept_by", "named", "named_beside", "to_be_accepted"]

ACCEPT_DAYS = 3  # working days (T03)


def accept_by(assigned_at: datetime) -> str:
    """The last day on which an assignment can be accepted, as messages write it."""
    day = working_days_after(local_date(assigned_at), ACCEPT_DAYS, CHINA)
    return f"{day.month}月{day.day}日"


async def to_be_accepted(ctx: Context, tx: Tx, matter: Matter, mediator_id: str) -> list[Notice]:
    """To a mediator who was named: until when to answer. Nothing when we know no number of theirs."""
    mediator = (await users.users_named(tx, [mediator_id]))[mediator_id]
    day = accept_by(ctx.clock.now())
    body = f"【{matter.court}】{matter.ref}请您调解，请于{day}前登录答复，到期未答复将另行选任：{_url(ctx, '/inbox')}"
    return [_notice(ctx, mediator.phone, body)] if mediator.phone else []


async def named_beside(ctx: Context, tx: Tx, matter: Matter, mediator_ids: Iterable[str]) -> list[Notice]:
    """To whoever is to mediate beside the presider; those whose number we do not know read it on their page."""
    people = await users.users_named(tx, list(mediator_ids))
    body = f"【{matter.court}】请您辅助调解{matter.ref}，有应当披露的情形请登录说明：{_url(ctx, '/home')}"
    return [_notice(ctx, each.phone, body) for each in people.values() if each.phone]


async def named(ctx: Context, tx: Tx, matter: Matter, mediator_id: str) -> list[Notice]:
    """To every party once the mediator has accepted (annex B, template 3)."""
    mediator = (await users.users_named(tx, [mediator_id]))[mediator_id]
    where = _url(ctx, f"/my/{matter.id}/mediator")
    body = f"【{matter.court}】{mediator.name}将主持{matter.case_no or matter.ref}的调解，可看披露或申请更换：{where}"
    phones = dict.fromkeys(each.phone for each in await matters.parties_of(tx, matter.id) if each.phone)
    return [_notice(ctx, phone, body) for phone in phones]


def _url(ctx: Context, path: str) -> str:
    return (ctx.url or ctx.settings.public_url).rstrip("/") + path


def _notice(ctx: Context, phone: str, body: str) -> Notice:
    return Notice(new_id(), Channel.SMS, phone, "", body, ctx.clock.now())
