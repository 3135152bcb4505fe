import os

import pytest

from bench.idle import build_report, measure, resident_bytes
from bench.report import progress

MIB = 1 << 20


def test_figures_are_what_the_participants_add_to_the_engine():
    report = build_report(30, 10.0, (0.5, 80 * MIB), (2.0, 89 * MIB))

    assert report.figures == {"core_percent": pytest.approx(0.05), "mb": pytest.approx(0.3)}
    assert report.details["associations"] == 60
    assert report.ok


def test_more_than_that_misses_the_target():
    assert not build_report(10, 10.0, (0.0, 0), (0.6, 1)).ok
    assert not build_report(10, 10.0, (0.0, 0), (0.1, 4 * MIB)).ok


def test_memory_is_read_of_the_process_named():
    before = resident_bytes(os.getpid())
    held = bytearray(os.urandom(1)) * (50 * MIB)
    assert resident_bytes(os.getpid()) - before > 40 * MIB
    assert len(held) == 50 * MIB


async def test_the_real_engine_keeps_idle_associations():
    with progress(10) as steps:
        report = await measure(2, 0.5, steps)

    assert report.reasons == ()
    assert report.details["associations"] == 4
    assert report.details["engine_mb"] > 0
