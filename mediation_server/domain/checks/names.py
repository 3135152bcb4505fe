"""Names of people and organisations: scripts and length; knows no register and no language."""

from __future__ import annotations

import re

from mediation_server.domain.checks.texts import bounded, one_line, tidy
from mediation_server.errors import BadInput

__all__ = ["latin_name", "organisation_name", "person_name"]

# Chinese characters with all extensions, and 〇; a name may hold rare ones that few fonts have.
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_DOT = "\u00b7"  # between the parts of many names of minorities and foreigners
_DOTS = re.compile("[\u2022\u2027\u30fb\uff65\uff0e\u2219\u22c5]")
_PERSON = re.compile(rf"[{_HAN}]+(?:{_DOT}[{_HAN}]+)*")
_LATIN_PERSON = re.compile(rf"[{_LATIN}]+\.?(?:[ '\u2019.{_DOT}-]{{1,2}}[{_LATIN}]+\.?)*")
_ORGANISATION = re.compile(rf"[{_HAN}{_LATIN}0-9\uff08\uff09()&\u3001,.\u201c\u201d\u300a\u300b{_DOT} '\u2019-]+")
_LEAST_PERSON, _MOST_PERSON = 2, 50
_LEAST_ORGANISATION, _MOST_ORGANISATION = 4, 100
_LETTER = re.compile(rf"[{_HAN}{_LATIN}]")


def person_name(text: str, *, field: str = "name") -> str:
    """A name as on the identity card, in Chinese characters or, for who has none, in Latin letters.

    Raises `BadInput`: `required`, `too_long`, `name_short`, `name_digits`, `name_mixed` (both scripts), `name_script`.
    """
    name = bounded(_DOTS.sub(_DOT, tidy(text, field=field, most=_MOST_PERSON)), field=field, most=_MOST_PERSON)
    if any(each.isdigit() for each in name):
        raise BadInput("name_digits", field=field)
    together = name.replace(" ", "")
    if _PERSON.fullmatch(together):
        name = together  # 周 承安 is a typing habit, not part of the name
    elif not _LATIN_PERSON.fullmatch(name):
        mixed = re.search(f"[{_HAN}]", name) and re.search(f"[{_LATIN}]", name)
        raise BadInput("name_mixed" if mixed else "name_script", field=field)
    if len(name) < _LEAST_PERSON:
        raise BadInput("name_short", field=field)
    return name


def latin_name(text: str, *, field: str = "name_en") -> str:
    """A name in Latin letters only. Raises `BadInput`: `required`, `too_long`, `name_latin`."""
    name = one_line(text, field=field, most=_MOST_PERSON)
    if not _LATIN_PERSON.fullmatch(name):
        raise BadInput("name_latin", field=field)
    return name


def organisation_name(text: str, *, field: str = "name") -> str:
    """A name as on the business licence. Raises `BadInput`: `required`, `too_long`, `organisation_short`, `_script`."""
    name = one_line(text, field=field, most=_MOST_ORGANISATION)
    if not _ORGANISATION.fullmatch(name) or not _LETTER.search(name):
        raise BadInput("organisation_script", field=field)
    if re.search(f"[{_HAN}]", name):
        name = name.replace("(", "\uff08").replace(")", "\uff09").replace(" ", "")
    if len(name) < _LEAST_ORGANISATION:
        raise BadInput("organisation_short", field=field)
    return name
