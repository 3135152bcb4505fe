"""What was closed while a sitting goes on is finished then; its end does the rest and trusts no copy without a note."""

import asyncio
import io
import itertools
import json

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.at_rest.stored import length_of
from mediation_server.domain.recording import GapReason
from mediation_server.errors import MediationError
from mediation_server.media.engine import Source
from recordings import finisher, finishing, seal
from recordings.chest import Chest
from recordings.depacketise import Frame, Setup
from recordings.finishing import ahead
from recordings.journal import JOURNAL, read_journal
from recordings.matroska import blocks, frames
from recordings.opus import OPUS_SETUP
from recordings.remux import remuxed
from recordings.seal import SealOrder
from recordings.segment import SegmentWriter
from recordings.syncer import Syncer
from recordings.verify_evidence import against_manifest, replayed
from tests.recordings.kit import START, a_publication, keys_in, opus_stream, read_file, vp8_frames, vp8_stream
from tests.recordings.sitting import Sitting, seal_here


@pytest.fixture
async def sitting(tmp_path):
    """Five seconds of a voice and a face, closed by a caucus that goes on; encrypted."""
    sitting = await Sitting(tmp_path, await asyncio.to_thread(keys_in, tmp_path)).begin()
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    sitting.recorder.started(voice)
    sitting.recorder.started(face)
    await sitting.play(0, [(voice, opus_stream(250)), (face, vp8_stream(150))])
    sitting.at(5200)
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    yield sitting
    await sitting.recordings.close()


def finished_ahead(sitting):
    ahead(Chest(sitting.directory, sitting.opens))
    return {each.name: each.stat().st_ino for each in sorted(sitting.directory.glob("*.mkv"))}


def holds(sitting, manifest):
    """Whether every sealed file is what its manifest and what was hashed live say."""
    data = (sitting.directory / manifest.evidence.file).read_bytes()
    state = replayed(io.BytesIO(data), manifest.recording, {each.id: each for each in manifest.keys})
    assert [each.code for each in against_manifest(state, manifest, manifest.evidence)] == []
    assert [each.file for each in manifest.segments] == ["t001-0001.mkv", "t002-0001.mkv"]
    for segment in manifest.segments:
        with sitting.opened(segment.file) as stream:
            seen = []
            counted = sum(1 for _, each in frames(stream, seen.append) if len(each) > 1)
        assert sum(map(len, seen)) == segment.bytes
        assert counted == sum(each.frames for each in state.slices[segment.file])


async def test_the_end_finds_what_was_closed_in_the_sitting_finished(sitting):
    made = await asyncio.to_thread(finished_ahead, sitting)
    assert list(made) == ["t001-0001.mkv", "t002-0001.mkv"]
    manifest = await sitting.sealed()
    assert {name: (sitting.directory / name).stat().st_ino for name in made} == made
    await asyncio.to_thread(holds, sitting, manifest)
    names = ["evidence.jsonl", JOURNAL, "manifest.json", "receipt.json", *made]
    assert sorted(each.name for each in sitting.directory.iterdir()) == names


async def test_a_recorder_has_closed_files_finished_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(finisher, "_SETTLED_S", 0.0)
    sitting = await Sitting(tmp_path).begin()
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(50))])
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    await asyncio.wait_for(sitting.recordings.finished_ahead(), 30)
    made = (sitting.directory / "t001-0001.mkv").stat().st_ino
    await sitting.sealed()
    assert (sitting.directory / "t001-0001.mkv").stat().st_ino == made


async def test_a_file_that_is_being_written_is_left_alone(sitting):
    await sitting.recorder.resume()
    voice = a_publication("m2")
    sitting.recorder.started(voice)
    await sitting.play(5300, [(voice, opus_stream(50, ssrc=9))])
    assert "t003-0001.mkv" not in await asyncio.to_thread(finished_ahead, sitting)
    manifest = await sitting.sealed()
    assert [each.file for each in manifest.segments] == ["t001-0001.mkv", "t002-0001.mkv", "t003-0001.mkv"]


