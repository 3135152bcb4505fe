"""`Writing` (书面陈述): what is said in a sitting in writing, to whom, and who may read it; pure, knows no page.

What is written for the presider alone is never relayed: that is the caucus of a sitting in writing. What is meant for
all reaches the other sides only when the presider relays it (在线诉讼规则 art. 20; 在线调解规则 art. 18).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant

__all__ = ["LONGEST_WRITING", "Writing", "WritingAudience", "WritingKind", "may_read", "sha256_of"]

LONGEST_WRITING = 4_000  # characters


class WritingKind(StrEnum):
    """What kind of word it is."""

    STATEMENT = "statement"  # 陈述
    QUESTION = "question"  # 提问
    ANSWER = "answer"  # 答复
    PROPOSAL = "proposal"  # 方案


class WritingAudience(StrEnum):
    """To whom it is addressed."""

    PRESIDER = "presider"  # 仅调解员
    ALL = "all"  # 各方
    ONE = "one"  # by the presider, to one party alone


@dataclass(frozen=True, slots=True)
class Writing:
    """One entry; `answers` is the entry it answers, `relayed_at` when the presider passed it on to all."""

    id: str
    session_id: str
    participant_id: str
    kind: WritingKind
    audience: WritingAudience
    text: str
    sha256: str
    written_at: datetime
    addressee_id: str | None = None
    answers: str | None = None
    relayed_at: datetime | None = None

    @property
    def awaits_relay(self) -> bool:
        """Whether it is meant for all and has not been passed on."""
        return self.audience is WritingAudience.ALL and self.relayed_at is None


def sha256_of(text: str) -> str:
    """What the session log holds of an entry: SHA-256 in hex of its text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def may_read(entry: Writing, author: Participant, reader: Participant) -> bool:
    """Whether a participant may read an entry: the presider all, its author's party, and others what was relayed."""
    same_party = author.party_id is not None and author.party_id == reader.party_id  # a party and its agent
    if reader.side is Side.NEUTRAL or reader.id == author.id or same_party:
        return True
    if entry.audience is WritingAudience.ALL:
        return entry.relayed_at is not None
    if entry.audience is WritingAudience.ONE:
        return entry.addressee_id == reader.id
    return False
