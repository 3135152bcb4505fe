"""The report of bench.review: what counts, and what is said when nothing could be measured."""

from bench._hour import Recorded
from bench.review import build_report


def test_the_slowest_of_twenty_seeks_decides_and_the_middle_of_three_openings():
    report = build_report(Recorded("r", 2_000_000, 1.5), [700.0, 2000.0, 900.0], [100.0] * 19 + [5000.0], 60)
    assert report.ok
    assert report.figures["seek_p95_ms"] == 100.0
    assert report.figures["page_ready_ms"] == 900.0
    assert report.details["megabytes"] == 2
    slow = build_report(Recorded("r", 2_000_000, 2.5), [700.0], [100.0], 60)
    assert not slow.ok


def test_what_was_not_measured_is_no_success():
    report = build_report(None, [], [], 60, ("Chromium is not installed",))
    assert not report.ok
    assert report.figures["ready_after_end_s"] is None
