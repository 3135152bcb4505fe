from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import MatterState
from mediation_server.domain.people import PARTICIPATING
from mediation_server.domain.session import CHECKLIST, ChecklistItem, SessionKind, SessionState
from mediation_server.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from mediation_server.rooms.starting import missing_to_start
from mediation_server.rooms.state import Place
from mediation_server.services import attending, presiding
from mediation_server.services.inviting import issue
from mediation_server.services.suspending import resume
from mediation_server.store import matters
from tests.room_world import CAMERA, MEDIATOR, MIC, SCREEN, room_world


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def test_whoever_is_admitted_sits_in_the_joint_room(world):
    await world.sit("mediator")
    await world.sit("zhou")
    await world.sit("lin")
    assert world.seat("zhou").place is Place.LOBBY
    await world.do(presiding.admit, "mediator", [world.ids["zhou"]])
    assert (world.seat("zhou").place, world.seat("lin").place) == (Place.MAIN, Place.LOBBY)
    await world.do(presiding.admit, "mediator", None)
    assert world.seat("lin").place is Place.MAIN


async def test_all_means_those_who_are_there(world):
    await world.sit("mediator")
    await world.sit("zhou")
    await world.sit("lin")
    await world.lose("lin")
    await world.do(presiding.admit, "mediator", None)
    assert world.seat("lin").place is Place.LOBBY


async def test_a_locked_room_lets_nobody_in_and_whoever_has_a_seat_comes_back(world):
    await world.admitted("zhou")
    await world.sit("lin")
    await world.do(presiding.lock, "mediator", locked=True)
    with pytest.raises(Conflict, match="room_locked"):
        await world.do(presiding.admit, "mediator", None)
    await world.lose("zhou")
    await world.sit("zhou")
    assert world.seat("zhou").place is Place.MAIN
    assert (await world.sit("lin")).view["locked"] == {"reason": "presider"}
    await world.do(presiding.lock, "mediator", locked=False)
    await world.do(presiding.admit, "mediator", None)
    assert world.seat("lin").place is Place.MAIN


@pytest.mark.parametrize("change", [{"state": MatterState.CONFIRMING}, {"consent_pending": True}])
async def test_nothing_begins_in_a_matter_that_has_moved_on_or_where_a_side_has_not_agreed(world, change):
    await world.admitted("zhou", "lin")
    for item in CHECKLIST:
        await world.do(presiding.check, "mediator", item, done=True)
    for guest in ("zhou", "lin"):
        await world.do(presiding.verify, "mediator", world.ids[guest], verified=True)
    matter_id = (await world.session()).matter_id
    async with world.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, matter_id), **change))
    before = await world.log()
    with pytest.raises(Conflict, match="matter_state"):
        await world.do(presiding.start, "mediator")
    assert (await world.log(), (await world.session()).state) == (before, SessionState.LOBBY)


async def test_a_sitting_starts_when_nothing_is_missing(world):
    await world.admitted("zhou")
    assert missing_to_start(world.state) == (*(each.value for each in CHECKLIST), "respondent", "unverified")
    with pytest.raises(Conflict) as refusal:
        await world.do(presiding.start, "mediator")
    assert (refusal.value.code, refusal.value.field) == ("checklist_incomplete", "identity")
    assert not world.state.started
    await world.sit("lin")
    await world.do(presiding.admit, "mediator", None)
    for item in CHECKLIST:
        await world.do(presiding.check, "mediator", item, done=True)
    await world.do(presiding.verify, "mediator", world.ids["zhou"], verified=True)
    assert missing_to_start(world.state) == ("unverified",)
    await world.do(presiding.verify, "mediator", world.ids["lin"], verified=True)
    await world.do(presiding.check, "mediator", CHECKLIST[0], done=False)
    assert missing_to_start(world.state) == ("identity",)
    await world.do(presiding.check, "mediator", CHECKLIST[0], done=True)
    await world.do(presiding.start, "mediator")
    session = await world.session()
    assert (session.state, session.started_at) == (SessionState.LIVE, world.clock.now())
    assert world.recorders[0].deeds == ["begun"]


async def test_who_is_offline_does_not_count_as_present(world):
    await world.admitted("zhou", "lin")
    await world.lose("lin")
    assert "respondent" in missing_to_start(world.state)


