"""Causes of action (案由) as data with the years in which each list held: names, never numbers, are what is kept.

Source: 民事案件案由规定. The list was numbered anew in 2026, so a cause is kept as version, level, code and name; a
code stands only where we have read it. Each cause brings what the rules ask about it (`CauseFlag`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.checks.texts import one_code
from mediation_server.domain.data import read_data
from mediation_server.errors import BadInput

__all__ = ["CAUSES", "GROUPS", "LISTS", "Cause", "CauseFlag", "CauseList", "cause_named", "list_on", "search"]

_MOST = 40
_MOST_FOUND = 20


class CauseFlag(StrEnum):
    """What the rules ask about a cause."""

    NOT_MEDIABLE = "not_mediable"  # 特别程序、身份关系确认等
    NOT_CONFIRMABLE = "not_confirmable"  # 身份关系，不适用司法确认
    TITLE_EXCLUDED = "title_excluded"  # 确权部分不适用司法确认
    LABOUR_ARBITRATION = "labour_arbitration"  # 仲裁前置
    SENSITIVE = "sensitive"  # 家事、未成年人、隐私
    ESIGN_CAUTION = "esign_caution"  # 婚姻、收养、继承，慎用电子签名
    PARTY_ATTENDS = "party_attends"  # 当事人本人到场
    APPRAISAL = "appraisal"  # 可诉前委托鉴定


@dataclass(frozen=True, slots=True)
class CauseList:
    """One edition of the official list and the days on which it held; `until` None: it holds now."""

    version: str
    law: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause by its name; `level` 1 to 4, `codes` by list version as far as known, `lists` it stands in."""

    name: str
    name_en: str
    group: str
    level: int
    lists: frozenset[str]
    flags: frozenset[CauseFlag]
    codes: Mapping[str, str] = field(hash=False)

    def kept(self, on: date) -> dict[str, object]:
        """What a matter keeps of it: list version, level, code (None: not known) and name."""
        version = list_on(on).version
        return {"list_version": version, "level": self.level, "code": self.codes.get(version), "name": self.name}


_DATA = read_data("causes")
GROUPS: Mapping[str, str] = MappingProxyType({each["id"]: each["name"] for each in _DATA["groups"]})
LISTS = tuple(
    CauseList(
        each["version"],
        each["law"],
        date.fromisoformat(each["since"]),
        date.fromisoformat(each["until"]) if each["until"] else None,
    )
    for each in _DATA["lists"]
)
CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        each["name"]: Cause(
            each["name"],
            each["name_en"],
            each["group"],
            each["level"],
            frozenset(each["lists"]),
            frozenset(CauseFlag(flag) for flag in each["flags"]),
            MappingProxyType(each["codes"]),
        )
        for each in _DATA["causes"]
    }
)


def list_on(on: date) -> CauseList:
    """The list that held on a day; for days before the oldest we have, the oldest."""
    return next((each for each in reversed(LISTS) if each.since <= on), LISTS[0])


def cause_named(name: str, on: date, *, field: str = "cause", among: Mapping[str, Cause] = CAUSES) -> Cause:
    """A cause by its whole name. Raises `BadInput`: `required`, `too_long`, `cause_unknown`, `cause_not_in_list`."""
    found = among.get(one_code(name, field=field, most=_MOST).replace(",", "、"))
    if found is None:
        raise BadInput("cause_unknown", field=field)
    if list_on(on).version not in found.lists:
        raise BadInput("cause_not_in_list", field=field)
    return found


def search(text: str, on: date) -> tuple[Cause, ...]:
    """Causes whose Chinese or English name holds the text, those that begin with it first; at most twenty."""
    wanted = " ".join(text.split()).lower()[:_MOST]
    version = list_on(on).version
    if not wanted:
        return ()
    found = [each for each in CAUSES.values() if version in each.lists and _place(each, wanted) >= 0]
    return tuple(sorted(found, key=lambda each: (_place(each, wanted), len(each.name)))[:_MOST_FOUND])


def _place(cause: Cause, wanted: str) -> int:
    places = [text.find(wanted) for text in (cause.name, cause.name_en.lower())]
    return min((each for each in places if each >= 0), default=-1)
