"""Sittings of the demo's matters (all invented): planned, and those gone by as their log tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Conclusion, MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.services.agent_seats import agent_seats
from mediation_server.services.concluding import Closing, conclude_in
from mediation_server.services.context import Context
from mediation_server.services.demo_days import Days, Then
from mediation_server.services.scheduling import named_for, scheduled
from mediation_server.store import events, matters, sessions
from mediation_server.store.database import Tx

__all__ = ["Course", "Stage", "hold", "plan", "planned"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What every matter of the demo is given: the product, one transaction for all, the days around T."""

    ctx: Context
    tx: Tx
    days: Days

    def then(self, instant: datetime) -> Stage:
        """The same on a day gone by: what is written down has its date."""
        return replace(self, ctx=replace(self.ctx, clock=Then(instant)))


class Course(NamedTuple):
    """How a sitting went: minutes in all, and minutes from when to when its caucus lasted, with which side."""

    minutes: int
    caucus: tuple[int, int] | None = None
    side: Side = Side.APPLICANT


def planned(
    session_id: str,
    matter_id: str,
    starts_at: datetime,
    minutes: int,
    presider: User,
    kind: SessionKind = SessionKind.MEDIATION,
) -> Session:
    """A sitting that is to come."""
    return Session(session_id, matter_id, kind, SessionState.SCHEDULED, starts_at, minutes, presider.id)


async def plan(
    stage: Stage, session: Session, presider: User, parties: Sequence[MatterParty], invited: Iterable[User] = ()
) -> list[Participant]:
    """Write a planned sitting, participants with fixed ids; whom the presider invites (邀请调解) sits beside them.

    A party whose agent may settle for it does not come itself.
    """
    beside = [
        Participant("", session.id, each.role, Side.NEUTRAL, each.name, each.name_en, user_id=each.id)
        for each in invited
    ]
    cause = (await matters.matter(stage.tx, session.matter_id)).cause
    acting = await agent_seats(stage.tx, session, cause, parties)
    stood_in_for = {each.party_id for each in acting if each.stands_in}
    first, *others = named_for(session, presider, [each for each in parties if each.id not in stood_in_for])
    others += acting
    named = [replace(each, id=fixed_id(f"participant {session.id} {each.name}")) for each in (first, *beside, *others)]
    await scheduled(stage.ctx, stage.tx, session, named)
    return named


async def hold(tx: Tx, session: Session, named: Sequence[Participant], course: Course, closing: Closing) -> Conclusion:
    """A sitting gone by, told by its log from the first arrival to its conclusion; there is no recording of it."""
    presider = named[0]
    await sessions.save(tx, replace(session, state=SessionState.LIVE, started_at=session.starts_at))
    for minute, kind, payload in _told(session, named, course):
        at, offset_ms = session.starts_at + timedelta(minutes=minute), minute * 60_000
        await events.append_event(
            tx, session.id, at=at, offset_ms=offset_ms, actor=presider.id, kind=kind, payload=payload
        )
    ended_at = session.starts_at + timedelta(minutes=course.minutes)
    conclusion, _ = await conclude_in(tx, session.id, presider, closing, at=ended_at, offset_ms=course.minutes * 60_000)
    return conclusion


def _told(
    session: Session, named: Sequence[Participant], course: Course
) -> Iterable[tuple[int, EventKind, dict[str, object]]]:
    presider, guests = named[0], named[1:]
    yield 0, EventKind.ARRIVED, {"participant": presider.id}
    for guest in guests:
        yield 0, EventKind.ARRIVED, {"participant": guest.id}
        if guest.side is not Side.NEUTRAL:
            yield 0, EventKind.IDENTITY_VERIFIED, {"participant": guest.id, "verified": True}
        yield 0, EventKind.ADMITTED, {"participant": guest.id}
    yield 0, EventKind.STARTED, {}
    if course.caucus:
        opened, closed = course.caucus
        caucus = fixed_id(f"caucus {session.id}")
        inside = [presider.id, *(each.id for each in guests if each.side is course.side)]
        yield opened, EventKind.CAUCUS_OPENED, {"caucus": caucus, "side": course.side.value, "participants": inside}
        yield closed, EventKind.CAUCUS_CLOSED, {"caucus": caucus}
