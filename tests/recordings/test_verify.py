"""Whoever changes a byte of the evidence is found, and the finding says where."""

import hashlib
import json
from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind, append, canonical
from recordings.verify import verify_recording


@pytest.fixture
def copy(demo, tmp_path):
    return demo.copied(tmp_path / "copy")


def codes(directory, log, recording):
    return [each.code for each in verify_recording(directory, log, recording)]


def test_an_untouched_recording_has_no_findings(demo):
    assert verify_recording(demo.directory, demo.log, demo.recording) == []


def test_one_flipped_bit_in_a_file_is_found_by_name(demo, copy):
    victim = copy / demo.manifest.segments[3].file
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    (finding,) = verify_recording(copy, demo.log, demo.recording)
    assert str(finding) == f"file_hash: {victim.name}"


def test_a_cut_file_is_found(demo, copy):
    victim = copy / demo.manifest.segments[0].file
    victim.write_bytes(victim.read_bytes()[:-1])
    assert codes(copy, demo.log, demo.recording) == ["file_length"]


def test_a_missing_file_is_found(demo, copy):
    (copy / demo.manifest.segments[1].file).unlink()
    assert codes(copy, demo.log, demo.recording) == ["file_missing"]


def test_two_swapped_files_are_found(demo, copy):
    first, second = (copy / demo.manifest.segments[index].file for index in (0, 2))
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    assert len(codes(copy, demo.log, demo.recording)) == 2


def test_a_link_in_place_of_a_file_is_found(demo, copy, tmp_path):
    victim = copy / demo.manifest.segments[0].file
    victim.rename(tmp_path / "elsewhere")
    victim.symlink_to(tmp_path / "elsewhere")
    assert codes(copy, demo.log, demo.recording) == ["file_missing"]


def test_a_file_that_was_slipped_in_is_found(demo, copy):
    (copy / "t001-0009.mkv").write_bytes(b"more")
    assert codes(copy, demo.log, demo.recording) == ["file_unknown"]


def test_an_edited_manifest_is_found(demo, copy):
    raw = json.loads((copy / "manifest.json").read_bytes())
    raw["gaps"] = []
    (copy / "manifest.json").write_bytes(canonical(raw))
    found = codes(copy, demo.log, demo.recording)
    assert found[:2] == ["manifest_hash", "seal_event_differs"]
    assert "gaps_do_not_add_up" in found


def test_a_manifest_edited_together_with_the_row_is_found_by_the_log(demo, copy):
    raw = json.loads((copy / "manifest.json").read_bytes())
    raw["software"] = "another"
    (copy / "manifest.json").write_bytes(canonical(raw))
    digest = hashlib.sha256(canonical(raw)).hexdigest()
    assert codes(copy, demo.log, replace(demo.recording, manifest_sha256=digest)) == ["seal_event_differs"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format":"mediation-recording/1"}'])
def test_a_manifest_that_is_none_is_found(demo, copy, content):
    (copy / "manifest.json").write_bytes(content)
    assert codes(copy, demo.log, demo.recording)[-1] == "manifest_unreadable"


def test_a_missing_manifest_is_found(demo, copy):
    (copy / "manifest.json").unlink()
    assert codes(copy, demo.log, demo.recording) == ["manifest_missing"]


def test_an_edited_event_is_found(demo):
    index = next(n for n, each in enumerate(demo.log) if each.kind is EventKind.CHAT_SENT)
    log = list(demo.log)
    log[index] = replace(log[index], payload={**log[index].payload, "text": "不同意"})
    (finding,) = verify_recording(demo.directory, log, demo.recording)
    assert str(finding) == f"chain_broken: event {index + 1}, content"


def test_a_log_written_anew_is_found_by_the_sealed_head(demo):
    log = []
    for each in demo.log:
        payload = {**each.payload, "text": "改过"} if each.kind is EventKind.CHAT_SENT else each.payload
        log.append(append(log[-1] if log else None, session_id=each.session_id, at=each.at, offset_ms=each.offset_ms,
                          actor=each.actor, kind=each.kind, payload=payload))  # fmt: skip
    assert codes(demo.directory, log, demo.recording) == ["log_head"]


def test_a_gap_the_log_does_not_know_is_found(demo):
    log = [each for each in demo.log if each.kind is not EventKind.RECORDING_GAP]
    assert "gap_not_logged" in codes(demo.directory, log, demo.recording)


def test_a_row_with_another_length_is_found(demo):
    shorter = replace(demo.recording, recorded_ms=1)
    assert codes(demo.directory, demo.log, shorter) == ["length_differs"]


def test_another_recording_in_this_place_is_found(demo):
    other = replace(demo.recording, id="0" * 26)
    assert {"manifest_identity", "seal_event_missing"} <= set(codes(demo.directory, demo.log, other))
