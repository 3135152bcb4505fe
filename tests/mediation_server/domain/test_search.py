"""What finds a matter, and what does not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.search import MOST_QUERY, query_words, searched_texts, words_of
from mediation_server.errors import BadInput
from tests.mediation_server.store.people import MATTER, PARTIES

WORDS = words_of(searched_texts(MATTER, PARTIES))
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=20)


@pytest.mark.parametrize(
    "query",
    [
        "周承安",
        "周承",
        "承安",
        "借贷",
        "民间借贷",
        "还借",
        "Zhou",
        "zhou LIN",
        "(2026)皖9901民初2101号",
        "（2026）皖9901民初2101号",
        "2101",
        "２１０１",
        "TJ-9901-2026-000042",
        "tj-9901-2026-000042",
        "42",
        "000042",
        "周承安 借款",
        "private loan",
        "林若溪、周承安",
    ],
)
def test_it_is_found_by(query):
    assert set(query_words(query)) <= WORDS


@pytest.mark.parametrize(
    "query",
    [
        "安承",
        "周安",
        "物业",
        "(2026)皖9901民初210号",
        "(2026)皖9901民初21010号",
        "210",
        "TJ-9901-2026-000043",
        "161",
        "周承安 物业",
    ],
)
def test_it_is_not_found_by(query):
    assert not set(query_words(query)) <= WORDS


@pytest.mark.parametrize("query", ["", "   ", "\u3000"])
def test_nothing_asked_is_nothing_looked_for(query):
    assert query_words(query) == ()


@pytest.mark.parametrize("query", ["周", "?", "%", "a", "'", "周 林"])
def test_too_little_to_look_for_says_so(query):
    with pytest.raises(BadInput) as refused:
        query_words(query)
    assert (refused.value.code, refused.value.field) == ("search_too_short", "q")


def test_too_much_to_look_for_says_so():
    with pytest.raises(BadInput) as refused:
        query_words("借" * (MOST_QUERY + 1))
    assert refused.value.code == "search_too_long"


@given(HAN)
def test_every_two_characters_of_a_name_find_it(name):
    name = unicodedata.normalize("NFKC", name)
    words = words_of([f"请求{name}归还"])
    assert all(set(query_words(name[at : at + 2])) <= words for at in range(len(name) - 1))
    assert set(query_words(name)) <= words


@given(st.lists(st.text(max_size=200).map(lambda text: text * 5), max_size=6))
def test_words_are_few_short_and_never_empty(texts):
    words = words_of(texts)
    assert len(words) <= 300
    assert all(0 < len(each) <= 41 for each in words)


@given(st.text(max_size=MOST_QUERY))
def test_a_query_asks_for_words_or_is_refused_in_words(query):
    try:
        words = query_words(query)
    except BadInput as refused:
        assert refused.code == "search_too_short"  # noqa: PT017 - most queries are not refused
    else:
        assert all(words)
