"""Checks of several fields are told of together, and nothing else is taken for a mistake."""

import pytest

from mediation_server.domain.checks.contacts import mobile
from mediation_server.domain.checks.names import person_name
from mediation_server.domain.checks.together import Together
from mediation_server.errors import BadInput, NotFound


def read(name, phone):
    with Together() as each:
        return each(person_name, name, field="name"), each(mobile, phone, field="phone")


def test_what_is_right_is_given_as_it_was_read():
    assert read("余欣然", "161 0000 0011") == ("余欣然", "16100000011")


def test_every_mistake_is_told_of_in_the_order_of_the_checks():
    with pytest.raises(BadInput) as told:
        read("余1", "12345")
    assert [(each.field, each.code) for each in told.value.all] == [("name", "name_digits"), ("phone", "phone_service")]
    with pytest.raises(BadInput) as one:
        read("余欣然", "12345")
    assert (one.value.field, one.value.also) == ("phone", ())


def refused_after(phone, refusal):
    with Together() as each:
        each(read, "余1", phone)
        raise refusal


def test_mistakes_found_together_by_one_check_stay_together():
    with pytest.raises(BadInput) as told:
        refused_after("12345", BadInput("required", field="role"))
    assert [problem.field for problem in told.value.all] == ["name", "phone", "role"]


def test_a_refusal_of_another_kind_is_not_held_back_by_a_mistake():
    with pytest.raises(NotFound):
        refused_after("12345", NotFound())
