"""A sealed recording taken along: its files, the session log, keys and time stamps, and the verifier for browsers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mediation_server.domain.log import SessionEvent, Withheld, canonical, instant
from mediation_server.domain.recording import TimeStamp
from mediation_server.errors import Conflict
from mediation_server.keyring import PublicKey
from recordings.chest import Chest

__all__ = ["KEYS", "LOG", "STAMPS", "VERIFIER", "Companions", "exported", "keys_bytes", "log_bytes", "stamps_bytes"]

LOG, KEYS, STAMPS, VERIFIER = "log.json", "keys.json", "stamps.json", "verify.html"
_CHUNK = 1 << 20
_OURS = frozenset({"journal.jsonl"})  # what a restart needs, and nobody else


@dataclass(frozen=True, slots=True)
class Companions:
    """What goes along with the files of a recording: its log, its time stamps, all public keys, the verifier's page."""

    events: Sequence[SessionEvent]
    stamps: Sequence[TimeStamp]
    keys: Sequence[PublicKey]
    verifier: bytes


def exported(source: Chest, target: Path, along: Companions) -> None:
    """Copy, as it was recorded, and write. Blocks.

    Raises `Conflict("directory_exists")`, `OSError`; `Unavailable` or `Gone` where a key is not to be had.
    """
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError as there:
        raise Conflict("directory_exists") from there
    for each in sorted(source.directory.iterdir()):
        if each.is_file() and not each.is_symlink() and each.name not in _OURS:
            with source.opened(each.name) as stream, (target / each.name).open("xb") as out:
                shutil.copyfileobj(stream, out, _CHUNK)
    (target / LOG).write_bytes(log_bytes(along.events))
    (target / STAMPS).write_bytes(stamps_bytes(along.stamps))
    (target / KEYS).write_bytes(keys_bytes(along.keys))
    (target / VERIFIER).write_bytes(along.verifier)


def keys_bytes(keys: Sequence[PublicKey]) -> bytes:
    """All public keys (§7 of `docs/evidence-format.md`)."""
    return canonical({"keys": [asdict(each) for each in keys]})


def log_bytes(entries: Sequence[SessionEvent | Withheld]) -> bytes:
    """A session log as `docs/evidence-format.md` §6 has it."""
    return canonical({"format": "mediation-log/1", "events": [_entry(each) for each in entries]})


def _entry(each: SessionEvent | Withheld) -> dict[str, object]:
    if isinstance(each, Withheld):
        return asdict(each)
    return {**{name: getattr(each, name) for name in SessionEvent.__slots__}, "at": instant(each.at)}


def stamps_bytes(stamps: Sequence[TimeStamp]) -> bytes:
    """The time stamps that have come, also those that came after sealing."""
    said = [{"subject": each.subject, "digest": each.digest, "token": each.token} for each in stamps if each.token]
    return canonical({"format": "mediation-stamps/1", "stamps": said})
