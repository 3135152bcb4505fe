"""CPU per forwarded packet: the embedded engine against Janus, same load, same run; knows how neither works.

`python -m bench.forward --json`: one publisher, ten subscribers, 3,000 packets/s in, 30,000 out, bursts of
eight, 1,100-byte payloads, SRTP; then the same with three subscribers.  Ours runs in Python and, where it was built,
compiled.  The servers run on one core and the generator on another, before other work where that is permitted; rounds
alternate between them and medians are taken, because machines are shared.  CPU is what `/proc/PID/task/*/schedstat`
says, kernel time included, divided by the packets the subscribers really got and authenticated.  Latency runs from
the publisher's send to the arrival in a subscriber's socket, both dated by the kernel's clock; of ours, loss and
latency are those of the worse path.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from bench import _forward_generator, _janus, _namespace, report
from bench._cpu import Cores, cpu_ns, pin, put_first, split_cores
from bench._embedded import Embedded
from bench._forward_generator import Session, Tally
from bench._janus import Janus
from bench._pace import Pace
from bench._peer import AES_CM, AES_GCM, PeerError
from bench._server import Server, ServerError, Shape, connect
from mediation_server.media.embedded.accelerator import media_path

__all__ = ["ACCELERATED", "OURS", "TARGETS", "Plan", "Sample", "build_report", "measure"]

OURS, ACCELERATED, JANUS, JANUS_DEFAULT = "ours", "accelerated", "janus", "janus_default"
FANOUT3 = "_fanout3"  # behind the name of whoever is measured with three subscribers
TARGETS = {
    "ratio": report.Target(at_most=0.55),
    "ratio_accelerated": report.Target(at_most=0.35),
    "p99_ms": report.Target(at_most=1.0),
    "loss": report.Target(at_most=0.0),
    "ratio_fanout3": report.Target(at_most=0.9),
    "ratio_fanout3_accelerated": report.Target(at_most=0.55),
}
_NS_PER_US = 1_000
_LOOPBACK = "127.0.0.1"
_CONSENT_EVERY_S = 1.0
_DISTURBED_BELOW = 0.9
_PACE = Pace(packets_per_second=3_000, burst=8)


@dataclass(frozen=True, slots=True)
class Plan:
    """The load, and how often and how long each server gets it."""

    rounds: int = 7
    seconds: float = 1.0
    warm_up_s: float = 1.0
    subscribers: int = 10
    payload_bytes: int = 1_100
    pace: Pace = _PACE

    def shape(self, name: str, profile: str) -> Shape:
        """Return what is asked of the server of that name."""
        subscribers = 3 if name.endswith(FANOUT3) else self.subscribers
        return Shape(profile, subscribers, self.payload_bytes, self.pace.packets_per_second)


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one server."""

    tally: Tally
    cpu_us: float | None

    def kept_pace(self, pace: Pace) -> bool:
        """Tell whether the generator had its core, and so the server the load that was meant."""
        return self.tally.sent >= _DISTURBED_BELOW * pace.packets_per_second * self.tally.sending_s


@dataclass(frozen=True, slots=True)
class _Contender:
    name: str
    server: Server
    session: Session


Starter = Callable[[], Awaitable[Server]]


async def measure(plan: Plan, starters: dict[str, Starter], address: str, steps: report.Steps) -> report.Report:
    """Start every server, play the rounds in turn, and report."""
    cores = split_cores(os.sched_getaffinity(0))
    undisturbed = put_first(0) and put_first(0, first=False)
    contenders: list[_Contender] = []
    reasons: list[str] = []
    try:
        async with _kept_alive(contenders):
            for name, starter in starters.items():
                steps.begin(f"connecting {name}")
                try:
                    contenders.append(await _enrol(name, starter, plan, address, cores.server))
                except (ServerError, PeerError, OSError) as error:
                    reasons.append(f"{name}: {error}")
                steps.done()
        samples = _play(plan, contenders, cores, steps)
    finally:
        for contender in contenders:
            contender.session.close()
            await contender.server.close()
    profiles = {contender.name: contender.session.publisher.profile for contender in contenders}
    machine = {"cores_apart": cores.apart, "before_other_work": undisturbed}
    return build_report(plan, samples, reasons, {"srtp": profiles, **machine})


async def _enrol(name: str, starter: Starter, plan: Plan, address: str, core: int) -> _Contender:
    """Start and connect a server with AES-GCM; with AES-CM when it does not know that."""
    for profile in (AES_GCM, AES_CM):
        server = await starter()
        try:
            pin(server.pid, {core})
            put_first(server.pid)
            return _Contender(name, server, await connect(server, address, plan.shape(name, profile)))
        except PeerError:
            await server.close()
            if profile == AES_CM:
                raise
        except BaseException:
            await server.close()
            raise
    raise AssertionError(name)


@contextlib.asynccontextmanager
async def _kept_alive(contenders: list[_Contender]) -> AsyncIterator[None]:
    async def renew() -> None:
        while True:
            await asyncio.sleep(_CONSENT_EVERY_S)
            _renew_consent(contenders)

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _renew_consent(contenders: Sequence[_Contender]) -> None:
    for contender in contenders:
        contender.session.renew_consent()


def _play(plan: Plan, contenders: Sequence[_Contender], cores: Cores, steps: report.Steps) -> dict[str, list[Sample]]:
    """Let every server warm up, then measure them in turn, each round beginning with another one."""
    allowed = os.sched_getaffinity(0)
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    pin(0, {cores.generator})
    put_first(0)
    try:
        for contender in contenders:
            _round(plan, contender, contenders, plan.warm_up_s)
        for number in range(plan.rounds):
            first = number % max(1, len(contenders))
            for contender in (*contenders[first:], *contenders[:first]):
                steps.begin(f"round {number + 1} of {plan.rounds}: {contender.name}")
                samples[contender.name].append(_round(plan, contender, contenders, plan.seconds))
                steps.done()
    finally:
        put_first(0, first=False)
        pin(0, allowed)
    return samples


