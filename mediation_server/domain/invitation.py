"""`Invitation`, the personal link to one sitting (入会链接): when it opens the door; the token itself is never here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Invitation", "InvitationState"]


class InvitationState(StrEnum):
    """What the mediator is told about somebody's link."""

    NONE = "none"  # 未签发
    OPEN = "open"  # 已签发, 未使用
    USED = "used"  # 已使用
    REVOKED = "revoked"  # 已撤销
    EXPIRED = "expired"  # 已过期


@dataclass(frozen=True, slots=True)
class Invitation:
    """One link for one person and one sitting; `token_hash` is the SHA-256 of the token in hex."""

    id: str
    session_id: str
    participant_id: str
    token_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    first_used_at: datetime | None = None

    def state(self, now: datetime) -> InvitationState:
        """Where the link stands at `now`; a link is expired from `expires_at` on."""
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if now >= self.expires_at:
            return InvitationState.EXPIRED
        return InvitationState.USED if self.first_used_at else InvitationState.OPEN

    def opens(self, now: datetime) -> bool:
        """Whether the link still opens the door."""
        return self.state(now) in (InvitationState.OPEN, InvitationState.USED)
