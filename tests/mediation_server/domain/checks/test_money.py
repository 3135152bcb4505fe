import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediation_server.domain.checks.money import MOST_FEN, amount, capitals, fen_of_capitals, plain_amount
from mediation_server.errors import BadInput


def refused(check, text, **limits):
    with pytest.raises(BadInput) as refusal:
        check(text, field="claim", **limits)
    assert refusal.value.field == "claim"
    return refusal.value.code


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("86000", 8_600_000),
        ("86 000.00", 8_600_000),
        ("86,000", 8_600_000),
        ("¥86,000.5元", 8_600_050),
        ("￥86000", 8_600_000),  # full width
        ("人民币86000元", 8_600_000),
        ("8.6万元", 8_600_000),
        ("8.60000100万", 8_600_001),
        ("4 326.40", 432_640),
        ("0.01", 1),
        ("999999999999.99", MOST_FEN),
    ],
)
def test_an_amount_is_read_however_it_is_typed(typed, fen):
    assert amount(typed) == fen


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("八万六", "amount_form"),
        ("-5", "amount_form"),
        ("1e6", "amount_form"),
        ("86,00", "amount_form"),
        ("86.", "amount_form"),
        ("86.005", "amount_fen"),
        ("8.6000005万", "amount_fen"),
        ("0", "amount_small"),
        ("1000000000000", "amount_large"),
        ("1" * 41, "too_long"),
    ],
)
def test_what_is_no_amount_says_why(typed, code):
    assert refused(amount, typed) == code


def test_an_amount_of_nothing_is_possible_where_a_field_allows_it():
    assert amount("0", least=0) == 0


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (8_600_000, "人民币捌万陆仟元整"),
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (168_032, "人民币壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "人民币壹拾万柒仟元伍角叁分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (10_070_000, "人民币壹拾万零柒佰元整"),
        (10_000_700_000, "人民币壹亿零柒仟元整"),
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (31_268_000, "人民币叁拾壹万贰仟陆佰捌拾元整"),
    ],
)
def test_capitals_are_written_as_the_rules_of_payment_want(fen, written):
    assert capitals(fen) == written


@pytest.mark.parametrize(
    ("written", "fen"),
    [("壹仟陆佰捌拾元零叁角贰分", 168_032), ("壹拾万零柒仟元伍角叁分", 10_700_053), ("壹仟肆佰零玖元伍角", 140_950)],
)
def test_the_other_lawful_ways_of_writing_are_read_too(written, fen):
    assert fen_of_capitals(written) == fen


@pytest.mark.parametrize(
    "wrong", ["捌万陆仟", "捌万柒陆仟元整", "元整", "86000", "拾元整", "壹万壹万元整", "壹佰壹仟元整", "人民币"]
)
def test_capitals_that_say_no_amount_are_refused(wrong):
    assert refused(fen_of_capitals, wrong) == "amount_capitals"


@given(st.integers(0, MOST_FEN))
@example(10_010)
@example(2_000_000_700)
@example(100_010_001_00)
def test_capitals_are_read_back_to_the_same_fen(fen):
    assert fen_of_capitals(capitals(fen)) == fen


@given(st.integers(0, MOST_FEN))
def test_capitals_never_stutter(fen):
    written = capitals(fen)
    assert "零零" not in written
    assert "零元" not in written or fen == 0
    assert not any(f"零{each}" in written for each in "拾佰仟万亿角分")


@given(st.integers(1, MOST_FEN))
def test_what_is_put_back_into_a_field_is_the_same_amount(fen):
    assert amount(plain_amount(fen)) == fen


@pytest.mark.parametrize("fen", [-1, MOST_FEN + 1])
def test_capitals_of_an_impossible_amount_are_a_bug(fen):
    with pytest.raises(ValueError, match="out of range"):
        capitals(fen)