async def test_without_a_recorder_the_sitting_is_suspended_and_resuming_tries_again(world):
    world.recorder_fails = [OSError("still full"), OSError("disk full")]
    with pytest.raises(Unavailable, match="recording_unavailable"):
        await world.live()
    assert (await world.session()).state is SessionState.SUSPENDED
    assert world.hears("zhou") == set()
    with pytest.raises(Unavailable, match="recording_unavailable"):
        await world.do(resume, "mediator")
    await world.do(resume, "mediator")
    assert (await world.session()).state is SessionState.LIVE
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}


async def test_everybody_live_hears_everybody_and_is_recorded(world):
    await world.live()
    assert world.hears("mediator") == {"zhou", "lin", "recorder"}
    assert world.hears("lin", CAMERA) == {"zhou", "mediator", "recorder"}


async def test_a_muted_microphone_reaches_nobody_and_stays_off_when_locked(world):
    await world.live()
    await world.do(presiding.mute, "mediator", world.ids["zhou"], MIC, locked=True)
    assert world.hears("zhou") == set()
    assert world.hears("zhou", CAMERA) == {"mediator", "lin", "recorder"}
    assert world.told("zhou", "muted") == [{"source": "microphone", "locked": True}]
    with pytest.raises(Refused, match="muted_by_mediator"):
        await world.do(attending.switch, "zhou", {MIC: True})
    await world.do(presiding.unlock, "mediator", world.ids["zhou"], MIC)
    assert world.hears("zhou") == set()
    await world.do(attending.switch, "zhou", {MIC: True})
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}


async def test_a_lock_survives_a_reload(world):
    await world.live()
    await world.do(presiding.mute, "mediator", world.ids["zhou"], CAMERA, locked=True)
    await world.sit("zhou")
    with pytest.raises(Refused, match="muted_by_mediator"):
        await world.do(attending.switch, "zhou", {CAMERA: True})


async def test_a_camera_or_a_shared_screen_can_be_stopped(world):
    await world.live()
    await world.do(presiding.mute, "mediator", world.ids["lin"], CAMERA, locked=False)
    assert world.hears("lin", CAMERA) == set()
    await world.do(attending.switch, "lin", {SCREEN: True})
    await world.do(presiding.mute, "mediator", world.ids["lin"], SCREEN, locked=False)
    assert not world.seat("lin").screen


async def test_back_in_the_lobby_one_hears_and_is_heard_by_nobody(world):
    await world.live()
    await world.do(presiding.to_lobby, "mediator", world.ids["zhou"])
    assert world.hears("zhou") == set()
    assert world.hears("lin") == {"mediator", "recorder"}
    view = world.told("zhou", "room")[-1]
    assert (view["place"], [each["participant"] for each in view["people"]]) == ("lobby", [world.ids["zhou"]])
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(presiding.to_lobby, "mediator", world.ids["zhou"])


async def test_a_removal_needs_a_reason_and_ends_everything_at_once(world):
    await world.live()
    with pytest.raises(BadInput, match="text_empty"):
        await world.do(presiding.remove, "mediator", world.ids["lin"], " \u200f ")
    connection = world.connections["lin"]
    await world.do(presiding.remove, "mediator", world.ids["lin"], "辱骂对方")
    assert world.told("lin", "removed") == [{"reason": "辱骂对方"}]
    assert connection in world.ears.ended
    assert world.ids["lin"] in world.engine.rooms[world.session_id].kicked
    assert world.hears("zhou") == {"mediator", "recorder"}
    with pytest.raises(Refused, match="removed"):
        await world.sit("lin")
    told = len(world.told("lin"))
    await world.do(attending.raise_hand, "zhou", up=True)
    assert len(world.told("lin")) == told


async def test_whoever_is_refused_in_the_lobby_is_out_until_a_new_link(world):
    await world.sit("mediator")
    await world.sit("zhou")
    await world.do(presiding.refuse, "mediator", world.ids["zhou"], "非本案当事人")
    with pytest.raises(Refused, match="removed"):
        await world.sit("zhou")
    await issue(world.ctx, MEDIATOR, world.session_id, world.ids["zhou"])
    assert (await world.sit("zhou")).view["place"] == "lobby"


async def test_only_the_lobby_can_be_refused(world):
    await world.live()
    with pytest.raises(Conflict, match="not_in_lobby"):
        await world.do(presiding.refuse, "mediator", world.ids["zhou"], "理由")


