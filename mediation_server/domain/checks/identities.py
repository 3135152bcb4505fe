"""Identity documents of people (身份证件): numbers, check digits, what they say of birth; knows no register.

Source: GB 11643. The residence permit of people from Hong Kong, Macao and Taiwan and the permanent residence card of
foreigners have the same eighteen places. Other papers have no check digit: somebody looks at them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mediation_server.domain.checks.texts import compact, one_code
from mediation_server.errors import BadInput

__all__ = ["Identity", "IdentityKind", "identity", "lawyer_licence"]


class IdentityKind(StrEnum):
    """Which paper a number is of."""

    RESIDENT = "resident"  # 居民身份证
    HMT_RESIDENCE = "hmt_residence"  # 港澳台居民居住证
    FOREIGN_RESIDENCE = "foreign_residence"  # 外国人永久居留身份证
    PASSPORT = "passport"  # 护照
    HM_PERMIT = "hm_permit"  # 港澳居民来往内地通行证
    TAIWAN_PERMIT = "taiwan_permit"  # 台湾居民来往大陆通行证


_PROVINCES = frozenset({*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)})
_HMT = frozenset({71, 81, 82, 83})
_FOREIGN = frozenset(range(90, 100))
_REGIONS = {
    IdentityKind.RESIDENT: _PROVINCES,
    IdentityKind.HMT_RESIDENCE: _HMT,
    IdentityKind.FOREIGN_RESIDENCE: _FOREIGN,
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PLACES = 18
_OLD_PLACES = 15
_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_PAPER = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_LICENCE = re.compile(r"\d{17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """A number in its normal form; `born` and `male` only where it says so, `needs_look`: nothing could be checked."""

    kind: IdentityKind
    number: str
    born: date | None = None
    male: bool | None = None

    @property
    def needs_look(self) -> bool:
        """Whether somebody must compare it with the paper, because it has no check digit."""
        return self.born is None


def identity(kind: IdentityKind, text: str, *, field: str = "identity", today: date) -> Identity:
    """The number of one paper.

    Raises `BadInput` with a code that says what is wrong: `required`, `identity_old` (fifteen places),
    `identity_length`, `identity_form`, `identity_check` (the last place), `identity_region`, `identity_birth` (no such
    day), `identity_future`; `paper_form` for the other papers.
    """
    number = compact(text, field=field).upper()
    if not number:
        raise BadInput("required", field=field)
    if kind not in _REGIONS:
        if not _PAPER.fullmatch(number):
            raise BadInput("paper_form", field=field)
        return Identity(kind, number)
    _require_places(number, field)
    if _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] != number[-1]:
        raise BadInput("identity_check", field=field)
    if int(number[:2]) not in _REGIONS[kind]:
        raise BadInput("identity_region", field=field)
    return Identity(kind, number, _born(number, field, today), int(number[16]) % 2 == 1)


def lawyer_licence(text: str, *, field: str = "licence") -> str:
    """The number of a lawyer's licence (律师执业证), seventeen digits. Raises `BadInput("licence_form")`."""
    number = one_code(text, field=field, most=40)
    if not _LICENCE.fullmatch(number):
        raise BadInput("licence_form", field=field)
    return number


def _require_places(number: str, field: str) -> None:
    if len(number) == _OLD_PLACES and number.isdigit():
        raise BadInput("identity_old", field=field)
    if len(number) != _PLACES:
        raise BadInput("identity_length", field=field, places=len(number))
    if not _EIGHTEEN.fullmatch(number):
        raise BadInput("identity_form", field=field)


def _born(number: str, field: str, today: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadInput("identity_birth", field=field) from None
    if born > today:
        raise BadInput("identity_future", field=field)
    return born
