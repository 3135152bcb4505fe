"""What may be done to an exported recording, and what a verifier has to say of it: the same cases for both of ours.

Each case changes a copy of an intact export; `codes` are the findings in their order, each once.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mediation_server.domain.log import canonical

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """One edit; `receipt` is what a party's receipt shows."""

    name: str
    edit: Callable[[Path], None]
    codes: tuple[str, ...]
    receipt: str = ""


def _nothing(_directory):
    pass


def _other_pad(signature):
    """The base64 of the same 64 bytes with a pad bit set (RFC 4648 §3.5)."""
    return signature[:-3] + chr(ord(signature[-3]) + 1) + signature[-2:]  # of A, Q, g and w


def _media(directory):
    return sorted(directory.glob("t*.mkv"))


def _flipped(directory, name, share=0.5):
    file = directory / name if name else _media(directory)[0]
    data = bytearray(file.read_bytes())
    data[int(len(data) * share)] ^= 1
    file.write_bytes(data)


def _json(directory, name, change):
    raw = json.loads((directory / name).read_bytes())
    change(raw)
    (directory / name).write_bytes(canonical(raw))


def _lines(directory, change):
    file = directory / "evidence.jsonl"
    lines = [json.loads(each) for each in file.read_bytes().splitlines()]
    lines = change(lines) or lines
    file.write_bytes(b"".join(canonical(each) + b"\n" for each in lines))


def _first(lines, kind, after=0):
    return next(n for n, each in enumerate(lines) if each["is"] == kind and n >= after)


def _edited(kind, **changes):
    def change(lines):
        lines[_first(lines, kind, 40)].update(changes)

    return lambda directory: _lines(directory, change)


def _without(kind):
    def change(lines):
        return [each for each in lines if each["is"] != kind]

    return lambda directory: _lines(directory, change)


def _swapped(directory):
    first, *_, last = _media(directory)
    one, other = first.read_bytes(), last.read_bytes()
    first.write_bytes(other)
    last.write_bytes(one)


def _cut(directory):
    file = _media(directory)[0]
    file.write_bytes(file.read_bytes()[:-5000])


def _bent_token(directory):
    def change(raw):
        token = bytearray(base64.b64decode(raw["stamps"][0]["token"]))
        token[100] ^= 1
        raw["stamps"][0]["token"] = base64.b64encode(token).decode()

    _json(directory, "stamps.json", change)


def _event(directory, change):
    _json(directory, "log.json", lambda raw: change(raw["events"]))


def _first_of(events, kind):
    return next(each for each in events if each["kind"] == kind)


def _withheld(kind, **changes):
    """As a bundle has an entry that its reader may not know."""

    def change(events):
        for n, each in enumerate(events):
            if each["kind"] == kind:
                events[n] = {name: each[name] for name in ("seq", "previous", "hash")} | changes

    return change


