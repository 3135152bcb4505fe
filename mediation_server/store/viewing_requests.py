"""Parties' applications to see recordings."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import case, select

from mediation_server.domain.viewing_request import RequestState, ViewingRequest
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matter_parties, matters
from mediation_server.store.viewing_tables import viewing_requests

__all__ = ["at_court", "of_party", "request", "save"]

_requests = Mapper(ViewingRequest, viewing_requests)
_ANSWERED = case((viewing_requests.c.state == RequestState.ASKED, 0), else_=1)
_ORDER = (_ANSWERED, viewing_requests.c.asked_at, viewing_requests.c.id)


async def save(tx: Tx, value: ViewingRequest) -> None:
    """Write an application as it is now."""
    await _requests.save(tx, value)


async def request(tx: Tx, request_id: str, *, locked: bool = False) -> ViewingRequest:
    """The application with this id. Raises `NotFound`."""
    found = await _requests.by_key(tx, request_id, locked=locked)
    if found is None:
        raise NotFound
    return found


async def of_party(tx: Tx, party_id: str) -> list[ViewingRequest]:
    """Every application of a party, newest first."""
    mine = viewing_requests.c.party_id == party_id
    return await _requests.all(tx, _requests.selecting().where(mine).order_by(viewing_requests.c.asked_at.desc()))


async def at_court(tx: Tx, court: str, states: Iterable[RequestState], most: int) -> list[ViewingRequest]:
    """Applications in the matters of a court that stand so: the waiting first, then the oldest."""
    parties = select(matter_parties.c.id).join(matters, matters.c.id == matter_parties.c.matter_id)
    here = viewing_requests.c.party_id.in_(parties.where(matters.c.court == court))
    wanted = _requests.selecting().where(here, viewing_requests.c.state.in_(list(states)))
    return await _requests.all(tx, wanted.order_by(*_ORDER).limit(most))
