import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from mediation_server.domain.checks.causes import CAUSES, GROUPS, LISTS, CauseFlag, cause_named, list_on, search
from mediation_server.errors import BadInput

TODAY = date(2026, 11, 23)
COMMON = {
    "family": [
        "离婚纠纷",
        "离婚后财产纠纷",
        "婚约财产纠纷",
        "同居关系纠纷",
        "抚养费纠纷",
        "变更抚养关系纠纷",
        "赡养纠纷",
        "分家析产纠纷",
        "法定继承纠纷",
        "遗嘱继承纠纷",
    ],
    "contract": [
        "买卖合同纠纷",
        "民间借贷纠纷",
        "金融借款合同纠纷",
        "信用卡纠纷",
        "房屋租赁合同纠纷",
        "房屋买卖合同纠纷",
        "物业服务合同纠纷",
        "建设工程施工合同纠纷",
        "承揽合同纠纷",
        "劳务合同纠纷",
        "服务合同纠纷",
        "保险纠纷",
    ],
    "tort": [
        "机动车交通事故责任纠纷",
        "非机动车交通事故责任纠纷",
        "医疗损害责任纠纷",
        "产品责任纠纷",
        "提供劳务者受害责任纠纷",
        "饲养动物损害责任纠纷",
        "网络侵权责任纠纷",
    ],
    "personality": [
        "生命权、身体权、健康权纠纷",
        "名誉权纠纷",
        "隐私权、个人信息保护纠纷",
    ],
    "labour": [
        "劳动合同纠纷",
        "追索劳动报酬纠纷",
        "经济补偿金纠纷",
    ],
    "property": [
        "相邻关系纠纷",
        "业主共有权纠纷",
        "排除妨害纠纷",
    ],
    "intellectual": [
        "著作权权属、侵权纠纷",
        "侵害商标权纠纷",
    ],
    "special": [
        "申请司法确认调解协议",
    ],
}


@pytest.mark.parametrize("group", COMMON)
def test_the_causes_common_in_mediation_are_there(group):
    assert {CAUSES[name].group for name in COMMON[group]} == {group}
    assert group in GROUPS


def test_every_day_since_2021_has_exactly_one_list():
    assert [each.version for each in LISTS] == ["2020", "2025"]
    for older, newer in itertools.pairwise(LISTS):
        assert older.until is not None
        assert newer.since == older.until + timedelta(days=1)
    assert list_on(date(2025, 12, 31)).version == "2020"
    assert list_on(date(2026, 1, 1)).version == "2025"


def test_a_matter_keeps_version_level_and_name_and_a_number_only_where_one_was_read():
    divorce = cause_named("离婚纠纷", TODAY)
    assert divorce.kept(date(2025, 6, 1)) == {"list_version": "2020", "level": 3, "code": "14", "name": "离婚纠纷"}
    assert divorce.kept(TODAY) == {"list_version": "2025", "level": 3, "code": None, "name": "离婚纠纷"}


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        (CauseFlag.NOT_CONFIRMABLE, {"离婚纠纷", "收养关系纠纷"}),
        (CauseFlag.TITLE_EXCLUDED, {"著作权权属、侵权纠纷", "侵害商标权纠纷"}),
        (CauseFlag.LABOUR_ARBITRATION, {"劳动合同纠纷", "追索劳动报酬纠纷", "经济补偿金纠纷"}),
        (CauseFlag.SENSITIVE, {"离婚纠纷", "抚养费纠纷", "隐私权、个人信息保护纠纷"}),
        (CauseFlag.ESIGN_CAUTION, {"离婚纠纷", "收养关系纠纷", "法定继承纠纷"}),
        (CauseFlag.PARTY_ATTENDS, {"离婚纠纷"}),
        (CauseFlag.APPRAISAL, {"机动车交通事故责任纠纷", "医疗损害责任纠纷", "建设工程施工合同纠纷", "买卖合同纠纷"}),
        (CauseFlag.NOT_MEDIABLE, {"申请司法确认调解协议", "婚姻无效纠纷"}),
    ],
)
def test_causes_bring_what_the_rules_ask(flag, names):
    assert names <= {each.name for each in CAUSES.values() if flag in each.flags}
    assert flag not in CAUSES["民间借贷纠纷"].flags


def test_what_cannot_be_mediated_cannot_be_confirmed_either():
    both = {CauseFlag.NOT_MEDIABLE, CauseFlag.NOT_CONFIRMABLE}
    assert all(both <= each.flags for each in CAUSES.values() if CauseFlag.NOT_MEDIABLE in each.flags)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("离婚", "离婚纠纷"),
        ("借贷", "民间借贷纠纷"),
        ("物业", "物业服务合同纠纷"),
        ("private", "民间借贷纠纷"),
        ("Divorce", "离婚纠纷"),
    ],
)
def test_two_characters_or_an_english_word_find_a_cause(typed, first):
    assert search(typed, TODAY)[0].name == first


def test_a_search_is_bounded_and_finds_nothing_for_nothing():
    assert len(search("纠纷", TODAY)) == 20
    assert search("  ", TODAY) == search("火星", TODAY) == ()


@pytest.mark.parametrize(("name", "code"), [("", "required"), ("借钱", "cause_unknown"), ("纠" * 41, "too_long")])
def test_a_cause_that_is_not_there_says_so(name, code):
    with pytest.raises(BadInput) as refusal:
        cause_named(name, TODAY, field="claim.cause")
    assert (refusal.value.code, refusal.value.field) == (code, "claim.cause")


def test_a_cause_typed_with_other_commas_is_found():
    assert cause_named(" 生命权,身体权,健康权纠纷", TODAY).codes["2020"] == "1"


def test_a_cause_of_another_years_list_is_not_taken_for_this_year():
    gone = {"离婚纠纷": replace(CAUSES["离婚纠纷"], lists=frozenset({"2020"}))}
    assert cause_named("离婚纠纷", date(2025, 12, 31), among=gone).name == "离婚纠纷"
    with pytest.raises(BadInput) as refusal:
        cause_named("离婚纠纷", TODAY, among=gone)
    assert refusal.value.code == "cause_not_in_list"
