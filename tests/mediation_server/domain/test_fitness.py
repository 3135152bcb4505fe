from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.fitness import Candidate, Need, Unfit, by_fitness, reasons
from mediation_server.domain.roster import Mediator, Organisation, OrganisationKind, RosterStatus, Speciality, Tongue

YUNXI, SHIQIAO, ABOVE = "江岚市云溪区人民法院", "石桥县人民法院", "江岚市中级人民法院"
NEED = Need(YUNXI, "民间借贷纠纷", date(2026, 11, 23))
ENTRY = Mediator("zheng", "1", (Speciality.LOAN,), (YUNXI,), (Tongue.MANDARIN,), date(2026, 1, 1), date(2026, 11, 23))
ZHENG = Candidate("zheng", "郑思远", "Zheng", works=True, entry=ENTRY)
BODY = Organisation(
    "b", "中心", "Centre", OrganisationKind.COMMERCIAL, (), (), charges="每件1 000元", charges_en="1,000"
)


def test_who_is_listed_here_and_free_can_be_named():
    assert reasons(ZHENG, NEED) == ()


@pytest.mark.parametrize(
    ("changed", "need", "against"),
    [
        ({"works": False}, {}, Unfit.NOT_A_MEDIATOR),
        ({"entry": None}, {}, Unfit.NOT_LISTED),
        ({"entry": replace(ENTRY, status=RosterStatus.SUSPENDED)}, {}, Unfit.SUSPENDED),
        ({"entry": replace(ENTRY, status=RosterStatus.STRUCK)}, {}, Unfit.STRUCK),
        ({}, {"on": date(2026, 11, 24)}, Unfit.OUT_OF_TERM),
        ({}, {"on": date(2025, 12, 31)}, Unfit.OUT_OF_TERM),
        ({}, {"court": SHIQIAO}, Unfit.OTHER_COURT),
        ({}, {"organisation_id": "other"}, Unfit.OTHER_ORGANISATION),
        ({}, {"recused": frozenset({"zheng"})}, Unfit.RECUSED),
        ({"conflict": True}, {}, Unfit.CONFLICT),
        ({"related": True}, {}, Unfit.RELATED),
        ({"open_matters": 30}, {}, Unfit.FULL),
    ],
)
def test_each_reason_stands_alone(changed, need, against):
    assert reasons(replace(ZHENG, **changed), replace(NEED, **need)) == (against,)


def test_the_day_before_the_limit_is_reached_one_more_is_taken():
    assert reasons(replace(ZHENG, open_matters=29), NEED) == ()


def test_a_lower_court_may_use_the_roster_of_the_court_above_it():
    assert reasons(replace(ZHENG, entry=replace(ENTRY, courts=(ABOVE,))), NEED) == ()
    assert reasons(ZHENG, replace(NEED, court=ABOVE)) == (Unfit.OTHER_COURT,)


def test_a_court_that_keeps_its_roster_elsewhere_names_any_mediator():
    elsewhere = replace(NEED, court="别处法院", kept=False)
    assert reasons(replace(ZHENG, entry=None), elsewhere) == ()
    assert reasons(replace(ZHENG, works=False, entry=None), elsewhere) == (Unfit.NOT_A_MEDIATOR,)


def test_those_who_can_be_named_come_first_then_those_of_the_field_then_the_least_busy():
    def made(name, **changed):
        return replace(ZHENG, user_id=name, name=name, **changed)

    other = replace(ENTRY, specialities=(Speciality.FAMILY,))
    busy, free, stranger, full = (
        made("a", open_matters=9),
        made("b", open_matters=1),
        made("c", entry=other),
        made("d", open_matters=30),
    )
    assert by_fitness([full, stranger, busy, free], NEED) == [free, busy, stranger, full]


def test_ones_own_tariff_counts_before_that_of_the_body():
    in_body = replace(ZHENG, organisation=BODY)
    assert (ZHENG.charges, in_body.charges, in_body.charges_en) == ("", "每件1 000元", "1,000")
    assert replace(in_body, entry=replace(ENTRY, charges="面议")).charges == "面议"
