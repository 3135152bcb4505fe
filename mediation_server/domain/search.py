"""Words by which matters are found (检索): what a text is cut into, and what a query asks for; knows no database.

Chinese has no gaps between words, so a run of Han characters is cut into every two that stand together: whatever
two-character word somebody types is one of them, and a longer one is several. A number is found without its zeros in
front, and a whole case number or matter number also as one word, so that it is rare.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.errors import BadInput

__all__ = ["MOST_QUERY", "query_words", "searched_texts", "words_of"]

MOST_QUERY = 60  # characters; nobody types a longer case number, name or word
_MOST_TEXT = 400  # of each text; what stands further down finds nothing
_MOST_WORDS = 300
_LONGEST = 40
_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[0-9]+|[^\W\d_{_HAN}]+")
_WHOLE = re.compile(rf"\([0-9]{{4}}\)[{_HAN}0-9]{{3,30}}|\btj-[0-9]{{2,4}}-[0-9]{{4}}-[0-9]{{1,8}}\b", re.ASCII)
_IS_HAN = re.compile(f"[{_HAN}]")


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Every word under which these texts are found; a bounded number, of bounded length."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_cut(_plain(text[:_MOST_TEXT]))))
        if len(found) >= _MOST_WORDS:
            break
    return frozenset(list(found)[:_MOST_WORDS])


def query_words(query: str) -> tuple[str, ...]:
    """What a query asks for, all of which must be there; nothing for an empty one.

    Raises `BadInput("search_too_long")`, and `BadInput("search_too_short")` when it holds nothing to look for: a single
    Han character stands in half of all matters.
    """
    if len(query) > MOST_QUERY:
        raise BadInput("search_too_long", field="q", most=MOST_QUERY)
    plain = _plain(query)
    whole = [_joined(each) for each in _WHOLE.findall(plain)]
    words = dict.fromkeys(whole or _cut(plain))
    if query.strip() and not words:
        raise BadInput("search_too_short", field="q")
    return tuple(words)


def searched_texts(matter: Matter, parties: Sequence[MatterParty], mediators: Sequence[str] = ()) -> list[str]:
    """What of a matter is searched: its numbers, cause and claim, the names of its parties and of whoever mediates it.

    No phone, no address.
    """
    numbers = [matter.ref, matter.case_no or ""]
    names = [
        name for each in parties for name in (each.name, each.name_en, each.attends_as or "", each.attends_as_en or "")
    ]
    return [*numbers, *names, *mediators, matter.cause, matter.cause_en, matter.claim, matter.claim_en]


def _plain(text: str) -> str:
    """Full-width forms made plain, letters lower, apostrophes gone: `Cheng'an` and `chengan` are one word."""
    return re.sub("['\u2019]", "", unicodedata.normalize("NFKC", text).casefold())


def _cut(plain: str) -> Iterable[str]:
    yield from (_joined(each) for each in _WHOLE.findall(plain))
    for run in _RUN.findall(plain):
        if _IS_HAN.match(run):
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        elif run.isdigit():
            yield run.lstrip("0")[:_LONGEST] or "0"
        elif len(run) > 1:
            yield run[:_LONGEST]


def _joined(whole: str) -> str:
    """A whole number as one word that no cut makes: `#2026皖9901民初2101号`."""
    return "#" + re.sub(r"[()]", "", whole)[:_LONGEST]
