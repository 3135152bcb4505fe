"""How sittings were concluded."""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.matter import Conclusion
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import conclusions

__all__ = ["add", "conclusion_of", "conclusions_of", "conclusions_of_all"]

_conclusions = Mapper(Conclusion, conclusions)


async def add(tx: Tx, value: Conclusion) -> None:
    """A sitting's conclusion; there is one at most."""
    await _conclusions.add(tx, value)


async def conclusion_of(tx: Tx, session_id: str) -> Conclusion | None:
    """How a sitting was concluded, or None."""
    return await _conclusions.first(tx, _conclusions.selecting().where(conclusions.c.session_id == session_id))


async def conclusions_of(tx: Tx, matter_id: str) -> list[Conclusion]:
    """How the sittings of a matter were concluded, earliest first."""
    return await conclusions_of_all(tx, [matter_id])


async def conclusions_of_all(tx: Tx, matter_ids: Iterable[str]) -> list[Conclusion]:
    """The same for several matters."""
    named = conclusions.c.matter_id.in_(sorted(set(matter_ids)))
    return await _conclusions.all(tx, _conclusions.selecting().where(named).order_by(conclusions.c.concluded_at))