@pytest.mark.parametrize(
    "deed",
    [
        lambda w, who: presiding.admit(w.ctx, w.room, who, None),
        lambda w, who: presiding.refuse(w.ctx, w.room, who, w.ids["lin"], "r"),
        lambda w, who: presiding.remove(w.ctx, w.room, who, w.ids["lin"], "r"),
        lambda w, who: presiding.verify(w.ctx, w.room, who, w.ids["lin"], verified=True),
        lambda w, who: presiding.check(w.ctx, w.room, who, CHECKLIST[0], done=True),
        lambda w, who: presiding.start(w.ctx, w.room, who),
        lambda w, who: presiding.mute(w.ctx, w.room, who, w.ids["lin"], MIC, locked=True),
        lambda w, who: presiding.unlock(w.ctx, w.room, who, w.ids["lin"], MIC),
        lambda w, who: presiding.to_lobby(w.ctx, w.room, who, w.ids["lin"]),
        lambda w, who: presiding.lock(w.ctx, w.room, who, locked=True),
    ],
)
async def test_a_party_presides_over_nothing(world, deed):
    await world.live()
    before = len(await world.log())
    with pytest.raises(Refused, match="not_permitted"):
        await deed(world, world.ids["zhou"])
    assert len(await world.log()) == before


async def test_another_mediator_in_the_room_takes_part_and_presides_over_nothing(tmp_path):
    async with room_world(tmp_path, cast=("mediator", "he", "zhou", "lin")) as world:
        await world.live("he", "zhou", "lin")
        assert (await world.sit("he")).view["you"]["permissions"] == sorted(PARTICIPATING)
        with pytest.raises(Refused, match="not_permitted"):
            await world.do(presiding.lock, "he", locked=True)


async def test_whoever_is_not_connected_does_nothing(world):
    await world.live()
    await world.lose("mediator")
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(presiding.lock, "mediator", locked=True)


async def test_a_screen_is_not_shared_into_the_lobby(world):
    await world.live()
    await world.do(attending.switch, "zhou", {SCREEN: True})
    await world.do(presiding.to_lobby, "mediator", world.ids["zhou"])
    assert not world.seat("zhou").screen


async def test_the_presider_cannot_be_muted_sent_out_or_removed_by_themselves(world):
    await world.live()
    me = world.ids["mediator"]
    for deed in (
        presiding.mute(world.ctx, world.room, me, me, MIC, locked=True),
        presiding.to_lobby(world.ctx, world.room, me, me),
        presiding.remove(world.ctx, world.room, me, me, "r"),
    ):
        with pytest.raises(Refused, match="not_yourself"):
            await deed


async def test_a_stranger_to_the_sitting_is_nobody(world):
    await world.live()
    with pytest.raises(NotFound, match="no_such_participant"):
        await world.do(presiding.verify, "mediator", "01hzzzzzzzzzzzzzzzzzzzzzzz", verified=True)


async def test_every_change_of_the_audience_is_in_the_ledger(world):
    await world.live()
    ledger = [event.payload for event in await world.log() if event.kind is EventKind.AUDIENCE_CHANGED]
    ids = world.ids
    assert ledger[-1]["receivers"][ids["zhou"]] == sorted([ids["mediator"], ids["lin"], "recorder"])
    assert "recorder" not in str(ledger[:-1])


async def test_an_item_of_another_kind_of_sitting_is_refused(tmp_path):
    async with room_world(tmp_path, kind=SessionKind.CONFIRMATION_CHECK) as world:
        await world.sit("mediator")
        with pytest.raises(BadInput, match="not_on_checklist"):
            await world.do(presiding.check, "mediator", ChecklistItem.SHAM_MEDIATION, done=True)


async def test_each_item_says_when_it_was_ticked_and_the_log_says_by_whom(world):
    view = (await world.sit("mediator")).view
    assert {each["at"] for each in view["checklist"]} == {None}
    await world.do(presiding.check, "mediator", ChecklistItem.ADDRESS, done=True)
    shown = {each["item"]: each["at"] for each in world.room.view(world.ids["mediator"])["checklist"]}
    event = (await world.log())[-1]
    assert (event.kind, event.actor, event.payload["item"]) == (
        EventKind.CHECKLIST_TICKED,
        world.ids["mediator"],
        "address",
    )
    assert shown["address"] is not None
    await world.do(presiding.check, "mediator", ChecklistItem.ADDRESS, done=False)
    assert "address" not in world.state.checklist


async def test_only_the_presider_is_told_what_is_missing(world):
    await world.admitted("zhou")
    assert "respondent" in world.room.view(world.ids["mediator"])["missing"]
    assert world.room.view(world.ids["zhou"])["missing"] is None
