"""What is shown of the parties' materials in a room: one item in each place, and at which page; folded, pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.domain.log import EventKind, SessionEvent

__all__ = ["Documents", "Shown", "follow"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One item that everybody in a place sees, at the page it was turned to; what it is called stands elsewhere."""

    document: str
    pages: int
    page: int = 1


@dataclass(frozen=True, slots=True)
class Documents:
    """What is shown in the joint room, and what in the caucus, which closes with it."""

    joint: Shown | None = None
    caucus: Shown | None = None


def follow(before: Documents, event: SessionEvent) -> Documents:
    """What is shown after this event; one of a caucus carries its id."""
    if event.kind in (EventKind.CAUCUS_CLOSED, EventKind.CAUCUS_OPENED, EventKind.SUSPENDED):
        return replace(before, caucus=None)
    if event.kind not in (EventKind.DOCUMENT_SHOWN, EventKind.DOCUMENT_HIDDEN, EventKind.PAGE_TURNED):
        return before
    inside = bool(event.payload.get("caucus"))
    now = _after(before.caucus if inside else before.joint, event)
    return replace(before, caucus=now) if inside else replace(before, joint=now)


def _after(shown: Shown | None, event: SessionEvent) -> Shown | None:
    if event.kind is EventKind.DOCUMENT_SHOWN:
        return Shown(str(event.payload.get("document")), _number(event, "pages"))
    if event.kind is EventKind.DOCUMENT_HIDDEN or shown is None:
        return None
    return replace(shown, page=min(_number(event, "page"), shown.pages))


def _number(event: SessionEvent, key: str) -> int:
    value = event.payload.get(key)
    return max(1, value) if isinstance(value, int) else 1