CASES = (
    Case("nothing was changed", _nothing, ()),
    Case("a bit of a file", lambda d: _flipped(d, ""), ("file_hash",)),
    Case("the end of a file is cut off", _cut, ("file_length",)),
    Case("two files are swapped", _swapped, ("file_length",)),
    Case("a file is gone", lambda d: _media(d)[0].unlink(), ("file_missing",)),
    Case("a file too many", lambda d: (d / "t099-0001.mkv").write_bytes(b"x"), ("file_unknown",)),
    Case("the manifest is gone", lambda d: (d / "manifest.json").unlink(), ("manifest_missing",)),
    Case(
        "losses of no file",
        lambda d: _json(d, "manifest.json", lambda raw: raw.update(losses=5)),
        ("manifest_unreadable",),
    ),
    Case(
        "a length that is no number",
        lambda d: _json(d, "manifest.json", lambda raw: raw.update(total_ms="long")),
        ("manifest_unreadable",),
    ),
    Case("the manifest is none", lambda d: (d / "manifest.json").write_bytes(b"[]"), ("manifest_unreadable",)),
    Case(
        "a gap less in the manifest",
        lambda d: _json(d, "manifest.json", lambda raw: raw["gaps"].pop()),
        ("seal_event_differs", "gaps_do_not_add_up", "gap_differs", "receipt_differs", "stamp_digest"),
    ),
    Case(
        "another software in the manifest",
        lambda d: _json(d, "manifest.json", lambda raw: raw.update(software="x")),
        ("seal_event_differs", "receipt_differs", "stamp_digest"),
    ),
    Case(
        "the log is gone",
        lambda d: (d / "log.json").unlink(),
        ("log_missing", "seal_event_missing", "log_head", "gap_not_logged", "checkpoint_log"),
    ),
    Case(
        "a word in the log",
        lambda d: _event(d, lambda events: events[20]["payload"].update(text="x")),
        ("chain_broken",),
    ),
    Case("what was said in the log is withheld", lambda d: _event(d, _withheld("spoke")), ()),
    Case("a gap in the log is withheld", lambda d: _event(d, _withheld("recording_gap")), ("gap_not_logged",)),
    Case(
        "a gap in the log is that of another recording of the sitting",
        lambda d: _event(d, lambda events: _first_of(events, "recording_gap")["payload"].update(recording="another")),
        ("chain_broken", "gap_not_logged"),
    ),
    Case(
        "a withheld entry of the log is another",
        lambda d: _event(d, _withheld("spoke", hash="0" * 64)),
        ("chain_broken", "checkpoint_log"),
    ),
    Case("an entry of the log is gone", lambda d: _event(d, lambda events: events.pop(20)), ("chain_broken",)),
    Case("the end of the log is gone", lambda d: _event(d, lambda events: events.pop()), ("seal_event_missing",)),
    Case(
        "the evidence is gone",
        lambda d: (d / "evidence.jsonl").unlink(),
        ("evidence_missing", "not_as_captured", "stamp_digest"),
    ),
    Case(
        "the hash of a slice",
        _edited("slice", sha256="0" * 64),
        ("checkpoint_root", "evidence_hash", "root_differs", "not_as_captured"),
    ),
    Case(
        "the frames of a slice",
        _edited("slice", frames=1),
        ("checkpoint_root", "evidence_hash", "root_differs", "not_as_captured"),
    ),
    Case(
        "the root of a checkpoint",
        _edited("checkpoint", root="0" * 64),
        ("checkpoint_root", "checkpoint_signature", "checkpoint_order", "evidence_hash", "root_differs"),
    ),
    Case(
        "the time of a checkpoint",
        _edited("checkpoint", wall="2020-01-01T00:00:00.000Z"),
        ("checkpoint_signature", "checkpoint_order", "checkpoint_root", "evidence_hash", "root_differs"),
    ),
    Case(
        "the signature of a checkpoint",
        _edited("checkpoint", signature=base64.b64encode(bytes(64)).decode()),
        ("checkpoint_signature", "checkpoint_order", "checkpoint_root", "evidence_hash", "root_differs"),
    ),
    Case("all checkpoints are gone", _without("checkpoint"), ("evidence_hash", "root_differs", "stamp_digest")),
    Case(
        "frames of a slice that are no number",
        _edited("slice", frames="many"),
        ("evidence_unreadable", "checkpoint_root", "evidence_hash", "root_differs", "not_as_captured"),
    ),
    Case("who could hear whom is gone", _without("audience"), ("checkpoint_root", "evidence_hash", "root_differs")),
    Case("the receipt is gone", lambda d: (d / "receipt.json").unlink(), ("receipt_missing",)),
    Case("the receipt is none", lambda d: (d / "receipt.json").write_bytes(b"{}"), ("receipt_unreadable",)),
    Case(
        "the length on the receipt",
        lambda d: _json(d, "receipt.json", lambda raw: raw.update(total_ms=1)),
        ("receipt_signature",),
    ),
    Case(
        "a bit of the receipt's signature that says nothing",
        lambda d: _json(d, "receipt.json", lambda raw: raw.update(signature=_other_pad(raw["signature"]))),
        ("receipt_signature",),
    ),
    Case("another party's receipt", _nothing, ("receipt_shown_differs",), receipt="ab" * 32),
    Case("a bit of a time stamp", _bent_token, ("stamp_invalid",)),
    Case(
        "a time stamp of another moment",
        lambda d: _json(d, "stamps.json", lambda raw: raw["stamps"][0].update(subject="checkpoint:5")),
        ("stamp_digest",),
    ),
    Case(
        "another key is published",
        lambda d: _json(
            d,
            "keys.json",
            lambda raw: raw["keys"][0].update(id="66687aadf862bd77", public=base64.b64encode(bytes(32)).decode()),
        ),
        ("key_unknown",),
    ),
)
