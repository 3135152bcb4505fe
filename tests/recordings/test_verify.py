"""Whoever changes a byte of the evidence is found, and the finding says where."""

import hashlib
import json
from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind, append, canonical
from recordings.manifest import parse_manifest
from recordings.verify import Outside, verify_recording


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
    assert str(finding).startswith(f"file_hash: {victim.name}, 00:")


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
    edited = replace(demo.recording, manifest_sha256=digest)
    assert codes(copy, demo.log, edited) == ["seal_event_differs", "receipt_differs"]


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


def test_a_log_written_anew_is_found_by_the_sealed_head_and_by_every_checkpoint_after_the_edit(demo):
    log = []
    for each in demo.log:
        payload = {**each.payload, "text": "改过"} if each.kind is EventKind.CHAT_SENT else each.payload
        log.append(append(log[-1] if log else None, session_id=each.session_id, at=each.at, offset_ms=each.offset_ms,
                          actor=each.actor, kind=each.kind, payload=payload))  # fmt: skip
    assert set(codes(demo.directory, log, demo.recording)) == {"log_head", "checkpoint_log"}


def test_a_gap_the_log_does_not_know_is_found(demo):
    log = [each for each in demo.log if each.kind is not EventKind.RECORDING_GAP]
    assert "gap_not_logged" in codes(demo.directory, log, demo.recording)


def test_a_row_with_another_length_is_found(demo):
    shorter = replace(demo.recording, recorded_ms=1)
    assert codes(demo.directory, demo.log, shorter) == ["length_differs"]


def test_another_recording_in_this_place_is_found(demo):
    other = replace(demo.recording, id="0" * 26)
    assert {"manifest_identity", "seal_event_missing"} <= set(codes(demo.directory, demo.log, other))


def evidence_of(copy):
    return (copy / "evidence.jsonl").read_bytes().splitlines()