@pytest.mark.parametrize("harm", ["no note", "torn note", "other note", "torn file", "no file"])
async def test_a_copy_that_its_note_does_not_vouch_for_is_made_again(sitting, harm):
    await asyncio.to_thread(finished_ahead, sitting)
    file, note = (sitting.directory / f"t002-0001.mkv{each}" for each in ("", ".done"))
    if harm == "no note":
        note.unlink()
        file.chmod(0o600)
        file.write_bytes(b"half of it")
    elif harm == "torn note":
        note.write_bytes(note.read_bytes()[:-9])
    elif harm == "other note":
        told = json.loads(note.read_bytes())
        note.write_text(json.dumps({**told, "bytes": told["bytes"] + 1}))
    elif harm == "torn file":
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[:-70_000])
    else:
        file.unlink()
    await asyncio.to_thread(holds, sitting, await sitting.sealed())


async def test_a_seal_that_was_killed_half_way_goes_on_from_notes_alone(sitting):
    made = await asyncio.to_thread(finished_ahead, sitting)
    await sitting.recorder.finish()
    for each in sitting.directory.glob("*.part"):
        each.unlink()
    await asyncio.to_thread(holds, sitting, await sitting.sealed())
    assert {name: (sitting.directory / name).stat().st_ino for name in made} == made


async def test_what_a_killed_process_left_half_made_is_gone_after_the_seal(sitting):
    (sitting.directory / "t001-0001.mkv.99.tmp").write_bytes(b"half of it")
    await sitting.sealed()
    assert list(sitting.directory.glob("*.tmp")) == []


async def test_a_seal_that_was_killed_before_it_had_tidied_up_is_tidied_up_after(sitting, tmp_path):
    await asyncio.to_thread(finished_ahead, sitting)
    await sitting.recorder.finish()
    live = {each: each.read_bytes() for each in sitting.directory.glob("*.part")}
    opens = tuple(Chest(sitting.directory, sitting.opens).held().told())
    order = SealOrder(
        str(sitting.directory), 5200, sitting.books.head, (), (), str(tmp_path / "keys"), START, opens
    )  # fmt: skip
    first = await seal_here(order)
    sitting.directory.chmod(0o700)
    for each, data in live.items():
        each.write_bytes(data)
    (sitting.directory / "t001-0001.mkv.done").write_bytes(b"{}")
    assert await seal_here(order) == first
    assert {each.suffix for each in sitting.directory.iterdir()} == {".mkv", ".json", ".jsonl"}


async def test_a_copy_damaged_after_its_live_file_has_gone_is_named_and_the_rest_is_sealed(sitting, monkeypatch):
    await asyncio.to_thread(finished_ahead, sitting)
    monkeypatch.setattr(finishing, "_ROOM", 1 << 40)
    await sitting.recorder.resume()
    voice = a_publication("m2")
    sitting.recorder.started(voice)
    await sitting.play(5300, [(voice, opus_stream(50, ssrc=9))])
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    await asyncio.to_thread(finished_ahead, sitting)
    copy = sitting.directory / "t001-0001.mkv"
    copy.chmod(0o600)
    copy.write_bytes(copy.read_bytes()[:-1])
    manifest = await sitting.sealed()
    assert [each.file for each in manifest.segments] == ["t002-0001.mkv", "t003-0001.mkv"]
    assert manifest.losses["t001-0001.mkv.part"]["unreadable"] == 1


async def test_a_disk_that_refuses_for_a_moment_leaves_no_file_out(sitting, monkeypatch):
    await asyncio.to_thread(finished_ahead, sitting)
    (entry, _), chest = read_journal(sitting.directory).files, Chest(sitting.directory, sitting.opens)
    once = iter([refuses])
    monkeypatch.setattr(finishing, "length_of", lambda stream: next(once, length_of)(stream))  # noqa: PLW0108
    with pytest.raises(OSError, match="refuses"):
        await asyncio.to_thread(finishing.finished, chest, entry, "opus")
    assert (await asyncio.to_thread(finishing.finished, chest, entry, "opus")).file == "t001-0001.mkv"


