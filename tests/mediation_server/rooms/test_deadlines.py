from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import instant
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Lapse, Participant, Session, SessionKind, SessionState
from mediation_server.rooms.deadlines import (
    LONGEST_SITTING,
    LONGEST_SUSPENSION,
    PARTY_GRACE,
    Lost,
    away,
    lapse_of,
    lost_of,
    must_end_at,
)
from mediation_server.rooms.state import Place, RoomState, SeatState

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
GRACE = timedelta(seconds=60)
CAST = {
    "mediator": (Role.MEDIATOR, Side.NEUTRAL),
    "zhou": (Role.APPLICANT, Side.APPLICANT),
    "agent": (Role.AGENT, Side.APPLICANT),
    "lin": (Role.RESPONDENT, Side.RESPONDENT),
    "wu": (Role.THIRD_PARTY, Side.THIRD),
}


def room(gone=(), *, place=Place.MAIN, gone_at=START, **changes):
    """A room under way in which these people lost their line at `gone_at`."""
    seats = {}
    for name, (role, side) in CAST.items():
        lost = name in gone
        seats[name] = SeatState(
            Participant(name, "s", role, side, name, name),
            place=place if lost else Place.MAIN,
            since=instant(START),
            connected=not lost,
            admitted=True,
            disconnected_at=instant(gone_at) if lost else None,
        )
    return replace(RoomState("s", "mediator", seats, started=True), **changes)


def session(state=SessionState.LIVE):
    return Session(new_id(), new_id(), SessionKind.MEDIATION, state, START, 60, new_id(), started_at=START)


def lost_after(state, seconds, of=SessionState.LIVE):
    return lost_of(state, session(of), START + timedelta(seconds=seconds), GRACE)


def test_the_times_are_those_of_the_rule():
    assert (
        timedelta(seconds=120),
        timedelta(minutes=30),
        timedelta(hours=4),
    ) == (PARTY_GRACE, LONGEST_SUSPENSION, LONGEST_SITTING)


@pytest.mark.parametrize(("gone", "side"), [(("zhou", "agent"), Side.APPLICANT), (("lin",), Side.RESPONDENT)])
def test_a_side_without_anybody_is_lost_after_two_minutes(gone, side):
    assert lost_after(room(gone), 119) is None
    assert lost_after(room(gone), 120) == Lost("party_lost", side)


@pytest.mark.parametrize("gone", [("zhou",), ("agent",), ("wu",)])
def test_a_side_with_somebody_left_and_a_third_party_may_be_away(gone):
    assert lost_after(room(gone), 3600) is None


def test_the_presider_is_lost_after_the_grace_and_comes_first():
    assert lost_after(room(("mediator", "lin")), 59) is None
    assert lost_after(room(("mediator", "lin")), 120) == Lost("presider_lost")


def test_whoever_left_is_as_lost_and_whoever_was_removed_is_not():
    assert lost_after(room(("lin",), place=Place.OUTSIDE), 120) == Lost("party_lost", Side.RESPONDENT)
    assert lost_after(room(("lin",), place=Place.REMOVED), 3600) is None


def test_a_side_that_waits_outside_the_others_caucus_may_be_away():
    inside = {"caucus_id": "c", "caucus_side": "applicant"}
    assert lost_after(room(("lin",), place=Place.WAITING, **inside), 3600, SessionState.CAUCUS) is None
    other = {"caucus_id": "c", "caucus_side": "respondent"}
    lost = lost_after(room(("lin",), place=Place.CAUCUS, **other), 120, SessionState.CAUCUS)
    assert lost == Lost("party_lost", Side.RESPONDENT)


def test_after_a_resumption_the_two_minutes_count_anew():
    resumed = room(("lin",), resumed_at=instant(START + timedelta(seconds=300)))
    assert lost_after(resumed, 419) is None
    assert lost_after(resumed, 420) == Lost("party_lost", Side.RESPONDENT)


@pytest.mark.parametrize("state", [SessionState.LOBBY, SessionState.SUSPENDED, SessionState.ENDED])
def test_only_what_is_under_way_is_suspended(state):
    assert lost_after(room(("mediator", "zhou", "agent", "lin")), 7200, state) is None


def test_a_suspension_ends_after_half_an_hour():
    state = room(suspended="休息", suspended_at=instant(START + timedelta(minutes=10)))
    suspended = session(SessionState.SUSPENDED)
    assert lapse_of(state, suspended, START + timedelta(minutes=39, seconds=59)) is None
    assert lapse_of(state, suspended, START + timedelta(minutes=40)) is Lapse.SUSPENDED_TOO_LONG


@pytest.mark.parametrize("of", [SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED])
def test_a_sitting_ends_after_four_hours(of):
    late = START + timedelta(hours=3, minutes=59)
    state = room(suspended="休息", suspended_at=instant(late)) if of is SessionState.SUSPENDED else room()
    assert lapse_of(state, session(of), late) is None
    assert lapse_of(state, session(of), START + timedelta(hours=4)) is Lapse.SITTING_TOO_LONG


@pytest.mark.parametrize("of", [SessionState.SCHEDULED, SessionState.LOBBY, SessionState.ENDED, SessionState.CANCELLED])
def test_what_has_not_begun_or_is_over_does_not_lapse(of):
    assert lapse_of(room(), session(of), START + timedelta(days=2)) is None


def test_what_is_shown_is_when_it_will_really_end():
    at = START + timedelta(minutes=10)
    assert must_end_at(room(suspended="休息", suspended_at=instant(at)), START) == at + LONGEST_SUSPENSION
    late = START + timedelta(hours=3, minutes=50)
    assert must_end_at(room(suspended="休息", suspended_at=instant(late)), START) == START + LONGEST_SITTING
    assert must_end_at(room(), START) is None


def test_whoever_is_away_is_named_until_they_are_back():
    assert away(room(("mediator", "lin", "wu", "zhou"))) == ("mediator", "lin")
    assert away(room()) == ()


@given(
    suspended_s=st.integers(0, 5 * 3600),
    now_s=st.integers(0, 6 * 3600),
    of=st.sampled_from(SessionState),
)
def test_it_ends_exactly_when_it_was_said_to(suspended_s, now_s, of):
    at = START + timedelta(seconds=suspended_s)
    state = room(suspended="休息", suspended_at=instant(at))
    ends = must_end_at(state, START)
    over = lapse_of(state, session(of), START + timedelta(seconds=now_s)) is not None
    if of is SessionState.SUSPENDED:
        assert over is (START + timedelta(seconds=now_s) >= ends)
    elif of not in (SessionState.LIVE, SessionState.CAUCUS):
        assert not over
