"""After a crash: torn files are measured, the hole is a gap, and what is over gets its seal."""

import asyncio
import io
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mediation_server.domain.recording import Gap, GapReason, RecordingState
from mediation_server.errors import Conflict
from recordings.chest import Chest
from recordings.factory import Recordings
from recordings.finishing import ahead
from recordings.gaps import GapLedger, gap_ms
from recordings.journal import JOURNAL, Journal, read_journal
from recordings.matroska import reach
from recordings.seal import SealOrder
from tests.recordings.kit import START, a_publication, decoded, opus_stream, read_file
from tests.recordings.sitting import Sitting, seal_here


def crashed(sitting, tmp_path, *, torn_bytes=0):
    """The data directory as `kill -9` leaves it: copied while the recorder still holds its files open."""
    source = sitting.directory
    target = tmp_path / "crashed" / "recordings" / source.parent.name / source.name
    target.mkdir(parents=True)
    for each in source.iterdir():
        data = each.read_bytes()
        (target / each.name).write_bytes(data[: len(data) - torn_bytes] if each.suffix == ".part" else data)
    again = Sitting(tmp_path / "crashed")
    again.session, again.clock = sitting.session, sitting.clock
    again.recordings = Recordings(tmp_path / "crashed", again.clock, again.books, sealer=seal_here)
    return again, target


async def crashed_after_two_seconds(sitting, tmp_path):
    """The same after one voice was recorded; with whose it was."""
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    await sitting.taken()
    return *crashed(sitting, tmp_path), voice


async def test_a_crashed_recording_of_a_live_sitting_goes_on_and_says_what_is_missing(sitting, tmp_path):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(200))])
    await sitting.taken()
    again, _ = crashed(sitting, tmp_path, torn_bytes=30)
    again.at(9000)
    await again.begin()
    assert again.recorder.recording_id == sitting.recorder.recording_id
    again.recorder.started(voice)
    await again.play(9000, [(voice, opus_stream(100, ssrc=7))])
    manifest = await again.sealed()
    (hole,) = manifest.gaps
    assert (hole.to_ms, hole.reason) == (9000, GapReason.FAULT)
    assert 3400 <= hole.from_ms <= 4040
    first, second = manifest.segments
    assert (first.repaired, second.repaired) == (True, False)
    assert first.to_ms == pytest.approx(hole.from_ms, abs=25)
    assert decoded(again.directory / first.file) >= 170
    assert [each[0] for each in again.books.told] == ["started", "gap", "repaired", "sealed"]
    await again.recordings.close()


async def test_a_crash_within_a_caucus_ends_the_gap_and_begins_another(sitting, tmp_path):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    sitting.at(3000)
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    again, _ = crashed(sitting, tmp_path)
    again.at(8000)
    await again.begin()
    await again.recorder.pause(GapReason.CAUCUS)
    again.at(9000)
    await again.recorder.resume()
    again.at(10_000)
    manifest = await again.sealed()
    assert [(each.to_ms, each.reason) for each in manifest.gaps][-2:] == [(8000, "fault"), (9000, "caucus")]
    assert manifest.recorded_ms + gap_ms(manifest.gaps, 10_000) == 10_000
    await again.recordings.close()


async def test_a_recording_whose_sitting_is_over_is_sealed_at_the_next_start(sitting, tmp_path):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(200))])
    again, target = crashed(sitting, tmp_path)
    again.books.length = 20_000
    assert await again.recordings.recover() == [target.name]
    await again.recordings.settled()
    manifest, digest = await again.manifest()
    assert (manifest.total_ms, manifest.gaps[-1].reason) == (20_000, GapReason.FAULT)
    sealed = again.books.named("sealed")[0]
    assert (sealed.manifest_sha256, sealed.state) == (digest, RecordingState.SEALED)
    assert await again.recordings.recover() == []


async def test_a_seal_that_the_books_did_not_hear_of_is_told_at_the_next_start_and_only_then(sitting, tmp_path):
    sitting.at(2000)
    manifest = await sitting.sealed()
    assert not sitting.directory.stat().st_mode & 0o222
    sitting.directory.chmod(0o700)  # as it is between the seal and the books
    again = Sitting(tmp_path)
    again.books.length = 2000
    assert await again.recordings.recover() == [manifest.recording]
    await again.recordings.settled()
    assert [each[0] for each in again.books.told] == ["sealed"]
    sitting.directory.chmod(0o700)  # as a backup brings it back
    assert await again.recordings.recover() == [manifest.recording]
    await again.recordings.settled()
    assert (len(again.books.told), sitting.directory.stat().st_mode & 0o222) == (1, 0)
    assert await again.recordings.recover() == []