async def test_what_could_not_be_made_leaves_nothing_beside(sitting, monkeypatch):
    def half(source, target, *_):
        target.write_bytes(b"half of it")
        refuses()

    monkeypatch.setattr(finishing, "store", half)
    with pytest.raises(OSError, match="refuses"):
        await asyncio.to_thread(finished_ahead, sitting)
    assert list(sitting.directory.glob("*.tmp")) == []


async def test_a_seal_begins_with_the_room_that_half_made_files_take(sitting, tmp_path, monkeypatch):
    await sitting.recorder.finish()
    await sitting.recordings.settled()
    (sitting.directory / "t001-0001.mkv.99.tmp").write_bytes(b"half of it")
    monkeypatch.setattr(seal, "finished", refuses)
    order = SealOrder(str(sitting.directory), 5200, sitting.books.head, (), (), str(tmp_path / "keys"), START)
    with pytest.raises(OSError, match="refuses"):
        await seal_here(order)
    assert list(sitting.directory.glob("*.tmp")) == []


def refuses(*_):
    raise OSError("the disk refuses")


async def test_a_live_file_stays_when_its_copy_is_not_there_at_the_tidying_up(sitting, tmp_path):
    await sitting.recorder.finish()
    live = {each: each.read_bytes() for each in sitting.directory.glob("*.part")}
    opens = tuple(Chest(sitting.directory, sitting.opens).held().told())
    order = SealOrder(str(sitting.directory), 5200, sitting.books.head, (), (), str(tmp_path / "keys"), START, opens)
    await seal_here(order)
    for each, data in live.items():
        each.write_bytes(data)
    (sitting.directory / "t001-0001.mkv").unlink()
    await seal_here(order)
    assert [each.name for each in sitting.directory.glob("*.part")] == ["t001-0001.mkv.part"]


async def test_whoever_waits_for_what_is_stopped_waits_no_longer(sitting):
    made = finisher.Finisher(Chest(sitting.directory, sitting.opens), asyncio.Lock())
    made.closed()
    await asyncio.sleep(0)  # it has heard
    await made.stop()
    await asyncio.wait_for(made.caught_up(), 5)


async def test_nothing_is_made_ahead_where_live_files_may_need_the_room(sitting, monkeypatch):
    monkeypatch.setattr(finishing, "_ROOM", 1 << 40)
    assert await asyncio.to_thread(finished_ahead, sitting) == {}


async def test_where_the_disk_is_full_live_files_give_way_to_their_copies(sitting, monkeypatch):
    made = await asyncio.to_thread(finished_ahead, sitting)
    await sitting.recorder.resume()
    voice = a_publication("m2")
    sitting.recorder.started(voice)
    await sitting.play(5300, [(voice, opus_stream(50, ssrc=9))])
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.taken()
    monkeypatch.setattr(finishing, "_ROOM", 1 << 40)
    assert list(await asyncio.to_thread(finished_ahead, sitting)) == list(made)
    assert [each.name for each in sitting.directory.glob("*.part")] == ["t003-0001.mkv.part"]
    manifest = await sitting.sealed()
    assert {each.file: each.to_ms > each.from_ms for each in manifest.segments} == {
        "t001-0001.mkv": True, "t002-0001.mkv": True, "t003-0001.mkv": True
    }  # fmt: skip
    assert {name: (sitting.directory / name).stat().st_ino for name in made} == made


async def test_a_file_that_refuses_does_not_keep_the_others_from_being_finished(sitting):
    (sitting.directory / "t001-0001.mkv.part").unlink()
    (sitting.directory / "t001-0001.mkv.part").mkdir()
    with pytest.raises((OSError, MediationError)):
        await asyncio.to_thread(finished_ahead, sitting)
    assert [each.name for each in sitting.directory.glob("*.mkv")] == ["t002-0001.mkv"]
    assert list(sitting.directory.glob("*.tmp")) == []
    (sitting.directory / "t001-0001.mkv.part").rmdir()


# --- the copy itself --------------------------------------------------------------------------------------


