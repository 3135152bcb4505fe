"""Silent help (静默求助): whoever feels unsafe presses once, and others than the presider come to know of it.

The clerks of the court and the contacts of the mediator's body are told by text message, without a name or a side; the
clerks' day shows the sitting. Nobody in the room sees that anything was sent.
"""

from __future__ import annotations

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Role
from mediation_server.domain.session import Session
from mediation_server.domain.signals import Signal
from mediation_server.domain.users import User
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.posting import post
from mediation_server.store import matters, users
from mediation_server.store.database import Tx

__all__ = ["call_help", "calling"]

_MOST_TOLD = 5  # of a court, and as many of a body: whoever is nearest comes


async def call_help(ctx: Context, tx: Tx, session: Session, actor: str) -> None:
    """Tell those outside the room, in the transaction of the signal; the messages go out within seconds of it."""
    matter = await matters.matter(tx, session.matter_id)
    presider = await users.user(tx, session.presider_id)
    body = (
        f"【{matter.court}】{matter.case_no or matter.ref}的调解中有人求助：感到不安全。"
        f"请马上与主持人{presider.name}联系，不要联系当事人。"
    )
    told = await _near(tx, matter, presider)
    await post(tx, [Notice(new_id(), Channel.SMS, phone, "", body, ctx.clock.now()) for phone in told])
    about = f"session:{session.id}"
    await audited(ctx, tx, AuditAction.HELP_CALLED, actor=actor, about=about, told=len(told))


def calling(ctx: Context) -> dict[str, str]:
    """The open sittings in which somebody has said that they feel unsafe and not taken it back, with their matters."""
    return {
        room.id: room.session.matter_id
        for room in ctx.rooms.rooms()
        if any(Signal.UNSAFE in seat.signals for seat in room.state.seats.values())
    }


async def _near(tx: Tx, matter: Matter, presider: User) -> list[str]:
    """The phones of the court's clerks and of whoever keeps the presider's body, each once."""
    clerks = await users.at_court(tx, matter.court, Role.CLERK)
    keepers = await users.of_body(tx, presider.organisation_id, Role.ORGANISATION) if presider.organisation_id else []
    reached = [each.phone for each in (*clerks[:_MOST_TOLD], *keepers[:_MOST_TOLD]) if each.phone]
    return list(dict.fromkeys(reached))
