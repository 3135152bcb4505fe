"""What `bench.crash` makes of what it saw, and that it sees what a kill leaves."""

import asyncio
import random

from bench import _torn, crash
from mediation_server.domain.ids import new_id
from recordings.journal import read_journal
from tests.faults.test_killed_recorder import killed_after
from tests.recordings.kit import keys_in


def seen(**changes):
    whole = {"lost_s": [0.1] * 100, "files": 100, "kills_s": [5.0, 9.0], "noted": 2, "back_s": [2.0] * 20}
    return crash.Crashes(**{**whole, **changes})


def test_every_figure_has_its_limit():
    assert crash.build_report(seen()).ok
    assert not crash.build_report(crash.Crashes()).ok
    assert not crash.build_report(seen(lost_s=[0.1] * 97 + [0.3] * 3)).ok
    assert not crash.build_report(seen(unread=["t001: mkvinfo"])).ok
    assert not crash.build_report(seen(noted=1)).ok
    assert not crash.build_report(seen(back_s=[2.0] * 18 + [5.0] * 2)).ok


def test_a_kill_is_noted_by_one_gap_and_no_other():
    assert crash.covered(5.0, [(1.0, 2.0), (4.9, 7.0)])
    assert crash.covered(5.0, [(5.05, 7.0)])  # the last frame was captured and on its way
    assert not crash.covered(5.0, [(1.0, 2.0)])
    assert not crash.covered(5.0, [(4.0, 6.0), (4.5, 7.0)])


async def test_strangers_programs_read_a_torn_file_and_refuse_what_is_none(tmp_path):
    data = tmp_path / "var"
    await asyncio.to_thread(keys_in, data)
    await killed_after(data, new_id(), random.uniform(1.0, 1.5))
    directory = _torn.live_recording(data)
    state = read_journal(directory)
    entry = state.files[0]
    file = _torn.opened(data, directory, entry.file)
    whole = await _torn.probed(file, entry, "opus")
    assert whole.unread_by == ()
    assert whole.end_s > 0.5
    file.write_bytes(random.Random(1).randbytes(5000))
    spoilt = await _torn.probed(file, entry, "opus")
    assert spoilt.unread_by == _torn.PROGRAMS
    assert spoilt.end_s is None
