"""What a line does to packets, as data and as a pure plan per packet: the scenarios of tests and benchmarks; no socket.

A scenario file says what happens to one person's line, step by step; tests play its `short` form, benchmarks with
`--long` the other. Everything random comes from one seed.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["SCENARIOS", "Crossing", "Form", "Scenario", "Step", "Way", "Weather", "load"]

SCENARIOS = Path(__file__).with_name("scenarios")
Form = Literal["short", "long"]

_BITS = 8


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a line. Shares are 0..1, times in ms, `kbit_s` 0 means unlimited.

    Loss comes in runs of `burst` packets in the mean (Gilbert 1960; 1: independent). The delay of each packet lies
    evenly within `delay_ms` ± `jitter_ms`, so packets overtake each other, which is the hardest kind of jitter.
    `queue_ms` bounds what waits behind a rate limit, as a modem's buffer does; what does not fit is lost.
    """

    loss: float = 0.0
    burst: float = 1.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0
    kbit_s: float = 0.0
    queue_ms: float = 400.0


@dataclass(frozen=True, slots=True)
class Weather:
    """Both directions, `up` from the browser; `out`: nothing passes at all."""

    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)
    out: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Some weather for some seconds; `move`: it begins with a new address, as a phone that leaves the Wi-Fi."""

    weather: Weather
    seconds: float
    move: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens to one line, in order."""

    name: str
    says: str
    seed: int
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return sum(step.seconds for step in self.steps)


class Crossing:
    """One direction at work: when a packet that enters now leaves, twice or never.

    Nothing overtakes what still waits in the queue of the weather before, until `free_at` (ms).
    """

    def __init__(self, way: Way, rng: random.Random, free_at: float = 0.0) -> None:
        self.way = way
        self._rng = rng
        self._losing = False
        self.free_at = free_at  # when the rate limit has sent what it holds, in ms

    def plan(self, size: int, now_ms: float) -> list[float]:
        """The times in ms at which a packet of `size` bytes that enters at `now_ms` comes out; none: it is lost."""
        way, rng = self.way, self._rng
        if self._lost():
            return []
        begins = max(now_ms, self.free_at)
        if way.kbit_s:
            if begins - now_ms > way.queue_ms:
                return []
            begins += size * _BITS / way.kbit_s
            self.free_at = begins
        copies = 2 if way.duplicate and rng.random() < way.duplicate else 1
        return [begins + self._delay() for _ in range(copies)]

    def _lost(self) -> bool:
        """The Gilbert chain: in its bad state everything is lost, its mean stay there is `burst` packets."""
        way, rng = self.way, self._rng
        if way.burst <= 1:
            return rng.random() < way.loss
        if self._losing:
            self._losing = rng.random() >= 1 / way.burst
        else:
            self._losing = rng.random() < way.loss / (way.burst * (1 - way.loss))
        return self._losing

    def _delay(self) -> float:
        way, rng = self.way, self._rng
        if way.reorder and rng.random() < way.reorder:
            return 0.0  # past all that wait
        return max(0.0, way.delay_ms + (2 * rng.random() - 1) * way.jitter_ms)


def load(name: str, form: Form) -> Scenario:
    """The scenario of that name. Raises `OSError` or `ValueError` when there is none, or it makes no sense."""
    document = json.loads((SCENARIOS / f"{name}.json").read_text(encoding="utf-8"))
    steps = [_step(each, form) for each in document["steps"]]
    times = int(document.get("times", {}).get(form, 1))
    return Scenario(name, document["says"], int(document["seed"]), tuple(steps * times))


def _step(document: dict[str, object], form: Form) -> Step:
    known = {"both", "up", "down", "out", "move", "seconds"}
    seconds = document.get("seconds")
    if set(document) - known or not isinstance(seconds, dict):
        msg = f"a step is made of {sorted(known)}, not of {sorted(document)}"
        raise ValueError(msg)
    both = document.get("both", {})
    weather = Weather(
        _way(document.get("up", both)), _way(document.get("down", both)), out=bool(document.get("out", False))
    )
    return Step(weather, float(seconds[form]), move=bool(document.get("move", False)))


def _way(document: object) -> Way:
    if not isinstance(document, dict):
        msg = f"a direction is an object, not {document!r}"
        raise TypeError(msg)
    return Way(**{str(name): float(value) for name, value in document.items()})
