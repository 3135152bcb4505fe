from dataclasses import replace

import pytest

from mediation_server.caseflow.catalogue import checked
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.errors import NotFound
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.reading import last_event, length_ms
from mediation_server.services.recordings import (
    recording_failed,
    recording_gap,
    recording_repaired,
    recording_sealed,
    recording_started,
)
from mediation_server.store import outbox, recordings
from tests.recording_row import recording_of
from tests.room_world import room_world

CAUCUS = Gap(10_000, 21_000, GapReason.CAUCUS)
FAULT = Gap(40_000, 43_500, GapReason.FAULT)


@pytest.fixture
async def recording(demo):
    made = Recording(new_id(), SESSION_1, RecordingState.RECORDING, demo.ctx.clock.now())
    await recording_started(demo.ctx, made)
    return made


async def state(demo):
    return (await recording_of(demo.ctx, SESSION_1)).state


async def logged(demo, *kinds):
    return [(each.kind, dict(each.payload)) for each in await demo.log() if each.kind in kinds]


def stretch(recording, gap):
    return {"recording": recording.id, "from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}


async def test_a_recording_that_goes_on_after_a_fault_is_not_begun_anew(demo, recording):
    await recording_started(demo.ctx, replace(recording, started_at=demo.ctx.clock.now()))
    assert await logged(demo, EventKind.RECORDING_STARTED) == [
        (EventKind.RECORDING_STARTED, {"recording": recording.id})
    ]
    assert await recording_of(demo.ctx, SESSION_1) == recording


async def test_a_gap_pauses_and_is_logged_when_it_is_over(demo, recording):
    await recording_gap(demo.ctx, recording, replace(CAUCUS, to_ms=None))
    assert await state(demo) is RecordingState.PAUSED
    assert await logged(demo, EventKind.RECORDING_GAP) == []
    await recording_gap(demo.ctx, recording, CAUCUS)
    assert await state(demo) is RecordingState.RECORDING
    assert await logged(demo, EventKind.RECORDING_GAP) == [(EventKind.RECORDING_GAP, stretch(recording, CAUCUS))]


async def test_sealing_commits_row_events_and_the_courts_message_together_and_once(demo, recording):
    await recording_gap(demo.ctx, recording, CAUCUS)
    await recording_gap(demo.ctx, recording, FAULT)
    await recording_repaired(demo.ctx, recording, 480)
    full = replace(recording, duration_ms=90_000, recorded_ms=75_500, manifest_sha256="ab" * 32)
    missed = Gap(50_000, 51_000, GapReason.DISK)
    demo.ctx.outbox_filled.clear()
    for _ in range(2):
        await recording_sealed(demo.ctx, full, [CAUCUS, FAULT, missed])
    sealed = await recording_of(demo.ctx, SESSION_1)
    assert sealed == replace(full, state=RecordingState.SEALED, sealed_at=demo.ctx.clock.now())
    assert await logged(demo, EventKind.RECORDING_GAP) == [
        (EventKind.RECORDING_GAP, stretch(recording, each)) for each in (CAUCUS, FAULT, missed)
    ]
    assert await logged(demo, EventKind.RECORDING_REPAIRED, EventKind.RECORDING_SEALED) == [
        (EventKind.RECORDING_REPAIRED, {"recording": recording.id, "lost_ms": 480}),
        (EventKind.RECORDING_SEALED, {"recording": recording.id, "manifest_sha256": "ab" * 32}),
    ]
    assert first_break(await demo.log()) is None
    async with demo.ctx.db.reading() as tx:
        (message,) = await outbox.messages_of_session(tx, SESSION_1)
    assert (message.type, message.business_key) == ("RecordingSealed", recording.id)
    assert checked(message.type, message.payload)["recorded_ms"] == 75_500
    assert [each["reason"] for each in message.payload["gaps"]] == ["caucus", "fault", "disk"]
    assert demo.ctx.outbox_filled.is_set()


async def test_a_seal_that_fails_is_said_and_may_be_tried_again(demo, recording):
    await recording_failed(demo.ctx, recording)
    assert await state(demo) is RecordingState.FAILED
    await recording_sealed(demo.ctx, replace(recording, manifest_sha256="ab" * 32), [])
    assert await state(demo) is RecordingState.SEALED


async def test_what_is_sealed_stays_sealed_whatever_fails_afterwards(demo, recording):
    await recording_sealed(demo.ctx, replace(recording, manifest_sha256="ab" * 32), [])
    sealed = await recording_of(demo.ctx, SESSION_1)
    await recording_failed(demo.ctx, recording)
    await recording_started(demo.ctx, recording)
    await recording_gap(demo.ctx, recording, replace(FAULT, to_ms=None))
    assert await recording_of(demo.ctx, SESSION_1) == sealed
    disposed = replace(sealed, state=RecordingState.DISPOSED)
    async with demo.ctx.db.transaction() as tx:
        await recordings.save(tx, disposed)
    await recording_failed(demo.ctx, recording)
    await recording_sealed(demo.ctx, replace(recording, manifest_sha256="cd" * 32), [])
    assert await recording_of(demo.ctx, SESSION_1) == disposed


async def test_one_begun_beside_another_that_nobody_can_go_on_with_is_known_and_found_like_it(demo, recording):
    second = replace(recording, id=new_id())
    await recording_gap(demo.ctx, recording, CAUCUS)
    await recording_started(demo.ctx, second)
    await recording_gap(demo.ctx, second, CAUCUS)
    await recording_sealed(demo.ctx, replace(second, manifest_sha256="ab" * 32), [CAUCUS, FAULT])
    async with demo.ctx.db.reading() as tx:
        found = await recordings.recordings_of(tx, [SESSION_1])
    assert [(each.id, each.state) for each in found] == [
        (recording.id, RecordingState.FAILED),
        (second.id, RecordingState.SEALED),
    ]
    assert [told["recording"] for _, told in await logged(demo, EventKind.RECORDING_STARTED)] == [
        recording.id,
        second.id,
    ]
    told = [(said["recording"], said["from_ms"]) for _, said in await logged(demo, EventKind.RECORDING_GAP)]
    assert told == [(each.id, CAUCUS.from_ms) for each in (recording, second)] + [(second.id, FAULT.from_ms)]
    await recording_sealed(demo.ctx, replace(recording, manifest_sha256="cd" * 32), [])  # its journal was mended
    assert (await recording_of(demo.ctx, SESSION_1)).id == second.id


async def test_what_is_sealed_stays_so_when_another_is_begun_beside_it(demo, recording):
    await recording_sealed(demo.ctx, replace(recording, manifest_sha256="ab" * 32), [])
    await recording_started(demo.ctx, replace(recording, id=new_id()))
    async with demo.ctx.db.reading() as tx:
        first, second = await recordings.recordings_of(tx, [SESSION_1])
    assert (first.state, second.state) == (RecordingState.SEALED, RecordingState.RECORDING)


@pytest.mark.parametrize(
    "tell",
    [
        lambda ctx, one: recording_gap(ctx, one, CAUCUS),
        lambda ctx, one: recording_sealed(ctx, replace(one, manifest_sha256="ab" * 32), []),
        recording_failed,
    ],
)
async def test_a_recording_whose_beginning_the_books_missed_is_known_from_the_next_word_on(demo, tell):
    missed = Recording(new_id(), SESSION_1, RecordingState.RECORDING, demo.ctx.clock.now())
    with pytest.raises(NotFound):
        await tell(demo.ctx, replace(missed, session_id=new_id()))
    await tell(demo.ctx, missed)
    assert (await recording_of(demo.ctx, SESSION_1)).id == missed.id
    assert [told["recording"] for _, told in await logged(demo, EventKind.RECORDING_STARTED)] == [missed.id]


async def test_the_court_hears_of_a_seal_of_which_the_books_had_heard_nothing(demo):
    sealed = Recording(new_id(), SESSION_1, RecordingState.SEALED, demo.ctx.clock.now(), manifest_sha256="ab" * 32)
    await recording_sealed(demo.ctx, sealed, [CAUCUS])
    kinds = (EventKind.RECORDING_STARTED, EventKind.RECORDING_GAP, EventKind.RECORDING_SEALED)
    assert [kind for kind, _ in await logged(demo, *kinds)] == list(kinds)
    async with demo.ctx.db.reading() as tx:
        assert [each.type for each in await outbox.messages_of_session(tx, SESSION_1)] == ["RecordingSealed"]


async def test_the_recorder_can_ask_where_the_log_ends_and_how_long_the_sitting_was(demo, recording):
    assert await last_event(demo.ctx, SESSION_1) == (await demo.log())[-1]
    assert await length_ms(demo.ctx, SESSION_1) is None
    assert await last_event(demo.ctx, new_id()) is None


async def full(*_):
    raise OSError("the disk is full")


async def test_everybody_sees_at_once_that_the_disk_refuses_even_when_the_database_does_too(tmp_path, monkeypatch):
    async with room_world(tmp_path) as world:
        await world.live()
        made = Recording(new_id(), world.session_id, RecordingState.RECORDING, world.clock.now())
        refused = Gap(1_000, None, GapReason.DISK)
        with monkeypatch.context() as refusing:
            refusing.setattr(recordings, "save", full)
            with pytest.raises(OSError, match="full"):
                await recording_gap(world.ctx, made, refused)
        shown = [world.told(name, "room")[-1]["recording"] for name in ("mediator", "zhou", "lin")]
        assert [(each["state"], each["reason"]) for each in shown] == [("paused", "failed")] * 3
        await recording_started(world.ctx, made)
        await recording_gap(world.ctx, made, replace(refused, to_ms=4_000))
        assert world.told("mediator", "room")[-1]["recording"]["state"] == "on"
