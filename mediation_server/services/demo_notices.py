"""What the demo's people were sent before its first day (all invented): the outbox does not begin empty."""

from __future__ import annotations

from datetime import date, datetime

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.notice import Channel, Notice
from mediation_server.services.context import Context
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_people import PARTIES, Person
from mediation_server.store import notices

__all__ = ["sent_before"]

_SIGN = "【在线调解室】{name}：调解协议已经送签，另外两方都已签署，等您签。请登录“我的事项”查看全文。求助12368。"
_COMING = "【在线调解室】{name}：{day}9:30法官在线核实调解协议，请双方同时参加。入会链接另行发送。求助12368。"
_TODAY = "【在线调解室】{name}：今天10:00在线调解民间借贷纠纷。入会链接另行发送。求助12368。"
_OVER = (
    "陈立轩：\n\n本次调解未能达成协议，事项正在移送法院恢复审理。您确认过的无争议事实会一并移送；"
    "双方在调解中提出的方案不会移送。\n\n江岚市云溪区人民法院"
)


async def sent_before(ctx: Context, seed_date: date | None = None) -> None:
    """Six messages of the days before `seed_date` or today: five texts and a mail; again they are the same six."""
    async with ctx.db.transaction() as tx:
        for notice in _sent(Days(seed_date or local_date(ctx.clock.now()))):
            await notices.add(tx, notice)


def _sent(days: Days) -> tuple[Notice, ...]:
    zhou, lin = PARTIES[1]
    zhao = PARTIES[2][0]
    anhe, sun = PARTIES[4]
    chen = PARTIES[5][0]
    check = days.written(1)
    return (
        _text(zhao, days.at(-7, 9), _SIGN.format(name=zhao.name)),
        _text(anhe, days.at(-2, 9), _COMING.format(name=anhe.comes, day=check)),
        _text(sun, days.at(-2, 9, 1), _COMING.format(name=sun.name, day=check)),
        _mail(chen, days.at(-2, 16), "调解终结通知", _OVER),
        _text(zhou, days.at(0, 8), _TODAY.format(name=zhou.name)),
        _text(lin, days.at(0, 8, 1), _TODAY.format(name=lin.name)),
    )


def _text(to: Person, at: datetime, body: str) -> Notice:
    return Notice(_id(to, at), Channel.SMS, to.phone, "", body, at)


def _mail(to: Person, at: datetime, subject: str, body: str) -> Notice:
    return Notice(_id(to, at), Channel.MAIL, f"{to.mail}@demo.invalid", subject, body, at)


def _id(to: Person, at: datetime) -> str:
    return fixed_id(f"notice {to.phone} {at.isoformat()}")
