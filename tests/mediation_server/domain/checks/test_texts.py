import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.texts import bounded, compact, one_code, one_line, prose, tidy
from mediation_server.errors import BadInput


def refused(check, text, **limits):
    with pytest.raises(BadInput) as refusal:
        check(text, field="it", **limits)
    assert refusal.value.field == "it"
    return refusal.value.code


def test_blanks_and_pasted_marks_are_gone():
    assert tidy("  周\u3000 承安\u200b\ufeff ", field="it") == "周 承安"
    assert compact(" （２０２６） 皖 9901 ", field="it") == "(2026)皖9901"


def test_what_no_page_can_show_is_refused():
    assert {refused(tidy, "a" + each) for each in ("\0", "\x1b", "\ud800", "\ue000")} == {"text_control"}
    assert refused(compact, "x" * 4001) == "too_long"


def test_a_text_has_a_least_and_a_most():
    assert bounded("12345", field="it", most=5) == "12345"
    assert refused(bounded, "", most=5) == "required"
    assert refused(bounded, "123456", most=5) == "too_long"


@given(st.text(st.characters(exclude_categories=("C",)), max_size=200))
def test_making_plain_twice_changes_nothing_more(text):
    once = tidy(text, field="it")
    assert tidy(once, field="it") == once
    assert " " not in compact(text, field="it")


@pytest.mark.parametrize("length", [61, 5_000])
@pytest.mark.parametrize("read", [one_line, one_code, lambda text, **bounds: prose(text, least=1, **bounds)])
def test_however_long_a_text_is_its_own_bound_is_told(read, length):
    with pytest.raises(BadInput) as refusal:
        read("很" * length, field="it", most=60)
    assert refusal.value.details["most"] == 60
