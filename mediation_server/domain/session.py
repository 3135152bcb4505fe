"""`Session`, one sitting of a mediation (调解场次): its states and the only transitions between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.people import Role, Side
from mediation_server.errors import Conflict

__all__ = [
    "CHECKLIST",
    "ChecklistItem",
    "Lapse",
    "Participant",
    "Session",
    "SessionEventKind",
    "SessionKind",
    "SessionState",
]


class SessionKind(StrEnum):
    """What the sitting is for."""

    MEDIATION = "mediation"
    PREP = "prep"
    CONFIRMATION_CHECK = "confirmation_check"  # 司法确认核实
    JUDGMENT_CHECK = "judgment_check"  # 调解书核实


class SessionState(StrEnum):
    """Where the sitting stands; `caucus` is a sub-state of live."""

    SCHEDULED = "scheduled"  # 已排期
    LOBBY = "lobby"  # 候场
    LIVE = "live"  # 进行中
    CAUCUS = "caucus"  # 背对背
    SUSPENDED = "suspended"  # 暂停
    ENDED = "ended"  # 已结束
    CANCELLED = "cancelled"  # 已取消


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
}


class ChecklistItem(StrEnum):
    """What the presider ticks off before a sitting may start (在线调解规则 art. 17; 特邀规定 art. 14)."""

    IDENTITY = "identity"  # 核对身份
    DISCIPLINE = "discipline"  # 宣读纪律
    RIGHTS = "rights"  # 告知权利义务
    RECORDING = "recording"  # 录音录像告知


CHECKLIST = tuple(ChecklistItem)


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
        return self.state not in (SessionState.ENDED, SessionState.CANCELLED)
