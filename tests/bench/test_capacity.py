import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import _capacity_generator
from bench._capacity_generator import Trial
from bench._embedded import Embedded
from bench._pace import Pace
from bench._peer import AES_GCM
from bench._server import Shape, connect
from bench.capacity import carried, search


def trial(rate, *, delivered=1.0, lag_ms=0.0):
    return Trial(rate, rate, 10, round(rate * 10 * delivered), 1.0, lag_ms)


@given(st.integers(4_100, 63_000), st.floats(0.01, 0.2))
def test_the_edge_is_found_from_below(edge, finest):
    found = carried(lambda rate: trial(rate, delivered=1.0 if rate <= edge else 0.9), finest) / 10
    assert edge / (1 + finest) - 2 <= found <= edge


def test_a_rate_that_failed_by_chance_gets_a_second_try():
    tries = []

    def play(rate):
        tries.append(rate)
        return trial(rate, delivered=0.99 if tries.count(rate) == 1 or rate > 20_000 else 1.0)

    assert carried(play, 0.1) > 150_000


def test_a_queue_that_grows_is_not_carried():
    assert not trial(100, lag_ms=31.0).holds(30.0)
    assert not trial(100, delivered=0.999).holds(30.0)
    assert trial(100, lag_ms=29.0).holds(30.0)


def test_the_search_ends_where_nothing_is_carried_and_where_everything_is():
    assert carried(lambda rate: trial(rate, delivered=0.0), 0.05) == 0
    assert search({64_000: True}, 0.05) is None


@pytest.mark.parametrize("compiled", [False, True])
async def test_every_packet_of_the_real_engine_is_counted(compiled):
    server = await Embedded.start("127.0.0.1", compiled=compiled, budget=False)
    session = await connect(server, "127.0.0.1", Shape(AES_GCM, 2, 1_100, 400))
    try:
        played = _capacity_generator.play(session, Pace(packets_per_second=400, burst=8), 0.4)
    finally:
        session.close()
        await server.close()
    assert (played.sent, played.delivered) == (160, 320)
