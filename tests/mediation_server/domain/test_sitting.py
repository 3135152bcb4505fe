from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Attendance, SessionKind
from mediation_server.domain.sitting import Plan, Way, apart_in_time, is_short_notice
from mediation_server.errors import BadInput

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # Monday, 14:00 at the court
ZHOU = MatterParty("zhou", "m", Side.APPLICANT, Role.APPLICANT, "周承安", "Zhou", "natural", "16100000011")
LIN = replace(ZHOU, id="lin", side=Side.RESPONDENT, role=Role.RESPONDENT, name="林若溪")
LATER = NOW + timedelta(days=4)


def field_of(plan):
    with pytest.raises(BadInput) as refusal:
        plan.check([ZHOU, LIN], NOW)
    return refusal.value.field


def test_an_ordinary_plan_in_four_days_needs_nothing_else():
    Plan(LATER, 60).check([ZHOU, LIN], NOW)


@pytest.mark.parametrize(("day", "short"), [(25, True), (26, False), (23, True)])
def test_three_days_are_counted_by_the_day_at_the_court(day, short):
    assert is_short_notice(datetime(2026, 11, day, 0, 30, tzinfo=UTC), NOW) is short


def test_midnight_at_the_court_counts_not_midnight_in_utc():
    assert is_short_notice(datetime(2026, 11, 25, 15, 59, tzinfo=UTC), NOW)
    assert not is_short_notice(datetime(2026, 11, 25, 16, 0, tzinfo=UTC), NOW)  # 26 November, 00:00 at the court


def test_less_than_three_days_needs_the_word_of_every_party_that_is_invited():
    soon = Plan(NOW + timedelta(hours=2), 60)
    assert field_of(soon) == "waived"
    assert field_of(replace(soon, waived=frozenset({"zhou"}))) == "waived"
    replace(soon, waived=frozenset({"zhou", "lin"})).check([ZHOU, LIN], NOW)
    prep = replace(soon, kind=SessionKind.PREP, side=Side.APPLICANT, waived=frozenset({"zhou"}))
    prep.check([ZHOU, LIN], NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": 14}, "minutes"),
        ({"minutes": 241}, "minutes"),
        ({"kind": SessionKind.ASYNC, "minutes": 60}, "minutes"),
        ({"kind": SessionKind.ASYNC, "minutes": 31 * 1440}, "minutes"),
        ({"starts_at": NOW - timedelta(minutes=6)}, "starts_at"),
        ({"starts_at": NOW + timedelta(days=181)}, "starts_at"),
        ({"kind": SessionKind.PREP}, "side"),
        ({"kind": SessionKind.PREP, "side": Side.THIRD}, "side"),
        ({"note": "字" * 501}, "note"),
        ({"place": "字" * 501}, "place"),
        ({"ways": {"lin": Way(Attendance.WRITTEN)}}, "way-lin"),
        ({"ways": {"lin": Way(Attendance.SEPARATE)}}, "at-lin"),
        ({"ways": {"lin": Way(Attendance.COURT_ROOM)}}, "where-lin"),
        ({"ways": {"lin": Way(Attendance.COURT_ROOM, where="字" * 501)}}, "where-lin"),
        ({"ways": {"zhou": Way(Attendance.ON_SITE)}}, "place"),
        ({"kind": SessionKind.CONFIRMATION_CHECK, "ways": {"lin": Way(Attendance.SEPARATE, LATER)}}, "way-lin"),
    ],
)
def test_what_does_not_fit_names_its_field(changes, field):
    assert field_of(replace(Plan(LATER, 60), **changes)) == field


def test_only_separate_times_and_writing_keep_the_sides_apart_in_time():
    assert not apart_in_time(Plan(LATER, 60, ways={"lin": Way(Attendance.COURT_ROOM, where="二楼")}))
    assert apart_in_time(Plan(LATER, 60, ways={"lin": Way(Attendance.SEPARATE, LATER)}))
    assert apart_in_time(Plan(LATER, 1440, SessionKind.ASYNC))


def test_in_writing_everybody_writes_whatever_the_form_says():
    plan = Plan(LATER, 1440, SessionKind.ASYNC, ways={"lin": Way(Attendance.ON_SITE)})
    plan.check([ZHOU, LIN], NOW)
    assert plan.way_of("lin").attendance is Attendance.WRITTEN
