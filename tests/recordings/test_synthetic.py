"""The demo recording: made by the product's own pipeline, alive, and with a caucus that is nowhere in it."""

from itertools import combinations

import av

from recordings.demo_script import AWAY, CAUCUS, END_MS
from tests.recordings.kit import decoded, read_file


def media(demo):
    """Voices and faces, without what a machine understood."""
    return [each for each in demo.manifest.tracks if each.codec != "text"]


def test_the_demo_is_ninety_seconds_with_a_gap_of_twenty(demo):
    manifest = demo.manifest
    assert (manifest.total_ms, manifest.recorded_ms) == (END_MS, END_MS - (CAUCUS[1] - CAUCUS[0]))
    assert [(each.from_ms, each.to_ms) for each in manifest.gaps] == [CAUCUS]
    assert len(media(demo)) == 6
    assert {each.name for each in manifest.participants} == {"何秀兰", "钱慧敏", "孙巧云"}


def test_every_file_plays_to_its_end(demo):
    for track in media(demo):
        per_second = 50 if track.codec == "opus" else 10
        for segment in track.segments:
            frames = decoded(demo.directory / segment.file)
            assert abs(frames - (segment.to_ms - segment.from_ms) / 1000 * per_second) <= 2


def test_nothing_lies_in_the_caucus_nor_where_the_line_was_lost(demo):
    by_person = {track.participant: [] for track in demo.manifest.tracks}
    for track in demo.manifest.tracks:
        for segment in track.segments:
            times = [segment.from_ms + ms for ms, _, _ in read_file(demo.directory / segment.file)[0]]
            assert not [ms for ms in times if CAUCUS[0] < ms < CAUCUS[1]]
            by_person[track.participant] += times
    respondent = by_person[demo.people[2].id]
    assert not [ms for ms in respondent if AWAY[0] + 100 < ms < AWAY[1]]


def test_voice_and_face_of_each_person_start_together(demo):
    starts = {}
    for track in media(demo):
        for n, segment in enumerate(track.segments):
            starts.setdefault((track.participant, n), []).append(segment.from_ms)
    assert all(len(each) == 2 and abs(each[0] - each[1]) <= 40 for each in starts.values())


def test_each_person_wears_a_colour_of_their_own(demo):
    colours = []
    for track in media(demo):
        if track.codec != "opus":
            with av.open(str(demo.directory / track.segments[0].file)) as container:
                frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
                colours.append(frame[-12:-4, 150:170].reshape(-1, 3).mean(axis=0))
    assert len(colours) == 3
    assert all(abs(one - other).max() > 12 for one, other in combinations(colours, 2))
