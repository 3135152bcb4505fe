"""What a matter offers its people besides the page itself: one line per part of the product; pure.

An entry is shown once its page exists, so that a part can be named here before, and nobody is led nowhere. Whoever
builds a page for a party's matter adds a line to `OF_PARTY`; for the home page of staff, to `OF_STAFF`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.people import Role

__all__ = ["OF_PARTY", "OF_STAFF", "Entry", "entries_of", "links_of", "shape_of"]

_ANY = "{}"
_PART = re.compile(r"\{[^}]*\}")


class Entry(NamedTuple):
    """`name` gives the texts entry.<name> and entry.<name>_text; `path` the page, with {matter} where its id stands."""

    name: str
    path: str
    icon: str


OF_PARTY = (
    Entry("application", "/my/{matter}/application", "doc"),
    Entry("consents", "/my/{matter}/consents", "check-c"),
    Entry("mediator", "/my/{matter}/mediator", "people"),
    Entry("materials", "/my/{matter}/materials", "evidence"),
    Entry("agents", "/my/{matter}/agents", "people"),
    Entry("period", "/my/{matter}/period", "hourglass"),
    Entry("proposal", "/my/{matter}/proposal", "agree"),
    Entry("confirmation", "/my/{matter}/confirmation", "scale"),
    Entry("recordings", "/my/{matter}/recordings", "rec"),
    Entry("sealed", "/my/{matter}/sealed", "shield"),
    Entry("seen", "/my/{matter}/seen", "eye"),
    Entry("bundle", "/my/{matter}/bundle", "doc"),
    Entry("calendar", "/calendar", "cal"),
)
_APPLY = Entry("apply", "/apply", "pen")
_IMPORTED = Entry("imported", "/imported", "down")
OF_HEADS = (Entry("viewing_approvals", "/viewing-approvals", "rec"),)  # judges who approve exceptions of the wall
OF_STAFF: Mapping[Role, tuple[Entry, ...]] = MappingProxyType(
    {
        Role.MEDIATOR: (
            Entry("inbox", "/inbox", "enter"),
            Entry("apply", "/apply", "pen"),
            Entry("roster", "/mediators", "people"),
            _IMPORTED,
        ),
        Role.JUDGE: (Entry("roster", "/mediators", "people"), _IMPORTED),
        Role.FILING: (
            Entry("intake", "/intake", "doc"),
            Entry("apply", "/apply", "pen"),
            Entry("roster", "/mediators", "people"),
            Entry("keeping", "/keeping", "lock"),
            _IMPORTED,
        ),
        Role.CLERK: (
            Entry("viewing_requests", "/viewing-requests", "rec"),
            _APPLY,
            Entry("roster", "/mediators", "people"),
            _IMPORTED,
        ),
        Role.ORGANISATION: (Entry("roster", "/mediators", "people"),),
        Role.ADMIN: (Entry("roster", "/mediators", "people"),),
    }
)


def shape_of(path: str) -> str:
    """A path with the names of its parts taken out, as a router and a line of this list may call them differently."""
    return _PART.sub(_ANY, path)


def entries_of(entries: Collection[Entry], known: Collection[str]) -> tuple[Entry, ...]:
    """Those whose pages exist; `known` are the shapes of all pages."""
    return _leading(tuple(entries), frozenset(known))


@lru_cache(maxsize=64)  # of one product there is one set of pages and a handful of lists
def _leading(entries: tuple[Entry, ...], known: frozenset[str]) -> tuple[Entry, ...]:
    return tuple(each for each in entries if any(_leads(each.path, shape) for shape in known))


def _leads(path: str, shape: str) -> bool:
    """Whether a page's shape stands for a path: part by part, a named part for any."""
    ours, theirs = path.split("/"), shape.split("/")
    return len(ours) == len(theirs) and all(b in (_ANY, shape_of(a)) for a, b in zip(ours, theirs, strict=True))


def links_of(matter_id: str, known: Collection[str]) -> dict[str, str]:
    """Where each part of a party's matter is, by name."""
    return {each.name: each.path.replace("{matter}", matter_id) for each in entries_of(OF_PARTY, known)}
