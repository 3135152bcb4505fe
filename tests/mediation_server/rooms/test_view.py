"""What people may know: however a sitting goes, nothing that happens in a caucus changes anybody else's view."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.room import empty_state
from mediation_server.rooms.state import Place
from mediation_server.rooms.state_folds import folded
from mediation_server.rooms.view import Moment, Setting, view_of
from mediation_server.rooms.visibility import audience_of, may_receive, place_of

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SIDES = {
    "mediator": (Role.MEDIATOR, Side.NEUTRAL),
    "a1": (Role.APPLICANT, Side.APPLICANT),
    "a2": (Role.AGENT, Side.APPLICANT),
    "r1": (Role.RESPONDENT, Side.RESPONDENT),
    "r2": (Role.AGENT, Side.RESPONDENT),
    "t1": (Role.THIRD_PARTY, Side.THIRD),
}
PEOPLE = [
    Participant(key, "s", role, side, f"人{key}", f"Person {key}", user_id="u" if key == "mediator" else None)
    for key, (role, side) in SIDES.items()
]
SESSION = Session("s", "m", SessionKind.MEDIATION, SessionState.LIVE, NOON, 60, "u", started_at=NOON)
MATTER = Matter(
    id="m",
    ref="TJ-1",
    track=Track.COURT_LED,
    state=MatterState.MEDIATING,
    court="法院",
    court_en="Court",
    cause="民间借贷纠纷",
    cause_en="Lending",
    mediator_id="u",
    created_at=NOON,
)
SETTING = Setting(SESSION, MATTER, ())
MOMENT = Moment(1, NOON, 0, recorder=True)

who = st.sampled_from(sorted(SIDES))
party = st.sampled_from(sorted(set(SIDES) - {"mediator"}))
E = EventKind


def about(kind, **more):
    return lambda each: (kind, {"participant": each, **more})


# Everything that concerns one person alone, wherever they are.
personal = st.one_of(
    who.map(about(E.CONNECTED)),
    who.map(about(E.TAKEN_OVER)),
    who.map(about(E.DISCONNECTED)),
    who.map(about(E.HAND_RAISED)),
    who.map(about(E.HAND_LOWERED)),
    who.map(about(E.SCREEN_SHARED)),
    who.map(about(E.SCREEN_UNSHARED)),
    st.tuples(who, st.booleans(), st.booleans()).map(
        lambda t: (E.DEVICES_SWITCHED, {"participant": t[0], "microphone": t[1], "camera": t[2]})
    ),
    st.tuples(party, st.sampled_from(["microphone", "camera"]), st.booleans()).map(
        lambda t: (E.MUTED, {"participant": t[0], "source": t[1], "locked": t[2]})
    ),
    party.map(about(E.LEFT)),
    party.map(about(E.RETURNED_TO_LOBBY)),
    party.map(about(E.REMOVED, reason="r")),
    party.map(about(E.ADMITTED)),
)
common = st.one_of(
    personal,
    personal,
    st.sampled_from(["applicant", "respondent", "third"]).map(lambda side: ("caucus", side)),
    st.just((E.CAUCUS_CLOSED, {})),
    st.just((E.SUSPENDED, {"reason": "r"})),
    st.just((E.RESUMED, {})),
    st.just((E.STARTED, {})),
    st.just((E.ROOM_LOCKED, {"reason": "presider"})),
    st.just((E.ROOM_UNLOCKED, {})),
)
histories = st.lists(common, max_size=40)


class Story:
    """A room whose events come as they like, the impossible ones too; only a caucus opens as the product opens it."""

    def __init__(self):
        self.state = empty_state(SESSION, PEOPLE)
        self.count = 0

    def tell(self, kind, payload):
        self.count += 1
        at = NOON + timedelta(seconds=self.count)
        event = SessionEvent("s", self.count, at, 0, "system", E(kind), payload, "", "")
        self.state = folded(self.state, [event])

    def all(self, history):
        for kind, payload in history:
            if kind == "caucus":
                self.open(payload)
            else:
                self.tell(kind, payload)
        return self

    def open(self, side):
        seats = self.state.seats
        inside = [key for key in seats if SIDES[key][1].value == side and seats[key].place is Place.MAIN]
        if self.state.caucus_id is None and inside and seats["mediator"].place is Place.MAIN:
            caucus = {"caucus": f"c{self.count}", "side": side, "participants": ["mediator", *inside], "until": None}
            self.tell(E.CAUCUS_OPENED, caucus)

    def settle(self):
        """Everybody is there, admitted and on the air."""
        for key in SIDES:
            self.tell(E.CONNECTED, {"participant": key})
            if key != "mediator":
                self.tell(E.ADMITTED, {"participant": key})
            self.tell(E.DEVICES_SWITCHED, {"participant": key, "microphone": True, "camera": True})
        self.tell(E.STARTED, {})
        return self


def view(state, viewer):
    return view_of(state, viewer, SETTING, MOMENT)


@settings(max_examples=300, deadline=None)
@given(histories, histories)
def test_nobody_receives_anything_across_two_places(before, after):
    story = Story().all(before).settle().all(after)
    state = story.state
    for sender in SIDES:
        assert not may_receive(state, sender, sender)
        for receiver in [*SIDES, RECORDER]:
            if may_receive(state, sender, receiver):
                assert place_of(state, sender) is place_of(state, receiver)
                assert place_of(state, sender).carries_media
                assert state.media_flows
                assert state.seats[sender].connected
            assert (receiver in audience_of(state)[sender]) is may_receive(state, sender, receiver)
        if state.seats[sender].place is Place.CAUCUS:
            assert RECORDER not in audience_of(state)[sender]


@settings(max_examples=300, deadline=None)
@given(histories)
def test_a_caucus_holds_the_presider_and_one_side(history):
    state = Story().settle().all(history).state
    sides = {SIDES[key][1] for key in state.in_caucus} - {Side.NEUTRAL}
    assert len(sides) <= 1
    if state.caucus_id is None:
        assert not state.in_caucus
        assert not any(seat.place is Place.WAITING for seat in state.seats.values())


inside_events = st.lists(
    st.one_of(personal, personal, st.just((E.CHAT_SENT, {}))).filter(
        lambda event: event[1].get("participant") in ("mediator", "a1", "a2") and event[0] is not E.ADMITTED
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(histories, inside_events)
def test_whatever_happens_inside_a_caucus_nobody_outside_sees_anything_of_it(before, inside):
    story = Story().all(before)
    story.tell(E.RESUMED, {})
    story.tell(E.CAUCUS_CLOSED, {})
    story.settle().open("applicant")
    members = story.state.in_caucus
    outsiders = [key for key in SIDES if key not in members]
    views = {key: view(story.state, key) for key in outsiders}
    heard = {key: audience_of(story.state)[key] for key in outsiders}
    story.all([event for event in inside if event[1]["participant"] in members])
    assert {key: view(story.state, key) for key in outsiders} == views
    assert {key: audience_of(story.state)[key] for key in outsiders} == heard


@settings(max_examples=300, deadline=None)
@given(histories)
def test_outside_the_room_one_knows_only_oneself(history):
    state = Story().all(history).state
    for key, seat in state.seats.items():
        if seat.place in (Place.LOBBY, Place.OUTSIDE, Place.REMOVED):
            seen = view(state, key)
            assert [each["participant"] for each in seen["people"]] == [key]
            assert (seen["caucus"], seen["audience"]["people"], seen["recording"]["state"]) == (None, [], "off")
            assert seen["session"]["state"] != "caucus"
            if key != "mediator":
                assert (seen["waiting"], seen["checklist"]) == ([], None)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_whoever_is_heard_is_named_and_nobody_else(history):
    state = Story().settle().all(history).state
    for key in SIDES:
        named = view(state, key)["audience"]["people"]
        assert named == [f"人{each}" for each in SIDES if may_receive(state, key, each)]


@settings(max_examples=200, deadline=None)
@given(histories)
def test_only_a_person_in_the_same_place_is_shown_as_they_are(history):
    state = Story().settle().all(history).state
    for key in set(SIDES) - {"mediator"}:
        here = state.seats[key].place
        for person in view(state, key)["people"]:
            if state.seats[person["participant"]].place is not here:
                devices = (person["microphone"], person["camera"], person["screen"], person["hand_at"])
                assert devices == (False, False, False, None)


def test_during_a_caucus_the_mediator_sees_everybody():
    story = Story().settle()
    story.tell(E.HAND_RAISED, {"participant": "r1"})
    story.open("applicant")
    people = {each["participant"]: each for each in view(story.state, "mediator")["people"]}
    assert set(people) == set(SIDES)
    assert people["r1"]["hand_at"] is not None


def test_own_side_waiting_together_knows_of_each_other():
    story = Story().settle()
    story.open("applicant")
    story.tell(E.DISCONNECTED, {"participant": "r2"})
    people = {each["participant"]: each for each in view(story.state, "r1")["people"]}
    assert not people["r2"]["connected"]
    assert people["t1"]["connected"]
