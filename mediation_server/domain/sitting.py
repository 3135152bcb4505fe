"""What surrounds a sitting (场次安排): the plan of it, what people are told, what a party asks for; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.together import Together
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.session import REVIEWS, Attendance, SessionKind
from mediation_server.errors import BadInput

__all__ = [
    "LONGEST_TEXT",
    "MAX_MINUTES",
    "MIN_MINUTES",
    "NOTICE_DAYS",
    "WRITING_DAYS",
    "NoticeAbout",
    "Plan",
    "RequestKind",
    "SittingRequest",
    "Way",
    "apart_in_time",
    "is_short_notice",
]

NOTICE_DAYS = 3  # so many days before a sitting everybody is told, unless all do without (domain rule, §3.2)
WRITING_DAYS = 30  # the longest period of a sitting in writing
LONGEST_TEXT = 500  # of a note, a place, a reason
MIN_MINUTES, MAX_MINUTES = 15, 240
_DAY_MINUTES = 24 * 60
_LATE = timedelta(minutes=5)  # "now" in a form that took a while to fill in
_FAR = timedelta(days=180)


class NoticeAbout(StrEnum):
    """What somebody is told of a sitting."""

    SCHEDULED = "scheduled"  # 排期
    TOLD = "told"  # 告知单方准备: it happens, and needs nothing of whoever is told
    CHANGED = "changed"  # 改期
    CANCELLED = "cancelled"  # 取消
    DAY_BEFORE = "day_before"  # 提前一天提醒
    SOON = "soon"  # 提前三十分钟提醒


class RequestKind(StrEnum):
    """What a party asks of whoever presides."""

    ANOTHER_TIME = "another_time"  # 申请改期
    SAFETY = "safety"  # 申请安全模式, in confidence


@dataclass(frozen=True, slots=True)
class SittingRequest:
    """One request; nobody but the presider sees it, and it is settled once."""

    id: str
    session_id: str
    participant_id: str
    kind: RequestKind
    text: str
    asked_at: datetime
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How one party attends: their own time when each side comes separately, the room when the court lends one."""

    attendance: Attendance = Attendance.VIDEO
    at: datetime | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sitting as whoever presides plans it; instants are UTC.

    `ways` by party: whoever is not in it comes by video. `side` is the one side of a preparatory sitting. `waived`:
    the parties who do without the three days. `despite`: the presider knows of another sitting at that time.
    """

    starts_at: datetime
    minutes: int
    kind: SessionKind = SessionKind.MEDIATION
    ways: Mapping[str, Way] = field(default_factory=dict)
    side: Side | None = None
    place: str = ""
    note: str = ""
    waived: frozenset[str] = frozenset()
    despite: bool = False

    def way_of(self, party_id: str) -> Way:
        """How a party attends; in a sitting in writing everybody writes."""
        if self.kind is SessionKind.ASYNC:
            return Way(Attendance.WRITTEN)
        return self.ways.get(party_id, Way())

    def invites(self, party: MatterParty) -> bool:
        """Whether a party takes part; a preparatory sitting is of one side."""
        return self.kind is not SessionKind.PREP or party.side is self.side

    def check(self, parties: Collection[MatterParty], now: datetime) -> None:
        """Raise `BadInput` naming the fields that do not fit."""
        with Together() as checked:
            checked(self._check_length)
            checked(self._check_start, now)
            checked(_check_text, "place", self.place)
            checked(_check_text, "note", self.note)
            checked(self._check_side, parties)
            for each in parties:
                checked(self._check_way, each, now)
        waiting = {each.id for each in parties if self.invites(each)} - self.waived
        if waiting and is_short_notice(self.starts_at, now):
            raise BadInput("notice_too_short", field="waived", days=NOTICE_DAYS)

    def _check_side(self, parties: Collection[MatterParty]) -> None:
        if self.kind is SessionKind.PREP and not any(self.invites(each) for each in parties):
            raise BadInput("side_required", field="side")

    def _check_length(self) -> None:
        least, most = MIN_MINUTES, MAX_MINUTES
        if self.kind is SessionKind.ASYNC:
            least, most = _DAY_MINUTES, WRITING_DAYS * _DAY_MINUTES
        if not least <= self.minutes <= most:
            raise BadInput("minutes_out_of_range", field="minutes", least=least, most=most)

    def _check_start(self, now: datetime) -> None:
        if self.starts_at < now - _LATE:
            raise BadInput("starts_in_the_past", field="starts_at")
        if self.starts_at > now + _FAR:
            raise BadInput("starts_too_late", field="starts_at", days=_FAR.days)

    def _check_way(self, party: MatterParty, now: datetime) -> None:
        way, name = self.way_of(party.id), f"way-{party.id}"
        if not self.invites(party):
            return
        if way.attendance is Attendance.WRITTEN and self.kind is not SessionKind.ASYNC:
            raise BadInput("way_only_in_writing", field=name)
        if way.attendance is Attendance.SEPARATE and self.kind in REVIEWS:
            raise BadInput("review_together", field=name)
        if way.attendance is Attendance.SEPARATE and (way.at is None or way.at < now - _LATE):
            raise BadInput("separate_time_required", field=f"at-{party.id}")
        if way.attendance is Attendance.COURT_ROOM and not way.where.strip():
            raise BadInput("court_room_required", field=f"where-{party.id}")
        _check_text(f"where-{party.id}", way.where)
        if way.attendance is Attendance.ON_SITE and not self.place.strip():
            raise BadInput("place_required", field="place")


def _check_text(field: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadInput("too_long", field=field, most=LONGEST_TEXT)


def is_short_notice(starts_at: datetime, now: datetime) -> bool:
    """Whether fewer than three days lie between; the day on which people are told does not count (民诉法 art. 85)."""
    return (local_date(starts_at) - local_date(now)).days < NOTICE_DAYS


def apart_in_time(plan: Plan) -> bool:
    """Whether the sides do not attend together, which needs everybody's consent (C7; 在线调解规则 art. 16)."""
    if plan.kind is SessionKind.ASYNC:
        return True
    return any(each.attendance is Attendance.SEPARATE for each in plan.ways.values())
