"""Telling people of a sitting (通知): what goes out commits with the fact, once for each revision of it.

A message with a link in it is the exception: it is never kept in the database, so it is handed over by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.notice import Notice
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.domain.users import User
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.auditing import noted_all
from mediation_server.services.context import Context
from mediation_server.services.posting import post
from mediation_server.services.sitting_letters import Announcement, Reader, letters
from mediation_server.store import matters, sessions, sittings, users
from mediation_server.store.database import Tx

__all__ = ["announce", "announce_all", "invite", "remind", "tell_uninvited"]


async def announce(ctx: Context, tx: Tx, what: Announcement) -> None:
    """Tell every guest, in the caller's transaction; `posting.deliver` after the commit."""
    await announce_all(ctx, tx, [what])


async def announce_all(ctx: Context, tx: Tx, told: Sequence[Announcement]) -> None:
    """The same for several sittings, about the same."""
    by_session = {each.session.id: each for each in told}
    guests = [each for each in await sessions.participants_of_all(tx, by_session) if each.side is not Side.NEUTRAL]
    await _remind_all(ctx, tx, [(by_session[each.session_id], each) for each in guests])


async def remind(ctx: Context, tx: Tx, what: Announcement, who: Participant) -> None:
    """The same for one participant; whoever was told of this revision already is not told again."""
    await _remind_all(ctx, tx, [(what, who)])


async def _remind_all(ctx: Context, tx: Tx, whom: Sequence[tuple[Announcement, Participant]]) -> None:
    new = await _news(ctx, tx, whom)
    readers = await _readers(tx, [who for _, who in new])
    await post(tx, [one for what, who in new for one in letters(what, readers[who.id], ctx.clock.now())])


async def invite(ctx: Context, tx: Tx, what: Announcement, who: Participant, link: str) -> list[Notice]:
    """What goes out with a fresh link, every time one is issued; the caller hands it over after the commit."""
    await _news(ctx, tx, [(what, who)])
    return letters(what, (await _readers(tx, [who]))[who.id], ctx.clock.now(), link)


async def tell_uninvited(ctx: Context, tx: Tx, what: Announcement, parties: Iterable[MatterParty]) -> None:
    """That a preparatory sitting takes place, for those it is not with: that it happens, and nothing of what."""
    for party in parties:
        who = Participant(new_id(), what.session.id, party.role, party.side, party.name, party.name_en, party.id)
        await post(tx, letters(what, Reader(who, party.phone, party.email or ""), ctx.clock.now()))


async def _news(
    ctx: Context, tx: Tx, whom: Sequence[tuple[Announcement, Participant]]
) -> list[tuple[Announcement, Participant]]:
    """Those who were not told this before; from now on they were."""
    told = await sittings.told(tx, {what.session.id for what, _ in whom})
    new = [(what, who) for what, who in whom if (who.id, what.about, what.session.revision) not in told]
    for about in sorted({what.about for what, _ in new}):
        now_told = [(what.session, who.id) for what, who in new if what.about is about]
        await sittings.tell(tx, now_told, about, ctx.clock.now())
    said = [
        (what.session, {"participant": who.id, "about": what.about.value, "revision": what.session.revision})
        for what, who in new
    ]
    await noted_all(ctx, tx, EventKind.NOTIFIED, [(session, SYSTEM, payload) for session, payload in said])
    return new


async def _readers(tx: Tx, whom: Sequence[Participant]) -> dict[str, Reader]:
    """How each of them is reached, by participant."""
    parties = {each.id: each for each in await matters.parties_named(tx, [each.party_id or "" for each in whom])}
    people = await users.users_named(tx, [each.user_id or "" for each in whom])
    return {each.id: _reader(each, parties.get(each.party_id or ""), people.get(each.user_id or "")) for each in whom}


def _reader(who: Participant, party: MatterParty | None, user: User | None) -> Reader:
    if party is not None and who.role is not Role.AGENT:
        return Reader(who, party.phone, party.email or "")
    return Reader(who, (user.phone if user else None) or "")
