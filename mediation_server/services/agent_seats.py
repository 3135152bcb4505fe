"""Seats of agents (代理人席位): given in open sittings once one is admitted, taken away when one is dismissed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.people import Role
from mediation_server.domain.session import Participant, Session
from mediation_server.services.context import Context
from mediation_server.services.inviting import leave
from mediation_server.services.seating import add_seat
from mediation_server.store import invitations, party_agents, seats, sessions, users
from mediation_server.store.database import Tx

__all__ = ["Unseated", "agent_seats", "seat_agent", "unseat"]


@dataclass(frozen=True, slots=True)
class Unseated:
    """Seats that are void; whoever sits in one leaves the room after the commit."""

    places: tuple[tuple[str, str, str], ...]  # session, presider's seat, seat

    async def leave(self, ctx: Context) -> None:
        """Take them out of rooms they are in."""
        for session_id, presider, seat in self.places:
            await leave(ctx, session_id, presider, seat)


async def agent_seats(tx: Tx, session: Session, cause: str, parties: Iterable[MatterParty]) -> list[Participant]:
    """A seat for each agent who may act for one of these parties; the order is that of the parties."""
    named = {each.id: each for each in parties}
    acting = [each for each in await party_agents.agents_of(tx, named) if each.is_admitted]
    acting.sort(key=lambda each: list(named).index(each.party_id))
    return [await _seat(tx, session, named[each.party_id], each, cause) for each in acting]


async def seat_agent(ctx: Context, tx: Tx, matter: Matter, party: MatterParty, agent: PartyAgent) -> list[str]:
    """A seat in every sitting that is not over and in which the party has one; these sittings, to be shown after."""
    seated = []
    for session in await sessions.sessions_of(tx, matter.id):
        beside = [each for each in await sessions.participants_of(tx, session.id) if each.party_id == party.id]
        if session.is_open and beside and not any(each.user_id == agent.user_id for each in beside):
            await add_seat(ctx, tx, session, await _seat(tx, session, party, agent, matter.cause))
            seated.append(session.id)
    return seated


async def unseat(ctx: Context, tx: Tx, matter_id: str, agent: PartyAgent) -> Unseated:
    """Void the links and keys of an agent's seats in sittings that are not over."""
    places, now = [], ctx.clock.now()
    for session in await sessions.sessions_of(tx, matter_id):
        named = await sessions.participants_of(tx, session.id)
        for seat in named if session.is_open else ():
            if seat.role is Role.AGENT and seat.party_id == agent.party_id and seat.user_id == agent.user_id:
                await invitations.revoke_all_of(tx, [seat.id], now)
                await seats.revoke_all_of(tx, [seat.id], now)
                places.append((session.id, named[0].id, seat.id))
    return Unseated(tuple(places))


async def _seat(tx: Tx, session: Session, party: MatterParty, agent: PartyAgent, cause: str) -> Participant:
    account = await users.user(tx, str(agent.user_id))  # whoever was admitted has one
    return Participant(
        id=new_id(),
        session_id=session.id,
        role=Role.AGENT,
        side=party.side,
        name=f"{agent.name}（{party.name}）",
        name_en=f"{account.name_en or agent.name} ({party.name_en})",
        party_id=party.id,
        user_id=agent.user_id,
        stands_in=agent.may_settle(cause),
    )
