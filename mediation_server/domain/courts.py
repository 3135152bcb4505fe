"""Courts that take applications (法院): name, the four digits of their matters' numbers; data, knows no track."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediation_server.errors import BadInput

__all__ = ["COURTS", "SUPERIOR", "Court", "court_of_code", "english_name"]


@dataclass(frozen=True, slots=True)
class Court:
    """A court by the digits of its code (法院代字): `9901` of 皖9901."""

    code: str
    name: str
    name_en: str


# All invented: no region has these codes.
COURTS = (
    Court("9901", "江岚市云溪区人民法院", "Yunxi District People's Court"),
    Court("9922", "石桥县人民法院", "Shiqiao County People's Court"),
)
# The court above both; it takes no applications, but a lower court may use its roster (特邀规定 art. 5).
SUPERIOR = Court("99", "江岚市中级人民法院", "Jianglan Intermediate People's Court")


def english_name(name: str) -> str:
    """What a court is called in English; empty for one we do not know."""
    return next((each.name_en for each in (*COURTS, SUPERIOR) if each.name == name), "")


def court_of_code(code: str, *, field: str = "court", among: Iterable[Court] = COURTS) -> Court:
    """The court somebody chose. Raises `BadInput("court_unknown")`."""
    found = next((each for each in among if each.code == code), None)
    if found is None:
        raise BadInput("court_unknown", field=field)
    return found