async def test_a_beginning_that_failed_can_be_tried_again(tmp_path, monkeypatch):
    sitting = Sitting(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "sync", fails)
        with pytest.raises(OSError, match="full"):
            await sitting.begin()
    for journal in tmp_path.rglob(JOURNAL):
        journal.write_bytes(b"")  # not a line of it reached the disk
    await sitting.begin()
    sitting.at(1000)
    manifest = await sitting.sealed()
    assert (manifest.recording, manifest.total_ms) == (sitting.recorder.recording_id, 1000)
    assert sorted(each[0] for each in sitting.books.told) == ["sealed", "started"]
    assert await sitting.recordings.recover() == []


async def test_a_beginning_that_fails_leaves_no_file_open(tmp_path, monkeypatch):
    sitting = Sitting(tmp_path)
    monkeypatch.setattr(Journal, "sync", fails)
    with pytest.raises(OSError, match="full"):
        await sitting.begin()
    assert [each for each in open_files() if each.is_relative_to(tmp_path)] == []


async def test_of_what_the_books_call_sealed_no_other_seal_is_made(sitting, tmp_path):
    again, target, _ = await crashed_after_two_seconds(sitting, tmp_path)
    again.books.length = 5000
    again.books.told.append(("sealed", sitting.recorder.recording, ()))  # they are newer than the files
    before = sorted(each.name for each in target.iterdir())
    with capture_logs() as said:
        await again.recordings.recover()
        await again.recordings.settled()
    lacking = [each["recording"] for each in said if each["event"] == "sealed_recording_lacks_its_manifest"]
    assert lacking == [target.name]
    assert sorted(each.name for each in target.iterdir()) == before
    assert target.stat().st_mode & 0o200  # whoever mends it may write there
    assert [each[0] for each in again.books.told] == ["sealed"]


async def test_what_the_books_call_sealed_is_not_gone_on_with_in_a_sitting_that_lives_again(sitting, tmp_path):
    again, target, _ = await crashed_after_two_seconds(sitting, tmp_path)
    again.books.told.append(("sealed", sitting.recorder.recording, ()))
    before = (target / JOURNAL).read_bytes()
    with pytest.raises(Conflict, match="recording_sealed"):
        await again.begin()
    assert (target / JOURNAL).read_bytes() == before


async def test_an_unreadable_first_journal_line_keeps_nobody_from_being_recorded(sitting, tmp_path):
    again, target, voice = await crashed_after_two_seconds(sitting, tmp_path)
    _, rest = (target / JOURNAL).read_bytes().split(b"\n", 1)
    (target / JOURNAL).write_bytes(b'{"is":"opened",\xff\n' + rest)
    again.at(3000)
    await again.begin()
    again.recorder.started(voice)
    await again.play(3000, [(voice, opus_stream(100, ssrc=7))])
    manifest = await again.sealed()
    assert manifest.recording == again.recorder.recording_id != target.name
    assert manifest.gaps[0] == Gap(0, 3000, GapReason.FAULT, "system", "late")
    assert decoded(again.directory / manifest.segments[0].file) >= 90
    assert (target / "t001-0001.mkv.part").exists()


def open_files():
    return [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]


def fails(_):
    raise OSError("the disk is full")


async def test_a_copy_that_was_made_of_a_file_found_torn_is_made_again(sitting, tmp_path):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(200))])
    sitting.at(4000)
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    ahead(Chest(sitting.directory, None))
    again, target = crashed(sitting, tmp_path, torn_bytes=3000)
    lines = (target / JOURNAL).read_bytes().splitlines(keepends=True)
    (target / JOURNAL).write_bytes(b"".join(each for each in lines if b'"closed"' not in each))
    again.books.length = 5000
    await again.recordings.recover()
    await again.recordings.settled()
    manifest, _ = await again.manifest()
    (segment,) = manifest.segments
    with (target / segment.file).open("rb") as stream:
        assert len(read_file(stream)[0]) < 200
    assert segment.repaired


