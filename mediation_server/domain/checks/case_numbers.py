"""Case numbers (案号): grammar, court codes, type codes with their years; knows no court's case-flow system.

Source: 关于人民法院案件案号的若干规定 arts. 2-3 as amended 2018. A type code we do not know is a doubt, not an error:
courts add codes. Kept with half-width brackets, printed with full-width ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.checks.texts import compact, one_code
from mediation_server.errors import BadInput

__all__ = ["CASE_TYPES", "CaseNumber", "CaseType", "CourtLevel", "case_number", "matter_ref"]

_PROVINCES = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新兵军"
_CASE_NO = re.compile(
    r"[(](?P<year>(?:19|20)\d{2})[)]"
    rf"(?P<court>最高法|[{_PROVINCES}](?:\d{{4}}|\d{{2}})?)(?P<special>知)?"
    r"(?P<type>[\u4e00-\u9fff]{1,5}?)(?P<seq>[1-9]\d{0,7})号(?:之(?P<sub>[一二三四五六七八九十]{1,3}))?",
    re.ASCII,
)
_BRACKETED = re.compile(r"[(]\d{4}[)]", re.ASCII)
_COURT_DIGITS = re.compile(rf"[(]\d{{4}}[)][{_PROVINCES}](?:\d|\d{{3}}|\d{{5,}})\D", re.ASCII)
_LEADING_ZERO = re.compile(r"\D0\d*号", re.ASCII)
_REF = re.compile(r"TJ-(?:\d{2}|\d{4})-(?:19|20)\d{2}-\d{6}", re.ASCII)
_MOST = 40


class CourtLevel(StrEnum):
    """Which tier a court code belongs to."""

    SUPREME = "supreme"  # 最高人民法院
    HIGH = "high"  # 高级人民法院
    INTERMEDIATE = "intermediate"  # 中级人民法院
    BASIC = "basic"  # 基层人民法院


# Two-digit codes of intermediate courts that are no ordinary ones, as (first, last): what they are.
_SPECIAL_COURTS = (
    (71, 71, "铁路运输法院"),
    (72, 72, "海事法院"),
    (73, 73, "知识产权法院"),
    (74, 74, "油田法院"),
    (75, 80, "林区法院"),
    (81, 85, "农垦法院"),
    (87, 95, "跨行政区划法院"),
    (96, 99, "省直辖县级行政区划中级法院"),
)


@dataclass(frozen=True, slots=True)
class CaseType:
    """A type code (类型代字) and the days on which it was given to new cases; None: no known end."""

    code: str
    name: str
    name_en: str
    since: date | None = None
    until: date | None = None

    def in_use(self, on: date) -> bool:
        """Whether new cases got this code on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


_END_OF_PREFILING = date(2024, 12, 31)
_CONFIRMATION_CODES = date(2022, 1, 1)
CASE_TYPES: Mapping[str, CaseType] = MappingProxyType(
    {
        each.code: each
        for each in (
            CaseType("民诉前调", "诉前调解", "civil mediation before filing", until=_END_OF_PREFILING),
            CaseType("诉前调", "诉前调解", "civil mediation before filing", until=_END_OF_PREFILING),
            CaseType("诉前调确", "诉前调解司法确认", "confirmation after mediation", since=_CONFIRMATION_CODES),
            CaseType("民诉前调确", "诉前调解司法确认", "confirmation after mediation", since=_CONFIRMATION_CODES),
            CaseType("诉前调书", "诉前调解出具调解书", "mediation judgment before filing", since=_CONFIRMATION_CODES),
            CaseType(
                "调确",
                "人民调解协议司法确认",
                "confirmation of people's mediation",
                date(2011, 3, 30),
                date(2015, 12, 31),
            ),
            CaseType("民特", "民事特别程序", "civil special procedure"),
            CaseType("民初", "民事一审", "civil, first instance"),
            CaseType("民终", "民事二审", "civil, appeal"),
            CaseType("民申", "民事申请再审", "civil, retrial petition"),
            CaseType("民再", "民事再审", "civil, retrial"),
            CaseType("财保", "财产保全", "property preservation"),
            CaseType("行诉前调", "行政诉前调解", "administrative mediation before filing"),
            CaseType("刑诉前调", "刑事诉前调解", "criminal mediation before filing"),
            CaseType("执前调", "执行前调解", "mediation before enforcement"),
            CaseType("执", "执行", "enforcement"),
            CaseType("执保", "执行保全", "enforcing preservation"),
            CaseType("执异", "执行异议", "objection to enforcement"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """A case number in its parts; `sub` is the numeral after 号之, which numbers rulings within one case."""

    year: int
    court: str
    type: str
    seq: int
    special: str = ""
    sub: str = ""

    @property
    def kept(self) -> str:
        """As the database and the court's messages have it, with half-width brackets."""
        return f"({self.year}){self._rest}"

    @property
    def printed(self) -> str:
        """As documents have it, with full-width brackets."""
        return f"（{self.year}）{self._rest}"

    @property
    def _rest(self) -> str:
        sub = f"之{self.sub}" if self.sub else ""
        return f"{self.court}{self.special}{self.type}{self.seq}号{sub}"

    @property
    def level(self) -> CourtLevel:
        """The tier of the court."""
        if self.court == "最高法":
            return CourtLevel.SUPREME
        return {0: CourtLevel.HIGH, 2: CourtLevel.INTERMEDIATE}.get(len(self.court) - 1, CourtLevel.BASIC)

    @property
    def special_court(self) -> str | None:
        """What kind of special intermediate court this is; None for ordinary ones."""
        if self.level is not CourtLevel.INTERMEDIATE:
            return None
        number = int(self.court[1:])
        return next((name for first, last, name in _SPECIAL_COURTS if first <= number <= last), None)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What to look at once more, as codes of texts: `case_type_unknown`, `case_type_lapsed`; never an error."""
        known = CASE_TYPES.get(self.type)
        if known is None:
            return ("case_type_unknown",)
        days = (date(self.year, 1, 1), date(self.year, 12, 31))
        return () if any(known.in_use(day) for day in days) else ("case_type_lapsed",)


def case_number(text: str, *, field: str = "case_no", today: date) -> CaseNumber:
    """The number in its parts.

    Raises `BadInput` with a code that says what is wrong: `required`, `too_long`, `case_number_brackets`,
    `case_number_court`, `case_number_leading_zero`, `case_number_form`, `case_number_year` (not begun yet).
    """
    plain = one_code(text, field=field, most=_MOST)
    found = _CASE_NO.fullmatch(plain)
    if found is None:
        raise _what_is_wrong(plain, field)
    if int(found["year"]) > today.year:
        raise BadInput("case_number_year", field=field, year=today.year)
    return CaseNumber(
        int(found["year"]), found["court"], found["type"], int(found["seq"]), found["special"] or "", found["sub"] or ""
    )


def matter_ref(text: str, *, field: str = "ref") -> str:
    """Our own reference, `TJ-9901-2026-000021`. Raises `BadInput("matter_ref_form")`."""
    plain = compact(text, field=field).upper()
    if not _REF.fullmatch(plain):
        raise BadInput("matter_ref_form", field=field)
    return plain


def _what_is_wrong(plain: str, field: str) -> BadInput:
    if not _BRACKETED.match(plain):
        return BadInput("case_number_brackets", field=field)
    if _COURT_DIGITS.match(plain):
        return BadInput("case_number_court", field=field)
    if _LEADING_ZERO.search(plain):
        return BadInput("case_number_leading_zero", field=field)
    return BadInput("case_number_form", field=field)
