"""Who can be named as mediator of a matter, and why somebody cannot (特邀规定 arts. 12, 15-16); pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mediation_server.domain.roster import Mediator, Organisation, RosterStatus, covers

__all__ = ["Candidate", "Decline", "Need", "Unfit", "by_fitness", "reasons"]


class Unfit(StrEnum):
    """Why somebody cannot be named; the code of the refusal."""

    NOT_A_MEDIATOR = "not_a_mediator"  # 不是调解员
    NOT_LISTED = "not_listed"  # 不在名册
    SUSPENDED = "suspended"  # 已暂停
    STRUCK = "struck"  # 已除名
    OUT_OF_TERM = "out_of_term"  # 不在聘期
    OTHER_COURT = "other_court"  # 不在本院名册
    OTHER_ORGANISATION = "other_organisation"  # 不属于本组织
    RECUSED = "recused"  # 本案已更换
    CONFLICT = "conflict"  # 在本案另有身份
    RELATED = "related"  # 与当事人有关系
    FULL = "full"  # 在办事项已满


class Decline(StrEnum):
    """Why a mediator does not take a matter (在线调解规则 art. 12); the last is no reason of the law."""

    OUTSIDE_FIELD = "outside_field"  # 不属于受理范围或专长
    BEYOND_ABILITY = "beyond_ability"  # 明显超出能力
    RECUSAL = "recusal"  # 应当回避
    UNSUITABLE = "unsuitable"  # 其他不宜接收的情形
    OWN_REASONS = "own_reasons"  # 个人原因

    @property
    def is_justified(self) -> bool:
        """Whether the refusal does not count against them."""
        return self is not Decline.OWN_REASONS


@dataclass(frozen=True, slots=True)
class Need:
    """What a matter asks of a mediator on a day at the court.

    `organisation_id`: only members of this body, for whoever names in its name. `kept`: whether this court's roster is
    kept here at all; a court that keeps its own elsewhere names whom it likes among the mediators we know.
    """

    court: str
    cause: str
    on: date
    organisation_id: str | None = None
    recused: frozenset[str] = frozenset()
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be named, with what speaks for and against it.

    `works`: an active account of a mediator. `conflict`: has another role in this very matter, or had one; `related`:
    disclosed a relation to one of its parties once.
    """

    user_id: str
    name: str
    name_en: str
    works: bool
    entry: Mediator | None
    organisation: Organisation | None = None
    open_matters: int = 0
    conflict: bool = False
    related: bool = False

    @property
    def charges(self) -> str:
        """What it costs the parties, in Chinese; empty for nothing."""
        own = self.entry.charges if self.entry else ""
        return own or (self.organisation.charges if self.organisation else "")

    @property
    def charges_en(self) -> str:
        """The same in English."""
        own = self.entry.charges_en if self.entry else ""
        return own or (self.organisation.charges_en if self.organisation else "")

    def in_field(self, cause: str) -> bool:
        """Whether this kind of dispute is one of theirs: a reason to prefer them, none to refuse."""
        return self.entry is not None and covers(self.entry.specialities, cause)


def reasons(candidate: Candidate, need: Need) -> tuple[Unfit, ...]:
    """Everything that stands against naming somebody, the gravest first; nothing: they can be named."""
    found = [Unfit.NOT_A_MEDIATOR] if not candidate.works else []
    found += _by_entry(candidate.entry, need)
    body = candidate.entry.organisation_id if candidate.entry else None
    against = {
        Unfit.OTHER_ORGANISATION: need.organisation_id is not None and body != need.organisation_id,
        Unfit.RECUSED: candidate.user_id in need.recused,
        Unfit.CONFLICT: candidate.conflict,
        Unfit.RELATED: candidate.related,
    }
    return (*found, *(each for each, holds in against.items() if holds), *_by_load(candidate))


def by_fitness(candidates: Collection[Candidate], need: Need) -> list[Candidate]:
    """Those who can be named first, of these those of the field, then by how much of their limit is taken."""

    def order(each: Candidate) -> tuple[bool, bool, float, str]:
        most = each.entry.most_matters if each.entry else 1
        return bool(reasons(each, need)), not each.in_field(need.cause), each.open_matters / max(most, 1), each.name

    return sorted(candidates, key=order)


def _by_entry(entry: Mediator | None, need: Need) -> list[Unfit]:
    if entry is None:
        return [Unfit.NOT_LISTED] if need.kept else []
    against = {
        Unfit.SUSPENDED: entry.status is RosterStatus.SUSPENDED,
        Unfit.STRUCK: entry.status is RosterStatus.STRUCK,
        Unfit.OUT_OF_TERM: not entry.holds(need.on),
        Unfit.OTHER_COURT: need.kept and not entry.serves(need.court),
    }
    return [each for each, holds in against.items() if holds]


def _by_load(candidate: Candidate) -> list[Unfit]:
    entry = candidate.entry
    return [Unfit.FULL] if entry is not None and candidate.open_matters >= entry.most_matters else []
