from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.case_numbers import CASE_TYPES, CaseNumber, CourtLevel, case_number, matter_ref
from mediation_server.errors import BadInput

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("(2020)皖0102民诉前调1234号", CaseNumber(2020, "皖0102", "民诉前调", 1234)),
        ("（2026）皖9901民初2101号", CaseNumber(2026, "皖9901", "民初", 2101)),
        ("(2024)粤0604诉前调确1716号", CaseNumber(2024, "粤0604", "诉前调确", 1716)),
        ("(2021)川01财保17号", CaseNumber(2021, "川01", "财保", 17)),
        ("(2019)最高法知民终1号", CaseNumber(2019, "最高法", "民终", 1, special="知")),
        ("(2026)皖9901民初2101号之一", CaseNumber(2026, "皖9901", "民初", 2101, sub="一")),
    ],
)
def test_case_numbers_of_the_accept_list_are_read(written, parts):
    assert case_number(written, today=TODAY) == parts
    assert parts.kept == written.replace("（", "(").replace("）", ")")
    assert parts.printed == parts.kept.replace("(", "（").replace(")", "）")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026皖9901民初1号", "case_number_brackets"),
        ("(2026)皖990民初1号", "case_number_court"),
        ("(2026)皖9901民初0001号", "case_number_leading_zero"),
        ("(2027)皖9901民初1号", "case_number_year"),
        ("(1826)皖9901民初1号", "case_number_form"),
        ("(2026)皖9901民初1", "case_number_form"),
        ("(2026)美9901民初1号", "case_number_form"),
        ("(2026)皖9901民初123456789号", "case_number_form"),
        ("(２０２６)皖9901民初1号 第二次", "case_number_form"),
        ("", "required"),
        ("   ", "required"),
        ("(2026)皖9901民初1号" * 4, "too_long"),
    ],
)
def test_case_numbers_of_the_reject_list_say_what_is_wrong(written, code):
    with pytest.raises(BadInput) as refusal:
        case_number(written, field="number", today=TODAY)
    assert (refusal.value.code, refusal.value.field) == (code, "number")


def test_blanks_full_width_digits_and_pasted_marks_do_not_matter():
    assert case_number(" （２０２６） 皖 9901 民初 2101 号\u200b", today=TODAY).kept == "(2026)皖9901民初2101号"


@pytest.mark.parametrize(
    ("court", "level", "special"),
    [
        ("最高法", CourtLevel.SUPREME, None),
        ("内", CourtLevel.HIGH, None),
        ("军", CourtLevel.HIGH, None),
        ("兵", CourtLevel.HIGH, None),
        ("川01", CourtLevel.INTERMEDIATE, None),
        ("京73", CourtLevel.INTERMEDIATE, "知识产权法院"),
        ("沪72", CourtLevel.INTERMEDIATE, "海事法院"),
        ("辽71", CourtLevel.INTERMEDIATE, "铁路运输法院"),
        ("黑74", CourtLevel.INTERMEDIATE, "油田法院"),
        ("黑75", CourtLevel.INTERMEDIATE, "林区法院"),
        ("黑80", CourtLevel.INTERMEDIATE, "林区法院"),
        ("黑81", CourtLevel.INTERMEDIATE, "农垦法院"),
        ("黑85", CourtLevel.INTERMEDIATE, "农垦法院"),
        ("黑86", CourtLevel.INTERMEDIATE, None),
        ("冀87", CourtLevel.INTERMEDIATE, "跨行政区划法院"),
        ("冀95", CourtLevel.INTERMEDIATE, "跨行政区划法院"),
        ("琼96", CourtLevel.INTERMEDIATE, "省直辖县级行政区划中级法院"),
        ("琼99", CourtLevel.INTERMEDIATE, "省直辖县级行政区划中级法院"),
        ("皖0102", CourtLevel.BASIC, None),
    ],
)
def test_a_court_code_says_which_tier_it_is(court, level, special):
    number = CaseNumber(2026, court, "民初", 1)
    assert (number.level, number.special_court) == (level, special)


@pytest.mark.parametrize(
    ("written", "doubts"),
    [
        ("(2024)皖0102民诉前调1号", ()),
        ("(2025)皖0102民诉前调1号", ("case_type_lapsed",)),
        ("(2025)皖0102诉前调1号", ("case_type_lapsed",)),
        ("(2021)皖0102诉前调确1号", ("case_type_lapsed",)),
        ("(2022)皖0102诉前调确1号", ()),
        ("(2026)皖0102诉前调书1号", ()),
        ("(2011)皖0102调确1号", ()),
        ("(2020)皖0102调确1号", ("case_type_lapsed",)),
        ("(2026)皖0102民特1号", ()),
        ("(2026)皖0102新码1号", ("case_type_unknown",)),
    ],
)
def test_an_unknown_or_lapsed_type_is_a_doubt_not_an_error(written, doubts):
    assert case_number(written, today=TODAY).doubts == doubts


@given(
    st.integers(1949, 2026),
    st.sampled_from(["最高法", "皖", "皖99", "皖9901"]),
    st.sampled_from(sorted(CASE_TYPES)),
    st.integers(1, 99_999_999),
    st.sampled_from(["", "知"]),
    st.sampled_from(["", "一", "十二", "二十三"]),
)
def test_what_is_printed_is_read_again(year, court, kind, seq, special, sub):
    number = CaseNumber(year, court, kind, seq, special, sub)
    assert case_number(number.printed, today=TODAY) == case_number(number.kept, today=TODAY) == number


def test_our_own_reference_is_read_in_any_case():
    assert matter_ref("tj-9901-2026-000021 ") == "TJ-9901-2026-000021"
    assert matter_ref("TJ-99-2026-000021") == "TJ-99-2026-000021"
    for wrong in ("TJ-990-2026-000021", "TJ-9901-2026-21", "9901-2026-000021", ""):
        with pytest.raises(BadInput) as refusal:
            matter_ref(wrong)
        assert refusal.value.code == "matter_ref_form"
