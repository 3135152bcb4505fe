"""The benchmark's matters are what the life cycle leaves, its pages are pages, and its figures the worse of both."""

from datetime import date

import pytest

from bench._matters_courses import COURSES, told
from bench._matters_data import fill
from bench.matters import PAGES, TARGETS, Measured, build_report, measure
from bench.report import progress
from mediation_server.clock import SystemClock
from mediation_server.domain.calendar import local_date
from mediation_server.services.procedure import log_findings
from mediation_server.services.sweeping import Swept
from mediation_server.store.database import Database

TODAY = date(2026, 11, 23)


def measured(sweep_s=1.0, ms=10.0, failed=0, wrong=None):
    return Measured(1.0, sweep_s, sweep_s, Swept(10, 5, failed), {"a": [1.0] * 50, "b": [ms] * 50}, {}, wrong or {})


def test_the_figures_are_those_of_the_slower_database():
    report = build_report(10, {"sqlite": measured(), "postgresql": measured(sweep_s=2.0, ms=40.0)}, ())
    assert report.figures == {"sweep_s": 2.0, "page_p99_ms": 40.0}
    assert report.ok


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        ({"sqlite": measured()}, ["PostgreSQL is not measured"]),
        ({"sqlite": measured(failed=1)}, []),
        ({"sqlite": measured(wrong={"judge /home: 500": 1})}, []),
        ({"sqlite": measured(ms=51.0)}, []),
        ({"sqlite": measured(sweep_s=5.1)}, []),
        ({}, ["nothing"]),
    ],
)
def test_what_was_not_measured_failed_or_was_slow_is_no_success(found, reasons):
    report = build_report(10, found, reasons)
    assert not report.ok
    assert set(report.figures) == set(TARGETS)


def test_every_course_leads_somewhere_and_its_sweeps_have_been():
    for course in COURSES:
        for age in (course.youngest, course.oldest):
            begun = date.fromordinal(TODAY.toordinal() - age)
            one = told(course, begun, TODAY)
            assert one.entries
            assert one.look_on is None or one.look_on >= TODAY


async def test_a_matter_of_the_benchmark_is_what_its_log_says(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'm.db'}")
    await database.open()
    try:
        with progress(1) as steps:
            world = await fill(database, 60, local_date(SystemClock().now()), steps)
        ids = {each for mine in world.matters.values() for each in mine}
        assert len(ids) > 30
        assert [await log_findings(database, each) for each in sorted(ids)] == [[]] * len(ids)
    finally:
        await database.close()


async def test_every_page_answers_and_the_sweep_fails_nowhere(tmp_path):
    with progress(len(PAGES) + 2) as steps:
        found = await measure(f"sqlite+aiosqlite:///{tmp_path / 'm.db'}", 200, tmp_path, steps, readers=1)
    assert (dict(found.wrong), found.swept.failed) == ({}, 0)
    assert set(found.pages) == {f"{page.reader} {page.path}" for page in PAGES}
