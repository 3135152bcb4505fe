import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.matter import Ground, MatterState, Outcome, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, Refused
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import Closing, conclude_in
from mediation_server.services.syncing import outcome_state
from mediation_server.store import audit, conclusions, events, matters, outbox, sessions, users
from tests.court_world import MEDIATOR, court_world, eventually

SECRETS = {
    EventKind.CHAT_SENT: "我愿意只收七万元",
    EventKind.CAUCUS_OPENED: "私下谈话之一",
    EventKind.CAUCUS_CLOSED: "私下谈话之一",
    EventKind.REMOVED: "辱骂对方",
    EventKind.SUSPENDED: "当事人情绪激动",
    EventKind.DEVICE_REPORTED: "摄像头型号",
}
FAILED = Closing(Outcome.FAILED, Ground.WIDE_GAP, reasons="一方只肯付二万元")
AGREED = Closing(Outcome.AGREED, terms="分六期归还八万六千元")


class Sitting:
    """A live sitting of one matter with its presider and two parties."""

    def __init__(self, world, matter, session, people):
        self.world, self.matter, self.session, self.people = world, matter, session, people

    async def log(self, kind, **payload):
        async with self.world.db.transaction() as tx:
            now = self.world.clock.now()
            offset_ms = (now - self.session.started_at) // timedelta(milliseconds=1)
            await events.append_event(
                tx, self.session.id, at=now, offset_ms=offset_ms, actor="system", kind=kind, payload=payload
            )

    async def conclude(self, closing=AGREED, actor="presider"):
        async with self.world.db.transaction() as tx:
            now = self.world.clock.now()
            return await conclude_in(tx, self.session.id, self.people[actor], closing, at=now, offset_ms=3_600_000)

    async def put(self, **changes):
        async with self.world.db.transaction() as tx:
            await sessions.save(tx, replace(self.session, **changes))

    async def read(self, function, key):
        async with self.world.db.reading() as tx:
            return await function(tx, key)

    async def snapshot(self):
        return [
            await self.read(sessions.session, self.session.id),
            await self.read(matters.matter, self.matter.id),
            await self.read(events.events_of, self.session.id),
            await self.read(conclusions.conclusions_of, self.matter.id),
            await self.read(outbox.messages_of, self.matter.id),
            await self.read(audit.entries_about, f"session:{self.session.id}"),
        ]


@pytest.fixture
async def world(tmp_path):
    async with court_world(tmp_path) as made:
        yield made


async def sitting_before_its_judge(world):
    """A sitting of a filed matter whose reviewing judge the court has named."""
    async with world.db.transaction() as tx:
        await users.add(tx, cast.CONFIRMING_JUDGE, "no password", world.clock.now())
    filed = replace(await world.matter(), confirming_judge_id=cast.CONFIRMING_JUDGE.id)
    async with world.db.transaction() as tx:
        await matters.save(tx, filed)
    return await sitting_of(world, filed)


async def sitting_of(world, matter):
    now = world.clock.now()
    session = Session(
        new_id(), matter.id, SessionKind.MEDIATION, SessionState.LIVE, now, 60, MEDIATOR.id, now - timedelta(hours=1)
    )
    people = {
        "presider": (Role.MEDIATOR, Side.NEUTRAL, "郑思远", MEDIATOR.id),
        "applicant": (Role.APPLICANT, Side.APPLICANT, "周承安", None),
        "respondent": (Role.RESPONDENT, Side.RESPONDENT, "林若溪", None),
    }
    named = {
        key: Participant(new_id(), session.id, role, side, name, name, None, user_id)
        for key, (role, side, name, user_id) in people.items()
    }
    async with world.db.transaction() as tx:
        await sessions.add(tx, session, list(named.values()))
    return Sitting(world, matter, session, named)


@pytest.fixture
async def sitting(world):
    return await sitting_of(world, await world.matter())


@pytest.mark.parametrize(
    ("closing", "ground", "matter_state"),
    [
        (AGREED, Ground.AGREEMENT, MatterState.CONCLUDED),
        (Closing(Outcome.PARTIAL, terms="本金部分达成一致"), Ground.AGREEMENT, MatterState.CONCLUDED),
        (FAILED, Ground.WIDE_GAP, MatterState.CONCLUDED),
        (Closing(Outcome.CONTINUE), None, MatterState.MEDIATING),
    ],
)
async def test_an_outcome_ends_the_sitting_and_moves_the_matter(sitting, closing, ground, matter_state):
    conclusion, logged = await sitting.conclude(closing)
    session, matter, log, kept, _, (audited,) = await sitting.snapshot()
    assert kept == [conclusion]
    assert (conclusion.outcome, conclusion.ground) == (closing.outcome, ground)
    assert (conclusion.terms, conclusion.reasons) == (closing.terms, closing.reasons)
    assert (session.state, session.ended_at) == (SessionState.ENDED, sitting.world.clock.now())
    assert (matter.state, matter.version) == (matter_state, 2)
    assert [each.kind for each in logged] == [EventKind.CONCLUDED, EventKind.ENDED]
    assert log[-2:] == logged
    assert first_break(log) is None
    assert logged[0].payload == {"outcome": closing.outcome.value, "ground": ground and ground.value}
    assert logged[1].payload == {"result": closing.outcome.value}
    assert {each.offset_ms for each in logged} == {3_600_000}
    assert {each.actor for each in logged} == {sitting.people["presider"].id}
    assert (audited.actor, audited.allowed) == (MEDIATOR.id, True)


