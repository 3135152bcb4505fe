import pytest

from mediation_server.media.farm.placing import Place, chosen


def test_a_room_goes_where_least_is_carried():
    assert chosen([Place(0.5, 1), Place(0.1, 1), Place(0.3, 1)]) == 1


def test_rooms_that_use_nothing_yet_are_spread_evenly():
    rooms = [0, 0, 0]
    for _ in range(9):
        rooms[chosen([Place(0.0, each) for each in rooms])] += 1
    assert rooms == [3, 3, 3]


def test_what_a_worker_uses_outweighs_a_few_rooms_that_use_nothing():
    assert chosen([Place(0.4, 1), Place(0.0, 20)]) == 1


def test_rooms_that_workers_die_of_are_kept_together_and_away_from_the_others():
    places = [Place(0.1, 2), Place(0.5, 1, suspects=1), Place(0.2, 1)]
    assert chosen(places, suspect=True) == 1
    assert chosen(places) == 0
    assert chosen([Place(0.0, 2), Place(0.9, 1)], suspect=True) == 1
    assert chosen([Place(0.9, 1, suspects=1)]) == 0


def test_without_a_place_there_is_none():
    with pytest.raises(ValueError, match="no_place"):
        chosen([])
