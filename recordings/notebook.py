"""`Notebook`: the journal of a recording and its evidence, kept together: what both must say is said once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping

from mediation_server.at_rest.stored import ScopeKey
from mediation_server.domain.recording import Gap
from recordings.chest import Chest
from recordings.evidence import Slice, is_counted, slice_of
from recordings.journal import FileEntry, Journal, JournalState
from recordings.matroska import frames
from recordings.syncer import Syncer
from recordings.witness import Witness

__all__ = ["Notebook", "sealed_name"]


def sealed_name(file: str) -> str:
    """The name a live file has once it is sealed; the evidence knows it by that from the start."""
    return file.removesuffix(".part")


class Notebook:
    """Used by one thread at a time; only `flush` and `sync` raise `OSError`."""

    def __init__(self, journal: Journal, witness: Witness, *, sm3: bool = False, key: ScopeKey | None = None) -> None:
        self.journal, self.witness = journal, witness
        self.when_closed: Callable[[], object] = lambda: None  # called after each file nobody writes any more
        self.sm3 = sm3  # whether SM3 stands beside SHA-256
        self.key = key  # what media are encrypted with from their first byte on

    def opened(self, **about: object) -> None:
        """The recording begins: of which sitting, when by the wall clock, by which software."""
        self.journal.line("opened", **about)
        self.witness.leaf("opened", **about)

    def begun(self, state: JournalState) -> None:
        """What the journal of an earlier release says, for evidence that begins late."""
        about = {"session": state.session, "recording": state.recording, "started_at": state.started_at}
        self.witness.leaf("opened", **about, **state.walls[0], software=state.software, late=True)
        for track, each in state.tracks.items():
            self.witness.leaf("track", track=track, **each)
        for gap in state.gaps:
            self.witness.leaf("gap", from_ms=gap.from_ms, reason=gap.reason.value)
            if gap.to_ms is not None:
                self.witness.leaf("gap_end", to_ms=gap.to_ms)

    def gap(self, gap: Gap) -> None:
        """A gap begins, or (`to_ms`) ends."""
        if gap.to_ms is None:
            why = {"by": gap.by, "cause": gap.cause}
            said = {key: value for key, value in why.items() if value}
            self.journal.line("gap", from_ms=gap.from_ms, reason=gap.reason.value, **said)
            self.witness.leaf("gap", from_ms=gap.from_ms, reason=gap.reason.value, **said)
        else:
            self.journal.line("gap_end", to_ms=gap.to_ms)
            self.witness.leaf("gap_end", to_ms=gap.to_ms)

    def whole_gap(self, gap: Gap) -> None:
        """A gap that is over by the time it is noted."""
        self.gap(Gap(gap.from_ms, None, gap.reason, gap.by, gap.cause))
        self.gap(gap)

    def track(self, track: str, about: dict[str, str]) -> None:
        """A lane of the recording begins."""
        self.journal.line("track", track=track, **about)
        self.witness.leaf("track", track=track, **about)

    def closed(self, file: str, to_ms: int, counted: Mapping[str, int], *, repaired: bool = False) -> None:
        """Nobody writes this file any more; what was counted of its packets."""
        self.journal.line("closed", file=file, to_ms=to_ms, repaired=repaired, **counted)
        self.when_closed()

    def captured(self, slices: Iterable[Slice]) -> None:
        """Slices that stand in their file."""
        self.witness.add(slices)

    def mended(self, chest: Chest, entry: FileEntry, codec: str) -> None:
        """A file nobody closed: what of it is not in the evidence yet, or never reached the disk."""
        name = sealed_name(entry.file)
        known = self.witness.slices.get(name, [])
        content = _frames_of(chest, entry, codec)
        kept = at = 0
        for each in known:
            held = content[at : at + each.frames]
            if len(held) < each.frames or slice_of(name, entry.from_ms, held, sm3=False).sha256 != each.sha256:
                break
            kept, at = kept + 1, at + each.frames
        if kept < len(known):
            self.witness.leaf("cut", file=name, kept=kept)
        self.witness.add(_sliced(name, entry.from_ms, content[at:], sm3=any(each.sm3 for each in known)))

    def flush(self) -> None:
        """Write what is due: the evidence first, for a file that the journal calls closed needs no mending."""
        self.witness.flush()
        self.journal.flush()

    def sync(self, syncer: Syncer) -> None:
        """Bring both on their way to the disk."""
        self.flush()
        syncer.sync(self.witness.fd)
        syncer.sync(self.journal.fd)

    def close(self) -> None:
        """Close both files; idempotent."""
        self.witness.close()
        self.journal.close()


def _frames_of(chest: Chest, entry: FileEntry, codec: str) -> list[tuple[int, bytes]]:
    with contextlib.suppress(OSError), chest.opened(entry.file) as stream:
        return [(ms, data) for ms, data in frames(stream) if is_counted(codec, data)]
    return []


def _sliced(name: str, offset_ms: int, content: list[tuple[int, bytes]], *, sm3: bool) -> Iterable[Slice]:
    """The rest of a torn file, a second at a time."""
    while content:
        first = content[0][0]
        count = next((n for n, (ms, _) in enumerate(content) if ms - first >= 1000), len(content))  # noqa: PLR2004 - ms
        yield slice_of(name, offset_ms, content[:count], sm3=sm3)
        content = content[count:]