@pytest.mark.parametrize(
    ("track", "closing", "state"),
    [
        (Track.POSTFILING_ENTRUSTED, AGREED, MatterState.JUDGMENT_REQUESTED),
        (Track.COURT_LED, AGREED, MatterState.JUDGMENT_REQUESTED),
        (Track.ORG_ACCEPTED, AGREED, MatterState.CONCLUDED),
        (Track.POSTFILING_ENTRUSTED, FAILED, MatterState.CONCLUDED),
    ],
)
async def test_after_filing_an_agreement_goes_on_to_the_judge_who_reviews_it(world, track, closing, state):
    async with world.db.transaction() as tx:
        await users.add(tx, cast.CONFIRMING_JUDGE, "no password", world.clock.now())
    filed = replace(await world.matter(), track=track, confirming_judge_id=cast.CONFIRMING_JUDGE.id)
    async with world.db.transaction() as tx:
        await matters.save(tx, filed)
    sitting = await sitting_of(world, filed)
    conclusion, _ = await sitting.conclude(closing)
    assert (await sitting.snapshot())[1].state is state
    told = await sitting.read(outbox.messages_of, filed.id)
    asked = [(each.type, each.business_key, each.payload["terms"]) for each in told[2:]]
    requested = [("MediationJudgmentRequested", conclusion.id, closing.terms)]
    assert asked == (requested if state is MatterState.JUDGMENT_REQUESTED else [])


async def test_a_request_for_the_judgment_that_cannot_be_kept_takes_the_outcome_back(world):
    """All or nothing: the request stands in the same transaction as the fact."""
    sitting = await sitting_before_its_judge(world)
    before = await sitting.snapshot()
    async with world.db.transaction() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON outbox WHEN NEW.type = 'MediationJudgmentRequested' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(IntegrityError):
        await sitting.conclude()
    assert await sitting.snapshot() == before


async def test_the_court_acknowledges_the_request_and_only_then_is_the_outcome_synced(world):
    sitting = await sitting_before_its_judge(world)
    await sitting.conclude(Closing(Outcome.PARTIAL, terms="本金部分达成一致"))
    told = await sitting.read(outbox.messages_of, sitting.matter.id)
    assert [each.type for each in told][-1] == "MediationJudgmentRequested"
    assert outcome_state([*(replace(each, delivered_at=each.occurred_at) for each in told[:-1]), told[-1]]) == "pending"
    async with world.delivering():
        world.filled.set()
        await eventually(lambda: len(world.court.court.received()) == 3)
    received = world.court.court.received()[0].envelope
    assert (received.type, received.matter_ref, received.seq) == (
        "MediationJudgmentRequested",
        sitting.matter.ref,
        3,
    )
    assert (received.payload["terms"], received.payload["partial"]) == ("本金部分达成一致", True)
    assert received.payload["mj_request_id"] == received.business_key


async def test_a_suspended_sitting_can_be_concluded_too(sitting):
    await sitting.put(state=SessionState.SUSPENDED)
    await sitting.conclude(FAILED)
    assert (await sitting.read(sessions.session, sitting.session.id)).state is SessionState.ENDED


async def test_what_the_court_is_told_commits_with_it(sitting):
    applicant, respondent = sitting.people["applicant"], sitting.people["respondent"]
    await sitting.log(EventKind.ARRIVED, participant=applicant.id)
    await sitting.log(EventKind.ARRIVED, participant=respondent.id)
    await sitting.log(EventKind.IDENTITY_VERIFIED, participant=applicant.id, verified=True)
    await sitting.log(EventKind.IDENTITY_VERIFIED, participant=respondent.id, verified=True)
    await sitting.log(EventKind.IDENTITY_VERIFIED, participant=respondent.id, verified=False)
    gap = {"recording": "r", "from_ms": 600_000, "reason": "caucus"}
    await sitting.log(EventKind.RECORDING_GAP, **gap, to_ms=None)
    await sitting.log(EventKind.RECORDING_GAP, **gap, to_ms=1_260_000)
    conclusion, _ = await sitting.conclude()
    held, outcome = await sitting.read(outbox.messages_of, sitting.matter.id)
    assert (held.type, held.seq, outcome.type, outcome.seq) == ("SessionHeld", 1, "OutcomeRecorded", 2)
    assert {held.session_id, outcome.session_id} == {sitting.session.id}
    assert held.payload["gaps"] == [{"from_ms": 600_000, "to_ms": 1_260_000, "reason": "caucus"}]
    present = [(each["name"], bool(each["arrived_at"]), each["verified"]) for each in held.payload["attendance"]]
    assert present == [("郑思远", False, False), ("周承安", True, True), ("林若溪", True, False)]
    assert outcome.business_key == f"{sitting.matter.ref}:1"
    assert outcome.payload == {
        "session_id": sitting.session.id,
        "conclusion_id": conclusion.id,
        "outcome": "agreed",
        "ground": "g1",
        "concluded_at": "2026-11-23T06:00:00Z",
    }


