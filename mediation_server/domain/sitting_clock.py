"""What a sitting that has not begun is owed by the clock: reminders, the end of waiting; pure, no database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.sitting import NoticeAbout

__all__ = [
    "ESSENTIAL",
    "LOOKS_AHEAD",
    "WAITS",
    "absent_sides",
    "is_missed",
    "is_written_out",
    "reminder_due",
    "waits_until",
]

ESSENTIAL = (Side.APPLICANT, Side.RESPONDENT)  # a sitting cannot do without these; a third party it can
LOOKS_AHEAD = timedelta(days=1)
_BEFORE = ((NoticeAbout.SOON, timedelta(minutes=30)), (NoticeAbout.DAY_BEFORE, LOOKS_AHEAD))
WAITS = timedelta(minutes=30)  # so long an essential party is waited for, and once more each time the presider holds on
_COMING = (SessionState.SCHEDULED, SessionState.LOBBY)


def reminder_due(
    session: Session, who: Participant, told: Collection[NoticeAbout], announced_at: datetime, now: datetime
) -> NoticeAbout | None:
    """What somebody is to be reminded with now; after a standstill only the later of two that fell due.

    `told`: what they were told of this revision. No reminder fell due before the sitting was announced, none comes
    after its beginning.
    """
    starts_at = who.attends_at or session.starts_at
    if session.state not in _COMING or now >= starts_at:
        return None
    for about, before in _BEFORE:
        due_at = starts_at - before
        if now >= due_at:
            return about if due_at > announced_at and about not in told else None
    return None


def waits_until(session: Session) -> datetime:
    """Until when an essential party is waited for: half an hour, or as long as the presider holds on."""
    latest = session.starts_at + WAITS
    return max(latest, session.held_until) if session.held_until else latest


def is_missed(session: Session, announced_at: datetime, now: datetime, up_since: datetime | None = None) -> bool:
    """Whether waiting is over; a sitting that was entered after its own time is nobody's to miss.

    Nor is one whose time passed while this server was down (`up_since`): nobody could come. When the server came back
    in that time, all of it begins anew.
    """
    if session.kind is SessionKind.ASYNC or session.state not in _COMING or announced_at > session.starts_at:
        return False
    if up_since is not None and up_since > session.starts_at:
        return waits_until(session) > up_since and now >= up_since + WAITS
    return now >= waits_until(session)


def is_written_out(session: Session, now: datetime) -> bool:
    """Whether the period of a sitting in writing is over and nobody has ended it."""
    return session.kind is SessionKind.ASYNC and session.is_open and now >= session.ends_at


def absent_sides(named: Collection[Participant], here: Collection[str]) -> tuple[Side, ...]:
    """The essential sides of which nobody has come, of those who were to come by video at the common time."""
    found = []
    for side in ESSENTIAL:
        coming = (each for each in named if each.side is side and each.attendance.is_seen_online)
        expected = [each.id for each in coming if each.stands_in]
        if expected and not any(each in here for each in expected):
            found.append(side)
    return tuple(found)
