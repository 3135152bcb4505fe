import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.causes import CAUSES
from mediation_server.domain.suitability import (
    RULES,
    Fact,
    Question,
    Verdict,
    facts_of_cause,
    judged,
    still_to_ask,
)

FACTS = st.frozensets(st.sampled_from(Fact), max_size=8)
IDS = [each.id for each in RULES]


def answer(cause, question, *facts):
    found = judged(facts_of_cause(CAUSES[cause]) | set(facts))[question]
    return found.answer, found.rules[0].id


def test_every_rule_has_a_name_of_its_own_a_law_and_its_words_in_both_languages():
    assert len(set(IDS)) == len(IDS)
    for rule in RULES:
        assert all((rule.law, rule.zh, rule.en))
        assert rule.zh.endswith("。")
        assert rule.en.endswith(".")
        assert "'" not in rule.en


@pytest.mark.parametrize("question", Question)
def test_every_question_has_one_last_rule_for_whatever_is_not_known(question):
    mine = [each for each in RULES if each.question is question]
    bare = [each for each in mine if not (each.all_of or each.any_of)]
    assert bare == mine[-1:]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_every_rule_decides_in_some_case(rule):
    facts = rule.all_of | set(itertools.islice(rule.any_of, 1))
    assert judged(facts)[rule.question].rules[0] == rule


@pytest.mark.parametrize("rule", [each for each in RULES if each.any_of], ids=lambda rule: rule.id)
def test_each_of_several_conditions_is_enough(rule):
    for fact in rule.any_of:
        assert rule in judged(rule.all_of | {fact})[rule.question].rules


@pytest.mark.parametrize(
    ("cause", "question", "facts", "expected"),
    [
        ("民间借贷纠纷", Question.MEDIABLE, (), (Verdict.YES, "mediable")),
        ("申请支付令", Question.MEDIABLE, (), (Verdict.NO, "not_mediable_nature")),
        ("婚姻无效纠纷", Question.MEDIABLE, (), (Verdict.NO, "not_mediable_nature")),
        ("离婚纠纷", Question.MEDIABLE, (), (Verdict.YES, "mediable")),
        ("民间借贷纠纷", Question.MEDIABLE, (Fact.STATUS_QUESTION,), (Verdict.NO, "not_mediable_status")),
        ("劳动合同纠纷", Question.PRIOR, (), (Verdict.FIRST, "prior_labour_arbitration")),
        ("劳动合同纠纷", Question.PRIOR, (Fact.ARBITRATION_DONE,), (Verdict.YES, "prior_arbitrated")),
        ("追索劳动报酬纠纷", Question.PRIOR, (Fact.WAGE_IOU,), (Verdict.YES, "prior_wage_iou")),
        ("民间借贷纠纷", Question.PRIOR, (Fact.WAGE_IOU,), (Verdict.YES, "prior_none")),
        ("离婚纠纷", Question.CONFIRMABLE, (), (Verdict.NO, "not_confirmable_status")),
        ("著作权权属、侵权纠纷", Question.CONFIRMABLE, (), (Verdict.CAUTION, "confirmable_except_title")),
        (
            "著作权权属、侵权纠纷",
            Question.CONFIRMABLE,
            (Fact.TITLE_QUESTION,),
            (Verdict.NO, "not_confirmable_title"),
        ),
        ("民间借贷纠纷", Question.CONFIRMABLE, (), (Verdict.YES, "confirmable")),
        ("民间借贷纠纷", Question.CONFIRMABLE, (Fact.WINDOW_PASSED,), (Verdict.NO, "not_confirmable_late")),
        ("民间借贷纠纷", Question.ONLINE, (Fact.PARTY_OBJECTS_ONLINE,), (Verdict.NO, "offline_objection")),
        ("民间借贷纠纷", Question.ONLINE, (Fact.STATE_SECRET,), (Verdict.NO, "offline_state_secret")),
        ("离婚纠纷", Question.ATTENDANCE, (), (Verdict.FIRST, "attend_in_person")),
        ("离婚纠纷", Question.ESIGN, (), (Verdict.CAUTION, "esign_caution")),
        ("法定继承纠纷", Question.ESIGN, (), (Verdict.CAUTION, "esign_caution")),
        ("离婚纠纷", Question.RECORDING, (), (Verdict.NO, "recording_off")),
        ("民间借贷纠纷", Question.RECORDING, (Fact.MINOR_INVOLVED,), (Verdict.NO, "recording_off")),
        ("民间借贷纠纷", Question.PRIVATE, (), (Verdict.YES, "private_default")),
        ("民间借贷纠纷", Question.PRIVATE, (Fact.TRADE_SECRET,), (Verdict.YES, "private_by_law")),
        ("机动车交通事故责任纠纷", Question.APPRAISAL, (), (Verdict.YES, "appraisal")),
        ("民间借贷纠纷", Question.APPRAISAL, (), (Verdict.CAUTION, "appraisal_other")),
        ("房屋买卖合同纠纷", Question.JURISDICTION, (), (Verdict.CAUTION, "jurisdiction_unclear")),
        (
            "房屋买卖合同纠纷",
            Question.JURISDICTION,
            (Fact.RESPONDENT_HERE, Fact.REAL_ESTATE_ELSEWHERE),
            (Verdict.NO, "jurisdiction_real_estate"),
        ),
        (
            "民间借贷纠纷",
            Question.JURISDICTION,
            (Fact.RESPONDENT_HERE,),
            (Verdict.YES, "jurisdiction_respondent"),
        ),
    ],
)
def test_suitability_table(cause, question, facts, expected):
    assert answer(cause, question, *facts) == expected


