"""Sittings and who is named for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mediation_server.domain.session import Participant, Session, SessionState
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matters, participants, sessions

__all__ = [
    "add",
    "add_participant",
    "all_locked",
    "locked",
    "open_sessions",
    "participant",
    "participants_of",
    "participants_of_all",
    "save",
    "save_over_all",
    "save_participant",
    "session",
    "sessions_at_court",
    "sessions_named",
    "sessions_of",
    "sessions_of_all",
]

_sessions = Mapper(Session, sessions)
# Every state but one, as a list: an index over the state and the day is used for each.
_NOT_CANCELLED = tuple(each for each in SessionState if each is not SessionState.CANCELLED)
_participants = Mapper(Participant, participants)
_NAMED = _sessions.among(sessions.c.id)
_OF_MATTERS = _sessions.among(sessions.c.matter_id).order_by(sessions.c.starts_at, sessions.c.id)
_OF_SESSIONS = _participants.among(participants.c.session_id).order_by(
    participants.c.session_id, participants.c.ordinal
)


async def add(tx: Tx, value: Session, named: Sequence[Participant]) -> None:
    """A new sitting with its participants in their order."""
    await _sessions.add(tx, value)
    for ordinal, each in enumerate(named):
        await _participants.add(tx, each, {"ordinal": ordinal})


async def session(tx: Tx, session_id: str) -> Session:
    """The sitting with this id. Raises `NotFound`."""
    return _found(await _sessions.by_key(tx, session_id))


async def locked(tx: Tx, session_id: str) -> Session:
    """The same, and other writers wait until `tx` ends: for whoever is about to change it or its log."""
    return _found(await _sessions.by_key(tx, session_id, locked=True))


async def all_locked(tx: Tx, session_ids: Iterable[str]) -> list[Session]:
    """Several of them, each as by `locked`, always in one order so that two who ask never wait for each other."""
    query = _sessions.selecting().where(sessions.c.id.in_(sorted(set(session_ids)))).order_by(sessions.c.id)
    return await _sessions.all(tx, query.with_for_update())


async def save(tx: Tx, value: Session) -> None:
    """Write a sitting as it is now."""
    await _sessions.save(tx, value)


async def save_over_all(tx: Tx, changes: Sequence[tuple[Session, Session]]) -> None:
    """The same for several that exist, each with what stands there while the caller holds it locked."""
    await _sessions.save_changes(tx, changes)


async def sessions_of(tx: Tx, matter_id: str) -> list[Session]:
    """The sittings of a matter, earliest first."""
    return await sessions_of_all(tx, [matter_id])


async def sessions_of_all(tx: Tx, matter_ids: Iterable[str]) -> list[Session]:
    """The sittings of several matters, earliest first."""
    return await _sessions.all_among(tx, _OF_MATTERS, matter_ids)


async def open_sessions(tx: Tx) -> list[Session]:
    """Sittings that have begun (lobby or later) and have not ended: whose rooms live, or lived before a crash."""
    quiet = (SessionState.SCHEDULED, SessionState.ENDED, SessionState.CANCELLED)
    return await _sessions.all(tx, _sessions.selecting().where(sessions.c.state.not_in(quiet)).order_by(sessions.c.id))


async def participants_of(tx: Tx, session_id: str) -> list[Participant]:
    """Who is named for a sitting, in order; the presider first."""
    query = _participants.selecting().where(participants.c.session_id == session_id).order_by(participants.c.ordinal)
    return await _participants.all(tx, query)


async def participants_of_all(tx: Tx, session_ids: Iterable[str]) -> list[Participant]:
    """Who is named for several sittings, in the order of each."""
    return await _participants.all_among(tx, _OF_SESSIONS, session_ids)


async def add_participant(tx: Tx, value: Participant, ordinal: int) -> None:
    """One more participant of a sitting that is there already."""
    await _participants.add(tx, value, {"ordinal": ordinal})


async def save_participant(tx: Tx, value: Participant) -> None:
    """Write a participant as they are now; their place in the order stays."""
    await _participants.save(tx, value)


async def participant(tx: Tx, participant_id: str) -> Participant:
    """The participant with this id. Raises `NotFound`."""
    found = await _participants.by_key(tx, participant_id)
    if found is None:
        raise NotFound
    return found


def _found(value: Session | None) -> Session:
    if value is None:
        raise NotFound
    return value


async def sessions_named(tx: Tx, session_ids: Iterable[str]) -> list[Session]:
    """The sittings with these ids, in no order; those that do not exist are missing."""
    return await _sessions.all_among(tx, _NAMED, session_ids)


async def sessions_at_court(tx: Tx, court: str, since: datetime, until: datetime, most: int) -> list[Session]:
    """Sittings in the matters of a court that begin in a stretch of time and were not cancelled, earliest first."""
    query = (
        _sessions.selecting()
        .join(matters, matters.c.id == sessions.c.matter_id)
        .where(sessions.c.starts_at >= since, sessions.c.starts_at < until)
        .where(matters.c.court == court, sessions.c.state.in_(_NOT_CANCELLED))
    )
    return await _sessions.all(tx, query.order_by(sessions.c.starts_at, sessions.c.id).limit(most))
