"""What is sent of what is looked at: properties over any room, any tiles and any line."""

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.layers import PAUSED, Rank, Wish, allocate, level_for, settle

costs = st.lists(st.integers(1, 3_000_000), min_size=1, max_size=3).map(lambda each: tuple(sorted(each)))
wishes = st.lists(
    st.builds(
        Wish,
        st.uuids().map(str),
        st.sampled_from(Rank),
        st.integers(-1, 3),
        costs,
        st.integers(0, 2_000),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)
budgets = st.integers(-100_000, 10_000_000)
ROOM = [Wish("speaker", Rank.SPEAKER, 2, (150_000, 500_000, 1_700_000), 720)] + [
    Wish(name, Rank.OTHER, 0, (150_000, 500_000, 1_700_000), 180) for name in "bcd"
]


def cost(wanted, levels):
    return sum(each.costs[levels[each.id]] for each in wanted if levels[each.id] > PAUSED)


@given(wishes, budgets)
def test_the_budget_is_never_exceeded(wanted, budget):
    assert cost(wanted, allocate(wanted, budget)) <= max(0, budget)


@given(wishes, budgets)
def test_what_nobody_looks_at_is_never_sent_and_nothing_better_than_needed(wanted, budget):
    levels = allocate(wanted, budget)
    for each in wanted:
        assert PAUSED <= levels[each.id] <= min(each.top, len(each.costs) - 1)


@given(wishes.map(lambda all_: [each for each in all_ if each.rank is not Rank.SCREEN]), budgets, st.integers(0, 10**6))
def test_a_better_line_takes_nothing_away(wanted, budget, more):
    poorer, richer = allocate(wanted, budget), allocate(wanted, budget + more)
    assert all(poorer[each.id] <= richer[each.id] for each in wanted)


@given(wishes, budgets, st.integers(0, 10**6))
def test_a_better_line_takes_no_screen_away_but_for_a_more_important_one(wanted, budget, more):
    screens = sorted((each for each in wanted if each.rank is Rank.SCREEN), key=lambda each: (-each.size, each.id))
    poorer, richer = allocate(wanted, budget), allocate(wanted, budget + more)
    assert [richer[each.id] for each in screens] >= [poorer[each.id] for each in screens]


@given(wishes, budgets, budgets)
def test_what_was_chosen_before_stays_within_the_budget_too(wanted, before, budget):
    levels = settle(wanted, allocate(wanted, before), budget)
    assert cost(wanted, levels) <= max(0, budget)
    for each in wanted:
        assert levels[each.id] <= min(each.top, len(each.costs) - 1)


@given(wishes, budgets)
def test_it_comes_to_rest(wanted, budget):
    once = settle(wanted, {}, budget)
    assert settle(wanted, once, budget) == once


def test_one_picture_comes_before_the_rest_and_the_rest_before_a_better_one():
    assert allocate(ROOM, 160_000) == {"speaker": 0, "b": PAUSED, "c": PAUSED, "d": PAUSED}
    assert allocate(ROOM, 940_000) == {"speaker": 0, "b": 0, "c": 0, "d": 0}
    assert allocate(ROOM, 960_000) == {"speaker": 1, "b": 0, "c": 0, "d": 0}
    assert allocate(ROOM, 2_150_000) == {"speaker": 2, "b": 0, "c": 0, "d": 0}
    assert set(allocate(ROOM, 100_000).values()) == {PAUSED}


def test_a_screen_comes_before_every_camera():
    screen = Wish("screen", Rank.SCREEN, 0, (800_000,), 900)
    assert allocate([*ROOM, screen], 960_000) == {"screen": 0, "speaker": 0, "b": PAUSED, "c": PAUSED, "d": PAUSED}


def test_a_line_on_the_edge_does_not_make_a_picture_jump():
    levels = {}
    seen = []
    for budget in [2_600_000, 2_200_000, 2_140_000, 2_200_000, 2_400_000, 2_600_000]:
        levels = settle(ROOM, levels, budget)
        seen.append(levels["speaker"])
    assert seen == [2, 2, 1, 1, 1, 2]


def test_a_tile_gets_the_encoding_that_fills_it():
    assert [level_for(height, 3) for height in (0, 90, 240, 241, 480, 481, 1_080)] == [PAUSED, 0, 0, 1, 1, 2, 2]
    assert [level_for(height, 1) for height in (0, 90, 1_080)] == [PAUSED, 0, 0]
    assert [level_for(height, 2) for height in (180, 360, 720)] == [0, 0, 1]
