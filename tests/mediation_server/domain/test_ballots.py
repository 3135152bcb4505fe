from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.ballots import Ballot, Count, Standing, counted, round_of
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.matter import Track
from mediation_server.errors import BadInput
from tests.matter_story import FILING, LIN, MEDIATOR, START, ZHOU, C, Story

NAMES = ("zheng", "wen", "he", "shao")
LISTS = st.permutations(NAMES).flatmap(lambda each: st.integers(0, 3).map(lambda n: tuple(each[:n])))
VOTES = st.dictionaries(st.sampled_from(("zhou", "lin", "qian")), LISTS, min_size=1)


def count(votes, fit=NAMES, *, over=False, asked=("zhou", "lin")):
    return counted(asked, votes, fit, over=over)


def test_nothing_is_counted_before_all_have_voted():
    assert count({"zhou": ("zheng",)}) == Count(Standing.OPEN)


def test_who_has_not_voted_in_time_leaves_it_to_the_court():
    assert count({"zhou": ("zheng",)}, over=True) == Count(Standing.COURT)


@pytest.mark.parametrize(
    ("zhou", "lin", "chosen"),
    [
        (("zheng",), ("zheng",), "zheng"),
        (("zheng", "wen"), ("he", "zheng"), "zheng"),
        (("zheng", "wen", "he"), ("wen", "zheng", "he"), None),  # both as good: the court decides
        (("zheng", "wen", "he"), ("he", "zheng", "wen"), "zheng"),
        (("zheng",), ("wen",), None),
        (("zheng",), (), None),  # one lets the court choose
        (("gone", "zheng"), ("gone", "zheng"), "zheng"),  # whoever is not fit any more is passed over
    ],
)
def test_the_best_common_choice_is_taken_and_a_tie_is_the_courts(zhou, lin, chosen):
    standing = Standing.JOINT if chosen else Standing.COURT
    assert count({"zhou": zhou, "lin": lin}) == Count(standing, chosen)


@given(VOTES, st.sets(st.sampled_from(NAMES)), st.booleans())
def test_a_joint_choice_is_fit_and_on_everybodys_list_whatever_the_votes(votes, fit, over):
    asked = ("zhou", "lin", "qian")
    found = counted(asked, votes, fit, over=over)
    if found.standing is Standing.JOINT:
        assert found.mediator in fit
        assert all(found.mediator in votes[each] for each in asked)
    if set(votes) != set(asked):
        assert found.standing is (Standing.COURT if over else Standing.OPEN)


@given(VOTES, st.booleans())
def test_the_order_of_the_parties_does_not_matter(votes, over):
    found = {counted(asked, votes, NAMES, over=over) for asked in permutations(("zhou", "lin", "qian"))}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("choices", "code"), [(("a", "b", "c", "d"), "too_many_choices"), (("a", "a"), "same_choice_twice")]
)
def test_a_ballot_names_three_different_people_at_most(choices, code):
    with pytest.raises(BadInput) as refusal:
        Ballot("m", 1, "zhou", choices, START, "zhou")
    assert refusal.value.code == code


def test_the_choice_runs_from_the_last_consent_for_two_working_days():
    assert round_of(Story().diverted().log, CHINA) is None
    found = round_of(Story().appointing().log, CHINA)
    assert (found.number, found.until) == (1, date(2026, 11, 4))
    assert not found.over(date(2026, 11, 4))
    assert found.over(date(2026, 11, 5))


def test_it_begins_anew_when_a_mediator_declines_and_there_is_none_meanwhile():
    story = Story().assigned()
    assert round_of(story.log, CHINA) is None
    story.later(days=1)
    story.do(C.DECLINE, MEDIATOR, {"reason": "r", "justified": True})
    assert (round_of(story.log, CHINA).number, round_of(story.log, CHINA).since.day) == (2, 3)


def test_nobody_chooses_while_one_side_has_not_answered_and_both_do_afterwards():
    story = Story(Track.PREFILING_DELEGATED).diverted()
    story.says(ZHOU)
    story.do(C.ALL_CONSENT, FILING)
    assert round_of(story.log, CHINA) is None
    story.later(days=7)
    story.says(LIN)
    assert round_of(story.log, CHINA).since.date() == (START + timedelta(days=7)).date()
