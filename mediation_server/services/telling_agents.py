"""What agents are told (通知代理人): that they are named, once there is a matter to act in; sends nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import UNASKED, Matter
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.services.acted import Acted
from mediation_server.services.posting import post
from mediation_server.store import party_agents
from mediation_server.store.database import Tx

__all__ = ["post_named", "tell_agents"]


async def tell_agents(tx: Tx, acts: Sequence[Acted]) -> None:
    """Whoever an application names is told when it is sent on to mediation: before that nobody has examined it."""
    for acted in acts:
        sent_on = any(each.kind is MatterEventKind.DIVERTED for each in acted.events)
        if sent_on and acted.matter.state not in UNASKED:
            waiting = [each for each in await party_agents.agents_in(tx, acted.matter.id) if each.is_waiting]
            await post_named(tx, acted.matter, waiting, acted.events[-1].at)


async def post_named(tx: Tx, matter: Matter, agents: Iterable[PartyAgent], at: datetime) -> None:
    """Queue the message: that there is something to bring, and neither who named them nor what it is about."""
    body = f"【{matter.court}】您被列为一件调解事项的委托诉讼代理人，请用本手机号登录在线调解室提交代理手续。"
    await post(tx, [Notice(fixed_id(f"named {each.id}"), Channel.SMS, each.phone, "", body, at) for each in agents])
