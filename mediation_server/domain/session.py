"""`Session`, one sitting of a mediation (调解场次): its states and the only transitions between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mediation_server.domain.people import Role, Side
from mediation_server.errors import Conflict

__all__ = [
    "CHECKLIST",
    "REVIEWS",
    "Attendance",
    "ChecklistItem",
    "Lapse",
    "Participant",
    "Session",
    "SessionEventKind",
    "SessionKind",
    "SessionState",
    "checklist_of",
]


class SessionKind(StrEnum):
    """What the sitting is for."""

    MEDIATION = "mediation"
    PREP = "prep"
    CONFIRMATION_CHECK = "confirmation_check"  # 司法确认核实
    JUDGMENT_CHECK = "judgment_check"  # 调解书核实
    ASYNC = "async"  # 异步调解: in writing, within a period; there is no media room


# The court examines an agreement: the judge presides, all sides come together (民诉解释 art. 356).
REVIEWS = (SessionKind.CONFIRMATION_CHECK, SessionKind.JUDGMENT_CHECK)


class Attendance(StrEnum):
    """How somebody takes part (在线调解规则 art. 16; 在线诉讼规则 arts. 20, 24)."""

    VIDEO = "video"  # 视频, 与其他各方同时
    SEPARATE = "separate"  # 视频, 各方分别进行
    COURT_ROOM = "court_room"  # 在法院提供设备的房间
    ON_SITE = "on_site"  # 到现场
    WRITTEN = "written"  # 书面, 异步

    @property
    def is_seen_online(self) -> bool:
        """Whether the sitting waits for them in its room: they come by video, at the same time as the others."""
        return self in (Attendance.VIDEO, Attendance.COURT_ROOM)


class SessionState(StrEnum):
    """Where the sitting stands; `caucus` is a sub-state of live."""

    SCHEDULED = "scheduled"  # 已排期
    LOBBY = "lobby"  # 候场
    LIVE = "live"  # 进行中
    CAUCUS = "caucus"  # 背对背
    SUSPENDED = "suspended"  # 暂停
    ENDED = "ended"  # 已结束
    CANCELLED = "cancelled"  # 已取消
    NO_SHOW = "no_show"  # 未到: an essential party had not come when the time for it was over


class SessionEventKind(StrEnum):
    """What can move a sitting from one state to another."""

    JOIN = "join"
    START = "start"
    OPEN_CAUCUS = "open_caucus"
    CLOSE_CAUCUS = "close_caucus"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    MISS = "miss"  # an essential party has not come
    CLOSE = "close"  # of a sitting in writing, which never goes live


_S, _E = SessionState, SessionEventKind
_TRANSITIONS: dict[tuple[SessionState, SessionEventKind], SessionState] = {
    (_S.SCHEDULED, _E.JOIN): _S.LOBBY,
    (_S.LOBBY, _E.JOIN): _S.LOBBY,
    (_S.LOBBY, _E.START): _S.LIVE,
    (_S.LIVE, _E.OPEN_CAUCUS): _S.CAUCUS,
    (_S.CAUCUS, _E.CLOSE_CAUCUS): _S.LIVE,
    (_S.LIVE, _E.SUSPEND): _S.SUSPENDED,
    (_S.CAUCUS, _E.SUSPEND): _S.SUSPENDED,
    (_S.SUSPENDED, _E.RESUME): _S.LIVE,
    (_S.LIVE, _E.END): _S.ENDED,
    (_S.SUSPENDED, _E.END): _S.ENDED,
    (_S.SCHEDULED, _E.CANCEL): _S.CANCELLED,
    (_S.LOBBY, _E.CANCEL): _S.CANCELLED,
    (_S.SCHEDULED, _E.RESCHEDULE): _S.SCHEDULED,
    (_S.LOBBY, _E.RESCHEDULE): _S.SCHEDULED,
    (_S.SCHEDULED, _E.MISS): _S.NO_SHOW,
    (_S.LOBBY, _E.MISS): _S.NO_SHOW,
    (_S.SCHEDULED, _E.CLOSE): _S.ENDED,
}


class ChecklistItem(StrEnum):
    """What the presider ticks off before a sitting may start (在线调解规则 art. 17; 特邀规定 art. 14)."""

    IDENTITY = "identity"  # 核对身份
    DISCIPLINE = "discipline"  # 宣读纪律
    RIGHTS = "rights"  # 告知权利义务
    SHAM_MEDIATION = "sham_mediation"  # 虚假调解警示 (特邀规定 art. 18; 民诉法 art. 115)
    RECORDING = "recording"  # 录音录像告知
    ADDRESS = "address"  # 送达地址确认 (在线调解规则 art. 17)
    VOLUNTARY = "voluntary"  # 核实是否自愿 (民诉解释 arts. 356, 358)
    CONTENT = "content"  # 逐项核对协议内容
    CONSEQUENCES = "consequences"  # 说明确认或出具调解书的后果


CHECKLIST = (
    ChecklistItem.IDENTITY,
    ChecklistItem.DISCIPLINE,
    ChecklistItem.RIGHTS,
    ChecklistItem.SHAM_MEDIATION,
    ChecklistItem.RECORDING,
    ChecklistItem.ADDRESS,
)
_REVIEW = (
    ChecklistItem.IDENTITY,
    ChecklistItem.DISCIPLINE,
    ChecklistItem.RIGHTS,
    ChecklistItem.RECORDING,
    ChecklistItem.VOLUNTARY,
    ChecklistItem.CONTENT,
    ChecklistItem.CONSEQUENCES,
)


def checklist_of(kind: SessionKind) -> tuple[ChecklistItem, ...]:
    """What must be ticked before a sitting of this kind may start; a judge has a list of their own."""
    return _REVIEW if kind in REVIEWS else CHECKLIST


class Lapse(StrEnum):
    """Why the house itself ended a sitting that nobody ended; it has no outcome then (§3.2)."""

    SUSPENDED_TOO_LONG = "suspended_too_long"  # 暂停超时
    SITTING_TOO_LONG = "sitting_too_long"  # 超过最长时限
    RECALLED = "recalled"  # 法院收回


@dataclass(frozen=True, slots=True)
class Participant:
    """A person named for a sitting; `id` is the seat's id and stays through reconnects and devices."""

    id: str
    session_id: str
    role: Role
    side: Side
    name: str
    name_en: str
    party_id: str | None = None
    user_id: str | None = None
    attendance: Attendance = Attendance.VIDEO
    attends_at: datetime | None = None  # their own time, when each side comes separately
    attends_where: str = ""  # the room with equipment, told to them and the presider only
    stands_in: bool = True  # whether their side is there when they alone are; an agent who may not settle only assists


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting; instants are UTC."""

    id: str
    matter_id: str
    kind: SessionKind
    state: SessionState
    starts_at: datetime
    minutes: int
    presider_id: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    place: str = ""  # where it is held for whoever comes on site
    note: str = ""  # what the presider tells everybody beforehand
    revision: int = 0  # how often it was moved; the SEQUENCE of its calendar file (RFC 5545 §3.8.7.4)
    held_until: datetime | None = None  # the presider waits so long for whoever has not come

    def moved_by(self, event: SessionEventKind) -> Session:
        """This sitting after `event`. Raises `Conflict("session_state")` for an unknown pair (domain rule, §3.2)."""
        state = _TRANSITIONS.get((self.state, event))
        if state is None:
            raise Conflict("session_state", state=self.state.value, event=event.value)
        return replace(self, state=state)

    def may(self, event: SessionEventKind) -> bool:
        """Whether `event` is possible now."""
        return (self.state, event) in _TRANSITIONS

    @property
    def is_open(self) -> bool:
        """Whether people may still come in or be in it."""
        return self.state not in (SessionState.ENDED, SessionState.CANCELLED, SessionState.NO_SHOW)

    @property
    def ends_at(self) -> datetime:
        """When it is planned to be over; for a sitting in writing the end of its period."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def held_minutes(self) -> int | None:
        """How long it was, at least one; None while it is not over, and if it never began."""
        if self.is_open or self.started_at is None or self.ended_at is None:
            return None
        return max(1, round((self.ended_at - self.started_at).total_seconds() / 60))

    def is_written_at(self, now: datetime) -> bool:
        """Whether statements may be handed in at this moment, in a sitting in writing."""
        return self.kind is SessionKind.ASYNC and self.is_open and self.starts_at <= now < self.ends_at
