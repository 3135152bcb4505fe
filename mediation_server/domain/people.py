"""People in a matter and in a sitting: roles, sides and what can be permitted in a room; `rights` says to whom."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["PARTICIPATING", "PRESIDING", "Permission", "Role", "Side"]


class Side(StrEnum):
    """Which side somebody stands on; opposing sides never share a lobby or a caucus."""

    APPLICANT = "applicant"  # 申请人 / 原告
    RESPONDENT = "respondent"  # 被申请人 / 被告
    THIRD = "third"  # 第三人
    NEUTRAL = "neutral"  # 调解员, 法官, 书记员


class Role(StrEnum):
    """In what capacity somebody takes part or works."""

    APPLICANT = "applicant"  # 申请人
    RESPONDENT = "respondent"  # 被申请人
    THIRD_PARTY = "third_party"  # 第三人
    AGENT = "agent"  # 委托诉讼代理人
    MEDIATOR = "mediator"  # 调解员
    JUDGE = "judge"  # 法官
    CLERK = "clerk"  # 书记员
    FILING = "filing"  # 立案人员
    ADMIN = "admin"  # 系统管理员
    PARTY = "party"  # 当事人 with an account; in a sitting they sit in one of the capacities above
    ORGANISATION = "organisation"  # 调解组织管理员
    AUDITOR = "auditor"  # 审计员


class Permission(StrEnum):
    """One thing a member of a room may do."""

    SPEAK = "speak"
    SHOW = "show"
    SHARE_SCREEN = "share_screen"
    CHAT = "chat"
    RAISE_HAND = "raise_hand"
    ADMIT = "admit"
    VERIFY = "verify"
    START = "start"
    MUTE_OTHERS = "mute_others"
    REMOVE = "remove"
    LOCK = "lock"
    SUSPEND = "suspend"
    CAUCUS = "caucus"
    CONCLUDE = "conclude"
    SHOW_DOCUMENT = "show_document"


PARTICIPATING = frozenset(
    {Permission.SPEAK, Permission.SHOW, Permission.SHARE_SCREEN, Permission.CHAT, Permission.RAISE_HAND}
)
PRESIDING = frozenset(Permission)
