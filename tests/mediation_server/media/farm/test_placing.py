import pytest

from mediation_server.media.farm.placing import Place, least_loaded


def test_a_room_goes_where_least_is_carried():
    assert least_loaded([Place(0.5, 1), Place(0.1, 1), Place(0.3, 1)]) == 1


def test_rooms_that_use_nothing_yet_are_spread_evenly():
    rooms = [0, 0, 0]
    for _ in range(9):
        rooms[least_loaded([Place(0.0, each) for each in rooms])] += 1
    assert rooms == [3, 3, 3]


def test_what_a_worker_uses_outweighs_a_few_rooms_that_use_nothing():
    assert least_loaded([Place(0.4, 1), Place(0.0, 20)]) == 1


def test_without_a_place_there_is_none():
    with pytest.raises(ValueError, match="no_place"):
        least_loaded([])
