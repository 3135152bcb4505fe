import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import Report, Target, percentile, progress, publish

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)


def printed(report, *, as_json):
    out = io.StringIO()
    publish(report, as_json=as_json, out=out)
    return out.getvalue()


def test_json_is_one_last_line_with_the_promised_keys():
    report = Report("demo", {"ratio": 0.5, "count": 3}, {"ratio": Target(0.8)}, {"rounds": 2})

    lines = printed(report, as_json=True).splitlines()

    assert len(lines) == 1
    assert json.loads(lines[-1]) == {
        "name": "demo",
        "figures": {"ratio": 0.5, "count": 3},
        "targets": {"ratio": {"at_most": 0.8}},
        "ok": True,
        "reasons": [],
        "details": {"rounds": 2},
    }


@pytest.mark.parametrize(
    ("value", "ok"), [(0.8, True), (0.80001, False), (None, False), (float("nan"), False), (float("-inf"), False)]
)
def test_a_target_is_met_only_by_a_measured_figure_that_is_small_enough(value, ok):
    assert Report("demo", {"ratio": value}, {"ratio": Target(0.8)}).ok is ok


def test_a_figure_nobody_measured_misses_its_target():
    assert not Report("demo", {}, {"ratio": Target(0.8)}).ok


def test_what_stood_in_the_way_is_said_and_is_not_ok():
    report = Report("demo", {"ratio": 0.1}, {"ratio": Target(0.8)}, reasons=("Janus is not installed",))

    assert not report.ok
    assert json.loads(report.as_json())["reasons"] == ["Janus is not installed"]
    assert "Janus is not installed" in printed(report, as_json=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_figure_that_is_no_finite_number_becomes_null(value):
    assert json.loads(Report("demo", {"ratio": value}).as_json())["figures"] == {"ratio": None}


def test_the_table_shows_figures_targets_and_verdicts():
    text = printed(Report("demo", {"ratio": 0.91234, "loss": 0.0}, {"ratio": Target(0.8)}), as_json=False)

    assert "0.912" in text
    assert "<= 0.8" in text
    assert "missed" in text


def test_the_bar_goes_to_standard_error(capsys):
    with progress(2) as steps:
        steps.begin("first half")
        steps.done()

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "first half" in captured.err


def test_percentiles_are_nearest_rank():
    values = list(range(1, 101))

    assert percentile(values, 0.99) == 99
    assert percentile(values, 0.5) == 50
    assert percentile(values, 1.0) == 100
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([], 0.5) is None


@given(NUMBERS, st.floats(min_value=0, max_value=1))
def test_a_percentile_is_one_of_the_values_and_bounds_its_share(values, share):
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_a_share_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="share"):
        percentile([1.0], 99)


def test_a_target_may_be_a_least_figure():
    target = Target(at_least=220_000)
    assert target.met_by(220_000)
    assert not target.met_by(219_999)
    assert not target.met_by(None)
    assert target.as_json() == {"at_least": 220_000}
    assert (str(target), str(Target(at_most=0.5))) == (">= 220000", "<= 0.5")
