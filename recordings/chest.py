"""`Chest`: the directory of one recording with whoever has keys to it; its media are read here, encrypted or plain."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple

from mediation_server.at_rest.stored import HeldKeys, ScopeKey, ScopeKeys, key_of, open_stored

__all__ = ["Chest", "scope_of"]


def scope_of(recording_id: str) -> str:
    """The scope of a recording's files."""
    return f"recording/{recording_id}"


class Chest(NamedTuple):
    """Everything here blocks, and raises what `open_stored` raises."""

    directory: Path  # named like the recording
    keys: ScopeKeys | None = None

    def opened(self, name: str) -> BinaryIO:
        """A file, open for reading, as it was recorded."""
        return open_stored(self.directory, name, self.keys, scope_of(self.directory.name))

    def key(self, name: str) -> ScopeKey | None:
        """The key one file lies under; None for a plain one. Raises `OSError`, `Unavailable`, `Gone`."""
        key_id = key_of(self.directory, name)
        return (self.keys or HeldKeys()).scope_key(key_id, scope_of(self.directory.name)) if key_id else None

    def held(self, *more: str) -> HeldKeys:
        """What opens the media of this recording and no other, for a process that reads them.

        `more` are scopes of what that process makes, which lies under the same data key.
        """
        files = [each.name for each in self.directory.glob("t*.mkv*")]
        ids = sorted({key.id for name in files if (key := self.key(name)) is not None})
        scopes, keys = (scope_of(self.directory.name), *more), self.keys or HeldKeys()
        return HeldKeys(keys.scope_key(key_id, scope) for key_id in ids for scope in scopes)
