"""The probe sees a loop that is held up, and never grows."""

from __future__ import annotations

import asyncio
import time

from mediation_server.loop_lag import BOUNDS, LoopLag
from tests.media.peer import until


async def test_a_callback_that_holds_the_loop_is_seen():
    lag = LoopLag(period_s=0.005)
    with lag.running():
        await until(lambda: sum(lag.figures().counts) >= 2)
        asyncio.get_running_loop().call_soon(time.sleep, 0.2)
        await until(lambda: sum(lag.figures().counts[BOUNDS.index(0.1) + 1 :]))
    assert lag.figures().worst > 0.1
    counted = sum(lag.figures().counts)
    await asyncio.sleep(0.02)
    assert sum(lag.figures().counts) == counted


def test_each_probe_falls_into_the_one_bucket_that_holds_it():
    lag = LoopLag()
    for late in (-0.1, 0.0, 0.0005, 0.0006, 0.02, 99.0):
        lag.note(late)
    counts = lag.figures().counts
    assert (counts[0], counts[1], counts[BOUNDS.index(0.02)], counts[-1], sum(counts)) == (3, 1, 1, 1, 6)
    assert lag.figures().total == 99.0211


def test_quantiles_are_of_the_last_minute_and_the_memory_is_bounded():
    lag = LoopLag()
    assert (lag.figures().median, lag.figures().worst) == (0.0, 0.0)
    lag.note(5.0)
    for _ in range(594):
        lag.note(0.001)
    for _ in range(6):
        lag.note(0.5)
    figures = lag.figures()
    assert (figures.median, figures.p99, figures.worst) == (0.001, 0.5, 0.5)
    assert sum(figures.counts) == 601
    assert len(lag._lately) == 600