def written(copy, lines):
    (copy / "evidence.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


def lines_that_say(lines, **said):
    return [n for n, line in enumerate(lines) if said.items() <= json.loads(line).items()]


def test_an_edited_slice_is_found_by_the_checkpoint_after_it_with_its_seconds(demo, copy):
    lines = evidence_of(copy)
    victim = lines_that_say(lines, **{"is": "slice"})[100]
    raw = json.loads(lines[victim])
    lines[victim] = canonical({**raw, "sha256": "0" * 64})
    written(copy, lines)
    found = verify_recording(copy, demo.log, demo.recording)
    assert {"evidence_hash", "root_differs", "checkpoint_root", "not_as_captured"} <= {each.code for each in found}
    first = next(each for each in found if each.code == "checkpoint_root")
    after = next(each for each in map(json.loads, lines[victim:]) if each["is"] == "checkpoint")
    assert first.where.startswith(f"checkpoint {after['n']}, ")


@pytest.mark.parametrize("name", ["root", "leaves", "at_ms", "wall", "previous", "signature", "n"])
def test_an_edited_checkpoint_is_found(demo, copy, name):
    lines = evidence_of(copy)
    victim = lines_that_say(lines, **{"is": "checkpoint"})[2]
    raw = json.loads(lines[victim])
    lines[victim] = canonical({**raw, name: raw[name] + 1 if isinstance(raw[name], int) else raw[name][::-1]})
    written(copy, lines)
    assert "checkpoint_signature" in codes(copy, demo.log, demo.recording)


def test_evidence_cut_off_after_a_checkpoint_is_found(demo, copy):
    lines = evidence_of(copy)
    written(copy, lines[: lines_that_say(lines, **{"is": "checkpoint"})[-3] + 1])
    assert {"evidence_hash", "root_differs"} <= set(codes(copy, demo.log, demo.recording))


def test_missing_evidence_is_found(demo, copy):
    (copy / "evidence.jsonl").unlink()
    assert "evidence_missing" in codes(copy, demo.log, demo.recording)


def test_a_receipt_of_another_recording_is_found(demo):
    assert codes_with(demo, receipt="ab" * 32) == ["receipt_shown_differs"]
    assert codes_with(demo, receipt=demo.manifest.evidence.root) == []
    assert codes_with(demo, receipt=demo.recording.manifest_sha256.upper()) == []


def codes_with(demo, **outside):
    return [each.code for each in verify_recording(demo.directory, demo.log, demo.recording, Outside(**outside))]


def test_a_key_that_was_never_published_is_found(demo):
    (key,) = demo.manifest.keys
    stranger = replace(key, id="0" * 16)
    assert codes_with(demo, keys=(stranger,)) == ["key_unknown"]
    assert codes_with(demo, keys=(stranger, key)) == []


def test_a_receipt_edited_in_place_is_found(demo, copy):
    raw = json.loads((copy / "receipt.json").read_bytes())
    (copy / "receipt.json").write_bytes(canonical({**raw, "gaps": 0}))
    assert codes(copy, demo.log, demo.recording) == ["receipt_signature"]


def test_a_recording_sealed_by_the_former_release_still_verifies(demo, copy):
    raw = json.loads((copy / "manifest.json").read_bytes())
    for gone in ("evidence", "keys", "stamps"):
        del raw[gone]
    raw["gaps"] = [{name: gap[name] for name in ("from_ms", "to_ms", "reason")} for gap in raw["gaps"]]
    data = canonical({**raw, "format": "mediation-recording/1"})
    (copy / "manifest.json").write_bytes(data)
    for gone in ("evidence.jsonl", "receipt.json"):
        (copy / gone).unlink()
    digest = hashlib.sha256(data).hexdigest()
    log = [*demo.log[:-1]]
    seal = {"recording": demo.recording.id, "manifest_sha256": digest}
    last = demo.log[-1]
    log.append(append(log[-1], session_id=last.session_id, at=last.at, offset_ms=last.offset_ms, actor=last.actor,
                      kind=last.kind, payload=seal))  # fmt: skip
    former = replace(demo.recording, manifest_sha256=digest, root=None)
    assert verify_recording(copy, log, former) == []
    (copy / demo.manifest.segments[0].file).write_bytes(b"something else")
    assert codes(copy, log, former) == ["file_length"]


def test_an_audience_that_was_wider_than_the_log_says_is_found(demo):
    """The log is written anew from where it says that the other side was not in the caucus."""
    narrower = next(n for n, each in enumerate(demo.log) if each.kind is EventKind.AUDIENCE_CHANGED)
    log = []
    for n, each in enumerate(demo.log):
        payload = {"receivers": {}} if n == narrower else each.payload
        log.append(append(log[-1] if log else None, session_id=each.session_id, at=each.at, offset_ms=each.offset_ms,
                          actor=each.actor, kind=each.kind, payload=payload))  # fmt: skip
    assert "audience_differs" in codes(demo.directory, log, demo.recording)


def test_a_manifest_whose_losses_are_of_no_file_is_none(demo):
    whole = json.loads((demo.directory / "manifest.json").read_bytes())
    file = next(iter(whole["losses"]))
    with pytest.raises(TypeError):
        parse_manifest(json.dumps(put(whole, ("losses", file), 5)).encode())


def leaves(value, path=()):
    """Where every value of a manifest lies, the containers too."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(inner, (*path, key))


def put(whole, path, forged):
    """The same with another value at this place."""
    raw = {"all": json.loads(json.dumps(whole))}
    inner, *keys = raw, "all", *path
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = forged
    return raw["all"]


@pytest.mark.parametrize("forged", [5, "x", None, True, [], {}, [7], {"x": 7}], ids=repr)
def test_whatever_a_forged_manifest_says_it_is_found_and_nothing_breaks(demo, copy, forged):
    whole = json.loads((copy / "manifest.json").read_bytes())
    one_of_each = {tuple("n" if isinstance(key, int) else key for key in path): path for path in leaves(whole)}
    for path in one_of_each.values():
        data = json.dumps(put(whole, path, forged)).encode()
        try:
            parse_manifest(data)
        except (ValueError, KeyError, TypeError):
            continue  # found by verification as what cannot be read
        (copy / "manifest.json").write_bytes(data)
        assert "manifest_hash" in codes(copy, demo.log, demo.recording)
