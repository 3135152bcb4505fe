import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS, TEXTS, catalogue, text_of, version_of

PARTS = ["title", "lead", "1", "2", "3", "question", "yes", "yes_then", "no", "no_then"]
EVERY = [each for versions in TEXTS.values() for each in versions]


def test_every_item_is_asked_with_a_version_of_its_text():
    assert list(TEXTS) == list(TEXT_VERSIONS) == list(ConsentItem)
    assert len({each.version for each in EVERY}) == len(EVERY)


@pytest.mark.parametrize("text", EVERY, ids=lambda text: f"{text.item}-{text.version}")
def test_a_version_is_the_hash_of_what_it_says_so_a_new_wording_is_a_new_version(text):
    assert text.version == version_of(text.item, text.zh, text.en)
    assert text.version != version_of(text.item, {**text.zh, "yes": "!"}, text.en)
    assert text.version != version_of(text.item, text.zh, {**text.en, "yes": "!"})
    assert list(text.zh) == list(text.en) == PARTS


def test_what_was_answered_can_be_read_again_under_either_name():
    now = TEXTS[ConsentItem.ONLINE][0]
    assert text_of(ConsentItem.ONLINE, now.version) is now
    assert text_of(ConsentItem.ONLINE, "1") is now
    assert text_of(ConsentItem.OBSERVERS, "1") is None


@pytest.mark.parametrize("text", EVERY, ids=lambda text: text.item)
def test_one_thing_is_asked_in_plain_words(text):
    assert text.zh["question"].count("？") == 1
    assert text.en["question"].count("?") == 1
    assert max(len(text.zh[part]) for part in ("lead", "1", "2", "3", "question")) <= 40
    assert text.zh["yes"] != text.zh["no"]


def test_the_pages_get_the_newest_texts():
    assert catalogue("zh")["consent.c8.title"] == "允许他人旁听"
    assert catalogue("en")["consent.c8.title"] == "Observers"
    assert len(catalogue("zh")) == len(ConsentItem) * len(PARTS)
