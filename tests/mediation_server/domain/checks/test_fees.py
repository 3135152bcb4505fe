import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.fees import (
    CONFIRMATION_FEN,
    LABOUR_FEN,
    FeeRange,
    divorce_fee,
    halved,
    other_fee,
    personality_fee,
    preservation_fee,
    property_fee,
)

WAN = 1_000_000
CLAIMS = st.integers(0, 50_000_000 * 100)


@pytest.mark.parametrize(
    ("claim", "fee"),
    [
        (0, 5_000),
        (432_640, 5_000),
        (WAN, 5_000),
        (5_800_000, 125_000),
        (8_600_000, 195_000),
        (10 * WAN, 230_000),
        (20 * WAN, 430_000),
        (31_268_000, 599_020),
        (50 * WAN, 880_000),
        (100 * WAN, 1_380_000),
        (200 * WAN, 2_280_000),
        (500 * WAN, 4_680_000),
        (1_000 * WAN, 8_180_000),
        (2_000 * WAN, 14_180_000),
        (3_000 * WAN, 19_180_000),
    ],
)
def test_fee_vectors_of_property_claims(claim, fee):
    assert property_fee(claim) == fee


@pytest.mark.parametrize(("claim", "half"), [(8_600_000, 97_500), (31_268_000, 299_510)])
def test_fee_vectors_of_a_matter_closed_by_mediation(claim, half):
    assert halved(property_fee(claim)) == half


@pytest.mark.parametrize(
    ("value", "fee"),
    [
        (0, 3_000),
        (100_000, 3_000),
        (8_600_000, 88_000),
        (10 * WAN, 102_000),
        (31_268_000, 208_340),
        (200 * WAN, 500_000),
        (900 * WAN, 500_000),
    ],
)
def test_fee_vectors_of_preservation(value, fee):
    assert preservation_fee(value) == fee


def test_claims_that_are_not_about_property_have_a_range():
    assert divorce_fee() == divorce_fee(20 * WAN) == FeeRange(5_000, 30_000)
    assert divorce_fee(30 * WAN) == FeeRange(55_000, 80_000)
    assert personality_fee() == personality_fee(5 * WAN) == FeeRange(10_000, 50_000)
    assert personality_fee(12 * WAN) == FeeRange(70_000, 110_000)
    assert other_fee() == FeeRange(5_000, 10_000)
    assert (LABOUR_FEN, CONFIRMATION_FEN) == (1_000, 0)


@given(CLAIMS, CLAIMS)
def test_who_claims_more_never_pays_less(one, other):
    less, more = sorted((one, other))
    assert property_fee(less) <= property_fee(more)
    assert preservation_fee(less) <= preservation_fee(more)
    assert divorce_fee(less).most <= divorce_fee(more).most
    assert personality_fee(less).least <= personality_fee(more).least


@given(st.one_of(CLAIMS, st.sampled_from([1, 10, 20, 50, 100, 200, 500, 1_000, 2_000]).map(lambda wan: wan * WAN)))
def test_one_yuan_more_never_makes_a_jump(claim):
    steepest = 3  # 2.5 % of a yuan, rounded
    assert property_fee(claim + 100) - property_fee(claim) <= steepest
    assert preservation_fee(claim + 100) - preservation_fee(claim) <= steepest


@given(CLAIMS)
def test_two_halves_make_the_whole(claim):
    fee = property_fee(claim)
    assert 0 <= 2 * halved(fee) - fee <= 1


def test_less_than_nothing_is_a_bug():
    with pytest.raises(ValueError, match="below zero"):
        property_fee(-1)
