"""Catalogues: complete in both languages, and every key that pages, modules and refusals use is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.web.error_codes import codes_in_code
from web.i18n import LANGUAGES, LOCALE_DIR, load_catalogue, translate, translators

WEB = Path(__file__).parents[2] / "web"
ZH, EN = load_catalogue("zh"), load_catalogue("en")
_MARK = re.compile(r"\{(\w+)")
_IN_TEMPLATE = re.compile(r'\b(?:t|rich)\(\s*"([a-z][\w.]*)"(\s*~)?')
_IN_MODULE = re.compile(r'\bt\(\s*(?:"([a-z][\w.]+)"|`([a-z][\w.]*)\$\{)')
_IN_CODE = re.compile(r'\b(?:t|rich)\(\s*(?:"([a-z][\w.]+)"|f"([a-z][\w.]*)\{)')
_IDEOGRAPH = "\N{CJK UNIFIED IDEOGRAPH-4E00}-\N{CJK UNIFIED IDEOGRAPH-9FFF}"


def used_keys() -> Iterator[tuple[str, bool, str]]:
    """Keys with whether they are only the beginning of one, and the file they stand in."""
    for path in (WEB / "templates").rglob("*.html"):
        for key, more in _IN_TEMPLATE.findall(path.read_text("utf-8")):
            yield key, bool(more), path.name
    for path in (WEB / "static/js").rglob("*.js"):
        for whole, start in _IN_MODULE.findall(path.read_text("utf-8")):
            yield whole or start, not whole, path.name
    for path in (*WEB.glob("*.py"), *(WEB / "routes").glob("*.py"), *(WEB / "views").glob("*.py")):
        for whole, start in _IN_CODE.findall(path.read_text("utf-8")):
            yield whole or start, not whole, path.name


def test_both_languages_have_the_same_keys():
    assert set(ZH) == set(EN)


def test_both_languages_take_the_same_parameters():
    taken = {key: set(_MARK.findall(text)) for key, text in ZH.items()}
    assert {key for key, text in EN.items() if set(_MARK.findall(text)) != taken[key]} == set()


def test_every_key_in_use_has_a_text():
    used = list(used_keys())
    assert len(used) > 300
    missing = [
        f"{file}: {key}"
        for key, is_start, file in used
        if (not any(known.startswith(key) for known in ZH) if is_start else key not in ZH)
    ]
    assert missing == []


def test_every_refusal_in_the_code_has_a_text():
    codes = codes_in_code()
    assert "link_invalid" in codes
    assert {code: file for code, file in codes.items() if f"error.{code}" not in ZH} == {}


def test_chinese_texts_use_full_width_marks_and_no_typed_spaces():
    wrong = re.compile(rf"[{_IDEOGRAPH}][,;:?!()]|[,;:?!()][{_IDEOGRAPH}]|[{_IDEOGRAPH}] [0-9]|[0-9] [{_IDEOGRAPH}]|！")
    prose = {key: text for key, text in ZH.items() if not key.endswith(".keys")}  # a list of keys needs its gaps
    assert {key: text for key, text in prose.items() if wrong.search(text)} == {}


def test_english_texts_hold_no_chinese():
    assert {key: text for key, text in EN.items() if re.search(f"[{_IDEOGRAPH}]", text)} == {}


def test_english_texts_use_curly_quotes():
    assert {key: text for key, text in EN.items() if "'" in text or '"' in text} == {}


def test_a_key_may_stand_in_one_file_only(tmp_path):
    (tmp_path / "zh").mkdir()
    for name in ("a", "b"):
        (tmp_path / "zh" / f"{name}.json").write_text('{"one": "1"}')
    with pytest.raises(ValueError, match="another file"):
        load_catalogue("zh", tmp_path)


def test_there_is_a_directory_for_every_language_and_no_other():
    assert {path.name for path in LOCALE_DIR.iterdir()} == set(LANGUAGES)


NOON = datetime(2026, 11, 23, 4, 5, tzinfo=UTC)  # 12:05 at the court
T = translators()


def test_dates_and_clock_times_are_the_courts():
    assert (T["zh"].clock(NOON), T["zh"].day(NOON), T["zh"].half_of_day(NOON)) == ("12:05", "11月23日 星期一", "下午")
    assert (T["en"].clock(NOON), T["en"].day(NOON)) == ("12:05", "Monday 23 November")
    assert T["zh"].day(datetime(2026, 11, 23, 17, 0, tzinfo=UTC)) == "11月24日 星期二"
    assert T["zh"].full_day(date(2026, 1, 2)) == "2026年1月2日"


@pytest.mark.parametrize(
    ("off", "zh", "en"),
    [
        (timedelta(minutes=19), "还有19分钟", "in 19 minutes"),
        (timedelta(minutes=1), "还有1分钟", "in 1 minute"),
        (timedelta(seconds=-20), "现在", "now"),
        (timedelta(hours=-3), "3小时前", "3 hours ago"),
        (timedelta(days=1), "还有1天", "in 1 day"),
    ],
)
def test_distances_are_said_in_the_largest_unit(off, zh, en):
    assert (T["zh"].distance(NOON + off, NOON), T["en"].distance(NOON + off, NOON)) == (zh, en)


def test_clock_time_comes_first_and_the_day_only_when_it_is_another():
    assert T["zh"].when(NOON, NOON) == "12:05"
    assert T["en"].when(NOON + timedelta(days=2), NOON) == "12:05, 25 Nov"


def test_amounts_are_grouped_by_no_break_spaces():
    assert T["zh"].amount(27_200_000) == "272\N{NO-BREAK SPACE}000.00元"
    assert T["en"].amount(-5) == "CNY -0.05"


def test_amounts_in_a_text_are_not_broken_and_nothing_else_is_touched():
    written = "转账90 000元，已还1 234 567.80元；12月31日 10 点，电话 138 0000 0000"
    kept = written.replace("90 000", "90\N{NO-BREAK SPACE}000").replace(
        "1 234 567", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"
    )
    assert T["zh"].unbroken(written) == kept


def test_parameters_of_rich_texts_are_escaped_and_marked_words_are_strong():
    text = str(T["zh"].rich("join.invites", court="<b>", mediator="M"))
    assert "<strong>&lt;b&gt;</strong>" in text
    assert "**" not in text


def test_an_unknown_refusal_gets_the_general_sentence():
    assert translate("never_heard_of", "en", {}) == EN["error.refused"]
