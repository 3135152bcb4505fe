"""`ImportedMatter`, a matter of another house taken in from its bundle (移入卷宗): read-only, for who took it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mediation_server.domain.bundle import BundleDocument
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.rights import Holder
from mediation_server.domain.session import SessionKind
from mediation_server.domain.users import User
from mediation_server.domain.writing import WritingKind

__all__ = ["IMPORTED_VIEWING_LASTS", "ImportedMatter", "ImportedNote", "ImportedViewing", "may_import", "said_in"]

IMPORTED_VIEWING_LASTS = timedelta(hours=2)
_IMPORTING = (Role.MEDIATOR, Role.JUDGE, Role.CLERK, Role.FILING)  # administrators have no right to content at all


def may_import(user: User) -> bool:
    """Whether somebody may take a matter in and read it."""
    return user.role in _IMPORTING


@dataclass(frozen=True, slots=True)
class ImportedMatter:
    """A bundle as it was taken in: `sha256` of its signed list, `said` what stands there but for the files.

    `key` signed it; `key_known` when whoever took it in compared that with what the other house publishes.
    """

    id: str
    sha256: str
    ref: str
    court: str
    key: str
    key_known: bool
    said: Mapping[str, Any]
    bytes: int
    reason: str
    imported_by: str
    imported_at: datetime

    @property
    def facts(self) -> Mapping[str, Any]:
        """Numbers, court, cause, state, parties."""
        facts: Mapping[str, Any] = self.said["matter"]
        return facts

    def is_watchable(self, number: int) -> bool:
        """Whether the media of this recording (from 1) came along, not its receipt alone."""
        held = self.lines("recordings")
        return 1 <= number <= len(held) and any(each.endswith("/manifest.json") for each in held[number - 1]["files"])

    def has_file(self, path: str) -> bool:
        """Whether it holds this file to be read: a material or a document; recordings are watched, not fetched."""
        held = (*self.lines("materials"), *self.lines("documents"))
        return any(path in each["files"] for each in held)

    def lines(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """What one kind contributed; nothing for a kind that is not in it."""
        return next((each["lines"] for each in self.said["parts"] if each["kind"] == kind), ())


def said_in(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of another house says, as far as we know its kinds; a kind of a later release is left out.

    Raises `ValueError`, `KeyError` or `TypeError` for what has not the shape of ours.
    """
    facts = {name: _text(said["matter"][name]) for name in ("ref", "court", "court_en", "cause", "cause_en")}
    parties = [
        {"side": Side(each["side"]).value, "name": _text(each["name"]), "name_en": _text(each["name_en"])}
        for each in said["matter"]["parties"]
    ]
    outcome, case_no = said["matter"]["outcome"], said["matter"]["case_no"]
    facts |= {"track": Track(said["matter"]["track"]).value, "state": MatterState(said["matter"]["state"]).value}
    parts = [
        {"kind": each["kind"], "lines": [_line(_SHAPES[each["kind"]], line) for line in each["lines"]]}
        for each in said["parts"]
        if each["kind"] in _SHAPES
    ]
    return {
        "for": Holder(said["for"]).value,
        "matter": {
            **facts,
            "case_no": None if case_no is None else _text(case_no),
            "outcome": None if outcome is None else MatterOutcome(outcome).value,
            "parties": parties,
        },
        "parts": parts,
    }


def _line(shape: Mapping[str, Callable[[Any], Any]], line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read(line[name]) for name, read in shape.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def _moment(value: object) -> str:
    return datetime.fromisoformat(_text(value)).isoformat()


def _maybe(read: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else read(value)


def _files(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(value)
    return [_text(each) for each in value]


_SHAPES: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "application": {"facts": _text, "claim": _text},
    "sittings": {"kind": lambda value: SessionKind(value).value, "from": _maybe(_moment), "to": _maybe(_moment)},
    "events": {"sitting": _number, "at": _moment, "event": lambda value: EventKind(value).value},
    "agreement": {"at": _maybe(_moment), "terms": _text},
    "documents": {"document": lambda value: BundleDocument(value).value, "at": _maybe(_moment), "files": _files},
    "statements": {
        "at": _moment,
        "wrote": lambda value: WritingKind(value).value,
        "side": lambda value: Side(value).value,
        "text": _text,
    },
    "materials": {"title": _text, "side": lambda value: Side(value).value, "files": _files},
    "recordings": {
        "from": _moment,
        "duration_ms": _number,
        "recorded_ms": _number,
        "manifest_sha256": _text,
        "files": _files,
    },
}


@dataclass(frozen=True, slots=True)
class ImportedViewing:
    """One look at recording `number` (from 1) of an imported matter, for a reason, until `expires_at`."""

    id: str
    imported_id: str
    number: int
    user_id: str
    reason: str
    watermark: str
    opened_at: datetime
    expires_at: datetime

    @property
    def purpose(self) -> str:
        """What the reviewer's page says it is for."""
        return "imported"


@dataclass(frozen=True, slots=True)
class ImportedNote:
    """A bookmark at `at_ms` of recording `number` of an imported matter, as `viewing.ReviewNote` is of one of ours."""

    id: str
    imported_id: str
    number: int
    user_id: str
    at_ms: int
    text: str
    written_at: datetime
