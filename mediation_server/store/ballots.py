"""Votes of parties for a mediator; one per party and round, written over until they are counted."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete

from mediation_server.domain.ballots import Ballot
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.roster_tables import ballots

__all__ = ["ballots_of", "ballots_of_all", "cast", "take_back"]

_ballots = Mapper(Ballot, ballots, key="party_id")


async def cast(tx: Tx, value: Ballot) -> None:
    """A party's vote, in place of an earlier one in the same round."""
    await take_back(tx, value.matter_id, value.round, value.party_id)
    await _ballots.add(tx, value)


async def take_back(tx: Tx, matter_id: str, number: int, party_id: str) -> None:
    """A party has not voted in this round."""
    mine = (ballots.c.matter_id == matter_id, ballots.c.round == number, ballots.c.party_id == party_id)
    await tx.execute(delete(ballots).where(*mine))


async def ballots_of_all(tx: Tx, matter_ids: Iterable[str]) -> list[Ballot]:
    """Every vote in several matters, of whatever round."""
    return await _ballots.all(tx, _ballots.selecting().where(ballots.c.matter_id.in_(sorted(set(matter_ids)))))


async def ballots_of(tx: Tx, matter_id: str, number: int) -> dict[str, Ballot]:
    """The votes of one round, by party."""
    query = _ballots.selecting().where(ballots.c.matter_id == matter_id, ballots.c.round == number)
    return {each.party_id: each for each in await _ballots.all(tx, query)}
