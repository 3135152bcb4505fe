from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mediation_server.domain.calendar import CHINA, SHANGHAI
from mediation_server.domain.matter_file import MEDIATION, Answer, FiledParty, MatterFile, Stop, Team
from mediation_server.domain.people import Side

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
A, B = FiledParty("a", Side.APPLICANT), FiledParty("b", Side.RESPONDENT)


def at(month, day, hour=10):
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def running(start, days, **changes):
    return MatterFile("m", period_start=start, period_days=days, **changes)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at(9, 18), 15, date(2026, 10, 8)),
        (at(9, 18), 7, date(2026, 9, 28)),
        (at(9, 10), 30, date(2026, 10, 10)),
        (at(11, 16), 7, date(2026, 11, 23)),
        (at(2, 10), 7, date(2026, 2, 24)),
    ],
)
def test_period_vectors_of_the_law(start, days, end):
    assert running(start, days).period_end(CHINA) == end


def test_a_period_begins_on_the_courts_day_not_on_greenwichs():
    late = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # already the 17th at the court
    assert running(late, 7).period_end(CHINA) == date(2026, 11, 24)


def test_no_period_before_it_runs():
    assert MatterFile("m").period_end(CHINA) is None


def test_a_stopped_clock_moves_the_end_by_as_many_days_and_only_once_it_runs_again():
    stopped = running(at(11, 2), 15, stops=(Stop("appraisal", at(11, 4)),))
    assert (stopped.is_stopped, stopped.period_end(CHINA)) == (True, date(2026, 11, 17))
    resumed = replace(stopped, stops=(Stop("appraisal", at(11, 4), at(11, 12)),))
    assert (resumed.is_stopped, resumed.period_end(CHINA)) == (False, date(2026, 11, 25))


def test_extensions_are_added_before_a_last_day_off_moves_on():
    assert running(at(9, 18), 7, extended_days=6).period_end(CHINA) == date(2026, 10, 8)


def test_a_changed_procedure_leaves_at_least_the_next_working_day():
    assert running(at(11, 2), 7, changed_on=date(2026, 11, 13)).period_end(CHINA) == date(2026, 11, 16)
    assert running(at(11, 2), 15, changed_on=date(2026, 11, 3)).period_end(CHINA) == date(2026, 11, 17)


def test_a_matter_from_before_the_log_keeps_the_end_it_had():
    file = MatterFile("m", adopted_end=date(2026, 11, 27), extended_days=3)
    assert file.period_end(CHINA) == date(2026, 11, 30)


def test_all_agree_only_when_each_has_said_yes():
    yes, no = (Answer(yes=each, text_version="1", at=NOON) for each in (True, False))
    file = MatterFile("m", parties={"a": replace(A, answers={MEDIATION: yes}), "b": B})
    assert not file.all_agree(MEDIATION)
    assert not replace(file, parties={**file.parties, "b": replace(B, answers={MEDIATION: no})}).all_agree(MEDIATION)
    assert replace(file, parties={**file.parties, "b": replace(B, answers={MEDIATION: yes})}).all_agree(MEDIATION)
    assert not MatterFile("m").all_agree(MEDIATION)


def test_sides_and_teams_know_their_own():
    file = MatterFile("m", parties={"a": A, "b": B})
    assert (file.side(Side.APPLICANT), file.side(Side.THIRD)) == ({"a"}, set())
    team = Team("m1", ("m2",))
    assert [team.includes(each) for each in ("m1", "m2", "m3")] == [True, True, False]
