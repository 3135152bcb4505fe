"""Courts that take applications (法院): name, the four digits of their matters' numbers; data, knows no track.

Some come with the product; an administrator keeps others, which are put here when the product starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mediation_server.errors import BadInput

__all__ = ["COURTS", "SUPERIOR", "Court", "Courts", "court_code", "court_of_code", "english_name"]

_CODE = re.compile(r"[1-9]\d(\d\d)?")  # positions 3-4, or 3-6, of the code of its region (案号规定)


@dataclass(frozen=True, slots=True)
class Court:
    """A court by the digits of its code (法院代字): `9901` of 皖9901; `open`: it takes applications now."""

    code: str
    name: str
    name_en: str
    open: bool = True


class Courts:
    """The courts known now. Iterating gives those that take applications, in the order in which they became known."""

    def __init__(self, first: Iterable[Court]) -> None:
        self._by_code = {each.code: each for each in first}

    def __iter__(self) -> Iterator[Court]:
        return (each for each in self._by_code.values() if each.open)

    def all(self) -> tuple[Court, ...]:
        """Those that take none now as well."""
        return tuple(self._by_code.values())

    def keep(self, court: Court) -> None:
        """Know a court from now on, or know it anew."""
        self._by_code[court.code] = court


# All invented: no region has these codes.
COURTS = Courts(
    (
        Court("9901", "江岚市云溪区人民法院", "Yunxi District People's Court"),
        Court("9922", "石桥县人民法院", "Shiqiao County People's Court"),
    )
)
# The court above both; it takes no applications, but a lower court may use its roster (特邀规定 art. 5).
SUPERIOR = Court("99", "江岚市中级人民法院", "Jianglan Intermediate People's Court")


def english_name(name: str) -> str:
    """What a court is called in English; empty for one we do not know."""
    return next((each.name_en for each in (*COURTS.all(), SUPERIOR) if each.name == name), "")


def court_code(text: str) -> str:
    """The digits of a court's code. Raises `BadInput("court_code_form")`."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise BadInput("court_code_form", field="code")
    return code


def court_of_code(code: str, *, field: str = "court", among: Iterable[Court] = COURTS) -> Court:
    """The court somebody chose. Raises `BadInput("court_unknown")`."""
    found = next((each for each in among if each.code == code), None)
    if found is None:
        raise BadInput("court_unknown", field=field)
    return found
