"""What an idle participant costs: processor time and memory of two silent associations kept alive; knows no SDP.

`python -m bench.idle --json`: real ICE and DTLS associations with the embedded engine, two for each participant (one
publishes, one subscribes, as in the product), over which nothing flows but consent checks every 2.7 s, as Chromium
sends them, and what the engine reports.  Both figures are the difference to the same engine with one association,
divided by the participants; the engine alone stands in the details.  The signalling connection is not in them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from aiortc.rtcdtlstransport import RTCCertificate

from bench import report
from bench._cpu import cpu_ns, pin, put_first, split_cores
from bench._embedded import Embedded
from bench._peer import AES_GCM, Line, Peer, PeerError
from bench._server import Server, ServerError, join_publisher, join_subscriber

__all__ = ["TARGETS", "build_report", "measure", "resident_bytes"]

TARGETS = {"core_percent": report.Target(at_most=0.05), "mb": report.Target(at_most=0.3)}
_CONSENT_EVERY_S = 2.7
_ADDRESS = "127.0.0.1"
_MIB = 1 << 20
_NS_PER_S = 1_000_000_000


def resident_bytes(pid: int, proc: Path = Path("/proc")) -> int:
    """Memory of a process that lies in RAM, shared pages included."""
    return int((proc / str(pid) / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _watch(server: Server, lines: list[Line], seconds: float) -> tuple[float, int]:
    """Percent of a core over that time, and the memory after it; the lines are kept alive meanwhile."""
    start, before = time.monotonic_ns(), cpu_ns(server.pid)
    end = start + int(seconds * _NS_PER_S)
    while time.monotonic_ns() < end:
        for line in lines:
            line.renew_consent()
            line.drain()
            await asyncio.sleep(_CONSENT_EVERY_S / len(lines))
    elapsed = time.monotonic_ns() - start
    return 100 * (cpu_ns(server.pid) - before) / elapsed, resident_bytes(server.pid)


async def measure(participants: int, seconds: float, steps: report.Steps) -> report.Report:
    """Connect one association, watch; connect the others, watch."""
    cores = split_cores(os.sched_getaffinity(0))
    server: Server = await Embedded.start(_ADDRESS, compiled=True)
    lines: list[Line] = []
    certificate = RTCCertificate.generateCertificate()
    try:
        pin(server.pid, {cores.server})
        put_first(server.pid)
        steps.begin("connecting one association")
        lines.append(await join_publisher(server, Peer(_ADDRESS, certificate, AES_GCM)))
        steps.done()
        alone = await _watch(server, lines, seconds)
        for number in range(2 * participants):
            steps.begin(f"connecting {number + 1} of {2 * participants}")
            lines.append(await join_subscriber(server, Peer(_ADDRESS, certificate, AES_GCM), number))
            for line in lines[:: max(1, len(lines) // 8)]:
                line.renew_consent()
            steps.done()
        full = await _watch(server, lines, seconds)
        steps.done()
    except (ServerError, PeerError, OSError) as error:
        return report.Report("idle", dict.fromkeys(TARGETS), TARGETS, {}, (str(error),))
    finally:
        for line in lines:
            line.close()
        await server.close()
    return build_report(participants, seconds, alone, full)


def build_report(participants: int, seconds: float, alone: tuple[float, int], full: tuple[float, int]) -> report.Report:
    """Turn percent and bytes, of the engine alone and with everybody, into figures for one participant."""
    figures: dict[str, report.Figure] = {
        "core_percent": (full[0] - alone[0]) / participants,
        "mb": (full[1] - alone[1]) / _MIB / participants,
    }
    details = {
        "participants": participants,
        "associations": 2 * participants,
        "seconds": seconds,
        "engine_core_percent": round(alone[0], 3),
        "engine_mb": round(alone[1] / _MIB, 1),
        "load": os.getloadavg(),
    }
    return report.Report("idle", figures, TARGETS, details)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="More participants, watched for longer.")] = False,
) -> None:
    """Measure what somebody costs who only sits there."""
    participants, seconds = (150, 60.0) if long else (30, 11.0)
    with report.progress(2 * participants + 2) as steps:
        result = asyncio.run(measure(participants, seconds, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
