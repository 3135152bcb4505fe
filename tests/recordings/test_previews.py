"""Previews of a sealed recording: loud where somebody spoke, a picture where somebody was seen, made apart."""

import asyncio
import json
import stat
import subprocess
import sys

import av
import pytest

from mediation_server.domain.ids import new_id
from mediation_server.errors import NotFound
from recordings.chest import Chest
from recordings.preview_child import COLUMNS, TILE, previews_of
from recordings.previews import Previews

PREVIEWS = "previews.json"


@pytest.fixture(scope="module")
def made(demo, tmp_path_factory):
    """The directory that the child has filled, and what it says."""
    target = tmp_path_factory.mktemp("previews")
    previews_of(Chest(demo.directory), target)
    return target, json.loads((target / PREVIEWS).read_text())


def wave(demo, told, name):
    who = next(each.id for each in demo.manifest.participants if each.name == name)
    return told["waves"][who], told["step_ms"]


def test_a_voice_is_loud_where_it_spoke_and_silent_where_it_did_not(demo, made):
    levels, step = wave(demo, made[1], "何秀兰")
    assert len(levels) * step == 90_000

    def loudest(from_ms, to_ms):
        return max(levels[from_ms // step : to_ms // step])

    assert loudest(2_000, 8_000) > 20  # her first turn: 1 to 9 s
    assert loudest(12_000, 16_000) < loudest(2_000, 8_000) / 4  # the applicant's turn
    assert all(0 <= level <= 100 for level in levels)


def test_of_a_caucus_there_is_no_sound_and_no_picture(demo, made):
    target, told = made
    for levels in told["waves"].values():
        assert max(levels[30_500 // told["step_ms"] : 49_500 // told["step_ms"]]) == 0
    for participant in told["sheets"]:
        sheet = sheet_of(target, participant)
        caucus, joint = tile(sheet, told, participant, 40_000), tile(sheet, told, participant, 10_000)
        assert spread(caucus) < 8 < spread(joint)  # one even grey, and a person in a room


def sheet_of(target, participant):
    with av.open(str(target / f"{participant}.jpg")) as source:
        return next(source.decode(video=0)).to_ndarray(format="gray")


def tile(sheet, told, participant, at_ms):
    number = at_ms // told["sheets"][participant]["every_ms"]
    left, top = number % COLUMNS * TILE[0], number // COLUMNS * TILE[1]
    return sheet[top + 18 : top + TILE[1] - 18, left + 18 : left + TILE[0] - 18]  # without what a neighbour spills


def spread(pixels):
    return int(pixels.max()) - int(pixels.min())


def test_a_torn_file_spoils_nothing_but_itself(demo, tmp_path):
    broken, target = demo.copied(tmp_path / "broken"), tmp_path / "target"
    target.mkdir()
    victim = next(each for each in demo.manifest.tracks if each.codec == "opus")
    for segment in victim.segments:
        (broken / segment.file).write_bytes(b"\x00" * 400)
    previews_of(Chest(broken), target)
    told = json.loads((target / PREVIEWS).read_text())
    assert max(told["waves"][victim.participant]) == 0
    assert all(max(levels) > 0 for who, levels in told["waves"].items() if who != victim.participant)


def test_the_child_has_given_up_the_network_and_other_files_before_it_decodes(demo, tmp_path):
    command = [sys.executable, "-m", "recordings.preview_child", str(demo.directory), str(tmp_path)]
    child = subprocess.run(command, input="[]", check=True, timeout=120, capture_output=True, text=True)
    assert set(child.stdout.split()) >= {"landlock", "seccomp"}
    assert (tmp_path / PREVIEWS).is_file()


# --- whoever asks for them ---------------------------------------------------------------------------------


@pytest.fixture
async def previews(demo):
    """The previews of the demo's data directory, at work."""
    made = Previews(demo.recordings.vault.root.parent)
    async with made.running():
        yield made


async def test_whoever_asks_first_is_told_that_they_are_being_made_and_then_gets_them(demo, previews):
    assert (await previews.told(demo.recording))["state"] == "pending"
    folder = demo.recordings.vault.root.parent / "previews" / demo.recording.id
    await asyncio.wait_for(previews.settled(), 100)
    told = await previews.told(demo.recording)
    assert told["state"] == "ready"
    who = next(iter(told["sheets"]))
    assert (await previews.sheet(demo.recording, who)).startswith(b"\xff\xd8")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../previews", "x", "", "..", "previews.json"])
async def test_no_other_file_is_handed_out(demo, previews, name):
    with pytest.raises(NotFound):
        await previews.sheet(demo.recording, name)


async def test_a_recording_of_which_none_can_be_made_says_so_and_is_not_tried_for_ever(demo, previews):
    gone = type(demo.recording)(new_id(), *(getattr(demo.recording, each) for each in ("session_id", "state")), None)
    assert (await previews.told(gone))["state"] == "pending"
    await asyncio.wait_for(previews.settled(), 100)
    assert (await previews.told(gone))["state"] == "none"
