"""Applications while they are written and after (调解申请), and the running numbers of receipts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from mediation_server.domain.application import Draft, draft_of
from mediation_server.errors import NotFound
from mediation_server.store.application_tables import applications
from mediation_server.store.database import Tx

__all__ = [
    "ApplicationRecord",
    "add",
    "application",
    "of_matter",
    "remove",
    "save",
    "unsubmitted_of",
    "untouched_since",
]


@dataclass(frozen=True, slots=True)
class ApplicationRecord:
    """An application and whose it is; `helped_by`: the staff who fill it in for somebody, who are its owner then."""

    id: str
    owner_id: str
    helped_by: str | None
    key_hash: str
    draft: Draft
    created_at: datetime
    saved_at: datetime
    matter_id: str | None = None
    submitted_at: datetime | None = None

    def saying(self, draft: Draft, at: datetime) -> ApplicationRecord:
        """With another draft."""
        return replace(self, draft=draft, saved_at=at)


async def add(tx: Tx, record: ApplicationRecord) -> None:
    """A new application."""
    await tx.execute(insert(applications).values(**_columns(record)))


async def application(tx: Tx, application_id: str, *, locked: bool = False) -> ApplicationRecord:
    """The application with this id; `locked` keeps other writers waiting. Raises `NotFound`."""
    query = select(applications).where(applications.c.id == application_id)
    found = await _first(tx, query.with_for_update() if locked else query)
    if found is None:
        raise NotFound
    return found


async def of_matter(tx: Tx, matter_id: str) -> ApplicationRecord | None:
    """The application a matter came from; None for one that came another way."""
    return await _first(tx, select(applications).where(applications.c.matter_id == matter_id))


async def unsubmitted_of(tx: Tx, owner_id: str) -> list[ApplicationRecord]:
    """What somebody has begun and not submitted, saved last first."""
    query = (
        select(applications)
        .where(applications.c.owner_id == owner_id, applications.c.matter_id.is_(None))
        .order_by(applications.c.saved_at.desc(), applications.c.id)
    )
    return [_record(row) for row in (await tx.execute(query)).all()]


async def untouched_since(tx: Tx, before: datetime, most: int) -> list[ApplicationRecord]:
    """What was not submitted and not saved again since an instant, the oldest first."""
    query = select(applications).where(applications.c.matter_id.is_(None), applications.c.saved_at < before)
    query = query.order_by(applications.c.saved_at, applications.c.id).limit(most)
    return [_record(row) for row in (await tx.execute(query)).all()]


async def save(tx: Tx, record: ApplicationRecord) -> None:
    """Write an application as it is now."""
    await tx.execute(update(applications).where(applications.c.id == record.id).values(**_columns(record)))


async def remove(tx: Tx, application_id: str) -> None:
    """Forget one that was not submitted."""
    gone = delete(applications).where(applications.c.id == application_id, applications.c.matter_id.is_(None))
    await tx.execute(gone)


def _columns(record: ApplicationRecord) -> dict[str, Any]:
    names = ("id", "owner_id", "helped_by", "key_hash", "created_at", "saved_at", "matter_id", "submitted_at")
    return {name: getattr(record, name) for name in names} | {"draft": record.draft.as_data()}


async def _first(tx: Tx, query: Select[Any]) -> ApplicationRecord | None:
    row = (await tx.execute(query)).first()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> ApplicationRecord:
    columns = dict(row._mapping)  # noqa: SLF001 - the way SQLAlchemy documents
    return ApplicationRecord(**{**columns, "draft": draft_of(columns["draft"])})
