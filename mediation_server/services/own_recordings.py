"""What a party is told of the recordings of its own sittings: the receipt, and who could receive it when; only reads.

Of others nothing is told but that they could, or could not, receive this party: not what they did meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Recording, RecordingState, TimeStamp
from mediation_server.domain.safety import seats_shown_to
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.services.access import own_matter
from mediation_server.services.context import Context
from mediation_server.store import events, recordings, sessions, time_stamps
from mediation_server.store.database import Tx

__all__ = ["EvidenceShelf", "Interval", "OwnRecording", "OwnRecordings", "Stretch", "own_recording", "own_recordings"]


@dataclass(frozen=True, slots=True)
class Interval:
    """From one moment to another (ms from the start of the sitting): whose media could get to whom."""

    from_ms: int
    to_ms: int
    receivers: Mapping[str, frozenset[str]]


class EvidenceShelf(Protocol):
    """The port to the evidence of sealed recordings; the `recordings` adapter stands behind it."""

    async def audience(self, recording: Recording) -> Sequence[Interval]:
        """The audience ledger, without a break; empty for a recording of a release that kept none."""
        ...

    async def receipt(self, recording: Recording) -> bytes:
        """The receipt as it was signed. Raises `NotFound` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one's own: who could receive one, whether the recorder could, whether it was a caucus (背对背)."""

    from_ms: int
    to_ms: int
    heard_by: tuple[Participant, ...]
    recorded: bool
    caucus: bool


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """One recording of a sitting in which this party had a seat."""

    session: Session
    recording: Recording
    seat: Participant
    stretches: tuple[Stretch, ...]
    stamped_at: datetime | None  # the first trusted time stamp that has come over its end or its manifest
    stamps_waiting: int


@dataclass(frozen=True, slots=True)
class OwnRecordings:
    """All of them in one matter, the newest first."""

    matter: Matter
    found: tuple[OwnRecording, ...]


async def own_recordings(ctx: Context, shelf: EvidenceShelf, user: User, matter_id: str) -> OwnRecordings:
    """The sealed recordings of this party's own sittings. Raises `NotFound` as `own_matter`."""
    async with ctx.db.reading() as tx:
        own = await own_matter(tx, user, matter_id)
        rows = [
            (session, seat, row)
            for session in await sessions.sessions_of(tx, matter_id)
            if (seat := own.seat_in(await sessions.participants_of(tx, session.id)))
            for row in await recordings.recordings_of(tx, [session.id])
            if row.state is RecordingState.SEALED
        ]
        told = [await _facts(tx, *row, safety=own.matter.safety) for row in rows]
    found = [_told(*facts, await shelf.audience(facts[0].recording)) for facts in told]
    return OwnRecordings(own.matter, tuple(sorted(found, key=lambda each: each.recording.started_at, reverse=True)))


async def own_recording(
    ctx: Context, shelf: EvidenceShelf, user: User, matter_id: str, recording_id: str
) -> tuple[Matter, OwnRecording]:
    """One of them. Raises `NotFound`, also for a recording of somebody else's sitting."""
    mine = await own_recordings(ctx, shelf, user, matter_id)
    for each in mine.found:
        if each.recording.id == recording_id:
            return mine.matter, each
    raise NotFound("recording_not_found")


@dataclass(frozen=True, slots=True)
class _Row:
    session: Session
    seat: Participant
    recording: Recording


async def _facts(
    tx: Tx, session: Session, seat: Participant, recording: Recording, *, safety: bool
) -> tuple[_Row, list[SessionEvent], tuple[Participant, ...], list[TimeStamp]]:
    return (
        _Row(session, seat, recording),
        await events.events_of(tx, session.id),
        seats_shown_to(await sessions.participants_of(tx, session.id), seat.side, safety=safety),
        await time_stamps.stamps_of(tx, recording.id),
    )


def _told(
    row: _Row,
    log: Sequence[SessionEvent],
    people: Collection[Participant],
    stamps: Sequence[TimeStamp],
    ledger: Sequence[Interval],
) -> OwnRecording:
    came = [each.stamped_at for each in stamps if each.stamped_at is not None]
    return OwnRecording(
        session=row.session,
        recording=row.recording,
        seat=row.seat,
        stretches=tuple(_stretches(row.seat.id, {each.id: each for each in people}, ledger, _own_caucuses(row, log))),
        stamped_at=max(came, default=None),
        stamps_waiting=sum(1 for each in stamps if not each.token),
    )


def _own_caucuses(row: _Row, log: Sequence[SessionEvent]) -> list[tuple[int, int]]:
    """When this party was in a caucus, by the log."""
    found: list[tuple[int, int]] = []
    since: int | None = None
    for event in log:
        if event.kind is EventKind.CAUCUS_OPENED:
            inside = event.payload.get("participants")
            since = event.offset_ms if isinstance(inside, list) and row.seat.id in inside else None
        elif event.kind is EventKind.CAUCUS_CLOSED and since is not None:
            found.append((since, event.offset_ms))
            since = None
    return found


def _stretches(
    me: str, people: Mapping[str, Participant], ledger: Sequence[Interval], caucuses: Sequence[tuple[int, int]]
) -> list[Stretch]:
    """Neighbours that tell this party the same are one: what others do among themselves leaves no edge here."""
    found: list[Stretch] = []
    for each in ledger:
        heard = each.receivers.get(me, frozenset())
        middle = (each.from_ms + each.to_ms) // 2
        stretch = Stretch(
            each.from_ms,
            each.to_ms,
            heard_by=tuple(people[who] for who in sorted(heard & people.keys())),
            recorded=RECORDER in heard,
            caucus=any(since <= middle < end for since, end in caucuses),
        )
        if found and _same(found[-1], stretch):
            stretch = Stretch(found.pop().from_ms, stretch.to_ms, stretch.heard_by, stretch.recorded, stretch.caucus)
        found.append(stretch)
    return found


def _same(one: Stretch, other: Stretch) -> bool:
    return (one.heard_by, one.recorded, one.caucus) == (other.heard_by, other.recorded, other.caucus)
