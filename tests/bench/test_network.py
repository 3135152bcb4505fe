from bench import network, rejoin
from bench._watching import Sound
from bench.network import OUTAGES, Measured, build_report
from bench.rejoin import Reloads

GOOD = {
    "audio_usable": 0.99,
    "longest_freeze_s": 0.4,
    "audio_usable_20": 0.96,
    "audio_kept": 1.0,
    "video_back_s": 2.0,
}


def test_good_figures_meet_every_target():
    measured = Measured(GOOD, [0.3] * 30, dict.fromkeys(OUTAGES, 1.5))
    report = build_report(measured)
    assert report.ok
    assert set(report.figures) == set(network.TARGETS)


def test_what_was_not_measured_is_missed_and_not_good():
    report = build_report(Measured())
    assert not report.ok
    assert report.figures["audio_usable"] is None
    assert report.figures["outage_back_s"] is None


def test_two_outages_of_three_are_no_figure():
    assert build_report(Measured(GOOD, [0.3], dict.fromkeys(OUTAGES[:2], 1.0))).figures["outage_back_s"] is None


def test_a_lost_call_is_a_missed_target_whatever_the_rest():
    assert not build_report(Measured(GOOD, [0.3], dict.fromkeys(OUTAGES, 1.0), lost=1)).ok


def test_the_slowest_outage_and_the_slow_moves_are_the_figures():
    moves = [0.2] * 28 + [5.0, 6.0]
    report = build_report(Measured(GOOD, moves, dict(zip(OUTAGES, (1.0, 3.0, 2.0), strict=True))))
    assert report.figures["outage_back_s"] == 3.0
    assert report.figures["move_p95_s"] == 5.0


def test_sound_that_comes_later_than_before_is_not_lost():
    assert Sound(480_000, concealed=19_200, stretched=0, held=19_200).lost == 0
    assert Sound(480_000, concealed=19_200, stretched=-4_800, held=4_800).lost == 9_600
    assert Sound(480_000, concealed=0, stretched=-9_600, held=-9_600).lost == 0


def test_reloads_are_counted_and_nothing_is_claimed_of_none():
    good = rejoin.build_report(Reloads([1.0] * 99 + [9.0]))
    assert good.ok
    assert good.figures["p95_s"] == 1.0
    assert not rejoin.build_report(Reloads([1.0], ghosts=1)).ok
    assert not rejoin.build_report(Reloads()).ok
