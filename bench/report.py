"""What every benchmark shares: its report, its progress bar and its percentiles; knows no benchmark.

`python -m bench.NAME` prints a table for people; with `--json` the last line of standard output is one
object `{"name", "figures", "targets", "ok", "reasons", "details"}`.  Progress goes to standard error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

__all__ = ["Figure", "Report", "Steps", "Target", "percentile", "progress", "publish"]

Figure = float | int | None


@dataclass(frozen=True, slots=True)
class Target:
    """The most or the least a figure may be; a figure that is null or not a number misses its target."""

    at_most: float | None = None
    at_least: float | None = None

    def met_by(self, figure: Figure) -> bool:
        """Tell whether the figure was measured and lies on the right side."""
        if figure is None or not math.isfinite(figure):
            return False
        return (self.at_most is None or figure <= self.at_most) and (self.at_least is None or figure >= self.at_least)

    def as_json(self) -> dict[str, float]:
        """Return the shape printed under `targets`."""
        bounds = {"at_most": self.at_most, "at_least": self.at_least}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    def __str__(self) -> str:
        signs = {"at_most": "<=", "at_least": ">="}
        return ", ".join(f"{signs[name]} {bound:g}" for name, bound in self.as_json().items())


@dataclass(frozen=True, slots=True)
class Report:
    """One run: figures by name (units in the names), their targets, and what a reader needs to judge them."""

    name: str
    figures: Mapping[str, Figure]
    targets: Mapping[str, Target] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    reasons: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Every target met and nothing stood in the way of measuring."""
        return not self.reasons and all(target.met_by(self.figures.get(name)) for name, target in self.targets.items())

    def as_json(self) -> str:
        """Return the report as one line of JSON; a figure that is no finite number becomes null."""
        document = {
            "name": self.name,
            "figures": {name: _finite(value) for name, value in self.figures.items()},
            "targets": {name: target.as_json() for name, target in self.targets.items()},
            "ok": self.ok,
            "reasons": list(self.reasons),
            "details": dict(self.details),
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False)

    def as_table(self) -> Table:
        """Return the report as a table for a terminal."""
        table = Table(title=f"bench.{self.name}", caption="\n".join(self.reasons) or None)
        for heading in ("figure", "value", "target", ""):
            table.add_column(heading, justify="right" if heading == "value" else "left")
        for name, value in self.figures.items():
            target = self.targets.get(name)
            verdict = "" if target is None else ("met" if target.met_by(value) else "missed")
            table.add_row(name, _shown(value), "" if target is None else str(target), verdict)
        for name, detail in self.details.items():
            table.add_row(name, str(detail), "", "", style="dim")
        return table


class Steps:
    """A progress bar that moves only when told, so that no thread of it runs while something is measured."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=total)
        bar.refresh()

    def begin(self, what: str) -> None:
        """Say what is being done now."""
        self._bar.update(self._task, description=what, refresh=True)

    def done(self) -> None:
        """Count one step as finished."""
        self._bar.advance(self._task)
        self._bar.refresh()


@contextmanager
def progress(total: int) -> Iterator[Steps]:
    """Show a bar of `total` steps on standard error while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False)
    with bar:
        yield Steps(bar, total)


def publish(report: Report, *, as_json: bool, out: TextIO) -> None:
    """Write the report: one line of JSON, or a table."""
    if as_json:
        out.write(report.as_json() + "\n")
        out.flush()
    else:
        Console(file=out).print(report.as_table())


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile, `share` in 0..1, or None of nothing.

    The smallest value that at least that share of all values does not exceed.
    """
    if not 0.0 <= share <= 1.0:
        msg = f"share must lie in 0..1, not {share}"
        raise ValueError(msg)
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _finite(value: Figure) -> Figure:
    return value if value is not None and math.isfinite(value) else None


def _shown(value: Figure) -> str:
    if value is None:
        return "—"
    return f"{value:d}" if isinstance(value, int) else f"{value:.3f}"
