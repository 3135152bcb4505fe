"""The clocks of a matter, number by number, and what must hold of them whatever the log says."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_server.domain.calendar import CHINA, SHANGHAI, HolidayCalendar, local_date
from mediation_server.domain.clock_steps import look_on, steps
from mediation_server.domain.clock_table import CLOCKS, ClockId
from mediation_server.domain.clocks import ClockState, clocks_of, next_of, pending
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.errors import Conflict
from tests.matter_story import CLERK, COURT, FILING, LIN, MEDIATOR, OTHER_MEDIATOR, SYSTEM, ZHOU, C, Story
from tests.mediation_server.domain.test_lifecycle import STARTS, move

S, K, T = MatterState, MatterEventKind, ClockId
FILED = Track.POSTFILING_ENTRUSTED
BOTH = ["zhou", "lin"]


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def begun(start, **story):
    told = Story(**story)
    told.now = at(start)
    return told


def clock(story, number, on=None):
    """The clock of that number at the end of a story, or at noon of another day."""
    now = at(on, 12) if on else story.now
    return next((each for each in clocks_of(story.log, CHINA, now) if each.id is number), None)


def due(story, number):
    return clock(story, number).due


# -- the vectors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("track", "procedure", "accepted", "end"),
    [
        (FILED, "普通", "09-18", "10-08"),
        (FILED, "简易", "09-18", "09-28"),
        (Track.PREFILING_DELEGATED, None, "09-10", "10-10"),  # a Saturday that is worked
        (FILED, "简易", "11-16", "11-23"),
        (FILED, "小额", "02-10", "02-24"),
    ],
)
def test_04_the_period_ends_as_the_vectors_say(track, procedure, accepted, end):
    story = begun(d(accepted), track=track, procedure=procedure).mediating()
    assert due(story, T.PERIOD) == d(end) == story.file.period_end(CHINA)


@pytest.mark.parametrize(("assigned", "last"), [("09-24", "09-30"), ("09-30", "10-10"), ("02-12", "02-24")])
def test_03_the_mediator_has_three_working_days_as_the_vectors_say(assigned, last):
    story = begun(d(assigned)).assigned()
    assert due(story, T.ACCEPTANCE) == d(last)
    story.now = at(d(last), 23)
    story.do(C.ACCEPT, MEDIATOR, {"relations": []})
    late = begun(d(assigned)).assigned()
    late.now = at(d(last) + timedelta(days=1), 0)
    with pytest.raises(Conflict, match="accept_too_late"):
        late.do(C.ACCEPT, MEDIATOR, {"relations": []})


def test_02_the_parties_have_two_working_days_to_choose_as_the_vector_says():
    story = begun(d("11-19")).diverted()
    story.says(ZHOU)
    story.now = at(d("11-20"))
    story.says(LIN)  # the last consent, on a Friday
    assert due(story, T.JOINT_CHOICE) == d("11-24")
    assert clock(story, T.JOINT_CHOICE).then == "court_appoints"


@pytest.mark.parametrize(("on", "expired"), [("11-24", False), ("11-25", True)])
def test_02_inside_two_working_days_the_choice_is_the_parties_and_after_them_the_courts(on, expired):
    story = begun(d("11-20")).appointing()
    found = [each.clock.id for each in steps(clocks_of(story.log, CHINA, at(d(on))), d(on))]
    assert (T.JOINT_CHOICE in found) is expired


# -- clock by clock ---------------------------------------------------------------------------------------------------


def test_t02_the_court_appoints_within_three_working_days_of_the_application_or_of_a_refusal():
    story = begun(d("11-16")).submitted()
    assert due(story, T.APPOINTMENT) == d("11-19")
    story = begun(d("11-16")).assigned()
    assert clock(story, T.APPOINTMENT).state is ClockState.MET
    story.later(days=2)
    story.do(C.DECLINE, MEDIATOR, {"reason": "超出专业", "justified": True})
    assert (due(story, T.APPOINTMENT), clock(story, T.APPOINTMENT).state) == (d("11-23"), ClockState.RUNNING)


def test_t02_stands_still_while_the_applicant_mends_the_application():
    story = begun(d("11-16")).submitted()
    story.do(C.REQUEST_SUPPLEMENT, FILING, {"defects": ["no_phone"], "due": "2026-11-20"})
    assert next_of(clocks_of(story.log, CHINA, story.now)) is None
    story.now = at(d("11-20"))
    story.do(C.RESUBMIT, ZHOU)
    assert due(story, T.APPOINTMENT) == d("11-25")


def test_t01_and_t02_are_no_clocks_where_nobody_is_chosen_from_a_courts_roster():
    body, judge = Story(Track.ORG_ACCEPTED).appointing(), Story(Track.COURT_LED).mediating()
    for story in (body, judge):
        assert (clock(story, T.JOINT_CHOICE), clock(story, T.APPOINTMENT)) == (None, None)


def test_03_a_mediator_who_says_nothing_is_acted_on_and_the_choice_begins_anew():
    story = begun(d("11-16")).assigned().later(days=4)
    (step,) = steps(clocks_of(story.log, CHINA, story.now), d("11-20"))
    assert (step.clock.id, step.clock.due, step.remind_on) == (T.ACCEPTANCE, d("11-19"), None)
    story.do(C.EXPIRE, SYSTEM, {"clock": "T03", "due": "2026-11-19"})
    assert story.file.state is S.APPOINTING
    assert (due(story, T.JOINT_CHOICE), due(story, T.APPOINTMENT)) == (d("11-24"), d("11-25"))
    story.do(C.APPOINT, FILING, {"mediator": "m2"})
    story.do(C.ACCEPT, OTHER_MEDIATOR, {"relations": []})
    assert story.file.team.presider == "m2"


def test_t04_runs_only_while_the_other_side_has_not_answered():
    assert clock(Story().mediating(), T.CONTACT) is None
    story = begun(d("11-16")).diverted()
    story.says(ZHOU)
    for kind, who, payload in (
        (C.ALL_CONSENT, FILING, {}),
        (C.APPOINT, FILING, {"mediator": "m1"}),
        (C.ACCEPT, MEDIATOR, {"relations": []}),
    ):
        story.do(kind, who, payload)
    assert due(story, T.CONTACT) == d("11-19")
    story.says(LIN)
    assert clock(story, T.CONTACT).state is ClockState.MET


def test_t05_starts_with_the_last_consent_where_a_judge_mediates():
    story = begun(d("11-16"), track=Track.COURT_LED, procedure="普通").diverted()
    story.says(ZHOU)
    story.now = at(d("11-18"))
    story.says(LIN, presider="shen")
    assert (clock(story, T.PERIOD).started_on, due(story, T.PERIOD)) == (d("11-18"), d("12-03"))


def test_05_an_extension_by_all_moves_the_last_day_and_one_without_a_party_moves_nothing():
    story = begun(d("11-16"), track=FILED).mediating()
    story.says(ZHOU, "c6")
    with pytest.raises(Conflict, match="extension_consent_missing"):
        story.do(C.EXTEND, MEDIATOR, {"days": 7})
    assert (due(story, T.PERIOD), clock(story, T.EXTENSION)) == (d("11-23"), None)
    story.says(LIN, "c6")
    story.do(C.EXTEND, MEDIATOR, {"days": 7})
    assert due(story, T.PERIOD) == due(story, T.EXTENSION) == d("11-30")
    assert [each.clock.id for each in steps(clocks_of(story.log, CHINA, at(d("12-01"))), d("12-01"))] == [T.PERIOD]


def test_06_an_appraisal_stops_the_clock_and_the_days_that_were_left_are_left_still():
    story = begun(d("11-02")).mediating()
    story.now = at(d("11-06"))
    before = clock(story, T.PERIOD).remaining
    story.do(C.START_APPRAISAL, FILING, {"reason": "伤残等级", "consents": BOTH})
    for day in ("11-06", "11-20", "12-24"):  # however long it takes
        stopped = clock(story, T.PERIOD, d(day))
        assert (stopped.state, stopped.remaining) == (ClockState.STOPPED, before)
        assert steps(clocks_of(story.log, CHINA, at(d(day))), d(day)) == ()
    assert clock(story, T.APPRAISAL).due is None
    story.now = at(d("11-14"))
    story.do(C.RESUME, FILING)
    assert (clock(story, T.PERIOD).remaining, due(story, T.PERIOD)) == (before, d("12-10"))
    assert clock(story, T.APPRAISAL).state is ClockState.MET


def served(start="11-02", **story):
    told = begun(d(start), **story).mediating()
    for who in (ZHOU, LIN):
        told.says(who, "c10")
    told.do(C.SERVE_PROPOSAL, MEDIATOR, {"proposal": "p", "sha256": "33", "explained": True})
    return told


def test_t08_seven_days_without_objection():
    story = served()
    assert due(story, T.OBJECTION) == d("11-09")
    story.do(C.OBJECT, LIN)
    assert clock(story, T.OBJECTION).state is ClockState.MET


def test_a_proposal_that_lies_open_when_the_period_ends_may_still_be_agreed_and_signed():
    story = served("11-16", track=FILED)  # the period and the seven days both end on 23 November
    story.now = at(d("11-24"))
    (first,) = steps(clocks_of(story.log, CHINA, story.now), d("11-24"))[:1]
    assert first.clock.id is T.OBJECTION
    story = served("11-16", track=FILED, procedure="简易")
    story.now = at(d("11-18"))
    story.do(C.OBJECT, LIN)
    story.says(ZHOU, "c10")
    story.says(LIN, "c10")
    story.do(C.SERVE_PROPOSAL, MEDIATOR, {"proposal": "q", "sha256": "44", "explained": True})
    assert (due(story, T.PERIOD), due(story, T.OBJECTION)) == (d("11-23"), d("11-25"))
    assert [each.remind_on for each in steps(clocks_of(story.log, CHINA, at(d("11-25"))), d("11-25"))] == [d("11-24")]
    story.now = at(d("11-26"))
    assert swept(story) == [K.CLOCK_EXPIRED, K.CIRCULATED]
    story.sign(ZHOU, "44")
    story.now = at(d("11-30"))  # three days to sign, the last a Sunday
    assert swept(story) == [K.REMINDED]
    story.now = at(d("12-01"))
    assert swept(story) == [K.CLOCK_EXPIRED, K.CLOCK_EXPIRED, K.CONCLUDED]
    assert story.file.ground is Ground.PERIOD_EXPIRED


def test_t09_reminds_and_ends_nothing():
    story = begun(d("11-02")).signing()
    assert due(story, T.SIGNING) == d("11-05")
    story.now = at(d("11-06"))
    assert swept(story) == [K.CLOCK_EXPIRED]
    assert story.file.state is S.SIGNING
    for who in (ZHOU, LIN):
        story.sign(who)
    assert story.file.outcome is MatterOutcome.AGREED


@pytest.mark.parametrize(
    ("effective", "last"), [("11-02", "12-02"), ("09-10", "10-10"), ("10-16", "11-16")]
)  # a plain day; a Saturday that is worked; a Sunday that moves
def test_11_the_thirtieth_day_for_confirmation(effective, last):
    story = begun(d(effective)).agreed()
    assert due(story, T.CONFIRMATION) == d(last)
    story.now = at(d(last), 23)
    story.do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": BOTH, "court": "云溪区"})
    assert clock(story, T.CONFIRMATION).state is ClockState.MET
    late = begun(d(effective)).agreed()
    late.now = at(d(last) + timedelta(days=1), 0)
    assert K.CLOCK_EXPIRED in swept(late)
    with pytest.raises(Conflict, match="confirmation_too_late"):
        late.do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": BOTH, "court": "云溪区"})


def test_t10_is_no_clock_after_filing_nor_where_nothing_can_be_confirmed():
    assert clock(Story(FILED).agreed(), T.CONFIRMATION) is None
    assert clock(Story(confirmable=False).agreed(), T.CONFIRMATION) is None


def test_t11_three_days_for_the_acceptance_then_fifteen_for_the_review():
    story = begun(d("11-02")).agreed()
    story.do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": BOTH, "court": "云溪区"})
    assert due(story, T.REVIEW) == d("11-05")
    story.do(C.ACCEPT_CONFIRMATION, COURT, {"case_no": "(2026)皖9901民特37号"})
    assert due(story, T.REVIEW) == d("11-17")
    story.do(C.CONFIRM, COURT)
    assert clock(story, T.REVIEW).state is ClockState.MET
    assert (due(story, T.RULING_OBJECTION), due(story, T.ENFORCEMENT)) == (d("11-17"), date(2028, 11, 2))


def failed(track=Track.PREFILING_DELEGATED):
    story = begun(d("11-02"), track=track).mediating()
    story.do(C.FAIL, MEDIATOR, {"ground": "g5", "reason": "分歧较大"})
    story.do(C.HAND_OVER, MEDIATOR)
    return story


def test_t12_seven_days_for_the_filing_and_none_where_the_trial_goes_on():
    story = failed()
    assert due(story, T.FILING) == d("11-09")
    story.do(C.ACKNOWLEDGE_HANDOVER, COURT, {"case_no": "(2026)皖9901民初3001号"})
    assert clock(story, T.FILING).state is ClockState.MET
    assert clock(failed(FILED), T.FILING) is None


def test_t13_seven_days_to_pay_from_the_day_after_the_notice():
    story = begun(d("11-02"), track=FILED).mediating()
    story.do(C.NOTICE_FEE, FILING, {"fen": 97_500})
    assert (due(story, T.FEE), clock(story, T.FEE).then) == (d("11-09"), "court_decides")


def test_t14_three_working_days_to_decide_on_a_replacement():
    story = begun(d("11-05")).mediating()
    story.do(C.REQUEST_REPLACEMENT, LIN, {"party": "lin", "reason": "利害关系"})
    assert due(story, T.REPLACEMENT) == d("11-10")
    story.do(C.DECIDE_REPLACEMENT, FILING, {"upheld": True, "reason": "属实"})
    assert clock(story, T.REPLACEMENT).state is ClockState.MET
    assert clock(story, T.PERIOD).state is ClockState.RUNNING  # a new mediator does not start it anew


def judged():
    story = begun(d("11-02"), track=FILED).agreed()
    story.do(C.REQUEST_JUDGMENT, MEDIATOR, {"request": "1"})
    story.do(C.ISSUE_JUDGMENT, COURT)
    story.do(C.LAST_RECEIPT, CLERK, {"effective_on": "2026-11-10"})
    return story


def test_t16_two_years_from_the_day_of_effect_and_by_instalments_from_the_last():
    story = judged()
    assert due(story, T.ENFORCEMENT) == date(2028, 11, 10)
    assert clock(story, T.ENFORCEMENT).warn_on == (date(2028, 10, 11),)
    parts = [{"due": "2026-12-01", "fen": 100}, {"due": "2027-05-01", "fen": 100}]
    story.do(C.TRACK_PERFORMANCE, SYSTEM, {"instalments": parts})
    assert due(story, T.ENFORCEMENT) == date(2029, 5, 1)
    story.do(C.FULLY_PERFORM, ZHOU)
    assert clock(story, T.ENFORCEMENT).state is ClockState.MET


def test_t16_a_mere_agreement_cannot_be_enforced():
    story = begun(d("11-02")).agreed()
    story.do(C.TRACK_PERFORMANCE, SYSTEM, {"instalments": [{"due": "2026-12-01", "fen": 100}]})
    assert clock(story, T.ENFORCEMENT) is None


def test_t17_thirty_days_to_sue_after_a_preservation_that_mediation_does_not_stop():
    story = begun(d("11-02")).mediating()
    story.do(C.PRESERVE, FILING, {"measure_on": "2026-10-29"})
    found = clock(story, T.SUIT)
    assert (found.due, found.warn_on) == (d("11-30"), (d("11-20"), d("11-25"), d("11-29")))  # 28 November is a Saturday
    story.do(C.FORCE_MAJEURE, MEDIATOR, {"reason": "暴雨"})
    assert clock(story, T.SUIT).state is ClockState.RUNNING
    filed = begun(d("11-02"), track=FILED).mediating()
    filed.do(C.PRESERVE, FILING, {"measure_on": "2026-10-29"})
    assert clock(filed, T.SUIT) is None


def test_t18_the_file_of_a_court_is_kept_longer_than_a_bodys_own():
    story = judged()
    story.do(C.CLOSE, FILING)
    story.do(C.ARCHIVE, CLERK, {"catalogue_sha256": "44"})
    assert due(story, T.RETENTION).year == 2056
    own = begun(d("11-02"), track=Track.ORG_ACCEPTED).agreed()
    own.do(C.CLOSE, FILING)
    own.do(C.ARCHIVE, CLERK, {"catalogue_sha256": "44"})
    assert due(own, T.RETENTION) == date(2036, 11, 3)  # the second is a Sunday


@pytest.mark.parametrize(("procedure", "end"), [("普通", date(2027, 5, 10)), ("简易", date(2027, 2, 10))])
def test_t19_is_shown_and_never_acted_on_and_extended_days_do_not_count(procedure, end):
    story = begun(d("11-10"), track=FILED, procedure=procedure).mediating()
    found = clock(story, T.TRIAL)
    assert found.due == end
    assert T.TRIAL not in {each.id for each in pending(clocks_of(story.log, CHINA, story.now))}
    for who in (ZHOU, LIN):
        story.says(who, "c6")
    story.do(C.EXTEND, MEDIATOR, {"days": 10})
    assert due(story, T.TRIAL) >= end + timedelta(days=10)


def test_a_term_that_reaches_a_year_without_published_holidays_says_so():
    assert clock(begun(d("11-02")).mediating(), T.PERIOD).certain
    assert not clock(begun(d("12-10")).mediating(), T.PERIOD).certain


def test_every_clock_of_the_table_has_been_seen_here():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [each.id for each in CLOCKS] == list(ClockId)
    assert all(f"T.{each.name}" in source for each in ClockId)


# -- what is done about them ------------------------------------------------------------------------------------------


def swept(story, **facts):
    """Do what is to be done now, as the sweep does; the kinds of the events that it wrote."""
    written = []
    for _ in range(40):
        found = steps(clocks_of(story.log, CHINA, story.now), local_date(story.now))
        if not found:
            return written
        step = found[0]
        said = {"clock": step.clock.id.value, "due": step.clock.due.isoformat()}
        if step.remind_on:
            written += story.do(C.REMIND, SYSTEM, {**said, "on": step.remind_on.isoformat()}, **facts)
        else:
            written += story.do(C.EXPIRE, SYSTEM, said, **facts)
    raise AssertionError("it never ends")


def test_reminders_come_once_each_and_after_days_without_a_sweep_only_the_last():
    story = begun(d("11-16"), track=FILED).mediating()  # until Monday 23 November
    told = []
    for day in range(16, 24):
        for hour in (1, 13):
            story.now = at(d(f"11-{day}"), hour)
            told += [(day, each) for each in swept(story)]
    assert told == [(20, K.REMINDED), (22, K.REMINDED)]
    slept = begun(d("11-16"), track=FILED).mediating()
    slept.now = at(d("11-23"))
    assert swept(slept) == [K.REMINDED]
    assert slept.log[-1].payload["on"] == "2026-11-22"


def test_an_extended_period_reminds_anew():
    story = begun(d("11-16"), track=FILED).mediating()
    story.now = at(d("11-20"))
    assert swept(story) == [K.REMINDED]
    for who in (ZHOU, LIN):
        story.says(who, "c6")
    story.do(C.EXTEND, MEDIATOR, {"days": 7})
    assert swept(story) == []
    story.now = at(d("11-27"))
    assert swept(story) == [K.REMINDED]


def test_the_period_ends_the_mediation_once_and_never_on_its_last_day():
    story = begun(d("11-16"), track=FILED).mediating()
    story.now = at(d("11-23"), 23)
    assert K.CONCLUDED not in swept(story)
    story.now = at(d("11-24"), 0)
    assert swept(story) == [K.CLOCK_EXPIRED, K.CONCLUDED]
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.FAILED, Ground.PERIOD_EXPIRED)
    for days in (0, 1, 400):
        story.later(days=days)
        assert K.CONCLUDED not in swept(story)


def test_a_sitting_that_goes_on_over_the_end_may_finish_and_sign_on_that_day():
    story = begun(d("11-16"), track=FILED).mediating()
    story.now = at(d("11-22"))
    assert swept(story) == [K.REMINDED]
    story.now = at(d("11-24"), 0)
    with pytest.raises(Conflict, match="sitting_live"):
        swept(story, sitting_live=True)
    story.do(C.GRACE, SYSTEM, {"clock": "T05", "due": "2026-11-23", "session": "s"}, sitting_live=True)
    with pytest.raises(Conflict, match="clock_running"):
        story.do(C.GRACE, SYSTEM, {"clock": "T05", "due": "2026-11-23", "session": "s"})
    assert look_on(clocks_of(story.log, CHINA, story.now)) == d("11-25")
    story.do(C.CIRCULATE, MEDIATOR, {"agreement": "v", "version": 1, "sha256": "11"})
    story.now = at(d("11-24"), 23)
    assert swept(story) == []
    story.sign(ZHOU)
    unsigned = [*story.log], story.file
    story.sign(LIN)
    assert story.file.outcome is MatterOutcome.AGREED
    story.log, story.file = [*unsigned[0]], unsigned[1]
    story.now = at(d("11-25"), 0)
    assert swept(story) == [K.CLOCK_EXPIRED, K.CONCLUDED]


def test_nobody_is_given_a_day_of_grace_before_the_period_is_over():
    with pytest.raises(Conflict, match="clock_running"):
        Story(FILED).mediating().do(C.GRACE, SYSTEM, {"clock": "T05", "due": "2026-11-09", "session": "s"})


# -- whatever happens -------------------------------------------------------------------------------------------------

STARTS_AND_SEEDS = (st.integers(0, 2**32), st.sampled_from(STARTS))
DAYS = st.dates(date(2026, 1, 1), date(2026, 11, 30))


def wandered(seed, start, moves=10):
    """A matter after a random schedule of commands, and every file on its way."""
    chance, story = Random(seed), start()
    for _ in range(moves):
        move(chance, story, unsent=0)
    return story


@settings(max_examples=150)
@given(*STARTS_AND_SEEDS)
def test_no_clock_is_due_before_it_starts_and_none_counts_down_below_nought(seed, start):
    story = wandered(seed, start)
    for each in clocks_of(story.log, CHINA, story.now):
        assert each.due is None or each.due >= each.started_on
        assert each.waits_until is None or each.waits_until >= each.due
        assert each.remaining is None or each.remaining >= 0
        assert all(each.started_on < on < each.due for on in each.warn_on)


def _is_waiting(story):
    """Whether the period is over and something lets it go on: then somebody looks again and again."""
    found = clock(story, T.PERIOD)
    return found is not None and found.waits_until != found.due


@settings(max_examples=150)
@given(*STARTS_AND_SEEDS)
def test_what_is_due_can_be_done_ends_and_is_done_once(seed, start):
    chance, story = Random(seed), start()
    for _ in range(10):
        move(chance, story, unsent=0)
        written = len(story.log)
        swept(story)
        assert steps(clocks_of(story.log, CHINA, story.now), local_date(story.now)) == ()
        wake = look_on(clocks_of(story.log, CHINA, story.now))
        assert wake is None or wake > local_date(story.now) or _is_waiting(story)
        expired = [(e.payload["clock"], e.payload["due"]) for e in story.log if e.kind is K.CLOCK_EXPIRED]
        mine = [(e.payload["clock"], e.payload["due"]) for e in story.log[written:] if e.kind is K.CLOCK_EXPIRED]
        assert all(expired.count(each) == 1 for each in mine)
    assert file_of("m", story.log) == story.file


@settings(max_examples=150)
@given(*STARTS_AND_SEEDS, st.integers(0, 900))
def test_the_day_on_which_somebody_looks_moves_nothing(seed, start, later):
    story = wandered(seed, start)
    now, then = (clocks_of(story.log, CHINA, story.now + timedelta(days=days)) for days in (0, later))
    assert [(each.id, each.started_on, each.due) for each in now] == [(e.id, e.started_on, e.due) for e in then]
    assert look_on(now) == look_on(then)
    assert (next_of(now) and next_of(now).id) == (next_of(then) and next_of(then).id)
    wake = look_on(now)
    last = later if wake is None else max(0, min(later, (wake - local_date(story.now)).days))
    for days in range(0, last, 9):
        on = local_date(story.now) + timedelta(days=days)
        assert steps(clocks_of(story.log, CHINA, at(on)), on) == ()


@settings(max_examples=150)
@given(*STARTS_AND_SEEDS)
def test_the_end_of_the_period_moves_by_a_stop_consent_of_all_or_another_procedure_and_by_nothing_else(seed, start):
    story = wandered(seed, start)
    moving = {K.RESUMED, K.EXTENDED, K.PROCEDURE_CHANGED, K.REMEDIATED}
    for n in range(1, len(story.log)):
        was, now = (next((each.due for each in clocks_of(story.log[:k], CHINA, story.now) if each.id is T.PERIOD), None)
                    for k in (n, n + 1))  # fmt: skip
        assert was is None or now == was or story.log[n].kind in moving


@given(DAYS, st.integers(0, 20), st.integers(0, 60), st.sampled_from([FILED, Track.PREFILING_DELEGATED]))
def test_stopping_for_so_many_days_moves_the_end_by_as_many(start, wait, stop, track):
    plain = HolidayCalendar(worked=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(800)))  # no day off
    story = begun(start, track=track, procedure="普通").mediating()
    before = clocks_of(story.log, plain, story.now)
    wait = min(wait, 14)
    story.later(days=wait)
    story.do(C.FORCE_MAJEURE, MEDIATOR, {"reason": "暴雨"}, calendar=plain)
    story.later(days=stop)
    left = next(each.remaining for each in clocks_of(story.log, plain, story.now) if each.id is T.PERIOD)
    story.do(C.RESUME, MEDIATOR, {}, calendar=plain)
    after = clocks_of(story.log, plain, story.now)
    was, now = (next(each for each in found if each.id is T.PERIOD) for found in (before, after))
    assert (now.due - was.due).days == stop
    assert now.remaining == left


@given(DAYS, st.permutations(["contact", "disclose", "fee", "c2", "c3"]), st.integers(0, 5))
def test_the_order_of_unrelated_events_changes_no_clock(start, order, cut):
    def told(words):
        story = begun(start, track=FILED).mediating()
        for word in words:
            {
                "contact": lambda: story.do(C.CONTACT, MEDIATOR, {"party": "lin", "channel": "phone"}),
                "disclose": lambda: story.do(C.DISCLOSE, MEDIATOR, {"relations": []}),
                "fee": lambda: story.do(C.NOTICE_FEE, FILING, {"fen": 1}),
                "c2": lambda: story.says(ZHOU, "c2"),
                "c3": lambda: story.says(LIN, "c3"),
            }[word]()
        return clocks_of(story.log, CHINA, at(start + timedelta(days=1)))

    turned = [*order[cut:], *order[:cut]]
    assert told(order) == told(turned)


ANY_LOG = st.lists(
    st.tuples(
        st.sampled_from(MatterEventKind),
        st.dictionaries(
            st.sampled_from(
                ["days", "track", "procedure", "parties", "due", "clock", "on", "measure_on", "instalments"]
            ),
            st.sampled_from(
                [None, 7, -1, 10**12, "x", "2026-11-30", "court_led", ["a"], {"a": "applicant"}, [{"due": 3}]]
            ),
        ),
    ),
    max_size=10,
)


@given(ANY_LOG)
def test_no_log_however_strange_breaks_the_clocks(contents):
    start = datetime(2026, 11, 2, tzinfo=UTC)
    log = [
        MatterEvent("m", n, start + timedelta(hours=n), "u", "mediator", kind, payload, "", "")
        for n, (kind, payload) in enumerate(contents, start=1)
    ]
    found = clocks_of(log, CHINA, start + timedelta(days=40))
    steps(found, date(2026, 12, 12))
    look_on(found)
