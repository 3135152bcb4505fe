"""A film of a recording: what it holds, that it is the same every time, and that its process may die."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.film import FilmLayout
from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import GapReason
from mediation_server.errors import Unavailable
from recordings.captions import captions_of
from recordings.compose.composer import Composer
from recordings.compose.drawing import LINE_HEIGHT, name_plate
from recordings.compose.fonts import font_sha256
from recordings.compose.layout import HEIGHT, WIDTH, cells
from recordings.compose.recipe import (
    Caption,
    Card,
    ChapterKind,
    Part,
    Wish,
    frames_between,
    parse_recipe,
    recipe_bytes,
    recipe_of,
)
from recordings.compose.subtitles import subtitles_of
from recordings.compose.work import FILM, RECIPE
from recordings.playback import review_of
from tests.court_world import eventually
from web.film_words import film_words

LAYOUTS = tuple(FilmLayout)
CAUCUS = (30_000, 50_000)  # of the demo


def the_recipe(demo, layout=FilmLayout.GRID):
    wish = Wish(layout, "zh", "方静 2026-01-05 10:00 ABC123")
    sealed = demo.manifest, demo.recording.manifest_sha256
    spoken = captions_of(demo.recordings.vault, demo.recording)
    captions = [Caption(each.participant, each.offset_ms, each.text) for each in spoken]
    review = review_of(demo.manifest, demo.log)
    return recipe_of(review, sealed, wish, film_words("zh"), font_sha256(), captions=captions)


def around_the_caucus(recipe):
    """Two seconds before it, its card, two seconds after it."""
    at = next(n for n, each in enumerate(recipe.parts) if isinstance(each, Card))
    before, card, after = recipe.parts[at - 1 : at + 2]
    end = before.from_ms + before.frames * 40
    parts = replace(before, from_ms=end - 2_000, frames=50), replace(card, frames=25), replace(after, frames=50)
    chapters = [each for each in recipe.chapters if each.kind is not ChapterKind.SPEAKER]
    starts = zip(chapters, (0, 50, 75), strict=True)
    return replace(recipe, parts=parts, chapters=tuple(replace(each, frame=frame) for each, frame in starts))


def a_composer(demo):
    return Composer(demo.recordings.vault.root.parent, 1, niceness=0)


async def nobody_listens(_done, _total):
    """Progress that is shown to nobody."""


@given(st.sampled_from(LAYOUTS), st.integers(0, 16), st.booleans())
def test_the_cells_lie_in_the_picture_and_never_on_each_other(layout, people, screen):
    found = cells(layout, people, screen=screen)
    assert len(found) == people + screen
    for cell in found:
        assert 0 <= cell.x <= cell.x + cell.width <= WIDTH
        assert 0 <= cell.y <= cell.y + cell.height <= HEIGHT
        assert not any(number % 2 for number in cell)
    for one, other in itertools.combinations(found, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=20))
def test_however_a_stretch_is_cut_it_has_as_many_frames(edges):
    edges = sorted(edges)
    cut = sum(frames_between(first, last) for first, last in itertools.pairwise(edges))
    assert cut == frames_between(edges[0], edges[-1])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_recipe_holds_all_that_was_recorded_and_a_card_for_what_was_not(demo, layout):
    recipe = the_recipe(demo, layout)
    (card,) = (each for each in recipe.parts if isinstance(each, Card))
    assert (card.from_ms, card.to_ms, card.reason) == (*CAUCUS, GapReason.CAUCUS)
    parts = [each for each in recipe.parts if isinstance(each, Part)]
    assert sum(each.frames for each in parts) == frames_between(0, demo.manifest.total_ms) - frames_between(*CAUCUS)
    for each in parts:
        assert not CAUCUS[0] < each.from_ms + each.frames * 40 - 40 < CAUCUS[1]
    assert [(each.kind, each.at_ms) for each in recipe.chapters if each.kind is not ChapterKind.SPEAKER] == [
        (ChapterKind.JOINT, 0),
        (ChapterKind.GAP, CAUCUS[0]),
        (ChapterKind.JOINT, CAUCUS[1]),
    ]


def test_whoever_speaks_has_the_large_picture(demo):
    recipe = the_recipe(demo, FilmLayout.SPEAKER)
    names = {each.id: each.name for each in demo.manifest.participants}
    first = {each.from_ms: names[each.seats[0].participant] for each in recipe.parts if isinstance(each, Part)}
    assert (first[10_000], first[18_400], first[58_000]) == ("钱慧敏", "孙巧云", "孙巧云")


def test_a_picture_that_is_off_leaves_a_name(demo):
    away = next(each.id for each in demo.manifest.participants if each.name == "孙巧云")
    recipe = the_recipe(demo)
    inside = [each for each in recipe.parts if isinstance(each, Part) and 75_000 <= each.from_ms < 78_000]
    assert inside
    assert all(seat.input is None for each in inside for seat in each.seats if seat.participant == away)


def test_a_recipe_is_read_back_as_it_was_written(demo):
    recipe = the_recipe(demo)
    assert parse_recipe(recipe_bytes(recipe)) == recipe
    assert recipe_bytes(the_recipe(demo)) == recipe_bytes(recipe)


@pytest.fixture(scope="module")
def film(demo):
    """(the short film, where it lies, what it is)."""
    composer, film_id = a_composer(demo), new_id()
    recipe = around_the_caucus(the_recipe(demo))
    who = demo.people[1].id
    said = [Caption(who, 28_480, "到此为止"), Caption(who, 40_000, "不在片中"), Caption(who, 50_480, "我们继续")]
    recipe = replace(recipe, captions=tuple(said))
    made = asyncio.run(composer.make(film_id, demo.recording.session_id, recipe, nobody_listens))
    return recipe, composer.shelves.root / film_id, made


def test_the_film_has_every_picture_its_sound_and_its_chapters(film):
    recipe, directory, made = film
    assert sorted(each.name for each in directory.iterdir()) == [FILM, RECIPE]
    assert (directory / FILM).stat().st_size == made.bytes
    with av.open(str(directory / FILM)) as read:
        assert [(each["metadata"]["title"], each["start"] * each["time_base"]) for each in read.chapters()] == [
            ("各方在场", 0),
            ("背对背调解，依规不录音录像", 2),
            ("各方在场", 3),
        ]
        assert read.streams.audio[0].duration * read.streams.audio[0].time_base == pytest.approx(5, abs=0.05)
        frames = [each.to_ndarray(format="gray") for each in read.decode(video=0)]
    assert len(frames) == recipe.frames == 125
    assert frames[60].mean() < frames[10].mean() / 2  # the card is dark, rooms are light


def test_each_name_stands_in_the_lower_left_corner_of_its_cell(film):
    recipe, directory, _ = film
    with av.open(str(directory / FILM)) as read:
        frame = next(itertools.islice(read.decode(video=0), 10, None)).to_ndarray(format="gray").astype(float)
    seats = recipe.parts[0].seats
    for seat, cell in zip(seats, cells(FilmLayout.GRID, len(seats), screen=False), strict=True):
        plate = name_plate(recipe.names[seat.participant], cell)
        bottom = cell.y + cell.height - (LINE_HEIGHT if cell.y + cell.height == HEIGHT else 0)
        rows = slice(bottom - 8 - plate.height, bottom - 8)
        under = frame[rows, cell.x + 8 : cell.x + 8 + plate.width]
        beside = frame[rows, cell.x + 8 + plate.width : cell.x + 8 + 2 * plate.width]
        assert np.median(under) < np.median(beside) / 2
        assert under.max() > 200  # white letters


def test_the_card_is_silent(film):
    _, directory, _ = film
    with av.open(str(directory / FILM)) as read:
        heard = np.concatenate([each.to_ndarray()[0] for each in read.decode(audio=0)])
    loud = [float(np.abs(heard[at * 48_000 : (at + 1) * 48_000]).max()) for at in range(5)]
    assert max(loud[:2]) > 0.02
    assert float(np.abs(heard[int(2.1 * 48_000) : int(2.9 * 48_000)]).max()) < 0.001


def test_captions_stand_under_the_picture_they_begin_with_and_say_that_a_machine_wrote_them(film):
    recipe, directory, _ = film
    name = recipe.names[recipe.captions[0].participant]
    with av.open(str(directory / FILM)) as read:
        (stream,) = (each for each in read.streams if each.type == "subtitle")
        found = [
            (float(each.pts * each.time_base), bytes(each)[2:].decode()) for each in read.demux(stream) if each.size > 2
        ]
    assert found == [
        (pytest.approx(0.48, abs=0.05), f"〔机器字幕〕{name}：到此为止"),
        (pytest.approx(3.48, abs=0.05), f"〔机器字幕〕{name}：我们继续"),
    ]


def test_no_two_captions_stand_there_at_once_and_none_for_long(demo):
    recipe = the_recipe(demo)
    many = [Caption("p", ms, f"{ms}") for ms in (0, 0, 10, 500, 20_000, 35_000, 89_990)]
    found = subtitles_of(replace(recipe, captions=tuple(many)))
    assert all(one.to_frame <= other.from_frame for one, other in itertools.pairwise(found))
    assert all(0 < each.to_frame - each.from_frame <= 175 for each in found)
    assert not [each for each in found if "35000" in each.text]  # of the caucus: in no part
    assert subtitles_of(replace(recipe, captions=())) == []


def test_the_process_that_makes_a_film_brings_no_database_along():
    asked = "import sys, recordings.compose.child; print([each for each in sys.modules if 'sqlalchemy' in each])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"  # it took five times as long to start as now


async def test_a_film_whose_process_is_killed_is_the_same_to_the_byte(film, demo):
    recipe, _, made = film
    composer = a_composer(demo)
    killed = []

    async def kill(done, _total):
        if done in (2, 3):
            killed.extend(composer.pids)
            for each in composer.pids:
                os.kill(each, signal.SIGKILL)

    assert await composer.make(new_id(), demo.recording.session_id, recipe, kill) == made
    assert len(set(killed)) == 2


async def test_what_was_made_before_a_restart_is_not_made_again(film, demo):
    recipe, _, made = film
    film_id, told = new_id(), []

    async def stop(done, _total):
        if done == 3:
            raise ConnectionAbortedError  # as a database that is gone

    first = a_composer(demo)
    with pytest.raises(ConnectionAbortedError):
        await first.make(film_id, demo.recording.session_id, recipe, stop)
    before = {each.name: each.stat().st_mtime_ns for each in (first.shelves.root / film_id).glob("*.mkv")}
    assert before

    async def tell(done, total):
        told.append((done, total))

    composer = a_composer(demo)
    assert await composer.make(film_id, demo.recording.session_id, recipe, tell) == made
    assert told[1][0] == 1 + len(before)


async def test_a_film_that_is_let_go_leaves_no_process(demo):
    composer = a_composer(demo)
    begun, pids = asyncio.Event(), set()

    async def tell(_done, _total):
        pids.update(composer.pids)
        begun.set()

    work = asyncio.create_task(composer.make(new_id(), demo.recording.session_id, the_recipe(demo), tell))
    await begun.wait()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert pids
    assert not composer.pids
    for each in pids:
        await eventually(lambda pid=each: not Path(f"/proc/{pid}").exists(), "the end of the process")


async def test_a_film_leaves_the_disk_to_recordings(demo):
    composer = Composer(demo.recordings.vault.root.parent, 1, niceness=0, reserve=1 << 60)
    with pytest.raises(Unavailable) as refused:
        await composer.make(new_id(), demo.recording.session_id, the_recipe(demo), nobody_listens)
    assert refused.value.code == "film_no_room"
    assert not composer.pids


async def test_no_film_is_made_of_a_file_that_is_not_what_was_sealed(demo):
    recipe = around_the_caucus(the_recipe(demo))
    first, *rest = recipe.inputs
    changed = replace(recipe, inputs=(replace(first, sha256="0" * 64), *rest))
    composer = a_composer(demo)
    with pytest.raises(Unavailable) as refused:
        await composer.make(new_id(), demo.recording.session_id, changed, nobody_listens)
    assert refused.value.code == "original_changed"
