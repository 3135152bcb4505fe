import asyncio
from datetime import timedelta

import pytest

from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.matter import MatterState, Outcome
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.errors import BadInput, Conflict, Gone, Refused, Unavailable
from mediation_server.services import attending, caucusing
from mediation_server.services.concluding import Closing
from mediation_server.services.ending import end
from mediation_server.services.keeping import keep
from mediation_server.services.reading import length_ms
from mediation_server.store import matters
from tests.court_world import eventually
from tests.room_world import STATES, room_world

AGREED = Closing(Outcome.AGREED, terms="分六期归还八万六千元")


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        await made.live()
        yield made


async def test_the_end_silences_seals_and_tells_each_what_is_theirs(world):
    conclusion = await world.do(end, "mediator", AGREED)
    assert (await world.session()).state is SessionState.ENDED
    assert world.hears("zhou") == set()
    assert world.told("zhou", "ended") == [{"outcome": "agreed"}]
    assert world.told("mediator", "ended") == [
        {"outcome": "agreed", "session": world.session_id, "matter": conclusion.matter_id}
    ]
    assert first_break(await world.log()) is None
    await eventually(lambda: world.recorders[0].deeds == ["begun", "finish"])
    assert world.ctx.outbox_filled.is_set()


async def test_the_presider_sees_the_outcome_on_its_way_to_the_court(world):
    await world.do(end, "mediator", AGREED)
    await keep(world.ctx, world.room)
    await keep(world.ctx, world.room)
    assert world.told("mediator", "sync") == [{"state": "pending"}]
    assert world.told("zhou", "sync") == []
    async with world.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE outbox SET delivered_at = next_attempt_at, court_version = 1")
    await keep(world.ctx, world.room)
    assert world.told("mediator", "sync")[-1] == {"state": "synced"}


async def test_media_that_are_away_at_the_end_keep_no_recording_from_being_finished(world):
    record = world.engine.record

    async def away(room, sink):
        await record(room, sink)
        raise Unavailable

    world.engine.record = away
    await world.do(end, "mediator", AGREED)
    await eventually(lambda: world.recorders[0].deeds == ["begun", "finish"])


async def test_an_end_that_lacks_something_changes_nothing(world):
    log = await world.log()
    with pytest.raises(BadInput, match="terms_required"):
        await world.do(end, "mediator", Closing(Outcome.AGREED))
    assert await world.log() == log
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}
    assert world.recorders[0].deeds == ["begun"]


async def test_a_party_ends_nothing(world):
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(end, "zhou", AGREED)
    assert not world.state.ended


async def test_a_caucus_must_be_closed_first(world):
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 5)
    with pytest.raises(Conflict, match="session_state"):
        await world.do(end, "mediator", AGREED)
    assert world.hears("zhou") == {"mediator"}


async def test_after_the_end_nothing_more_is_done(world):
    await world.do(end, "mediator", AGREED)
    with pytest.raises(Gone, match="session_over"):
        await world.do(attending.raise_hand, "zhou", up=True)
    log = await world.log()
    await world.lose("zhou")
    assert await world.log() == log


async def test_what_is_said_last_is_logged_before_the_end(world):
    world.engine.says(world.session_id, world.ids["zhou"], speaking=True)
    world.clock.advance(seconds=2)
    await world.do(end, "mediator", AGREED)
    kinds = [event.kind for event in await world.log() if event.kind is not EventKind.AUDIENCE_CHANGED]
    assert kinds[-3:] == [EventKind.SPOKE, EventKind.CONCLUDED, EventKind.ENDED]


async def test_an_ended_room_is_put_away_when_the_last_one_has_gone(world):
    await world.do(end, "mediator", AGREED)
    for name in world.ids:
        await world.lose(name)
    world.clock.advance(seconds=16)
    await keep(world.ctx, world.room)
    assert world.room is None


async def test_the_log_and_the_rows_name_one_length_however_long_the_end_had_to_wait(world):
    async def another_writer():
        async with world.ctx.db.transaction():
            world.clock.advance(seconds=2)

    before = world.room.offset_ms
    async with world.ctx.db.transaction():
        ending = asyncio.ensure_future(world.do(end, "mediator", AGREED))
        await asyncio.sleep(0)  # its first transaction waits now, and the other writer before its second
        waiting = asyncio.ensure_future(another_writer())
        await asyncio.sleep(0)
    await asyncio.gather(ending, waiting)
    session = await world.session()
    ended = next(each for each in reversed(await world.log()) if each.kind is EventKind.ENDED)
    assert ended.offset_ms == before + 2000
    assert session.ended_at - session.started_at == timedelta(milliseconds=ended.offset_ms)
    assert await length_ms(world.ctx, world.session_id) == ended.offset_ms


async def test_a_sitting_is_as_long_as_anybody_could_be_recorded_in_it(world):
    """However long the fence takes: what was captured before it held is not after the end."""
    held = []

    def takes_long(_room, audience):
        if not any(audience.values()):
            world.clock.advance(seconds=0.9)
            held.append(world.room.offset_ms)

    world.engine.watch = takes_long
    await world.do(end, "mediator", AGREED)
    assert await length_ms(world.ctx, world.session_id) == held[0]
    assert first_break(await world.log()) is None


@pytest.mark.parametrize("kind", [SessionKind.CONFIRMATION_CHECK, SessionKind.JUDGMENT_CHECK, SessionKind.PREP])
async def test_a_check_or_a_preparation_is_simply_over_and_its_matter_stays_as_it_was(tmp_path, kind):
    async with room_world(tmp_path, kind=kind) as world:
        await world.live()
        before = await world.log()
        with pytest.raises(BadInput, match="outcome_of_mediation"):
            await world.do(end, "mediator", AGREED)
        assert [each.kind for each in await world.log()][-1] is before[-1].kind
        await world.do(end, "mediator", Closing(Outcome.CONTINUE, reasons="核实完毕"))
        async with world.ctx.db.reading() as tx:
            matter = await matters.matter(tx, (await world.session()).matter_id)
        assert (matter.state, matter.outcome) == (STATES.get(kind, MatterState.MEDIATING), None)
        assert (await world.session()).state is SessionState.ENDED
