"""The way through the product for each role: one list of entries; pure.

Whoever builds a page that belongs in the masthead adds one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.people import Role

__all__ = ["NavEntry", "navigation"]


class NavEntry(NamedTuple):
    """One entry of the masthead: `key` marks the page one is on, `text` is a key of the catalogue."""

    key: str
    href: str
    text: str


_TODAY = NavEntry("home", "/home", "nav.today")
_MATTERS = NavEntry("matters", "/matters", "nav.matters")
_TASKS = NavEntry("tasks", "/tasks", "nav.tasks")
_AUDIT = NavEntry("audit", "/audit", "nav.audit")
_DESK = tuple(NavEntry(each, f"/{each}", f"nav.{each}") for each in ("intake", "asking", "diversions"))
_KEEPING = NavEntry("keeping", "/keeping", "nav.keeping")
_ROSTER = NavEntry("roster", "/roster", "nav.roster")
_NAVIGATION: Mapping[Role, tuple[NavEntry, ...]] = MappingProxyType(
    {
        Role.MEDIATOR: (_TODAY, _MATTERS, NavEntry("inbox", "/inbox", "nav.inbox")),
        Role.JUDGE: (_TODAY, _TASKS, _MATTERS),
        Role.FILING: (_TODAY, *_DESK, _MATTERS, _ROSTER),
        Role.CLERK: (_TODAY, *_DESK, _MATTERS, _KEEPING),
        Role.ORGANISATION: (_TODAY, _TASKS, _MATTERS, _ROSTER),
        Role.ADMIN: (
            NavEntry("statistics", "/statistics", "nav.statistics"),
            NavEntry("admin", "/admin", "nav.manage"),
            _TASKS,
            _ROSTER,
            _KEEPING,
            _AUDIT,
        ),
        Role.AUDITOR: (_AUDIT,),
        Role.PARTY: (NavEntry("my", "/my", "my.title"),),
    }
)


def navigation(role: Role, *, demo: bool) -> tuple[NavEntry, ...]:
    """What stands in the masthead of somebody signed in."""
    entries = _NAVIGATION.get(role, (_TODAY,))
    return (*entries, NavEntry("demo", "/demo", "nav.demo")) if demo else entries
