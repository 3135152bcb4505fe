from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.dates import day, past_day
from mediation_server.errors import BadInput

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "typed", ["2026-11-03", "2026/11/3", "2026.11.03", "2026年11月3日", "20261103", " 2026 年 11 月 3 日 "]
)
def test_a_day_is_read_however_it_is_typed(typed):
    assert day(typed) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("26-11-03", "date_form"),
        ("11月3日", "date_form"),
        ("2026-02-30", "date_impossible"),
        ("2025-02-29", "date_impossible"),
        ("2026-13-01", "date_impossible"),
        ("1899-12-31", "date_early"),
        ("2026-11-24", "date_late"),
    ],
)
def test_an_impossible_day_says_why(typed, code):
    with pytest.raises(BadInput) as refusal:
        past_day(typed, field="lent_on", today=TODAY)
    assert (refusal.value.code, refusal.value.field) == (code, "lent_on")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_in_every_form(on):
    forms = (on.isoformat(), f"{on:%Y%m%d}", f"{on.year}年{on.month}月{on.day}日")
    assert {day(each) for each in forms} == {on}
