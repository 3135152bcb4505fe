"""What a party is told of its own attendance at a sitting: when, how, where, and the calendar file; only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Participant, Session
from mediation_server.services.context import Context
from mediation_server.services.sitting_letters import Reader, calendar_text, where_of
from mediation_server.store import matters, sessions

__all__ = ["AttendancePlan", "calendar_of", "plan_of"]


@dataclass(frozen=True, slots=True)
class AttendancePlan:
    """One party's attendance; `parties` as this party may know them, `where` only what concerns it."""

    matter: Matter
    session: Session
    seat: Participant
    parties: tuple[MatterParty, ...]
    starts_at: datetime
    where: str


async def plan_of(ctx: Context, seat: Participant) -> AttendancePlan:
    """For a seat that its holder has proven to hold."""
    async with ctx.db.reading() as tx:
        session = await sessions.session(tx, seat.session_id)
        matter = await matters.matter(tx, session.matter_id)
        parties = await matters.parties_of(tx, matter.id)
    return AttendancePlan(
        matter=matter,
        session=session,
        seat=seat,
        parties=shown_to(parties, seat.side, safety=matter.safety),
        starts_at=seat.attends_at or session.starts_at,
        where=where_of(session, seat),
    )


async def calendar_of(ctx: Context, seat: Participant) -> str:
    """The text of the calendar file, as it goes out with mails."""
    plan = await plan_of(ctx, seat)
    return calendar_text(plan.matter, plan.session, Reader(seat, ""), ctx.clock.now())
