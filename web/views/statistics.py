"""The operator's statistics: which figures stand where, and which want a look; pure, knows no request and no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from mediation_server.services.operating import LEVELS, CanaryFigures, Figures, RoomFigures

__all__ = ["LOST", "OK", "WEAK", "Board", "Figure", "Sheet", "Spread", "board_of"]

OK, WEAK, LOST = "ok", "weak", "lost"  # how a figure is: fine, look here, something does not work; "" says nothing
_LATE_S, _VERY_LATE_S = 0.02, 0.1  # one frame of speech; what people hear as a gap
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `unit` is number, seconds, ms, bytes or percent; a word is a key under `statistics.word_`."""

    name: str
    value: float | str | None  # None: not known
    unit: str = "number"
    level: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Figures of one matter under one heading."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """One stretch of the bar of lines, in percent of its width."""

    level: str
    people: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page; `rooms` are the fullest, `drops` (reason, count) the most frequent."""

    sheets: tuple[Sheet, ...]
    rooms: tuple[RoomFigures, ...]
    drops: tuple[tuple[str, int], ...]
    layers: tuple[tuple[str, int], ...]
    spread: tuple[Spread, ...]

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name. Raises `StopIteration` for another, a slip in a template."""
        return next(sheet for sheet in self.sheets if sheet.name == name)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures of all sheets."""
        return tuple(figure for sheet in self.sheets for figure in sheet.figures)

    @property
    def wanting(self) -> tuple[Figure, ...]:
        """Those that want a look, the worst first."""
        return tuple(each for level in (LOST, WEAK) for each in self.figures if each.level == level)


def board_of(now: Figures) -> Board:
    """What the page shows of these figures."""
    return Board(
        sheets=(_sittings(now), _lines(now), _media(now), _loop(now), _machine(now), _recorders(now), _court(now)),
        rooms=tuple(sorted(now.rooms, key=lambda room: -room.people)[:_MOST_ROWS]),
        drops=_most(now.load.dropped),
        layers=_most(now.load.layers),
        spread=_spread(now.lines.levels),
    )


def _sittings(now: Figures) -> Sheet:
    people = sum(room.people for room in now.rooms)
    return Sheet("sittings", (Figure("rooms", len(now.rooms)), Figure("people", people)))


def _lines(now: Figures) -> Sheet:
    uplink, downlink = now.lines.uplink_loss, now.lines.downlink_loss
    pairs = (("uplink", uplink), ("downlink", downlink))
    figures = []
    for name, losses in pairs:
        figures += [
            Figure(f"{name}_median", median(losses) if losses else None, "percent"),
            Figure(f"{name}_worst", max(losses, default=None), "percent"),
        ]
    return Sheet("lines", tuple(figures))


def _media(now: Figures) -> Sheet:
    load = now.load
    return Sheet(
        "media",
        (
            *_canary(now.canary),
            Figure("transports", load.transports),
            Figure("packets_in", load.packets_in),
            Figure("packets_out", load.packets_out),
        ),
    )


def _canary(canary: CanaryFigures | None) -> tuple[Figure, ...]:
    if canary is None:
        return (Figure("canary", "canary_off"),)
    state, level = ("canary_failing", LOST) if canary.failing else ("canary_passing", OK)
    if not canary.passed and not canary.failing:
        state, level = "canary_waiting", ""
    return (Figure("canary", state, level=level), Figure("canary_took", canary.took_s, "ms"))


def _loop(now: Figures) -> Sheet:
    lag = now.lag
    level = LOST if lag.p99 > _VERY_LATE_S else WEAK if lag.p99 > _LATE_S else OK
    return Sheet(
        "loop",
        (
            Figure("lag_median", lag.median, "ms"),
            Figure("lag_p99", lag.p99, "ms", level),
            Figure("lag_worst", lag.worst, "ms"),
        ),
    )


def _machine(now: Figures) -> Sheet:
    machine = now.machine
    level = OK if machine.disk_free >= machine.disk_wanted else WEAK
    return Sheet(
        "machine",
        (
            Figure("disk_free", machine.disk_free, "bytes", level),
            Figure("disk_total", machine.disk_total, "bytes"),
            Figure("memory", machine.memory, "bytes"),
            Figure("clock_jumps", now.clock_jumps, level=WEAK if now.clock_jumps else OK),
            Figure("master_key", now.key_trouble or "master_key_ready", level=LOST if now.key_trouble else OK),
        ),
    )


def _recorders(now: Figures) -> Sheet:
    recorders = now.recorders
    return Sheet(
        "recorders",
        (
            Figure("writing", recorders.writing),
            Figure("sealing", recorders.sealing),
            Figure("queued", recorders.queued),
            Figure("queued_bytes", recorders.queued_bytes, "bytes"),
            Figure("recorder_dropped", recorders.dropped, level=WEAK if recorders.dropped else OK),
            Figure("stamps_waiting", now.stamps_waiting),
        ),
    )


def _court(now: Figures) -> Sheet:
    outbox = now.outbox
    age = (now.at - outbox.since).total_seconds() if outbox.since else None
    return Sheet(
        "court",
        (
            Figure("outbox_waiting", outbox.messages),
            Figure("outbox_oldest", age, "seconds"),
            Figure("outbox_dead", outbox.dead, level=WEAK if outbox.dead else OK),
        ),
    )


def _most(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_MOST_ROWS])


def _spread(levels: Mapping[str, int]) -> tuple[Spread, ...]:
    """The bar from good to unknown; stretches of nobody have no width."""
    total, x, stretches = sum(levels.values()), 0.0, []
    for level in LEVELS:
        people = levels.get(level, 0)
        width = 100 * people / total if total else 0.0
        stretches.append(Spread(level, people, round(x, 2), round(width, 2)))
        x += width
    return tuple(stretches)
