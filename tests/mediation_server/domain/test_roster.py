from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.checks.causes import CAUSES
from mediation_server.domain.roster import (
    Mediator,
    Organisation,
    OrganisationKind,
    Speciality,
    Tongue,
    covers,
    specialities_named,
    speciality_of,
)
from mediation_server.errors import BadInput

ENTRY = Mediator("u", "1", (Speciality.LOAN,), (), (Tongue.MANDARIN,), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("cause", "field"),
    [
        ("机动车交通事故责任纠纷", Speciality.TRAFFIC),
        ("物业服务合同纠纷", Speciality.PROPERTY),
        ("追索劳动报酬纠纷", Speciality.LABOUR),
        ("离婚纠纷", Speciality.FAMILY),
        ("赡养费纠纷", Speciality.FAMILY),
        ("民间借贷纠纷", Speciality.LOAN),
        ("买卖合同纠纷", Speciality.COMMERCIAL),
        ("医疗损害责任纠纷", Speciality.MEDICAL),
        ("名誉权纠纷", Speciality.GENERAL),
    ],
)
def test_a_cause_belongs_to_the_field_of_its_words(cause, field):
    assert speciality_of(cause) is field


def test_most_causes_have_a_field_of_their_own():
    without = [each.name for each in CAUSES.values() if speciality_of(each.name) is Speciality.GENERAL]
    assert len(without) < len(CAUSES) / 2


def test_who_takes_everything_covers_every_cause():
    assert covers((Speciality.GENERAL,), "离婚纠纷")
    assert not covers((Speciality.LOAN,), "离婚纠纷")


@pytest.mark.parametrize(
    ("words", "field"), [("交通", "traffic"), ("物业", "property"), ("交通事故", "traffic"), ("离婚纠纷", "family")]
)
def test_two_characters_find_a_field(words, field):
    assert field in specialities_named(words)


def test_one_character_finds_none():
    assert specialities_named("借") == frozenset()


def test_a_peoples_committee_takes_no_money():
    with pytest.raises(BadInput, match="people_mediation_is_free"):
        Organisation("o", "委员会", "Committee", OrganisationKind.PEOPLE, (), (), charges="100元")


def test_a_term_does_not_end_before_it_begins():
    with pytest.raises(BadInput, match="term_reversed"):
        replace(ENTRY, valid_to=date(2025, 12, 31))
    assert replace(ENTRY, valid_to=date(2026, 1, 1)).holds(date(2026, 1, 1))
