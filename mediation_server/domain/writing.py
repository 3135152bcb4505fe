"""`Writing` (书面陈述): what is said in a sitting in writing, to whom, and who may read it; pure, knows no page.

What is written for the presider alone is never relayed: that is the caucus of a sitting in writing. What is meant for
all reaches the other sides only when the presider relays it (在线诉讼规则 art. 20; 在线调解规则 art. 18).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant

__all__ = ["LONGEST_WRITING", "Alone", "Writing", "WritingAudience", "WritingKind", "alone", "may_read", "sha256_of"]

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
    ONE = "one"  # by the presider, to one party and its agent alone


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


@dataclass(frozen=True, slots=True)
class Alone:
    """Who reads what is for one party alone: `seat` is the one it goes to; `agents` of the party read along."""

    seat: Participant
    name: str
    name_en: str
    agents: bool


def sha256_of(text: str) -> str:
    """What the session log holds of an entry: SHA-256 in hex of its text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def may_read(entry: Writing, named: Mapping[str, Participant], reader: Participant) -> bool:
    """Whether a participant may read an entry: the presider all, its author's party, and others what was relayed.

    What is for one party alone is read by that party and its agent, as its attachments are. `named`: everybody of the
    sitting by id.
    """
    if reader.side is Side.NEUTRAL or _same(named[entry.participant_id], reader):
        return True
    if entry.audience is WritingAudience.ALL:
        return entry.relayed_at is not None
    if entry.audience is WritingAudience.ONE:
        addressee = named.get(entry.addressee_id or "")
        return addressee is not None and _same(addressee, reader)
    return False


def alone(seat: Participant, named: Mapping[str, Participant], parties: Mapping[str, MatterParty]) -> Alone:
    """The readers of what is for this seat alone, by name: one and the same for every seat of a party.

    The agents are those who have a seat, also one whose agency has ended: they may have read it. `named`: everybody of
    the sitting by id; `parties`: of its matter, by id.
    """
    theirs = [each for each in named.values() if _same(each, seat)]
    own = min(theirs, key=lambda each: each.role is Role.AGENT)  # the party's own seat before its agents'
    party = parties.get(seat.party_id or "")
    if party is None or all(each.role is not Role.AGENT for each in theirs):
        return Alone(own, own.name, own.name_en, agents=False)
    return Alone(own, party.name, party.name_en, agents=True)


def _same(one: Participant, other: Participant) -> bool:
    """Whether they are one person, or a party and its agent."""
    return one.id == other.id or (one.party_id is not None and one.party_id == other.party_id)
