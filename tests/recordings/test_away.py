"""A server that was killed: what its room decided meanwhile is held against nobody, and all else is."""

import json
import shutil
import subprocess
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from mediation_server.domain.log import EventKind, append, canonical
from recordings.audience import ledger_of
from recordings.verify_evidence import against_log, replayed
from tests.recordings.kit import START

ROOT = Path(__file__).parents[2]
ASK = """
const [{ Replay, againstLog }, { ledgerOf }] = await Promise.all(
  ["evidence", "ledger"].map((name) => import(`${process.argv[2]}/${name}.js`)),
);
const [evidence, events, total] = JSON.parse(process.argv[3]);
const replay = new Replay();
await replay.read(new TextEncoder().encode(evidence), "r", new Map());
const found = againstLog(replay, events, total).map(({ code, where }) => [code, where]);
console.log(JSON.stringify([found, ledgerOf(replay.lines, total).map((each) => [each.from_ms, each.to_ms])]));
"""
TOTAL = 120_000
EVERYBODY, NOBODY, CAUCUS = {"m": ["p1", "p2"]}, {}, {"m": ["p1"]}


def audience(told, kept, receivers):
    return {"is": "audience", "from_ms": told, "at_ms": kept, "receivers": receivers}


def slow_restart(kept=EVERYBODY):
    """Killed at 50 s, back at 71 s, kept to an audience again at 75 s; `kept`: until then."""
    return [
        {"is": "opened", "at_ms": 100},
        audience(0, 500, kept),
        {"is": "slice", "file": "f", "from_ms": 49_000, "last_ms": 49_900, "frames": 1, "sha256": "00"},
        {"is": "gap", "from_ms": 49_950, "reason": "fault", "cause": "restart"},
        {"is": "gap_end", "to_ms": 71_000},
        {"is": "resumed", "at_ms": 71_000},
        audience(0, 75_000, NOBODY),
        audience(76_000, 76_010, EVERYBODY),
    ]


def log_of(*changes):
    log = []
    for offset_ms, receivers in changes:
        log.append(append(log[-1] if log else None, session_id="s", at=START, offset_ms=offset_ms, actor="system",
                          kind=EventKind.AUDIENCE_CHANGED, payload={"receivers": receivers}))  # fmt: skip
    return log


def in_python(evidence, log):
    state = replayed(BytesIO(evidence), "r", {})
    found = [[each.code, each.where] for each in against_log(state, log, SimpleNamespace(total_ms=TOTAL))]
    return found, [[each.from_ms, each.to_ms] for each in ledger_of(state.lines, TOTAL)]


def in_javascript(evidence, log):
    events = [
        {"seq": e.seq, "hash": e.hash, "kind": e.kind, "offset_ms": e.offset_ms, "payload": e.payload} for e in log
    ]
    asked = json.dumps([evidence.decode(), events, TOTAL])
    module = (ROOT / "web/static/js/verify").as_uri()
    node = [shutil.which("node") or "node", "--input-type=module", "-", module, asked]
    return json.loads(
        subprocess.run(node, input=ASK, capture_output=True, text=True, check=True, cwd=ROOT / "web").stdout
    )


@pytest.mark.parametrize("verifier", [in_python, in_javascript])
@pytest.mark.parametrize(
    ("evidence", "changes", "found"),
    [
        (slow_restart(), [(0, EVERYBODY), (70_000, NOBODY), (76_000, EVERYBODY)], []),
        (slow_restart(), [(0, EVERYBODY), (30_000, CAUCUS), (70_000, NOBODY), (76_000, EVERYBODY)], ["00:00:30.000"]),
        (slow_restart(), [(0, CAUCUS), (70_000, NOBODY), (76_000, EVERYBODY)], ["00:00:00.000"]),
        (slow_restart(), [(0, EVERYBODY), (70_000, NOBODY), (76_000, CAUCUS)], ["00:01:16.000"]),
        (slow_restart(CAUCUS), [(0, CAUCUS), (70_000, NOBODY), (76_000, EVERYBODY)], []),
    ],
    ids=["restart", "before it", "long before it", "after it", "in a caucus"],
)
def test_only_what_was_decided_while_nobody_was_there_is_held_against_nobody(verifier, evidence, changes, found):
    raw = b"".join(canonical(each) + b"\n" for each in evidence)
    said, _ = verifier(raw, log_of(*changes))
    assert [(code, where.partition(", ")[2][: len("00:00:00.000")]) for code, where in said] == [
        ("audience_differs", at) for at in found
    ]


@pytest.mark.parametrize("verifier", [in_python, in_javascript])
def test_who_came_back_after_a_restart_rewrites_nothing_of_what_was_before(verifier):
    """Releases before this one said of the first grant of a new process that it had been told at 0."""
    raw = slow_restart()
    raw.insert(2, audience(20_000, 20_010, CAUCUS))
    _, ledger = verifier(b"".join(canonical(each) + b"\n" for each in raw), [])
    assert (ledger[0][0], ledger[-1][1]) == (0, TOTAL)
    assert all(former[1] == later[0] for former, later in pairwise(ledger)), "one after the other"
