"""What the recorder reports (录音录像): rows, events and the message to the court; touches no file."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from mediation_server.domain.delivery import MessageType
from mediation_server.domain.log import EventKind
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState, TimeStamp
from mediation_server.domain.session import Session
from mediation_server.errors import NotFound
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.store import events, outbox, recordings, sessions, time_stamps
from mediation_server.store.database import Tx

__all__ = [
    "RECORDER_ACTOR",
    "recording_failed",
    "recording_gap",
    "recording_repaired",
    "recording_sealed",
    "recording_started",
    "recordings_of",
    "stamp_wanted",
    "stamps_of",
]

RECORDER_ACTOR = "recorder"
_WRITTEN = (RecordingState.RECORDING, RecordingState.PAUSED, RecordingState.INTERRUPTED)


async def recording_started(ctx: Context, recording: Recording) -> None:
    """A recording begins, or goes on after a fault (then nothing is logged anew). Raises `NotFound`.

    Another of the same sitting that was still being written is one that nobody could go on with: it has failed, and
    the next start tries to seal it.
    """
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, recording.session_id)
        for each in await recordings.recordings_of(tx, [session.id]):
            if each.id != recording.id and each.state in _WRITTEN:
                await recordings.save(tx, each.moved_to(RecordingState.FAILED))
        known = await _known(ctx, tx, session, recording)
        await recordings.save(tx, known.moved_to(RecordingState.RECORDING))


async def _known(ctx: Context, tx: Tx, session: Session, recording: Recording) -> Recording:
    """Its row. Where it has none it is made: this is the first the books hear, perhaps because they were away.

    Then it has only begun, however far it is itself: what follows from its end is not written down yet.
    """
    with contextlib.suppress(NotFound):
        return await recordings.recording(tx, recording.id)
    recording = replace(recording, state=RecordingState.RECORDING)
    await recordings.save(tx, recording)
    await noted(ctx, tx, session, EventKind.RECORDING_STARTED, RECORDER_ACTOR, recording=recording.id)
    return recording


async def recording_gap(ctx: Context, recording: Recording, gap: Gap) -> None:
    """A gap begins (`to_ms` None: the state alone) or is over (its event); ms from the start of the sitting."""
    room = ctx.rooms.find(recording.session_id)
    if gap.reason is GapReason.DISK and room is not None:  # first: the database may lie on the same full disk
        await room.recording_refused(refused=gap.to_ms is None)
    state = RecordingState.PAUSED if gap.to_ms is None else RecordingState.RECORDING
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, recording.session_id)
        known = await _known(ctx, tx, session, recording)
        await recordings.save(tx, known.moved_to(state))
        if gap.to_ms is not None:
            await noted(ctx, tx, session, EventKind.RECORDING_GAP, RECORDER_ACTOR, **_stretch(known, gap))


async def recording_repaired(ctx: Context, recording: Recording, lost_ms: int) -> None:
    """After a fault the torn tail was mended; at most `lost_ms` of each track are gone. Its gap was told before."""
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, recording.session_id)
        said = {"recording": recording.id, "lost_ms": lost_ms}
        await noted(ctx, tx, session, EventKind.RECORDING_REPAIRED, RECORDER_ACTOR, **said)


async def recording_failed(ctx: Context, recording: Recording) -> None:
    """Sealing failed; the files as written are kept and the next start tries again. One that is sealed stays so."""
    async with ctx.db.transaction() as tx:
        known = await _known(ctx, tx, await sessions.locked(tx, recording.session_id), recording)
        await recordings.save(tx, known.moved_to(RecordingState.FAILED))


async def recording_sealed(ctx: Context, recording: Recording, gaps: Sequence[Gap]) -> None:
    """The recording is complete, its manifest hashed: row, events and the court's message commit together.

    `recording` carries `duration_ms`, `recorded_ms` and `manifest_sha256`; `gaps` are all of them, and those that are
    not in the log yet enter it now. A second call changes nothing.
    """
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, recording.session_id)
        if (await _known(ctx, tx, session, recording)).is_final:
            return
        now = ctx.clock.now()
        sealed = replace(recording, state=RecordingState.SEALED, sealed_at=recording.sealed_at or now)
        await recordings.save(tx, sealed)
        await _complete_gaps(ctx, tx, session, sealed, gaps)
        seal = {"manifest_sha256": sealed.manifest_sha256, **({"root": sealed.root} if sealed.root else {})}
        said = {"recording": sealed.id, **seal}
        await noted(ctx, tx, session, EventKind.RECORDING_SEALED, RECORDER_ACTOR, **said)
        await outbox.enqueue(
            tx,
            matter_id=session.matter_id,
            session_id=session.id,
            type=MessageType.RECORDING_SEALED,
            business_key=sealed.id,
            payload=_message(sealed, gaps),
            occurred_at=now,
        )
    ctx.outbox_filled.set()


async def is_recording_sealed(ctx: Context, recording_id: str) -> bool:
    """Whether its row says so; False for one that has none."""
    async with ctx.db.reading() as tx:
        try:
            found = await recordings.recording(tx, recording_id)
        except NotFound:
            return False
    return found.is_final


async def stamp_wanted(ctx: Context, recording_id: str, subject: str, digest: str) -> None:
    """A trusted time stamp is wanted over a checkpoint or the manifest; nothing happens where no authority is named.

    `stamping` asks for it, and goes on asking while the authority is away.
    """
    if not ctx.stamping.is_wanted:
        return
    async with ctx.db.transaction() as tx:
        await time_stamps.ask(tx, TimeStamp(recording_id, subject, digest, ctx.clock.now()))
    ctx.stamping.wanted.set()


async def stamps_of(ctx: Context, recording_id: str) -> list[TimeStamp]:
    """All time stamps asked for about a recording; those that have not come have no token."""
    async with ctx.db.reading() as tx:
        return await time_stamps.stamps_of(tx, recording_id)


async def recordings_of(ctx: Context, session_id: str) -> list[Recording]:
    """The recordings of a sitting as they were begun. Checks no right: for verification."""
    async with ctx.db.reading() as tx:
        return await recordings.recordings_of(tx, [session_id])


async def _complete_gaps(ctx: Context, tx: Tx, session: Session, sealed: Recording, gaps: Sequence[Gap]) -> None:
    logged = {
        (each.payload.get("from_ms"), each.payload.get("to_ms"))
        for each in await events.events_of(tx, session.id)
        if each.kind is EventKind.RECORDING_GAP and each.payload.get("recording") == sealed.id
    }
    for gap in gaps:
        if (gap.from_ms, gap.to_ms) not in logged:
            await noted(ctx, tx, session, EventKind.RECORDING_GAP, RECORDER_ACTOR, **_stretch(sealed, gap))


def _stretch(recording: Recording, gap: Gap) -> dict[str, object]:
    said = {"recording": recording.id, "from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}
    why = {"by": gap.by, "cause": gap.cause}
    return {**said, **{key: value for key, value in why.items() if value}}


def _message(sealed: Recording, gaps: Sequence[Gap]) -> dict[str, object]:
    """Metadata only: the media stay here."""
    return {
        "session_id": sealed.session_id,
        "recording_id": sealed.id,
        "duration_ms": sealed.duration_ms or 0,
        "recorded_ms": sealed.recorded_ms or 0,
        "manifest_sha256": sealed.manifest_sha256,
        "gaps": [{"from_ms": each.from_ms, "to_ms": each.to_ms, "reason": each.reason.value} for each in gaps],
    }