def copy_of(live, codec):
    """The copy of a live file, as one file in memory."""
    clusters = io.BytesIO()
    with live.open("rb") as stream:
        copied = remuxed(stream, clusters, codec)
    return io.BytesIO(copied.head + clusters.getvalue()), copied


def written(directory, setup, frames_):
    segment, syncer = SegmentWriter(directory, "t001-0001", setup, 0), Syncer()
    for ms, data, key in frames_:
        segment.write(Frame(data, 0, key, setup if key else None, 0), ms)
    segment.close(syncer)
    syncer.close()
    return directory / segment.file


_STEPS = st.lists(st.tuples(st.integers(1, 6000), st.integers(2, 70_000), st.booleans()), min_size=1, max_size=40)


@given(_STEPS)
def test_a_copy_holds_the_same_frames_at_the_same_times(tmp_path_factory, steps):
    at, told = 0, []
    for ahead_ms, size, key in steps:
        at += ahead_ms
        told.append((at, bytes([0x11]) * size, key or not told))
    live = written(tmp_path_factory.mktemp("copy"), Setup("vp8", b"", 64, 64), told)
    copy, copied = copy_of(live, "vp8")
    packets, codec = read_file(copy)
    assert (codec, [(ms, data) for ms, _, data in packets]) == ("vp8", [(ms, data) for ms, data, _ in told])
    assert (copied.frames, copied.end_ms) == (len(told), at + (min(steps[-1][0], 100) if len(told) > 1 else 40))
    copy.seek(0)
    assert [(each.ms, each.data, each.key) for each in blocks(copy)[1]] == told


def test_a_player_finds_the_key_frame_before_any_moment_by_the_index(tmp_path):
    told = [(n * 33, data, key) for n, (data, key) in enumerate(vp8_frames(150))]
    copy, _ = copy_of(written(tmp_path, Setup("vp8", b"", 160, 96), told), "vp8")
    keys = [ms for ms, _, key in told if key]
    with av.open(copy) as container:
        assert container.duration == pytest.approx((told[-1][0] + 33) * 1000)  # as long as the one before it
        for ms in range(0, 4900, 370):
            container.seek(ms * 1000)
            packet = next(container.demux(video=0))
            assert (packet.pts, packet.is_keyframe) == (max(each for each in keys if each <= ms), True)


def test_sound_with_holes_is_filled_so_that_counting_samples_keeps_the_time(tmp_path):
    packet = b"\x78" + bytes(90)  # 20 ms
    times = [*range(0, 1000, 20), *range(3000, 4000, 20)]
    copy, copied = copy_of(written(tmp_path, OPUS_SETUP, [(ms, packet, True) for ms in times]), "opus")
    packets, _ = read_file(copy)
    assert [ms for ms, _, data in packets if len(data) > 1] == times
    assert [ms for ms, _, _ in packets] == list(range(0, 4000, 20))
    assert copied.end_ms == 4000


@given(
    st.lists(st.sampled_from([1, 2, 19, 20, 70]), min_size=1, max_size=60),
    st.sampled_from([b"\x78", b"\x60", b"\x7b\x00"]),
)
def test_what_fills_a_hole_never_moves_what_was_heard(tmp_path_factory, steps, head):
    packet, times = head + bytes(90), list(itertools.accumulate(steps))  # the last head says no duration
    live = written(tmp_path_factory.mktemp("copy"), OPUS_SETUP, [(ms, packet, True) for ms in times])
    _, kept = blocks(copy_of(live, "opus")[0])
    assert [each.ms for each in kept if len(each.data) > 1] == times


def test_a_damaged_time_does_not_fill_the_disk(tmp_path):
    packet = b"\x78" + bytes(90)
    times = [0, 20, 40, 86_400_000]
    copy, _ = copy_of(written(tmp_path, OPUS_SETUP, [(ms, packet, True) for ms in times]), "opus")
    packets, _ = read_file(copy)
    assert [ms for ms, _, data in packets if len(data) > 1] == times
    assert len(packets) <= 60_000 // 20 + len(times)
