import json

import pytest

from bench._forward_generator import Tally
from bench._pace import Pace
from bench.forward import Plan, Sample, build_report

PLAN = Plan(pace=Pace(packets_per_second=2, burst=1))
EIGHT_OF_TEN = {"delivered": 8, "p99_ms": 4.0}


def sample(cpu_us, *, delivered=10, p99_ms=1.0, sending_s=0.5):
    counts = {"sent": 1, "subscribers": 10, "delivered": delivered, "rejected": 0, "foreign": 0}
    return Sample(Tally(**counts, sending_s=sending_s, p50_ms=0.5, p99_ms=p99_ms), cpu_us)


def test_figures_are_medians_and_their_ratio():
    samples = {
        "ours": [sample(4.0), sample(40.0), sample(5.0)],
        "janus": [sample(8.0), sample(10.0), sample(11.0)],
        "janus_default": [sample(12.0)],
    }

    figures = json.loads(build_report(PLAN, samples, (), {}).as_json())["figures"]

    assert (figures["ours_us"], figures["janus_us"], figures["janus_default_us"]) == (5.0, 10.0, 12.0)
    assert figures["ratio"] == 0.5
    assert (figures["loss"], figures["p99_ms"]) == (0.0, 1.0)


def everybody(**changed):
    us = {"ours": 5.5, "accelerated": 3.5, "janus": 10.0, "janus_default": 12.0}
    us |= {"ours_fanout3": 9.0, "accelerated_fanout3": 5.5, "janus_fanout3": 10.0}
    return {name: [sample(cpu)] for name, cpu in (us | changed).items()}


def test_the_targets_are_met_at_their_edge():
    report = build_report(PLAN, everybody(), (), {})

    assert report.ok
    ratios = ("ratio", "ratio_accelerated", "ratio_fanout3", "ratio_fanout3_accelerated")
    assert [report.figures[name] for name in ratios] == [0.55, 0.35, 0.9, 0.55]


@pytest.mark.parametrize(
    "slower", [{"ours": 5.6}, {"accelerated": 3.6}, {"ours_fanout3": 9.1}, {"accelerated_fanout3": 5.6}]
)
def test_each_target_is_missed_by_what_is_slower(slower):
    assert not build_report(PLAN, everybody(**slower), (), {}).ok


def test_loss_and_latency_are_those_of_the_worse_path():
    samples = everybody() | {"ours": [sample(5.5, delivered=9, p99_ms=0.2)], "accelerated": [sample(3.5, p99_ms=0.9)]}

    figures = build_report(PLAN, samples, (), {}).figures

    assert (figures["loss"], figures["p99_ms"]) == (pytest.approx(0.05), 0.9)


def test_losing_packets_does_not_win():
    report = build_report(PLAN, {"ours": [sample(1.0, **EIGHT_OF_TEN)], "janus": [sample(10.0)]}, (), {})

    assert report.figures["loss"] == pytest.approx(0.2)
    assert report.figures["p99_ms"] == 4.0
    assert not report.ok


def test_without_janus_its_figures_are_null_and_the_reason_is_said():
    report = build_report(PLAN, {"ours": [sample(4.0)]}, ("Janus is not installed",), {})

    document = json.loads(report.as_json())
    assert document["figures"]["ours_us"] == 4.0
    assert document["figures"]["janus_us"] is None
    assert document["figures"]["ratio"] is None
    assert document["ok"] is False
    assert document["reasons"] == ["Janus is not installed"]


def test_what_really_went_in_is_told():
    samples = {"ours": [sample(4.0), sample(4.0)]}

    assert build_report(PLAN, samples, (), {}).details["sent_per_second"] == {"ours": 2}


def test_rounds_in_which_the_generator_lost_its_pace_do_not_count():
    samples = {"ours": [sample(4.0), sample(9.0, sending_s=5.0, delivered=1)], "janus": [sample(10.0)]}

    report = build_report(PLAN, samples, (), {})

    assert (report.figures["ours_us"], report.figures["loss"]) == (4.0, 0.0)
    assert report.details["rounds_counted"] == {"ours": 1, "janus": 1}
    assert report.details["us_by_round"]["ours"] == [4.0, 9.0]


def test_a_machine_that_was_never_quiet_is_measured_all_the_same():
    report = build_report(PLAN, {"ours": [sample(9.0, sending_s=5.0)]}, (), {})

    assert report.figures["ours_us"] == 9.0
