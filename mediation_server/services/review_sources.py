"""What stands beside a recording with a time of its own, for the reviewer's panel: one line for each kind of source.

A new kind (minutes lines, offers) is one function and one line in `SOURCES`; page, search and time line take it from
there.  Each says for which purposes of the recording wall it may be read: 在线调解规则 art. 18 lets nobody carry a
concession into a judgment, so what holds for watching does not hold for every line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from mediation_server.domain.access import Purpose
from mediation_server.domain.log import SessionEvent
from mediation_server.domain.recording import Recording
from mediation_server.domain.session import Session
from mediation_server.errors import NotFound
from mediation_server.rooms.documents import Documents, Shown, follow
from mediation_server.store import events, materials
from mediation_server.store.database import Tx

__all__ = ["SOURCES", "Beside", "CaptionShelf", "Source", "Spoken", "TimedLine", "sources_of"]

_MOST_CAPTIONS = 20_000  # half a day of talk


class Spoken(NamedTuple):
    """What a machine understood of somebody (机器字幕) from `offset_ms` on."""

    offset_ms: int
    participant: str
    text: str


class CaptionShelf(Protocol):
    """The port to the captions sealed with a recording; the `recordings` adapter stands behind it."""

    async def captions(self, recording: Recording) -> Sequence[Spoken]:
        """All there are, in order of time; empty where no machine listened. Raises `NotFound`."""
        ...


class Beside(NamedTuple):
    """Where lines are looked for."""

    tx: Tx
    session: Session
    recording: Recording
    shelf: CaptionShelf


@dataclass(frozen=True, slots=True)
class TimedLine:
    """One line at `offset_ms` of the sitting, until `to_ms` where it lasts.

    `text` is as people wrote it; `words` fill the text `source.<kind>_line` of the page around it.
    """

    offset_ms: int
    text: str
    to_ms: int | None = None
    participant: str | None = None
    words: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of lines: `kind` names its texts and its tab, `icon` stands on it; `most` of them are shown."""

    kind: str
    icon: str
    purposes: frozenset[Purpose]
    read: Callable[[Beside], Awaitable[Sequence[TimedLine]]]
    most: int = 2000  # a sitting has some hundreds


async def sources_of(beside: Beside, purpose: Purpose) -> list[dict[str, object]]:
    """Every kind that may be read for this purpose and has a line, as plain JSON values, its lines in order of time."""
    found: list[dict[str, object]] = []
    for source in SOURCES:
        lines = await source.read(beside) if purpose in source.purposes else ()
        if lines:
            ordered = sorted(lines, key=lambda each: each.offset_ms)[: source.most]
            found.append({"kind": source.kind, "icon": source.icon, "lines": [_plain(each) for each in ordered]})
    return found


def _plain(line: TimedLine) -> dict[str, object]:
    return {
        "offset_ms": line.offset_ms,
        "to_ms": line.to_ms,
        "participant": line.participant,
        "text": line.text,
        "words": dict(line.words),
    }


# --- documents shown in the joint room (出示证据) --------------------------------------------------------------


async def _documents(beside: Beside) -> list[TimedLine]:
    """Each page that was shown to everybody; what was shown in a caucus is told nobody."""
    tx, session = beside.tx, beside.session
    lines, titles = [], dict[str, str]()
    for shown, from_ms, to_ms in _shown(await events.events_of(tx, session.id)):
        if shown.document not in titles:
            titles[shown.document] = await _title(tx, shown.document)
        lines.append(TimedLine(from_ms, titles[shown.document], to_ms, words={"page": shown.page}))
    return lines


def _shown(log: Sequence[SessionEvent]) -> Iterator[tuple[Shown, int, int]]:
    before, since, at = Documents(), 0, 0
    for event in log:
        now, at = follow(before, event), event.offset_ms
        if now.joint != before.joint:
            if before.joint and at > since:
                yield before.joint, since, at
            since = at
        before = now
    if before.joint and at > since:
        yield before.joint, since, at


async def _title(tx: Tx, document: str) -> str:
    try:
        return (await materials.material(tx, document)).title
    except NotFound:
        return ""


# --- captions (机器字幕) ----------------------------------------------------------------------------------------


async def _captions(beside: Beside) -> list[TimedLine]:
    """What a machine understood of what was recorded; whoever may listen may read it."""
    spoken = await beside.shelf.captions(beside.recording)
    return [TimedLine(each.offset_ms, each.text, participant=each.participant) for each in spoken]


SOURCES: tuple[Source, ...] = (
    Source("documents", "evidence", frozenset(Purpose), _documents),
    Source("captions", "captions", frozenset(Purpose), _captions, _MOST_CAPTIONS),
)
