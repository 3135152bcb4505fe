"""The clocks of `bench.markers` are read back, and its detector finds what is missing, moved or leaked."""

import asyncio
from dataclasses import replace

from bench import markers
from bench._markers import FRAME_MS, PACKET_MS, Mark
from bench._mediation import Deed, Mediation, held, schedule

PLAN = Mediation(1, 6_000, 2, (Deed("caucus", 2_000, 3_000),))
GAPS = [(2_000, 3_000)]


def lane(who, *, picture, late_ms=0.0):
    step = FRAME_MS if picture else PACKET_MS
    clocks = [each for each in range(0, PLAN.length_ms, step) if not PLAN.withheld(each)]
    return markers.Lane(who, picture, tuple(Mark(each + late_ms, who, float(each)) for each in clocks))


def without(lane, from_ms, to_ms):
    return replace(lane, marks=tuple(each for each in lane.marks if not from_ms <= each.clock_ms < to_ms))


def figures(*lanes, plan=PLAN):
    into = markers.Findings()
    markers.examine(plan, GAPS, lanes, into)
    return markers.build_report(into).figures


def test_a_whole_recording_lacks_nothing():
    made = figures(lane(0, picture=False), lane(0, picture=True), lane(1, picture=False))
    assert made == {"missing_s": 0, "av_offset_p99_ms": 0, "track_skew_ms": 0, "caucus_leaks": 0}


def test_what_is_missing_or_moved_is_seen():
    hole = without(lane(0, picture=False), 4_000, 4_200)
    assert 0.08 <= figures(hole, lane(0, picture=True))["missing_s"] <= 0.2
    assert figures(lane(0, picture=False), lane(0, picture=True, late_ms=90))["av_offset_p99_ms"] == 90
    assert figures(lane(0, picture=False), lane(1, picture=False, late_ms=70))["track_skew_ms"] == 70


def test_a_single_picture_of_a_caucus_is_a_leak():
    tight = lane(0, picture=True)
    leaking = replace(tight, marks=(*tight.marks, Mark(2_500.0, 0, 2_500.0)))
    assert figures(leaking)["caucus_leaks"] == 1


def test_a_detector_that_found_nothing_planted_proves_nothing():
    assert not markers.build_report(markers.Findings(mediations=4, planted=2, found=1)).ok
    assert not markers.build_report(markers.Findings(mediations=4)).ok


async def test_the_recorder_keeps_a_random_mediation_whole_and_a_planted_leak_is_found(tmp_path):
    into = markers.Findings()
    for leaky in (False, True):
        plan = schedule(3, length_ms=9_000, leaky=leaky)
        manifest, files = await held(plan, tmp_path / str(leaky))
        markers.examine(plan, markers.gaps_of(manifest), await asyncio.to_thread(markers.read, manifest, files), into)
    assert markers.build_report(into).ok, into