def _round(plan: Plan, contender: _Contender, everybody: Sequence[_Contender], seconds: float) -> Sample:
    others = [other for other in everybody if other is not contender]
    _renew_consent(everybody)
    before = cpu_ns(contender.server.pid)
    tally = _forward_generator.run(contender.session, plan.pace, seconds, lambda: _renew_consent(others))
    spent = cpu_ns(contender.server.pid) - before
    for other in others:
        other.session.discard_arrivals()
    return Sample(tally, spent / _NS_PER_US / tally.delivered if tally.delivered else None)


def build_report(
    plan: Plan, samples: dict[str, list[Sample]], reasons: Sequence[str], details: dict[str, object]
) -> report.Report:
    """Turn the rounds into figures: medians of CPU and p99, loss over all of them together.

    Rounds in which other work on the machine kept the generator from its pace count only if there are no others.
    """
    counted = {name: _undisturbed(taken, plan.pace) for name, taken in samples.items()}
    us = {name: _median([sample.cpu_us for sample in taken]) for name, taken in counted.items()}
    figures: dict[str, report.Figure] = {
        f"{name}_us": us.get(name) for name in (OURS, ACCELERATED, JANUS, JANUS_DEFAULT)
    }
    for fanout in ("", FANOUT3):
        janus = us.get(f"{JANUS}{fanout}")
        figures[f"ratio{fanout}"] = _ratio(us.get(f"{OURS}{fanout}"), janus)
        figures[f"ratio{fanout}_accelerated"] = _ratio(us.get(f"{ACCELERATED}{fanout}"), janus)
    for names, prefix in (((OURS, ACCELERATED), ""), ((JANUS,), "janus_"), ((JANUS_DEFAULT,), "janus_default_")):
        tallies = [[sample.tally for sample in counted.get(name, [])] for name in names]
        figures[f"{prefix}loss"] = _loss([tally for taken in tallies for tally in taken])
        figures[f"{prefix}p99_ms"] = _worst([_median([tally.p99_ms for tally in taken]) for taken in tallies])
    load = {
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "subscribers": plan.subscribers,
        "packets_per_second_in": plan.pace.packets_per_second,
        "burst": plan.pace.burst,
        "payload_bytes": plan.payload_bytes,
    }
    rounds = {name: [_rounded(sample.cpu_us) for sample in taken] for name, taken in samples.items()}
    pace = {name: _sent_per_second(taken) for name, taken in counted.items()}
    used = {name: len(taken) for name, taken in counted.items()}
    everything = {**load, **details, "us_by_round": rounds, "rounds_counted": used, "sent_per_second": pace}
    return report.Report("forward", figures, TARGETS, everything, tuple(reasons))


def _ratio(ours: float | None, janus: float | None) -> float | None:
    return ours / janus if ours is not None and janus else None


def _worst(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _median(values: Sequence[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return statistics.median(measured) if measured else None


def _loss(tallies: Sequence[Tally]) -> float | None:
    expected = sum(tally.expected for tally in tallies)
    return 1.0 - sum(tally.delivered for tally in tallies) / expected if expected else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _undisturbed(taken: list[Sample], pace: Pace) -> list[Sample]:
    return [sample for sample in taken if sample.kept_pace(pace)] or taken


def _sent_per_second(taken: Sequence[Sample]) -> int:
    """How fast packets really went in."""
    sending = sum(sample.tally.sending_s for sample in taken)
    return round(sum(sample.tally.sent for sample in taken) / sending) if sending else 0


def _starters(address: str) -> tuple[dict[str, Starter], list[str]]:
    """Say who takes part, and why somebody does not."""

    def ours(*, compiled: bool) -> Starter:
        async def start() -> Server:
            return await Embedded.start(address, compiled=compiled)

        return start

    def janus(event_loops: int | None) -> Starter:
        async def start() -> Server:
            return await Janus.start(program or "", _namespace.INTERFACE, event_loops=event_loops)

        return start

    starters, reasons = {OURS: ours(compiled=False)}, []
    if media_path().compiled:
        starters[ACCELERATED] = ours(compiled=True)
    else:
        reasons.append("the compiled media path was not built (Debian: apt-get install gcc python3-dev; make setup)")
    program = _janus.installed()
    if program is None:
        reasons.append("Janus is not installed (Debian: apt-get install janus)")
    elif not _namespace.inside():
        reasons.append(_namespace.obstacle() or "not in a network namespace")
    else:
        starters[JANUS] = janus(1)
    everybody = {**starters, **{f"{name}{FANOUT3}": starter for name, starter in starters.items()}}
    return {**everybody, JANUS_DEFAULT: janus(None)} if JANUS in starters else everybody, reasons


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Longer rounds and more of them.")] = False,
) -> None:
    """Measure CPU, loss and latency of forwarding, against Janus when it is installed."""
    if _janus.installed() and not _namespace.inside() and _namespace.obstacle() is None:
        _namespace.enter("bench.forward", sys.argv[1:])
    if _namespace.inside():
        _namespace.prepare()
    address = _namespace.ADDRESS if _namespace.inside() else _LOOPBACK
    plan = Plan(rounds=15, seconds=4.0) if long else Plan()
    starters, missing = _starters(address)
    with report.progress(len(starters) * (plan.rounds + 1)) as steps:
        result = asyncio.run(measure(plan, starters, address, steps))
    whole = report.Report(result.name, result.figures, result.targets, result.details, (*missing, *result.reasons))
    report.publish(whole, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
