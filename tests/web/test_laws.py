import re

from mediation_server.domain.diversion import ALTERNATIVES
from mediation_server.domain.suitability import RULES
from web.views.laws import law_words

LAWS = {each.law for each in RULES} | {each.law for each in ALTERNATIVES.values()}


def test_every_law_that_a_rule_names_has_an_english_name():
    assert {law for law in LAWS if re.search("[\u4e00-\u9fff]", law_words(law, "en"))} == set()


def test_in_chinese_an_article_stands_as_the_rule_has_it():
    assert {law_words(law, "zh") for law in LAWS} == LAWS
