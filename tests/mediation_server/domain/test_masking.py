import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.masking import Datum, masked

VALUES = {
    Datum.NAME: st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=20),
    Datum.IDENTITY: st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True),
    Datum.PHONE: st.from_regex(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}", fullmatch=True),
    Datum.EMAIL: st.from_regex(r"[a-z]{1,20}@demo\.invalid", fullmatch=True),
    Datum.ADDRESS: st.from_regex(r"江岚市云溪区安和路[0-9]{1,3}号[0-9]{3}室", fullmatch=True),
    Datum.CREDIT_CODE: st.from_regex(r"[0-9A-Y]{18}", fullmatch=True),
    Datum.ACCOUNT: st.from_regex(r"[0-9]{8,19}", fullmatch=True),
}


@pytest.mark.parametrize(
    ("datum", "value", "shown"),
    [
        (Datum.NAME, "周承安", "周**"),
        (Datum.NAME, "周明", "周*"),
        (Datum.NAME, "阿卜杜拉·买买提", "阿***"),
        (Datum.NAME, "Zhou Cheng'an", "Z** C**"),
        (Datum.IDENTITY, "349901198503120011", "349901********0011"),
        (Datum.IDENTITY, "11010519491231002X", "110105********002X"),
        (Datum.IDENTITY, "E12345678", "E***"),
        (Datum.PHONE, "16100000001", "161****0001"),
        (Datum.PHONE, "0551-62345678", "0551-****78"),
        (Datum.PHONE, "0551-62345678-123", "0551-****23"),
        (Datum.PHONE, "161", "***"),
        (Datum.PHONE, "1612345", "1***"),
        (Datum.EMAIL, "zhou@demo.invalid", "z***@demo.invalid"),
        (Datum.EMAIL, "z@demo.invalid", "***@demo.invalid"),
        (Datum.EMAIL, "nonsense", "***"),
        (Datum.ADDRESS, "江岚市云溪区安和路12号3幢502室", "江岚市云溪区****"),
        (Datum.ADDRESS, "石桥县仁济路1号", "石桥县****"),
        (Datum.ADDRESS, "安和路12号", "****"),
        (Datum.ADDRESS, "江岚市安和小区3幢", "江岚市****"),
        (Datum.ADDRESS, "12 Anhe Road, Yunxi District", "****, Yunxi District"),
        (Datum.ADDRESS, "12 Anhe Road", "****"),
        (Datum.CREDIT_CODE, "91349901MA99A0014H", "91************014H"),
        (Datum.ACCOUNT, "6222000011112222", "************2222"),
        (Datum.ACCOUNT, "622", "***"),
        (Datum.PHONE, "  ", ""),
    ],
)
def test_what_everybody_may_see(datum, value, shown):
    assert masked(datum, value) == shown


@given(st.data())
@pytest.mark.parametrize("datum", Datum)
def test_a_whole_value_is_never_shown_and_cannot_be_put_together(datum, data):
    value = data.draw(VALUES[datum])
    shown = masked(datum, value)
    assert "*" in shown
    assert value not in shown
    hidden = len(value) - len(shown.replace("*", "").split("@")[0])
    assert hidden >= min(4, len(value) - 1)


@given(st.text(max_size=60), st.sampled_from(Datum))
def test_whatever_stands_there_masking_does_not_fail(value, datum):
    shown = masked(datum, value)
    assert bool(shown) is bool(value.strip())
    assert shown == "" or "*" in shown


@given(VALUES[Datum.IDENTITY])
def test_neither_birthday_nor_sequence_is_readable(number):
    assert masked(Datum.IDENTITY, number)[6:14] == "*" * 8
