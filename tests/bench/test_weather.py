import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import _weather
from bench._weather import SCENARIOS, Crossing, Way, Weather, load

NAMES = sorted(path.stem for path in SCENARIOS.glob("*.json"))


def fates(way, packets=40_000, size=1_200, every_ms=4.0, seed=1):
    crossing = Crossing(way, random.Random(seed))
    return [crossing.plan(size, number * every_ms) for number in range(packets)]


def test_fair_weather_takes_no_time_and_loses_nothing():
    assert fates(Way(), 100, every_ms=1.0) == [[number * 1.0] for number in range(100)]


@pytest.mark.parametrize(("loss", "burst"), [(0.1, 1), (0.1, 3), (0.2, 1), (0.2, 5)])
def test_loss_is_what_it_says_in_share_and_in_runs(loss, burst):
    lost = [not times for times in fates(Way(loss=loss, burst=burst))]
    runs = sum(1 for before, now in zip([False, *lost], lost, strict=False) if now and not before)
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.1)
    assert sum(lost) / runs == pytest.approx(burst if burst > 1 else 1 / (1 - loss), rel=0.15)


def test_delay_lies_within_its_jitter_and_packets_overtake():
    times = [times[0] - number * 4 for number, times in enumerate(fates(Way(delay_ms=200, jitter_ms=100)))]
    assert 100 <= min(times) < 105
    assert 295 < max(times) <= 300
    arrivals = [each + number * 4 for number, each in enumerate(times)]
    assert any(later < before for before, later in itertools.pairwise(arrivals))


def test_a_rate_limit_holds_its_rate_and_a_bounded_queue():
    arrived = [times[0] for times in fates(Way(kbit_s=1_000, queue_ms=200), every_ms=4.0) if times]
    assert len(arrived) * 1_200 * 8 / (arrived[-1] - arrived[0]) == pytest.approx(1_000, rel=0.01)
    assert max(times[0] - number * 4 for number, times in enumerate(fates(Way(kbit_s=1_000))) if times) < 400 + 10


def test_some_come_twice_and_some_past_the_others():
    assert sum(len(times) == 2 for times in fates(Way(duplicate=0.02))) == pytest.approx(800, rel=0.15)
    early = [times[0] == number * 4 for number, times in enumerate(fates(Way(delay_ms=50, reorder=0.05)))]
    assert sum(early) == pytest.approx(2_000, rel=0.15)


@given(st.integers())
def test_one_seed_is_one_weather(seed):
    way = Way(loss=0.2, burst=3, jitter_ms=50, delay_ms=80, duplicate=0.1)
    assert fates(way, 50, seed=seed) == fates(way, 50, seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_each_scenario_has_a_short_and_a_long_form(name):
    short, long = load(name, "short"), load(name, "long")
    assert short.says
    assert 0 < short.seconds <= 45
    assert short.seconds <= long.seconds
    assert any(step.move or step.weather != Weather() for step in short.steps)


def test_the_scenarios_of_the_figures_say_what_the_figures_say():
    assert load("loss-10", "short").steps[0].weather == Weather(Way(loss=0.1, burst=3), Way(loss=0.1, burst=3))
    jitter = load("loss-20-jitter", "short").steps[0].weather.up
    assert (jitter.loss, jitter.delay_ms, jitter.jitter_ms) == (0.2, 200, 100)
    uplink = load("uplink-150", "short").steps
    assert [step.weather for step in uplink] == [Weather(), Weather(up=Way(kbit_s=150)), Weather()]
    assert sum(step.move for step in load("moves", "long").steps) == 30
    assert [load(f"outage-{each}", "short").steps[0].seconds for each in (2, 10, 30)] == [2, 10, 30]


def test_a_step_with_an_unknown_word_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odd.json").write_text('{"says": "x", "seed": 1, "steps": [{"los": 1, "seconds": {"short": 1}}]}')
    monkeypatch.setattr(_weather, "SCENARIOS", tmp_path)
    with pytest.raises(ValueError, match="los"):
        load("odd", "short")


def test_what_waits_in_the_queue_of_the_weather_before_is_not_overtaken():
    narrow = Crossing(Way(kbit_s=150), random.Random(1))
    last = [times[0] for times in (narrow.plan(1_200, 0) for _ in range(8)) if times][-1]
    wide = Crossing(Way(), random.Random(1), narrow.free_at)
    assert wide.plan(1_200, 100) == [last]
    assert wide.plan(1_200, last + 1) == [last + 1]
