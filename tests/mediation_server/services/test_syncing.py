import pytest

from mediation_server.caseflow.mock_court_server import CourtMode
from mediation_server.config import Settings
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.ids import new_id
from mediation_server.domain.message import SyncState
from mediation_server.domain.people import Role
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.syncing import kick, resend, sync_state
from mediation_server.store import outbox, sessions
from tests.court_world import MEDIATOR, court_world, eventually

SEALED = {"recording_id": "r", "duration_ms": 1, "recorded_ms": 1, "manifest_sha256": "0" * 64, "gaps": []}


class Sitting:
    """An ended sitting and messages about it."""

    def __init__(self, world, matter, session):
        self.world, self.matter, self.session = world, matter, session
        self.ctx = Context(world.db, world.clock, None, Settings(), world.filled)

    async def tell(self, kind, **payload):
        async with self.world.db.transaction() as tx:
            await outbox.enqueue(
                tx,
                matter_id=self.matter.id,
                session_id=self.session.id,
                type=kind,
                business_key=new_id(),
                payload={"session_id": self.session.id} | payload,
                occurred_at=self.world.clock.now(),
            )
        self.world.filled.set()

    async def tell_outcome(self, **payload):
        good = {"conclusion_id": "c", "outcome": "agreed", "ground": "g1", "concluded_at": "2026-11-23T06:00:00Z"}
        await self.tell(MessageType.OUTCOME_RECORDED, **(good | payload))

    async def state(self):
        return await sync_state(self.ctx, self.session.id)

    async def comes_to(self, state):
        async def came():
            return await self.state() is state

        await eventually(came, str(state))


@pytest.fixture
async def sitting(tmp_path):
    async with court_world(tmp_path) as world:
        matter = await world.matter()
        now = world.clock.now()
        session = Session(
            new_id(), matter.id, SessionKind.MEDIATION, SessionState.ENDED, now, 60, MEDIATOR.id, now, now
        )
        async with world.db.transaction() as tx:
            await sessions.add(tx, session, [])
        yield Sitting(world, matter, session)


async def test_before_an_outcome_there_is_nothing_to_tell(sitting):
    assert await sitting.state() is None


async def test_an_outcome_waits_and_is_synced_once_the_court_has_it(sitting):
    await sitting.tell_outcome()
    assert await sitting.state() is SyncState.PENDING
    async with sitting.world.delivering():
        await sitting.comes_to(SyncState.SYNCED)
        await eventually(lambda: sitting.world.changes)
    (change,) = sitting.world.changes
    assert (change.session_id, change.matter_id, change.state) == (
        sitting.session.id,
        sitting.matter.id,
        SyncState.SYNCED,
    )


async def test_a_recording_sealed_later_does_not_turn_it_back(sitting):
    async with sitting.world.delivering():
        await sitting.tell_outcome()
        await sitting.comes_to(SyncState.SYNCED)
    await sitting.tell(MessageType.RECORDING_SEALED, **SEALED)
    assert await sitting.state() is SyncState.SYNCED


async def test_when_the_court_is_back_a_kick_delivers_before_the_wait_is_over(sitting):
    sitting.world.court.server.mode = CourtMode.UNAVAILABLE
    async with sitting.world.delivering():
        await sitting.tell_outcome()

        async def tried():
            return (await sitting.world.messages(sitting.matter))[0].attempts

        await eventually(tried)
        sitting.world.court.server.mode = CourtMode.ON
        assert await sitting.state() is SyncState.PENDING
        await kick(sitting.ctx)
        await sitting.comes_to(SyncState.SYNCED)


async def given_up(sitting):
    """The outcome after three days without an answer."""
    world = sitting.world
    world.court.server.mode = CourtMode.UNAVAILABLE
    async with world.delivering():
        await sitting.tell_outcome()
        for attempts in range(1, 79):

            async def tried(attempts=attempts):
                return (await world.messages(sitting.matter))[0].attempts == attempts

            await eventually(tried)
            world.later(hours=1.2)
    world.court.server.mode = CourtMode.ON
    assert await sitting.state() is SyncState.FAILED


@pytest.mark.parametrize("by", ["switch", "button"])
async def test_what_was_given_up_is_sent_when_somebody_says_so(sitting, by):
    await given_up(sitting)
    await (kick(sitting.ctx) if by == "switch" else resend(sitting.ctx, MEDIATOR, sitting.session.id))
    assert await sitting.state() is SyncState.PENDING
    async with sitting.world.delivering():
        await sitting.comes_to(SyncState.SYNCED)


async def test_what_the_court_refused_goes_out_anew_under_a_new_id_and_number(sitting):
    world = sitting.world
    async with world.delivering():
        await sitting.tell_outcome(terms="a field the court does not know")
        await sitting.comes_to(SyncState.FAILED)
        (refused,) = await world.messages(sitting.matter)
        await sitting.tell(MessageType.RECORDING_SEALED, **SEALED)
        await eventually(lambda: len(world.court.applied()) == 1)
        world.clock.advance(seconds=1)
        await resend(sitting.ctx, MEDIATOR, sitting.session.id)

        async def answered():
            return (await world.messages(sitting.matter))[-1].dead

        await eventually(answered)
    _, anew = await world.messages(sitting.matter)
    assert anew.message_id != refused.message_id
    assert (anew.seq, anew.business_key, anew.payload) == (3, refused.business_key, refused.payload)
    assert len(world.court.court.received()) == 3


async def test_resending_leaves_what_is_synced_alone(sitting):
    async with sitting.world.delivering():
        await sitting.tell_outcome()
        await sitting.comes_to(SyncState.SYNCED)
        before = await sitting.world.messages(sitting.matter)
        await resend(sitting.ctx, MEDIATOR, sitting.session.id)
        assert await sitting.world.messages(sitting.matter) == before


async def test_only_the_presider_may_send_again(sitting):
    await sitting.tell_outcome()
    stranger = User(new_id(), "jiang", "蒋一帆", "Jiang Yifan", Role.MEDIATOR)
    before = await sitting.world.messages(sitting.matter)
    sitting.world.clock.advance(seconds=1)
    with pytest.raises(NotFound):
        await resend(sitting.ctx, stranger, sitting.session.id)
    assert await sitting.world.messages(sitting.matter) == before
