import itertools

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.key_frames import KeyFrames


@given(st.lists(st.integers(0, 300), max_size=200))
def test_however_often_one_is_wanted_it_is_asked_for_once_per_interval(steps):
    keys = KeyFrames(500)
    now, asked = 0, []
    for step in steps:
        now += step
        keys.wanted = True
        if keys.due(now):
            asked.append(now)
    assert all(later - earlier >= 500 for earlier, later in itertools.pairwise(asked))


def test_it_is_asked_for_again_until_it_comes():
    keys = KeyFrames(500)
    keys.wanted = True
    assert keys.due(0)
    assert not keys.due(499)
    assert keys.due(500)
    assert keys.arrived(7, 1)
    assert not keys.due(2_000)


def test_parameter_sets_and_picture_of_one_key_frame_count_once():
    keys = KeyFrames(500)
    assert keys.arrived(7, 3_000)
    assert not keys.arrived(8, 3_000)
    assert keys.start == 7
    keys.forget()
    assert keys.start == -1