def test_divorce_has_no_confirmation_path_whatever_else_is_said():
    divorce = facts_of_cause(CAUSES["离婚纠纷"])
    for fact in Fact:
        assert judged(divorce | {fact})[Question.CONFIRMABLE].answer is Verdict.NO


def test_all_reasons_of_a_no_are_told():
    found = judged(frozenset({Fact.WINDOW_PASSED, Fact.TERMS_UNCLEAR}))[Question.CONFIRMABLE]
    assert [each.id for each in found.rules] == ["not_confirmable_late", "not_confirmable_unclear"]


@given(FACTS)
def test_every_question_is_answered_whatever_is_known(facts):
    found = judged(facts)
    assert list(found) == list(Question)
    assert all(each.rules[0].answer is each.answer and each.rules[0].applies(facts) for each in found.values())


# What makes an answer milder: having arbitrated already, and a tie with this court.
_MILDER = frozenset({Fact.WAGE_IOU, Fact.ARBITRATION_DONE, *(fact for fact in Fact if fact.endswith("_here"))})


@given(FACTS, st.sampled_from(sorted(set(Fact) - _MILDER)))
def test_one_more_obstacle_never_opens_a_way(facts, more):
    before, after = judged(facts), judged(facts | {more})
    for question in (Question.MEDIABLE, Question.CONFIRMABLE, Question.ONLINE, Question.JURISDICTION):
        if before[question].answer is Verdict.NO:
            assert after[question].answer is Verdict.NO


def test_only_what_can_still_change_the_answer_is_asked():
    labour, loan, divorce = CAUSES["劳动合同纠纷"], CAUSES["民间借贷纠纷"], CAUSES["离婚纠纷"]
    assert still_to_ask(labour, {}, Question.PRIOR) == (Fact.WAGE_IOU, Fact.ARBITRATION_DONE)
    assert still_to_ask(labour, {Fact.WAGE_IOU: False}, Question.PRIOR) == (Fact.ARBITRATION_DONE,)
    assert still_to_ask(labour, {Fact.WAGE_IOU: True}, Question.PRIOR) == ()
    assert still_to_ask(loan, {}, Question.PRIOR) == ()
    assert still_to_ask(divorce, {}, Question.CONFIRMABLE) == ()
    assert Fact.TITLE_QUESTION in still_to_ask(loan, {}, Question.CONFIRMABLE)


@given(
    st.sampled_from(sorted(CAUSES)), st.sampled_from(Question), st.dictionaries(st.sampled_from(Fact), st.booleans())
)
def test_when_nothing_is_left_to_ask_no_further_fact_changes_the_answer(name, question, known):
    cause = CAUSES[name]
    known = {fact: true for fact, true in known.items() if not fact.startswith("cause_")}
    facts = facts_of_cause(cause) | {fact for fact, true in known.items() if true}
    unsaid = set(Fact) - set(known) - {fact for fact in Fact if fact.startswith("cause_")}
    wanted = set(still_to_ask(cause, known, question))
    assert wanted <= unsaid
    before = judged(facts)[question].answer
    for fact in unsaid - wanted:
        assert judged(facts | {fact})[question].answer is before
