"""Lists of matters (事项列表): who reaches which, what is asked of a list, and where its next page begins; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from mediation_server.domain.ids import is_id
from mediation_server.domain.matter import IN_REVIEW, Matter, MatterState, Track
from mediation_server.domain.people import Role
from mediation_server.domain.search import query_words
from mediation_server.domain.users import User
from mediation_server.errors import BadInput

__all__ = [
    "DUE_WINDOWS",
    "PAGE",
    "After",
    "Counted",
    "Place",
    "Reach",
    "Wish",
    "place_of",
    "reach_of",
    "reaches",
    "window",
    "wish_of",
]

PAGE = 25
_SOON_DAYS, _WEEK_DAYS = 3, 7
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MOST_DIGITS = 16  # the year 2286

# What a list can be narrowed to by the last day of the clock that runs out next.
DUE_WINDOWS = ("late", "soon", "week", "none")


@dataclass(frozen=True, slots=True)
class Reach:
    """Which matters somebody sees, by exactly one of these; drafts are nobody's but their writer's.

    `mediator`, `judge`: a user's id; `court`: its name; `organisation`: an id, whose mediators have the matters, or to
    which they were given.
    """

    mediator: str | None = None
    judge: str | None = None
    court: str | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The last line of the page before: its last day (None: it has none, and stands behind those that have) and id."""

    due: date | None
    id: str

    def __str__(self) -> str:
        """As it stands in an address: `2026-12-06.<id>`, or `.<id>`."""
        return f"{self.due or ''}.{self.id}"


class Counted(NamedTuple):
    """How many there are, and whether there are more than that: nobody counts on for ever."""

    n: int
    more: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The last line of the page before in a list that goes by instants: its instant and its id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        """As it stands in an address: microseconds since 1970, `1795852800000000.<id>`."""
        return f"{(self.at - _EPOCH) // _MICROSECOND}.{self.id}"


def place_of(text: str) -> Place | None:
    """The place an address names; one that is none begins the list."""
    instant, _, ident = text.partition(".")
    if not (instant.isdecimal() and instant.isascii() and len(instant) <= _MOST_DIGITS and is_id(ident)):
        return None
    return Place(_EPOCH + int(instant) * _MICROSECOND, ident)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a list: all of `words`, one state, one track, one of `DUE_WINDOWS`; and from where on."""

    words: tuple[str, ...] = ()
    state: MatterState | None = None
    track: Track | None = None
    due: str | None = None
    after: After | None = None


def reach_of(user: User) -> Reach | None:
    """What somebody sees by their work; None for administrators and auditors (no content at all) and for parties."""
    if user.role is Role.MEDIATOR:
        return Reach(mediator=user.id)
    if user.role is Role.JUDGE:
        return Reach(judge=user.id)
    if user.role in (Role.FILING, Role.CLERK) and user.court:
        return Reach(court=user.court)
    if user.role is Role.ORGANISATION and user.organisation_id:
        return Reach(organisation=user.organisation_id)
    return None


def reaches(reach: Reach | None, matter: Matter, organisation: str | None) -> bool:
    """Whether a matter is within a reach; `organisation` is that of its mediator, or has it. Lists ask the same.

    The judge who reviews an agreement reaches a matter only while it is with the court for that.
    """
    if reach is None or matter.state is MatterState.DRAFT:
        return False
    if reach.mediator:
        return matter.mediator_id == reach.mediator
    if reach.judge:
        reviewing = matter.confirming_judge_id == reach.judge and matter.state in IN_REVIEW
        return matter.judge_id == reach.judge or reviewing
    if reach.court:
        return matter.court == reach.court
    return bool(reach.organisation) and organisation == reach.organisation


def wish_of(query: str, state: str, track: str, due: str, after: str) -> Wish:
    """What an address asks for; an unknown value asks for nothing. Raises `BadInput` as `query_words`."""
    return Wish(
        words=query_words(query),
        state=MatterState(state) if state in set(MatterState) else None,
        track=Track(track) if track in set(Track) else None,
        due=due if due in DUE_WINDOWS else None,
        after=_after(after),
    )


def window(due: str, today: date) -> tuple[date, date]:
    """The first and last day of a window that has days. Raises `BadInput` for another."""
    windows = {
        "late": (date.min, today - timedelta(days=1)),
        "soon": (today, today + timedelta(days=_SOON_DAYS)),
        "week": (today, today + timedelta(days=_WEEK_DAYS)),
    }
    if due not in windows:
        raise BadInput("bad_input", field="due")
    return windows[due]


def _after(text: str) -> After | None:
    day, dot, matter_id = text.partition(".")
    if not dot or not is_id(matter_id):
        return None
    try:
        return After(date.fromisoformat(day) if day else None, matter_id)
    except ValueError:
        return None
