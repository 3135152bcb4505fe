"""One rule for who may receive whom; whatever happens in a room, safety mode keeps the sides apart."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.state import Place, RoomState, SeatState
from mediation_server.rooms.state_folds import folded
from mediation_server.rooms.visibility import audience_of, ear_in, kept_apart, ledger_of, may_receive, with_captions

CAST = {
    "mediator": (Role.MEDIATOR, Side.NEUTRAL),
    "zhou": (Role.APPLICANT, Side.APPLICANT),
    "agent": (Role.AGENT, Side.APPLICANT),
    "lin": (Role.RESPONDENT, Side.RESPONDENT),
    "wu": (Role.THIRD_PARTY, Side.THIRD),
}
GUESTS = sorted(set(CAST) - {"mediator"})
ALL_HERE = [
    *((EventKind.CONNECTED, {"participant": name}) for name in CAST),
    *((EventKind.ADMITTED, {"participant": name}) for name in GUESTS),
]
START = datetime(2026, 11, 23, 2, tzinfo=UTC)


def empty():
    seats = {name: SeatState(Participant(name, "s", role, side, name, name)) for name, (role, side) in CAST.items()}
    return RoomState("s", "mediator", seats)


def log(*happened):
    return [
        SessionEvent("s", seq, START + timedelta(seconds=seq), 0, "system", kind, payload, "", "")
        for seq, (kind, payload) in enumerate(happened, start=1)
    ]


K = EventKind
somebody = st.sampled_from(sorted(CAST))
guest = st.sampled_from(GUESTS)
about = st.fixed_dictionaries({"participant": somebody})
caucus = st.sampled_from(["applicant", "respondent", "third"]).map(
    lambda side: (
        K.CAUCUS_OPENED,
        {
            "caucus": "c",
            "side": side,
            "participants": ["mediator", *(name for name in GUESTS if CAST[name][1].value == side)],
        },
    )
)
safety = st.booleans().map(lambda on: (K.SAFETY_CHANGED, {"on": on}))
step = st.one_of(
    st.tuples(st.sampled_from([K.CONNECTED, K.CONNECTED, K.DISCONNECTED, K.LEFT, K.ARRIVED]), about),
    st.tuples(
        st.sampled_from([K.ADMITTED, K.ADMITTED, K.RETURNED_TO_LOBBY, K.REMOVED]),
        st.fixed_dictionaries({"participant": guest}),
    ),
    caucus,
    st.just((K.CAUCUS_OPENED, {"caucus": "c", "side": "applicant", "participants": [*CAST]})),  # as no rule allows
    st.just((K.CAUCUS_CLOSED, {"caucus": "c"})),
    st.just((K.STARTED, {})),
    st.just((K.SUSPENDED, {"reason": "x"})),
    st.just((K.RESUMED, {})),
    st.tuples(
        st.just(K.DEVICES_SWITCHED), st.fixed_dictionaries({"participant": somebody, "microphone": st.just(value=True)})
    ),
)


def opposed(one, other):
    sides = {CAST[one][1], CAST[other][1]}
    return len(sides) == 2 and Side.NEUTRAL not in sides


@given(st.lists(st.one_of(step, safety), max_size=40))
def test_no_sequence_of_events_lets_one_side_receive_another_in_safety_mode(happened):
    state = empty()
    for event in log((K.SAFETY_CHANGED, {"on": True}), *ALL_HERE, *happened):
        state = folded(state, [event])
        for sender, receivers in audience_of(state).items():
            if state.safety:
                assert not [each for each in receivers if each != RECORDER and opposed(sender, each)]


@given(st.lists(st.one_of(step, safety), max_size=40), st.frozensets(somebody))
def test_a_machine_hears_whom_a_reader_or_the_record_hears_and_in_one_place_alone(happened, wanting):
    state = empty()
    for event in log(*ALL_HERE, (K.STARTED, {}), *happened):
        state = folded(state, [event])
        plain = audience_of(state)
        heard = with_captions(plain, state, wanting)
        for sender, receivers in heard.items():
            machines = receivers - plain[sender]
            assert machines <= {ear_in(state.seats[sender].place)}
            assert bool(machines) == bool(plain[sender] & (wanting | {RECORDER}))
        assert ledger_of(heard) == ledger_of(plain)


@given(st.lists(step, max_size=40))
def test_while_it_is_on_no_party_ever_sits_in_the_joint_room(happened):
    state = folded(empty(), log((K.SAFETY_CHANGED, {"on": True}), *ALL_HERE, *happened))
    assert not [name for name in GUESTS if state.seats[name].place is Place.MAIN]
    # The recorder sits in the joint room alone: nothing a party says is ever recorded.
    assert not [name for name in GUESTS if may_receive(state, name, RECORDER)]


@given(st.lists(step, max_size=30), st.lists(step, max_size=10))
def test_switched_on_at_any_moment_it_empties_the_joint_room(before, after):
    state = folded(empty(), log(*ALL_HERE, *before, (K.SAFETY_CHANGED, {"on": True}), *after))
    assert not [name for name in GUESTS if state.seats[name].place is Place.MAIN]


def test_each_side_still_speaks_with_the_mediator_alone_and_with_its_own_people():
    inside = {"caucus": "c", "side": "applicant", "participants": ["mediator", "zhou", "agent"]}
    state = folded(empty(), log((K.SAFETY_CHANGED, {"on": True}), *ALL_HERE, (K.CAUCUS_OPENED, inside)))
    assert audience_of(state)["zhou"] == {"mediator", "agent"}
    assert audience_of(state)["lin"] == frozenset()
    assert not kept_apart(state, "zhou", "agent")
    assert not kept_apart(state, "zhou", "mediator")
    assert kept_apart(state, "zhou", "wu")


def test_switched_off_again_everybody_comes_together():
    on, off = (K.SAFETY_CHANGED, {"on": True, "first": "respondent"}), (K.SAFETY_CHANGED, {"on": False})
    state = folded(empty(), log(on, *ALL_HERE, off))
    assert (state.safety, state.safety_first) == (False, None)
    assert audience_of(state)["zhou"] == {"mediator", "agent", "lin", "wu"}
