from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Attendance, Participant, Session, SessionKind, SessionState
from mediation_server.domain.sitting import NoticeAbout
from mediation_server.domain.sitting_clock import absent_sides, is_missed, is_written_out, reminder_due, waits_until

START = datetime(2026, 11, 27, 2, tzinfo=UTC)
LONG_AGO = START - timedelta(days=10)
SITTING = Session("s", "m", SessionKind.MEDIATION, SessionState.SCHEDULED, START, 60, "u")
ZHOU = Participant("zhou", "s", Role.APPLICANT, Side.APPLICANT, "周", "Zhou")
LIN = Participant("lin", "s", Role.RESPONDENT, Side.RESPONDENT, "林", "Lin")
WU = Participant("wu", "s", Role.THIRD_PARTY, Side.THIRD, "吴", "Wu")
DAY, SOON = NoticeAbout.DAY_BEFORE, NoticeAbout.SOON


@pytest.mark.parametrize(
    ("before", "told", "due"),
    [
        (timedelta(days=1, seconds=1), (), None),
        (timedelta(days=1), (), DAY),
        (timedelta(hours=3), (DAY,), None),
        (timedelta(minutes=30), (DAY,), SOON),
        (timedelta(minutes=30), (), SOON),  # after a standstill only the later one
        (timedelta(minutes=1), (SOON,), None),
        (timedelta(0), (), None),
    ],
)
def test_somebody_is_reminded_a_day_and_half_an_hour_before(before, told, due):
    assert reminder_due(SITTING, ZHOU, told, LONG_AGO, START - before) is due


def test_nothing_fell_due_before_it_was_announced():
    announced = START - timedelta(hours=2)
    assert reminder_due(SITTING, ZHOU, (), announced, START - timedelta(hours=1)) is None
    assert reminder_due(SITTING, ZHOU, (), announced, START - timedelta(minutes=20)) is SOON


def test_whoever_comes_at_a_time_of_their_own_is_reminded_of_that():
    later = replace(ZHOU, attendance=Attendance.SEPARATE, attends_at=START + timedelta(hours=3))
    assert reminder_due(SITTING, later, (DAY,), LONG_AGO, START + timedelta(hours=2, minutes=40)) is SOON


@given(st.lists(st.integers(0, 3 * 24 * 60), max_size=60).map(sorted))
def test_however_often_one_looks_each_reminder_comes_once_at_most(minutes):
    told: list[NoticeAbout] = []
    for minute in minutes:
        now = START - timedelta(days=2) + timedelta(minutes=minute)
        due = reminder_due(SITTING, ZHOU, told, LONG_AGO, now)
        if due is not None:
            told.append(due)
    assert len(told) == len(set(told))


def test_an_essential_party_is_waited_for_half_an_hour_or_as_long_as_the_presider_says():
    assert not is_missed(SITTING, LONG_AGO, START + timedelta(minutes=29))
    assert is_missed(SITTING, LONG_AGO, START + timedelta(minutes=30))
    held = replace(SITTING, held_until=START + timedelta(minutes=50))
    assert waits_until(held) == START + timedelta(minutes=50)
    assert not is_missed(held, LONG_AGO, START + timedelta(minutes=49))
    assert waits_until(replace(SITTING, held_until=START)) == START + timedelta(minutes=30)


@pytest.mark.parametrize(
    "sitting",
    [
        replace(SITTING, state=SessionState.LIVE),
        replace(SITTING, state=SessionState.CANCELLED),
        replace(SITTING, kind=SessionKind.ASYNC),
    ],
)
def test_what_has_begun_or_needs_nobody_there_is_not_missed(sitting):
    assert not is_missed(sitting, LONG_AGO, START + timedelta(days=1))


def test_a_sitting_entered_after_its_own_time_is_nobodys_to_miss():
    assert not is_missed(SITTING, START + timedelta(hours=1), START + timedelta(hours=3))


@pytest.mark.parametrize(
    ("up", "missed"),
    [(-60, 30), (0, 30), (10, 40), (29, 59), (30, None), (600, None)],
)
def test_what_passed_while_the_server_was_down_nobody_has_missed(up, missed):
    up_since = START + timedelta(minutes=up)
    found = [n for n in range(24 * 60) if is_missed(SITTING, LONG_AGO, START + timedelta(minutes=n), up_since)]
    assert (found[0] if found else None) == missed


def test_a_side_is_absent_when_none_of_its_people_has_come_by_video():
    agent = replace(LIN, id="agent", role=Role.AGENT)
    named = (ZHOU, LIN, agent, WU)
    assert absent_sides(named, ()) == (Side.APPLICANT, Side.RESPONDENT)
    assert absent_sides(named, ("agent",)) == (Side.APPLICANT,)
    assert absent_sides(named, ("zhou", "lin")) == ()  # a third party may stay away


@pytest.mark.parametrize("way", [Attendance.ON_SITE, Attendance.SEPARATE, Attendance.WRITTEN])
def test_whoever_is_not_expected_in_the_room_is_not_missed_there(way):
    assert absent_sides((ZHOU, replace(LIN, attendance=way)), ("zhou",)) == ()


def test_the_period_of_writing_ends_by_itself():
    written = replace(SITTING, kind=SessionKind.ASYNC, minutes=3 * 1440)
    assert not is_written_out(written, START + timedelta(days=3, seconds=-1))
    assert is_written_out(written, START + timedelta(days=3))
    assert written.is_written_at(START)
    assert not written.is_written_at(START - timedelta(seconds=1))
    assert not written.is_written_at(START + timedelta(days=3))
