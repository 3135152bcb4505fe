"""`kill -9` at any moment: what is left plays, at most half a second of each track is gone, and the hole is noted."""

import asyncio
import io
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import GapReason
from recordings.chest import Chest
from recordings.filecheck import Captured, FileCheck, check
from recordings.journal import read_journal
from recordings.vault import Vault
from recordings.verify_evidence import against_manifest, replayed
from tests.recordings.kit import MS, a_publication, decoded, keys_in, opus_stream, read_file
from tests.recordings.sitting import Sitting

ROOT = Path(__file__).parents[2]
ALLOWED_MS = 500


async def killed_after(data_dir, session_id, seconds):
    """Record in a child, kill it; when in its life it was given what of each codec: {codec: {ms: lived ms}}."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.recorder_child", str(data_dir), session_id,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert await asyncio.wait_for(child.stdout.readline(), 60) == b"ready\n"
    await asyncio.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    given = {}
    while line := await child.stdout.readline():
        if line.endswith(b"\n"):
            codec, ms, lived = line.decode().split()
            given.setdefault(codec, {})[int(ms)] = int(lived)
    await child.wait()
    return given


async def trial(tmp_path, seconds):
    session_id = new_id()
    await asyncio.to_thread(keys_in, tmp_path)
    given = await killed_after(tmp_path, session_id, seconds)
    kept = await asyncio.to_thread(kept_ms, tmp_path, session_id)
    return {codec: max(at.values()) - lived_until(kept.get(codec, 0), at) for codec, at in given.items()}, session_id


def lived_until(kept, at):
    """When the child had been given the last packet that was kept, in ms of its life."""
    return max((lived for ms, lived in at.items() if ms <= kept), default=0)


def kept_ms(data_dir, session_id):
    """Where the files of each codec end, after playing them."""
    directory = Vault(data_dir).of_session(session_id)
    state, chest = read_journal(directory), Chest(directory, keys_in(data_dir))
    kept = {}
    for entry in state.files:
        packets, _ = read_file(chest.opened(entry.file))
        assert decoded(chest.opened(entry.file)) == len(packets)
        kept[state.tracks[entry.track]["codec"]] = packets[-1][0]
    return kept


@pytest.mark.parametrize("turn", range(3))
async def test_a_killed_recorder_leaves_playable_files_and_loses_half_a_second_at_most(tmp_path, turn):
    lost, _ = await trial(tmp_path, random.uniform(1.2, 3.0))
    assert set(lost) == {"opus", "vp8"}
    assert max(lost.values()) <= ALLOWED_MS


async def test_a_killed_recording_goes_on_with_the_hole_as_a_gap(tmp_path):
    lost, session_id = await trial(tmp_path, 1.5)
    sitting = Sitting(tmp_path, keys_in(tmp_path))
    sitting.session = type(sitting.session)(**{**_fields(sitting.session), "id": session_id})
    sitting.at(8000)
    await sitting.begin()
    voice = a_publication()
    sitting.recorder.started(voice)
    for ms, packet in opus_stream(100, ssrc=5):
        sitting.at(8000 + ms)
        sitting.recorder.packet(voice, packet, sitting.clock.ms * MS)
    await sitting.taken()
    manifest = await sitting.sealed()
    (hole,) = manifest.gaps
    assert (hole.to_ms, hole.reason) == (8000, GapReason.FAULT)
    assert 0 < hole.from_ms < 3000 + max(lost.values())
    assert manifest.recorded_ms + hole.to_ms - hole.from_ms == manifest.total_ms
    assert [each.repaired for each in manifest.segments].count(True) == 2
    for segment in manifest.segments:
        assert decoded(sitting.opened(segment.file)) > 0
    assert sitting.books.named("repaired") == [8000 - hole.from_ms]
    await asyncio.to_thread(evidence_holds, sitting, manifest)
    await sitting.recordings.close()


def evidence_holds(sitting, manifest):
    """What a dead process had signed, what was found of its torn files and what came after are one evidence."""
    directory = sitting.directory
    data = (directory / "evidence.jsonl").read_bytes()
    state = replayed(io.BytesIO(data), manifest.recording, {each.id: each for each in manifest.keys})
    assert [*state.findings, *against_manifest(state, manifest, manifest.evidence)] == []
    for track in manifest.tracks:
        for segment in track.segments:
            captured = tuple(Captured(each.frames, each.sha256) for each in state.slices[segment.file])
            opens = tuple(Chest(directory, sitting.opens).held().told())
            found = check(FileCheck(str(directory), segment.file, track.codec, captured, opens))
            assert (found.broken, found.surplus) == ((), 0)


def _fields(value):
    return {name: getattr(value, name) for name in type(value).__slots__}
