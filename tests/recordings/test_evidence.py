"""What is hashed while it is written: cut into seconds, under one tree, signed at least every ten seconds."""

import hashlib
import io
import json
import os
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.recording import GapReason
from mediation_server.media.engine import Source
from recordings.audience import ledger_of
from recordings.evidence import EVIDENCE, MerkleTree, Slicer, leaf_hash, lines_of, slice_of
from recordings.matroska import frames
from recordings.verify_evidence import replayed
from recordings.witness import Witness, read_evidence, read_tree
from tests.recordings.kit import a_publication, opus_stream, vp8_stream

FRAMES = st.lists(st.tuples(st.integers(1, 700), st.binary(min_size=2, max_size=20)), min_size=1, max_size=60)


def root_by_the_book(leaves):
    """RFC 6962 §2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + root_by_the_book(leaves[:split]) + root_by_the_book(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_root_is_that_of_rfc_6962_after_every_leaf(lines):
    tree, leaves = MerkleTree(), []
    for line in lines:
        leaves.append(leaf_hash(line))
        tree.add(leaves[-1])
        assert tree.root() == root_by_the_book(leaves).hex()
    assert tree.leaves == len(lines)


@given(FRAMES)
def test_slices_hold_every_frame_once_in_order_and_none_lasts_longer_than_a_second(steps):
    slicer, at, content = Slicer("t001-0001.mkv", "vp8", 5000), 0, []
    for step, data in steps:
        at += step
        content.append((at, data))
        slicer.add(at, data)
    slicer.finish()
    slices = slicer.take()
    assert sum(each.frames for each in slices) == len(content)
    start = 0
    for each in slices:
        held = content[start : start + each.frames]
        assert each == slice_of("t001-0001.mkv", 5000, held, sm3=False)
        assert each.last_ms - each.from_ms < 1000
        start += each.frames


def test_a_mark_for_silence_is_no_frame():
    slicer = Slicer("t001-0001.mkv", "opus", 0)
    slicer.add(0, b"\xfc")
    slicer.add(20, b"\xfcab")
    slicer.finish()
    assert [each.frames for each in slicer.take()] == [1]


async def recorded(sitting, seconds=4):
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    for each in (voice, face):
        sitting.recorder.started(each)
    await sitting.play(0, [(voice, opus_stream(seconds * 50)), (face, vp8_stream(seconds * 30))])
    return await sitting.sealed()


def lines_in(directory):
    return list(lines_of((directory / "evidence.jsonl").read_bytes()))


async def test_every_frame_in_a_sealed_file_is_in_exactly_one_slice(sitting):
    manifest = await recorded(sitting)
    slices = read_evidence(sitting.directory).slices
    for track in manifest.tracks:
        for segment in track.segments:
            with (sitting.directory / segment.file).open("rb") as stream:
                content = list(frames(stream))
            assert sum(each.frames for each in slices[segment.file]) == len(content)
            start = 0
            for each in slices[segment.file]:
                held = content[start : start + each.frames]
                assert slice_of(segment.file, segment.from_ms, held, sm3=False) == each
                start += each.frames


async def test_checkpoints_are_at_most_ten_seconds_apart_also_while_nothing_is_recorded(sitting):
    voice, scribe = a_publication(), sitting.recorder._scribe
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(1000))])
    await sitting.recorder.pause(GapReason.CAUCUS, by="m1")
    for ms in range(21_000, 40_000, 500):
        sitting.at(ms)
        scribe.call(partial(scribe._tend, busy=False))  # what the thread does by itself every tenth of a second
        await sitting.taken()
    await sitting.sealed()
    at = [each.entry["at_ms"] for each in lines_in(sitting.directory) if each.kind == "checkpoint"]
    assert max(b - a for a, b in pairwise(at)) <= 10_000
    gap = next(each.entry for each in lines_in(sitting.directory) if each.kind == "gap")
    assert (gap["reason"], gap["by"]) == ("caucus", "m1")


async def test_the_session_log_is_bound_to_what_is_recorded(sitting):
    sitting.recorder.logged(3, "ab" * 32)
    manifest = await recorded(sitting, 2)
    heads = [each.entry["log"]["seq"] for each in lines_in(sitting.directory) if each.kind == "checkpoint"]
    assert heads[-1] == sitting.books.head.seq
    assert heads == sorted(heads)
    assert manifest.evidence.root == read_evidence(sitting.directory).tree.root()


async def test_time_stamps_are_asked_for_at_the_start_every_ten_minutes_at_the_end_and_for_the_manifest(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    for minute in range(25):
        await sitting.play(minute * 60_000, [(voice, opus_stream(50, ssrc=minute + 1))])
    manifest = await sitting.sealed()
    subjects = [subject for subject, _ in sitting.books.stamped]
    assert subjects[0] == "checkpoint:1"
    assert len(subjects) == 1 + 2 + 1 + 1
    assert subjects[-2:] == [f"checkpoint:{manifest.evidence.checkpoints}", "manifest"]


async def test_the_ledger_never_names_too_few_while_the_forwarder_is_told(sitting):
    sitting.recorder.fencing()
    sitting.recorder.fenced({"m1": ["recorder", "p1"], "p1": ["m1", "recorder"]})
    sitting.at(10_000)
    sitting.recorder.fencing()
    sitting.at(10_040)
    sitting.recorder.fenced({"m1": ["p2"]})
    await sitting.taken()
    sitting.at(20_000)
    await sitting.sealed()
    ledger = ledger_of(lines_in(sitting.directory), 20_000)
    assert [(each.from_ms, each.to_ms) for each in ledger] == [(0, 10_000), (10_000, 10_040), (10_040, 20_000)]
    assert ledger[1].receivers["m1"] == {"recorder", "p1", "p2"}
    assert ledger[2].receivers == {"m1": {"p2"}}


async def test_who_comes_back_after_a_restart_claims_nothing_of_the_time_before(sitting):
    sitting.at(10_000)
    sitting.recorder.fenced({"m1": ["recorder"]})
    await sitting.taken()
    await sitting.recordings.close()
    await sitting.restarted(40_000)
    sitting.at(43_000)
    sitting.recorder.fenced({})
    await sitting.sealed()
    told = [each.entry["from_ms"] for each in lines_in(sitting.directory) if each.kind == "audience"]
    assert told == [0, 40_000]


async def test_sm3_stands_beside_sha_256_where_it_is_wanted(sitting):
    scribe = sitting.recorder._scribe
    scribe._shelf._notebook.sm3 = True
    await recorded(sitting, 2)
    slices = read_evidence(sitting.directory).slices.values()
    assert all(len(each.sm3) == 64 for of_file in slices for each in of_file)


@pytest.fixture
def witness(sitting, tmp_path):
    directory = tmp_path / "evidence"
    directory.mkdir()
    signer = sitting.recordings._keys.signer(sitting.clock.now())
    return Witness(directory, "r1", signer, sitting.clock)


async def test_a_disk_that_refuses_costs_no_line(witness, tmp_path):
    witness.leaf("gap", from_ms=1)
    witness.flush()
    held = os.dup(witness.fd)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, witness.fd)
    witness.leaf("gap_end", to_ms=2)
    witness.checkpoint(3)
    with pytest.raises(OSError, match="No space left"):
        witness.flush()
    os.dup2(held, witness.fd)
    witness.flush()
    for each in (held, full):
        os.close(each)
    witness.close()
    kinds = [each.kind for each in lines_of((tmp_path / "evidence" / "evidence.jsonl").read_bytes())]
    assert kinds == ["gap", "gap_end", "checkpoint"]


async def test_a_torn_line_is_cut_off_and_the_tree_goes_on(sitting, tmp_path):
    directory = tmp_path / "evidence"
    directory.mkdir()
    signer = sitting.recordings._keys.signer(sitting.clock.now())
    first = Witness(directory, "r1", signer, sitting.clock)
    first.leaf("gap", from_ms=1)
    first.checkpoint(1)
    first.flush()
    first.close()
    with (directory / "evidence.jsonl").open("ab") as stream:
        stream.write(b'{"is":"gap_end","to')
    again = Witness(directory, "r1", signer, sitting.clock)
    again.leaf("gap_end", to_ms=2)
    again.checkpoint(2)
    again.flush()
    again.close()
    kinds = [json.loads(each)["is"] for each in (directory / "evidence.jsonl").read_bytes().splitlines()]
    assert kinds == ["gap", "checkpoint", "gap_end", "checkpoint"]
    assert read_evidence(directory).last.n == 2


@pytest.mark.parametrize("found", [lambda data: data, lambda data: data + b'{"is":"ga', lambda data: data[:-9]])
async def test_whoever_goes_on_from_memory_signs_what_stands_in_the_file(sitting, tmp_path, found):
    signer = sitting.recordings._keys.signer(sitting.clock.now())
    first = Witness(tmp_path, "r1", signer, sitting.clock)
    first.add([slice_of("t001-0001.mkv", 0, [(0, b"one"), (20, b"two")], sm3=False)])
    first.checkpoint(1)
    assert first.left() is None  # it is not in the file yet
    first.flush()
    assert first.left() is None  # more may come
    first.close()
    left = first.left()
    assert list(left.slices) == ["t001-0001.mkv"]
    file = tmp_path / EVIDENCE
    file.write_bytes(found(file.read_bytes()))
    again = Witness(tmp_path, "r1", signer, sitting.clock, known=left)
    again.checkpoint(2, final=True)
    again.flush()
    again.close()
    state = replayed(io.BytesIO(file.read_bytes()), "r1", {signer.id: sitting.recordings._keys.public_keys()[0]})
    assert (state.findings, state.checkpoints[-1].at_ms) == ([], 2)


async def test_evidence_of_which_lines_were_dropped_is_read_again(sitting, tmp_path, monkeypatch):
    monkeypatch.setattr("recordings.witness._MAX_PENDING", 1)
    first = Witness(tmp_path, "r1", sitting.recordings._keys.signer(sitting.clock.now()), sitting.clock)
    for _ in range(3):
        first.leaf("gap_end", to_ms=5)
    first.flush()
    first.leaf("gap_end", to_ms=6)
    first.flush()
    first.close()
    assert first.left() is None


def test_the_root_that_is_sealed_is_that_of_everything_that_was_read(demo, tmp_path):
    whole = (demo.directory / EVIDENCE).read_bytes()
    for data in (whole, whole + b'{"is":"torn', whole + b'{"is":"gap_end","to_ms":5}\n', b"", b"no line"):
        (tmp_path / EVIDENCE).write_bytes(data)
        read, (tree, last) = read_evidence(tmp_path), read_tree(tmp_path)
        assert (tree.leaves, tree.root(), last) == (read.tree.leaves, read.tree.root(), read.last)
