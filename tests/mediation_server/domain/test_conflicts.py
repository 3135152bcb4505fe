from itertools import product

import pytest

from mediation_server.domain.conflicts import CaseRole, Person, barring, same_person

R = CaseRole


@pytest.mark.parametrize("later", [R.ASSESSOR, R.AGENT, R.WITNESS, R.EXPERT, R.INTERPRETER, R.JUDGE, R.PARTY])
def test_who_mediated_a_case_has_no_other_part_in_it_later_and_the_other_way_round(later):
    assert barring({R.MEDIATOR}, later) is R.MEDIATOR
    assert barring({later}, R.MEDIATOR) is later


@pytest.mark.parametrize(("held", "wanted"), list(product([R.AGENT, R.WITNESS, R.PARTY], repeat=2)))
def test_other_parts_are_not_this_rules_business(held, wanted):
    assert barring({held}, wanted) is None


def test_a_mediator_may_be_named_again():
    assert barring({R.MEDIATOR}, R.MEDIATOR) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Person("甲", user_id="1"), Person("乙", user_id="1"), True),
        (Person("甲", user_id="1", phone="16100000001"), Person("甲", phone="16100000001"), True),
        (Person("甲", user_id="1"), Person("甲", user_id="2"), True),
        (Person("甲", id_number="1"), Person("甲", id_number="2"), False),
        (Person("甲", phone="16100000001"), Person("甲", phone="16100000002"), False),
        (Person("甲", phone="16100000001"), Person("甲"), True),  # only the name can tell
        (Person("甲"), Person("乙"), False),
        (Person(""), Person(""), False),
    ],
)
def test_people_are_told_apart_by_numbers_and_by_names_only_without_them(one, other, same):
    assert same_person(one, other) is same is same_person(other, one)
