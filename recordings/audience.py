"""The audience ledger: for every moment who could receive whose media, as the forwarder was bound to it.

It comes from the evidence, where each change stands with when the forwarder was told and since when it has kept to it.
Between the two both the former and the new audience may hold, and the ledger says so: it never names too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediation_server.openfile import open_regular
from mediation_server.rooms.recording_port import RECORDER
from recordings.evidence import EVIDENCE, Line, lines_of
from recordings.spans import Span

__all__ = ["Hearing", "granted_to_recorder", "ledger_of", "read_ledger", "receivers_of"]

Receivers = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Hearing:
    """From one moment to another (ms from the start of the sitting): whose media could get to whom."""

    from_ms: int
    to_ms: int
    receivers: Receivers


def ledger_of(lines: Iterable[Line], total_ms: int) -> tuple[Hearing, ...]:
    """The ledger of a sitting, without a break from the first change to the end; empty where none was kept.

    A process that goes on after a restart has told its forwarder nothing before it did.
    """
    steps: list[tuple[int, Receivers]] = []
    before: Receivers = {}
    begun = 0
    for line in lines:
        if line.kind == "resumed":
            begun = _number(line.entry.get("at_ms"))
        if line.kind != "audience":
            continue
        told, kept = max(begun, _number(line.entry.get("from_ms"))), _number(line.entry.get("at_ms"))
        after = receivers_of(line.entry)
        if told < kept:
            steps.append((told, {who: before.get(who, frozenset()) | after.get(who, frozenset())
                                 for who in {*before, *after}}))  # fmt: skip
        steps.append((kept, after))
        before = after
    return tuple(_hearings(steps, total_ms))


def read_ledger(directory: Path, total_ms: int) -> tuple[Hearing, ...]:
    """The ledger of a recording; empty where there is no evidence. Blocks."""
    try:
        with open_regular(directory, EVIDENCE) as stream:
            return ledger_of(lines_of(stream.read()), total_ms)
    except OSError:
        return ()


def receivers_of(entry: Mapping[str, object]) -> Receivers:
    """The receivers a line or an event of the session log names; nobody where it names none."""
    raw = entry.get("receivers")
    found = raw if isinstance(raw, dict) else {}
    return {str(who): frozenset(map(str, heard)) for who, heard in found.items() if isinstance(heard, list) and heard}


def granted_to_recorder(ledger: Sequence[Hearing], participant: str) -> tuple[Span, ...]:
    """When the recorder was granted what this person sends."""
    return tuple(
        Span(each.from_ms, each.to_ms) for each in ledger if RECORDER in each.receivers.get(participant, frozenset())
    )


def _hearings(steps: Sequence[tuple[int, Receivers]], total_ms: int) -> Iterable[Hearing]:
    ends = [*(at for at, _ in steps[1:]), total_ms]
    kept: Hearing | None = None
    for (since, receivers), end in zip(steps, ends, strict=False):
        end_ms = min(end, total_ms)
        if since >= end_ms:
            continue
        if kept is not None and kept.receivers == receivers:
            kept = Hearing(kept.from_ms, end_ms, receivers)
            continue
        if kept is not None:
            yield kept
        kept = Hearing(since, end_ms, receivers)
    if kept is not None:
        yield kept


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
