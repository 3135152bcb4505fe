"""Whether an edit of a recording is found: files, rows, manifest, evidence, time stamps, whole histories written anew.

Each edit is made to a copy of a recording that the product's own pipeline made, and the product's own check is asked.
A history written anew is the work of somebody who holds the signing key and the database: log, evidence, manifest, row
and receipt agree with one another, and tokens are kept, dropped or asked for anew. It is found by a party's receipt or
by a time stamp; what the check finds without either is told beside it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from bench import _tampering, report
from bench._recordings import Made, made
from recordings.verify import Outside, verify_recording

TARGETS = {"found": report.Target(at_least=1.0), "false_alarms": report.Target(at_most=0)}
_SECONDS, _PEOPLE, _BITS = 24, 2, 100_000
_CLEAN_EVERY = 10


@dataclass
class Campaign:
    """What was done and what was found."""

    edits: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    false_alarms: int = 0
    histories: int = 0
    by_stamp: int = 0


def run(recordings: list[Made], edits: int, histories: int, steps: report.Steps, workdir: Path) -> Campaign:
    """Make this many edits, spread over the recordings, and write this many histories anew."""
    campaign, rng = Campaign(), random.Random(edits)
    copies = [_tampering.Copy(each, workdir / str(n)) for n, each in enumerate(recordings)]
    steps.begin("edits")
    for n in range(edits):
        copy = copies[n % len(copies)]
        kind = _tampering.edit(copy, rng)
        campaign.edits += 1
        campaign.kinds[kind] += 1
        if not copy.findings():
            campaign.missed[kind] += 1
        copy.restore()
        if n % _CLEAN_EVERY == 0:
            campaign.clean += 1
            campaign.false_alarms += bool(copy.findings())
        steps.done()
    steps.begin("histories written anew")
    for n in range(histories):
        _history(campaign, copies[n % len(copies)], rng)
        steps.done()
    return campaign


def _history(campaign: Campaign, copy: _tampering.Copy, rng: random.Random) -> None:
    receipt = copy.made.recording.manifest_sha256 or ""  # the value in the code of a receipt
    kind = _tampering.rewrite(copy, rng)
    campaign.edits += 1
    campaign.histories += 1
    campaign.kinds[kind] += 1
    alone = copy.findings()
    campaign.by_stamp += any(each.code.startswith("stamp") for each in alone)
    if not copy.findings(receipt):
        campaign.missed[kind] += 1
    copy.restore()


async def _made(count: int, root: Path, steps: report.Steps) -> list[Made]:
    found = []
    for seed in range(count):
        steps.begin(f"recording {seed + 1}")
        where = root / f"made-{seed}"
        found.append(await made(where, people=_PEOPLE, seconds=_SECONDS, seed=seed, bits_per_s=_BITS))
        steps.done()
    return found


def build_report(campaign: Campaign) -> report.Report:
    """Turn the campaign into figures."""
    missed = campaign.missed.total()
    figures: dict[str, report.Figure] = {
        "found": (campaign.edits - missed) / campaign.edits if campaign.edits else None,
        "false_alarms": campaign.false_alarms if campaign.clean else None,
    }
    details = {
        "edits": campaign.edits,
        "clean": campaign.clean,
        "kinds": dict(sorted(campaign.kinds.items())),
        "missed": dict(campaign.missed),
        "histories_written_anew": campaign.histories,
        "of_which_a_time_stamp_finds": campaign.by_stamp,
    }
    return report.Report("tamper", figures, TARGETS, details)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[
        bool, typer.Option("--long", help="Ten thousand edits and as many checks of what is intact.")
    ] = False,
) -> None:
    """Edit recordings at random and see whether each edit is found."""
    edits, histories, count = (9_500, 500, 12) if long else (450, 50, 4)
    with tempfile.TemporaryDirectory() as directory, report.progress(edits + histories + count) as steps:
        root = Path(directory)
        recordings = asyncio.run(_made(count, root, steps))
        campaign = run(recordings, edits, histories, steps, root / "copies")
        for each in recordings:  # as they were made, once more
            outside = Outside(
                keys=each.keys.public_keys(), stamps=each.stamps, authorities=(each.authority.certificate,)
            )
            campaign.clean += 1
            campaign.false_alarms += bool(verify_recording(each.directory, each.log, each.recording, outside))
    report.publish(build_report(campaign), as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
