from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.case_numbers import case_number
from mediation_server.domain.checks.causes import CAUSES
from mediation_server.domain.diversion import (
    ALTERNATIVES,
    STEPS,
    Defect,
    answered,
    defect_codes,
    doubts_about,
    findings,
    first_open,
    may_be_confirmed,
    rejection_for,
    reply_due,
    review_due,
    to_ask,
    track_offers,
)
from mediation_server.domain.letter import SEGMENT, LetterKind, day_word, letter_text
from mediation_server.domain.lifecycle_table import REJECTIONS
from mediation_server.domain.matter import Track
from mediation_server.domain.suitability import Fact, Question, Verdict
from mediation_server.errors import BadInput

LOAN, DIVORCE = CAUSES["民间借贷纠纷"], CAUSES["离婚纠纷"]
LABOUR = CAUSES["追索劳动报酬纠纷"]
causes = st.sampled_from(sorted(CAUSES)).map(CAUSES.get)
truths = st.frozensets(st.sampled_from(Fact))


def walked(cause, true):
    """The answers after all steps, each asked what it asks."""
    answers = {}
    for step in STEPS:
        answers |= {each.value: each in true for each in to_ask(cause, answers, step)}
    return answers


def test_every_refusal_has_another_way_in_both_languages():
    assert set(ALTERNATIVES) == set(REJECTIONS)
    assert all(each.zh and each.en and each.law for each in ALTERNATIVES.values())


@given(causes, truths)
def test_after_every_step_nothing_is_left_to_ask(cause, true):
    answers = walked(cause, true)
    assert first_open(cause, answers) is None
    assert all(answered(cause, answers, step) for step in STEPS)


@given(causes, truths)
def test_a_refusal_is_one_the_law_knows_and_rests_on_an_answer_that_says_no(cause, true):
    answers = walked(cause, true)
    reason = rejection_for(cause, answers)
    if reason is not None:
        assert reason in REJECTIONS
        found = findings(cause, answers)
        assert any(found[step].answer in (Verdict.NO, Verdict.FIRST) for step in STEPS)


def test_what_can_only_be_known_of_an_agreement_is_not_asked_of_an_application():
    asked = {fact for cause in CAUSES.values() for step in STEPS for fact in to_ask(cause, {}, step)}
    assert not asked & {Fact.WINDOW_PASSED, Fact.TERMS_UNCLEAR, Fact.NOT_ALL_APPLY, Fact.NO_PRESIDING_BODY}


def test_arbitration_comes_first_in_labour_disputes_alone():
    assert to_ask(LOAN, {}, Question.PRIOR) == ()
    assert to_ask(LABOUR, {}, Question.PRIOR) == (Fact.WAGE_IOU, Fact.ARBITRATION_DONE)
    assert rejection_for(LABOUR, walked(LABOUR, {Fact.RESPONDENT_HERE})) == "labour_arbitration_first"
    assert rejection_for(LABOUR, walked(LABOUR, {Fact.RESPONDENT_HERE, Fact.ARBITRATION_DONE})) is None


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (Fact.SPECIAL_PROCEDURE, "special_procedure"),
        (Fact.STATUS_QUESTION, "personal_status"),
        (Fact.EXCLUDED_BY_NATURE, "by_nature"),
        (Fact.ARBITRATION_CLAUSE, "arbitration_agreed"),
        (Fact.ADMINISTRATIVE_DISPUTE, "administrative_dispute"),
        (Fact.ALREADY_DECIDED, "decided_already"),
        (Fact.REAL_ESTATE_ELSEWHERE, "wrong_court"),
        (Fact.STATE_SECRET, "unsuitable_online"),
        (Fact.PARTY_OBJECTS_ONLINE, None),  # on site then, not refused
        (Fact.UNABLE_ONLINE, None),
    ],
)
def test_each_answer_comes_to_its_refusal(fact, reason):
    assert rejection_for(LOAN, walked(LOAN, {fact})) == reason


def test_a_divorce_can_be_mediated_but_not_confirmed():
    answers = walked(DIVORCE, {Fact.RESPONDENT_HERE})
    assert rejection_for(DIVORCE, answers) is None
    assert not may_be_confirmed(DIVORCE, answers)
    assert may_be_confirmed(LOAN, walked(LOAN, {Fact.RESPONDENT_HERE}))


def test_a_number_of_another_court_is_a_doubt():
    today = date(2026, 11, 23)
    own = case_number("(2026)皖9901民初2101号", today=today)
    assert doubts_about(own, "TJ-9901-2026-000001") == ()
    assert doubts_about(own, "TJ-9922-2026-000001") == ("case_number_other_court",)
    assert doubts_about(case_number("(2026)皖9901怪字1号", today=today), "TJ-9901-2026-000001") == (
        "case_type_unknown",
    )


def test_terms_of_the_desk_count_working_days():
    at = datetime(2026, 9, 23, 17, 0, tzinfo=UTC)  # Thursday 24 September at the court; the 25th to 27th are off
    assert review_due(at) == date(2026, 9, 30)
    assert reply_due(at) == date(2026, 9, 30)


def test_a_court_sends_matters_on_its_own_tracks_only():
    offered = {Track.ORG_ACCEPTED, Track.COURT_LED, Track.POSTFILING_ENTRUSTED}
    assert track_offers(offered) == (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)


def test_something_else_is_another_thing_each_time():
    assert defect_codes([(Defect.OTHER, "收条")], ["facts"]) == ["other:1"]
    assert defect_codes([(Defect.OTHER, "转账"), (Defect.FACTS, "")], ["other:1"]) == ["other:2", "facts"]
    with pytest.raises(BadInput, match="too_many_defects"):
        defect_codes([(Defect.FACTS, "")] * 21, [])


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_fits_two_text_messages_and_names_no_number_of_anybody(kind):
    params = {
        "court": "江岚市云溪区人民法院",
        "ref": "(2026)皖9901民初2101号",
        "name": "林若溪",
        "applicant": "周承安等",
        "cause": "机动车交通事故责任纠纷",
        "due": day_word(date(2026, 11, 26)),
        "outcome": "部分达成协议",
        "desk": "继续审理",
        "procedure": "普通",
    }
    words = letter_text(kind, params, "https://tj.yunxi.example/enter")
    assert len(words) <= 2 * (SEGMENT - 3)  # joined messages carry three characters less each
    assert "{" not in words
    assert "161" not in words
