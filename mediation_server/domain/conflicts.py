"""Who has which part in a case, and which parts exclude each other (特邀规定 arts. 15-16); pure, knows no table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["CaseRole", "Involvement", "Person", "Relation", "RelationKind", "barring", "same_person"]


class CaseRole(StrEnum):
    """A part somebody has, or had, in one case."""

    PARTY = "party"  # 当事人
    AGENT = "agent"  # 诉讼代理人
    MEDIATOR = "mediator"  # 调解员
    JUDGE = "judge"  # 审判人员
    ASSESSOR = "assessor"  # 人民陪审员
    WITNESS = "witness"  # 证人
    EXPERT = "expert"  # 鉴定人
    INTERPRETER = "interpreter"  # 翻译人员


class RelationKind(StrEnum):
    """What a mediator has to disclose (在线调解规则 art. 13; 特邀规定 art. 15)."""

    RELATIVE = "relative"  # 近亲属
    INTEREST = "interest"  # 利害关系
    OTHER = "other"  # 其他关系


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by what we know of them; no number of them ever leaves the register."""

    name: str
    user_id: str | None = None
    phone: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class Involvement:
    """A part somebody has in a matter that stands in no other table (conflict register, 回避登记), and who wrote it."""

    id: str
    matter_id: str
    role: CaseRole
    name: str
    at: datetime
    by: str
    user_id: str | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a mediator disclosed of themselves and one party; it counts in every later matter of that party."""

    id: str
    matter_id: str
    mediator_id: str
    party_id: str
    kind: RelationKind
    at: datetime


def same_person(one: Person, other: Person) -> bool:
    """Whether two are one: by account, by identity number, by phone; by name only where no number can tell.

    Two accounts tell nothing: somebody may have one for each capacity in which they come.
    """
    if one.user_id and one.user_id == other.user_id:
        return True
    for ours, theirs in ((one.id_number, other.id_number), (one.phone, other.phone)):
        if ours and theirs:
            return ours == theirs
    return bool(one.name) and one.name == other.name


def barring(held: Iterable[CaseRole], wanted: CaseRole) -> CaseRole | None:
    """The part that keeps somebody from another in the same case, None when nothing does.

    A mediator may not later be assessor, agent, witness, expert or interpreter in it, nor try it; and whoever has any
    other part in it cannot mediate it. The other parts exclude each other by other laws, which the court applies.
    """
    for role in held:
        if CaseRole.MEDIATOR in (role, wanted) and role is not wanted:
            return role
    return None
