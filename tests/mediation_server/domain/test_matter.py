from datetime import UTC, datetime

import pytest

from mediation_server.domain.matter import Conclusion, Ground, Outcome
from mediation_server.errors import BadInput


def conclusion(outcome: Outcome, ground: Ground | None = None, terms: str = "", reasons: str = "") -> Conclusion:
    return Conclusion("c", "s", "m", outcome, ground, terms, reasons, datetime(2026, 11, 23, tzinfo=UTC), "u")


@pytest.mark.parametrize("outcome", [Outcome.AGREED, Outcome.PARTIAL])
@pytest.mark.parametrize("terms", ["", " \n　"])
def test_an_agreement_has_terms(outcome, terms):
    with pytest.raises(BadInput) as refusal:
        conclusion(outcome, Ground.AGREEMENT, terms)
    assert (refusal.value.code, refusal.value.field) == ("terms_required", "terms")
    assert conclusion(outcome, Ground.AGREEMENT, "分期偿还").terms == "分期偿还"


@pytest.mark.parametrize("ground", [None, Ground.AGREEMENT])
def test_a_failure_has_a_ground_other_than_agreement(ground):
    with pytest.raises(BadInput) as refusal:
        conclusion(Outcome.FAILED, ground, reasons="分歧较大")
    assert (refusal.value.code, refusal.value.field) == ("ground_required", "ground")


@pytest.mark.parametrize("ground", [each for each in Ground if each is not Ground.AGREEMENT])
def test_a_failure_has_reasons_on_every_ground(ground):
    with pytest.raises(BadInput) as refusal:
        conclusion(Outcome.FAILED, ground, reasons=" ")
    assert (refusal.value.code, refusal.value.field) == ("reasons_required", "reasons")
    assert conclusion(Outcome.FAILED, ground, reasons="分歧较大").ground is ground


def test_a_sitting_that_goes_on_needs_nothing_more():
    assert conclusion(Outcome.CONTINUE).outcome is Outcome.CONTINUE


def test_the_law_names_eight_grounds():
    assert [each.value for each in Ground] == [f"g{number}" for number in range(1, 9)]