async def test_the_second_outcome_of_a_matter_has_a_key_of_its_own(sitting):
    await sitting.conclude(Closing(Outcome.CONTINUE))
    second = await sitting_of(sitting.world, sitting.matter)
    await second.conclude()
    keys = [each.business_key for each in await sitting.read(outbox.messages_of, sitting.matter.id)]
    assert len(set(keys)) == len(keys) == 4
    assert keys[3] == f"{sitting.matter.ref}:2"


async def test_nothing_that_was_said_leaves_the_house(sitting):
    for kind, secret in SECRETS.items():
        await sitting.log(kind, participant=sitting.people["applicant"].id, text=secret, reason=secret, caucus=secret)
    await sitting.conclude(FAILED)
    told = json.dumps(
        [dict(each.payload) for each in await sitting.read(outbox.messages_of, sitting.matter.id)], ensure_ascii=False
    )
    assert "周承安" in told  # the search below looks into the right place
    for secret in (*SECRETS.values(), FAILED.reasons, AGREED.terms):
        assert secret not in told


@pytest.mark.parametrize("who", ["applicant", "respondent"])
async def test_only_the_presider_concludes(sitting, who):
    before = await sitting.snapshot()
    with pytest.raises(Refused, match="not_presider"):
        await sitting.conclude(actor=who)
    assert await sitting.snapshot() == before


async def test_another_mediator_does_not(sitting):
    other = User(new_id(), "he", "何秀兰", "He Xiulan", Role.MEDIATOR)
    async with sitting.world.db.transaction() as tx:
        await users.add(tx, other, "no password", sitting.world.clock.now())
    sitting.people["guest"] = replace(sitting.people["presider"], id=new_id(), user_id=other.id)
    with pytest.raises(Refused, match="not_presider"):
        await sitting.conclude(actor="guest")


async def test_nor_does_the_presider_in_another_capacity(sitting):
    sitting.people["observer"] = replace(sitting.people["presider"], role=Role.JUDGE)
    with pytest.raises(Refused, match="not_presider"):
        await sitting.conclude(actor="observer")


@pytest.mark.parametrize(
    "state",
    [each for each in SessionState if each not in (SessionState.LIVE, SessionState.SUSPENDED)],
)
async def test_what_is_not_under_way_cannot_be_concluded(sitting, state):
    await sitting.put(state=state)
    before = await sitting.snapshot()
    with pytest.raises(Conflict, match="session_state"):
        await sitting.conclude()
    assert await sitting.snapshot() == before


@pytest.mark.parametrize(
    ("closing", "code", "field"),
    [
        (Closing(Outcome.AGREED), "terms_required", "terms"),
        (Closing(Outcome.PARTIAL, terms=" \n"), "terms_required", "terms"),
        (Closing(Outcome.FAILED, reasons="x"), "ground_required", "ground"),
        (Closing(Outcome.FAILED, Ground.AGREEMENT, reasons="x"), "ground_required", "ground"),
        (Closing(Outcome.FAILED, Ground.OTHER), "reasons_required", "reasons"),
        (Closing(Outcome.AGREED, Ground.OTHER, terms="x"), "ground_unexpected", "ground"),
        (Closing(Outcome.CONTINUE, Ground.AGREEMENT), "ground_unexpected", "ground"),
    ],
)
async def test_a_form_that_lacks_something_names_it_and_changes_nothing(sitting, closing, code, field):
    before = await sitting.snapshot()
    with pytest.raises(BadInput, match=code) as refusal:
        await sitting.conclude(closing)
    assert refusal.value.field == field
    assert await sitting.snapshot() == before


@pytest.mark.parametrize("state", [MatterState.CONCLUDED, MatterState.CONFIRMING, MatterState.CLOSED])
async def test_a_matter_that_is_concluded_stays_as_it_is(sitting, state):
    async with sitting.world.db.transaction() as tx:
        await matters.save(tx, replace(sitting.matter, state=state))
    before = await sitting.snapshot()
    with pytest.raises(Conflict, match="matter_state"):
        await sitting.conclude()
    assert await sitting.snapshot() == before


async def test_the_whole_way_from_the_form_to_the_court(sitting):
    world = sitting.world
    async with world.delivering():
        await sitting.conclude()
        world.filled.set()
        await eventually(lambda: len(world.court.applied()) == 2)
    assert [each.type for each in world.court.applied()] == ["SessionHeld", "OutcomeRecorded"]
