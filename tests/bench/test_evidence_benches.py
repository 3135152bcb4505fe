"""The benchmarks of evidence: their figures, and that a campaign of edits finds each and nothing else."""

import asyncio
from collections import Counter

from bench import record, report, tamper, verify
from bench._recordings import made, streams_of


def test_a_campaign_finds_every_edit_and_calls_nothing_intact_broken(tmp_path):
    recordings = [
        asyncio.run(made(tmp_path / str(seed), people=2, seconds=9, seed=seed, bits_per_s=60_000)) for seed in (0, 1)
    ]
    with report.progress(50) as steps:
        campaign = tamper.run(recordings, 40, 10, steps, tmp_path / "copies")
    assert (campaign.edits, campaign.histories, campaign.false_alarms) == (50, 10, 0)
    assert campaign.missed == Counter()
    assert tamper.build_report(campaign).ok


def test_a_missed_edit_and_a_false_alarm_miss_their_targets():
    missed = tamper.Campaign(edits=10, missed=Counter(["bit"]), clean=1)
    assert tamper.build_report(missed).figures["found"] == 0.9
    assert not tamper.build_report(missed).ok
    assert not tamper.build_report(tamper.Campaign(edits=10, clean=5, false_alarms=1)).ok
    assert not tamper.build_report(tamper.Campaign()).ok


def test_an_intact_recording_found_broken_is_no_measurement():
    run = {"seconds": 1.0, "peak_kib": 81_920, "processes": 3, "findings": 0}
    good = verify.build_report([run, run], 10, 60, 4)
    assert (good.ok, good.figures["seconds"]) == (True, 1.0)
    assert good.figures["peak_mb"] == 80
    assert not verify.build_report([run, {**run, "findings": 1}], 10, 60, 4).ok


def test_a_person_sends_as_much_as_is_said():
    packets = record.prepared(streams_of(["p"]), 10)
    assert 0.95 * 1_250_000 < sum(len(data) for _, _, data in packets) < 1.05 * 1_250_000
    assert [each[0] for each in packets] == sorted(each[0] for each in packets)
