import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.errors import BadInput, TooLarge
from mediation_server.rooms.chat import MAX_LINES, MAX_TEXT, Chat, ChatLine, cleaned
from mediation_server.rooms.room import empty_state
from tests.mediation_server.rooms.test_view import PEOPLE, SESSION, Story


@given(st.text(st.characters(codec=None), max_size=300))
def test_what_is_left_of_any_text_is_fit_to_store_and_show(text):
    try:
        said = cleaned(text)
    except BadInput:
        return
    assert 0 < len(said) <= MAX_TEXT
    assert said == unicodedata.normalize("NFC", said)
    assert not any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in said)
    assert not set(said) & set("\u200e\u200f\u202a\u202e\u2066\u2069\u061c")
    assert said.encode()


def test_lines_and_emoji_stay():
    assert cleaned("第一行\r\n第二行 👩‍⚖️") == "第一行\n第二行 👩‍⚖️"


def test_accents_are_composed():
    assert cleaned("e\u0301") == "\u00e9"


@pytest.mark.parametrize("length", [MAX_TEXT + 1, MAX_TEXT * 3])
def test_a_text_that_is_too_long_is_refused(length):
    with pytest.raises(TooLarge) as refusal:
        cleaned("好" * length)
    assert (refusal.value.code, refusal.value.field) == ("text_too_long", "text")


def test_the_memory_of_a_caucus_is_bounded():
    story = Story().settle()
    story.open("applicant")
    chat = Chat()
    for number in range(MAX_LINES + 20):
        chat.whisper(ChatLine(str(number), "a1", "x", "t", "caucus", story.state.in_caucus))
    lines = chat.history(story.state, "a1")
    assert (len(lines), lines[0].id) == (MAX_LINES, "20")
    assert chat.history(story.state, "r1") == []


def test_an_empty_room_remembers_nothing():
    assert Chat().history(empty_state(SESSION, PEOPLE), "a1") == []