async def test_a_sitting_that_is_not_over_is_left_to_its_room(sitting, tmp_path):
    again, target = crashed(sitting, tmp_path)
    await again.recordings.recover()
    await again.recordings.close()
    assert not (target / "manifest.json").exists()
    assert again.books.told == []


async def test_sealing_may_be_killed_and_repeated(sitting, tmp_path):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(200))])
    await sitting.recorder.finish()
    (sitting.directory / "t001-0001.mkv.tmp").write_bytes(b"half a copy")
    (sitting.directory / "manifest.json.tmp").write_bytes(b"{")
    order = SealOrder(str(sitting.directory), 4000, sitting.books.head, (), (), str(tmp_path / "keys"), START)
    first = await seal_here(order)
    assert await seal_here(order) == first
    names = ["evidence.jsonl", JOURNAL, "manifest.json", "receipt.json", "t001-0001.mkv"]
    assert sorted(each.name for each in sitting.directory.iterdir()) == names


async def test_a_file_that_cannot_be_read_is_kept_and_named(sitting, tmp_path):
    again, target, _ = await crashed_after_two_seconds(sitting, tmp_path)
    (target / "t001-0001.mkv.part").write_bytes(b"\x00" * 500)
    again.books.length = 2000
    await again.recordings.recover()
    await again.recordings.settled()
    manifest, _ = await again.manifest()
    assert manifest.segments == ()
    assert manifest.losses["t001-0001.mkv.part"]["unreadable"] == 1
    assert (target / "t001-0001.mkv.part").exists()


async def test_a_late_recorder_says_that_the_beginning_is_missing(tmp_path):
    sitting = Sitting(tmp_path)
    sitting.at(2500)
    await sitting.begin()
    sitting.at(4000)
    manifest = await sitting.sealed()
    missed = Gap(0, 2500, GapReason.FAULT, "system", "late")
    assert manifest.gaps == (missed,)
    assert sitting.books.named("gap") == [missed]


async def test_a_failed_seal_is_told_and_the_live_files_stay(tmp_path):
    sitting = Sitting(tmp_path)

    async def failing(order):
        raise OSError

    sitting.recordings = Recordings(tmp_path, sitting.clock, sitting.books, sealer=failing)
    await sitting.begin()
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    sitting.books.length = 2000
    await sitting.recorder.finish()
    await sitting.recordings.settled()
    assert [each.state for each in sitting.books.named("failed")] == [RecordingState.FAILED]
    assert (sitting.directory / "t001-0001.mkv.part").exists()


async def test_a_torn_journal_line_costs_only_itself(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    await sitting.recorder.finish()
    whole = await asyncio.to_thread(read_journal, sitting.directory)
    journal = sitting.directory / JOURNAL
    journal.write_bytes(journal.read_bytes() + b'{"is":"gap","from_ms":77')
    assert await asyncio.to_thread(read_journal, sitting.directory) == whole
    await sitting.restarted(5000)
    state = await asyncio.to_thread(read_journal, sitting.directory)
    assert state.gaps == (Gap(2000, 5000, GapReason.FAULT, "system", "restart"),)


async def test_how_far_a_torn_file_reaches_is_what_a_demuxer_reads(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(150))])
    await sitting.taken()
    data = (sitting.directory / "t001-0001.mkv.part").read_bytes()
    for cut in range(len(data) // 2, len(data), 997):
        (sitting.tmp_path / "cut.mkv").write_bytes(data[:cut])
        packets, _ = read_file(sitting.tmp_path / "cut.mkv")
        measured = reach(io.BytesIO(data[:cut]))
        assert packets[-1][0] - 20 <= measured.last_ms <= packets[-1][0]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_measuring_raise(data):
    assert reach(io.BytesIO(data)).last_ms is None or data


@given(st.lists(st.tuples(st.sampled_from(["caucus", "suspended", "disk", "end"]), st.integers(0, 2000)), max_size=30))
def test_gaps_never_overlap_and_each_is_told_twice(steps):
    told, at = [], 0
    ledger = GapLedger(told.append)
    for what, wait in steps:
        at += wait
        if what == "end":
            ledger.end(at)
        else:
            ledger.begin(GapReason(what), at)
    ledger.end(at)
    ended = [each for each in told if each.to_ms is not None]
    assert [replace(each, to_ms=None) for each in ended] == [each for each in told if each.to_ms is None]
    assert all(one.to_ms <= other.from_ms for one, other in itertools.pairwise(ended))
    assert gap_ms(ended, at) <= at
