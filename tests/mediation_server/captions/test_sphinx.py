"""English speech through the real engine in its real process; and what that process has given up."""

from pathlib import Path

import numpy as np
import pytest
from pocketsphinx import get_model_path

from mediation_server.captions.engine import RATE, engine_of
from mediation_server.captions.process import Booths, Paces, captions_command
from mediation_server.captions.sphinx import Sphinx, joined
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from tests.court_world import eventually
from tests.mediation_server.captions.test_process import A, B, children, finals, place, speak
from tests.mediation_server.captions.voices import Microphone, silence, spoken

PAUSE = silence(600)
SETTINGS = Settings(captions="sphinx", captions_memory_mib=512)


@pytest.fixture
async def machine():
    async with place(Booths(captions_command(SETTINGS), SystemClock(), paces=Paces(ask_s=0.1, flush_s=15))) as made:
        for each in (A, B):
            made.started(each)
        yield made


async def test_two_people_who_speak_english_at_once_are_each_understood(machine):
    words = {A: "hello world", B: "yes we agree"}
    for who, text in words.items():
        speak(machine, who, Microphone(), np.concatenate([spoken(text), PAUSE]))
    await machine.flush()
    assert sorted(finals(machine)) == [("anna", "hello world"), ("bo", "yes we agree")]
    assert machine.booths.tally.lost == 0


async def test_the_process_has_given_up_other_programs_and_the_network(machine):
    speak(machine, A, Microphone(), spoken("good morning"), PAUSE)
    await eventually(lambda: finals(machine) == [("anna", "good morning")], "words")
    [child] = children(b"captions.child")
    status = dict(line.split(":\t") for line in proc(child, "status").decode().splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert network_of(child) != network_of("self")
    assert b"MEDIATION" not in proc(child, "environ")


def network_of(pid):
    return Path(f"/proc/{pid}/ns/net").readlink()


def proc(pid, name):
    return Path(f"/proc/{pid}/{name}").read_bytes()


def samples(text):
    return spoken(text)[::3].astype(np.int16)


def test_times_are_those_of_the_words_also_after_a_pause_without_sound():
    voice, second = Sphinx(None).voice(), RATE
    lead = np.zeros(second, np.int16)
    said = samples("hello world")
    heard = list(voice.hear(np.concatenate([lead, said]).tobytes()))
    heard += voice.finish()
    total = second + len(said)
    again = list(voice.hear(np.concatenate([lead, said]).tobytes())) + list(voice.finish())
    for [each], start in ((heard, 0), (again, total)):
        assert start + second * 0.6 < each.first < start + second * 1.3
        assert each.first < each.last <= start + total


def test_who_never_pauses_is_understood_in_pieces():
    voice = Sphinx(None).voice()
    said = samples("hello world")
    pieces = list(voice.hear(np.concatenate([said] * 14).tobytes()))
    assert pieces
    assert all(each.last - each.first <= 13 * RATE for each in pieces)


async def test_a_model_that_an_operator_brings_is_the_one_that_listens():
    model = Path(get_model_path("en-us"))
    settings = Settings(captions="sphinx", captions_model=model, captions_memory_mib=512)
    async with place(Booths(captions_command(settings), SystemClock(), paces=Paces(ask_s=0.1, flush_s=15))) as machine:
        machine.started(A)
        speak(machine, A, Microphone(), spoken("good morning"), PAUSE)
        await machine.flush()
        assert finals(machine) == [("anna", "good morning")]


def test_chinese_is_written_without_blanks_and_other_words_keep_theirs():
    assert joined("我 同意 分期 pay back 三 次") == "我同意分期 pay back 三次"


def test_a_directory_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "words.dict").write_text("hello HH AH L OW\n")
    with pytest.raises(ValueError, match="hmm, lm"):
        engine_of("sphinx", tmp_path)
