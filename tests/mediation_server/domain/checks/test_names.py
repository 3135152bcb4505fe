import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.names import latin_name, organisation_name, person_name
from mediation_server.errors import BadInput


def refused(check, text):
    with pytest.raises(BadInput) as refusal:
        check(text, field="party.name")
    assert refusal.value.field == "party.name"
    return refusal.value.code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("周承安", "周承安"),
        (" 周 承安 ", "周承安"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("迪丽热巴・迪力木拉提", "迪丽热巴·迪力木拉提"),
        ("〇一", "〇一"),
        ("𠮷野", "𠮷野"),
        ("Zhou Cheng'an", "Zhou Cheng'an"),
        ("José  García-Márquez", "José García-Márquez"),
        ("John Q. Smith", "John Q. Smith"),
    ],
)
def test_a_persons_name_is_kept_as_on_the_card(typed, kept):
    assert person_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("周", "name_short"),
        ("周承安1", "name_digits"),
        ("周Zhou", "name_mixed"),
        ("周承安（父）", "name_script"),
        ("Иванов", "name_script"),
        ("·周承安", "name_script"),
        ("<b>", "name_script"),
        ("周" * 51, "too_long"),
        ("周\u202e\0安", "text_control"),
    ],
)
def test_what_is_no_persons_name_says_why(typed, code):
    assert refused(person_name, typed) == code


def test_a_latin_name_holds_no_chinese():
    assert latin_name("Lin Ruoxi") == "Lin Ruoxi"
    assert {refused(latin_name, each) for each in ("林若溪", "Lin 若溪", "L1n")} == {"name_latin"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("江岚安和物业服务有限公司", "江岚安和物业服务有限公司"),
        ("平川财产保险股份有限公司 江岚中心支公司", "平川财产保险股份有限公司江岚中心支公司"),
        ("云桥(江岚)律师事务所", "云桥（江岚）律师事务所"),
        ("Pingchuan Insurance Co., Ltd.", "Pingchuan Insurance Co., Ltd."),
        ("3M中国有限公司", "3M中国有限公司"),
    ],
)
def test_an_organisations_name_is_kept_as_on_the_licence(typed, kept):
    assert organisation_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("公司", "organisation_short"),
        ("12345", "organisation_script"),
        ("公司<script>", "organisation_script"),
        ("公" * 101, "too_long"),
    ],
)
def test_what_is_no_organisations_name_says_why(typed, code):
    assert refused(organisation_name, typed) == code


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=50))
def test_every_name_in_chinese_characters_is_taken_as_it_is(name):
    assert person_name(name) == name
