"""Telling people of a sitting (通知): what goes out commits with the fact, once for each revision of it.

A message with a link in it is the exception: it is never kept in the database, so it is handed over by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.notice import Notice
from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.posting import post
from mediation_server.services.sitting_letters import Announcement, Reader, letters
from mediation_server.store import matters, sessions, sittings, users
from mediation_server.store.database import Tx

__all__ = ["announce", "invite", "remind", "tell_uninvited"]


async def announce(ctx: Context, tx: Tx, what: Announcement) -> None:
    """Tell every guest, in the caller's transaction; `posting.deliver` after the commit."""
    for guest in await sessions.participants_of(tx, what.session.id):
        if guest.side is not Side.NEUTRAL:
            await remind(ctx, tx, what, guest)


async def remind(ctx: Context, tx: Tx, what: Announcement, who: Participant) -> None:
    """The same for one participant; whoever was told of this revision already is not told again."""
    if await _is_new(ctx, tx, what, who):
        await post(tx, letters(what, await _reader(tx, who), ctx.clock.now()))


async def invite(ctx: Context, tx: Tx, what: Announcement, who: Participant, link: str) -> list[Notice]:
    """What goes out with a fresh link, every time one is issued; the caller hands it over after the commit."""
    await _is_new(ctx, tx, what, who)
    return letters(what, await _reader(tx, who), ctx.clock.now(), link)


async def tell_uninvited(ctx: Context, tx: Tx, what: Announcement, parties: Iterable[MatterParty]) -> None:
    """That a preparatory sitting takes place, for those it is not with: that it happens, and nothing of what."""
    for party in parties:
        who = Participant(new_id(), what.session.id, party.role, party.side, party.name, party.name_en, party.id)
        await post(tx, letters(what, Reader(who, party.phone, party.email or ""), ctx.clock.now()))


async def _is_new(ctx: Context, tx: Tx, what: Announcement, who: Participant) -> bool:
    """Whether somebody was not told this before; from now on they were."""
    session, about = what.session, what.about
    if (who.id, about, session.revision) in await sittings.told(tx, [session.id]):
        return False
    await sittings.tell(tx, session, who.id, about, ctx.clock.now())
    told = {"participant": who.id, "about": about.value, "revision": session.revision}
    await noted(ctx, tx, session, EventKind.NOTIFIED, SYSTEM, **told)
    return True


async def _reader(tx: Tx, who: Participant) -> Reader:
    if who.party_id is not None:
        party = await matters.party(tx, who.party_id)
        return Reader(who, party.phone, party.email or "")
    user = (await users.users_named(tx, [who.user_id])).get(who.user_id) if who.user_id else None
    return Reader(who, (user.phone if user else None) or "")
