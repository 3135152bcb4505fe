"""What a call survives: loss, jitter, a narrow uplink, new addresses, outages; real Chromium against the real product.

`python -m bench.network --json`: a mediator and a party see and hear each other; what `bench/scenarios` says happens
to the party's line, and both pages say what they could play. A figure is always that of the worse side.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

import typer
from playwright.async_api import Error as BrowserError

from bench import _call, _people, _product, _watching, report
from bench._relay import play
from bench._weather import Form, Weather, load

__all__ = ["OUTAGES", "TARGETS", "Measured", "build_report", "measure"]

TARGETS = {
    "audio_usable": report.Target(at_least=0.98),
    "longest_freeze_s": report.Target(at_most=1.0),
    "audio_usable_20": report.Target(at_least=0.95),
    "sessions_lost": report.Target(at_most=0.0),
    "audio_kept": report.Target(at_least=0.99),  # 1.0 but for the rounding of a jitter buffer that adapts
    "video_back_s": report.Target(at_most=3.0),
    "move_p95_s": report.Target(at_most=1.2),
    "outage_back_s": report.Target(at_most=2.0),
}
OUTAGES = ("outage-2", "outage-10", "outage-30")
_BACK_WITHIN_S = 30.0
_CALM_S = 3.0


@dataclass(slots=True)
class Measured:
    """What was measured; `lost` counts calls in which a side saw nothing any more after the weather was fair again."""

    figures: dict[str, report.Figure] = field(default_factory=dict)
    moves_s: list[float] = field(default_factory=list)
    outages_s: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    reasons: list[str] = field(default_factory=list)


async def measure(form: Form, steps: report.Steps) -> Measured:
    """Let everything happen, each to a call of its own."""
    measured = Measured()
    parts: dict[str, Callable[[_call.Call, Form, Measured], Awaitable[None]]] = {
        "loss-10": _loss_10,
        "loss-20-jitter": _loss_20,
        "uplink-150": _uplink,
        "moves": _moves,
        **dict.fromkeys(OUTAGES, _outage),
    }
    for name, part in parts.items():
        steps.begin(name)
        try:
            async with _call.calling() as call:
                measured.figures.setdefault("load_1min", round(os.getloadavg()[0], 1))
                await part(call, form, measured) if part is not _outage else await _outage(call, form, measured, name)
        except (TimeoutError, BrowserError) as error:
            measured.reasons.append(f"{name}: {(str(error) or 'no picture in time').splitlines()[0]}")
        steps.done()
    return measured


def build_report(measured: Measured) -> report.Report:
    """Turn what was measured into figures."""
    figures = dict.fromkeys(TARGETS) | {key: value for key, value in measured.figures.items() if key in TARGETS}
    figures["sessions_lost"] = measured.lost
    figures["move_p95_s"] = report.percentile(measured.moves_s, 0.95)
    if len(measured.outages_s) == len(OUTAGES):
        figures["outage_back_s"] = max(measured.outages_s.values())
    details = {
        "moves_s": [round(each, 2) for each in measured.moves_s],
        "outages_s": {name: round(each, 2) for name, each in measured.outages_s.items()},
        **{key: value for key, value in measured.figures.items() if key not in TARGETS},
    }
    return report.Report("network", figures, TARGETS, details, tuple(measured.reasons))


async def _loss_10(call: _call.Call, form: Form, measured: Measured) -> None:
    usable, freeze = await _under(call, "loss-10", form)
    measured.figures |= {"audio_usable": usable, "longest_freeze_s": freeze}
    await _still_there(call, measured)


async def _loss_20(call: _call.Call, form: Form, measured: Measured) -> None:
    usable, freeze = await _under(call, "loss-20-jitter", form)
    measured.figures |= {"audio_usable_20": usable, "freeze_20_s": freeze}
    await _still_there(call, measured)


async def _uplink(call: _call.Call, form: Form, measured: Measured) -> None:
    """The party's way up becomes narrow: the mediator must go on hearing, and see again soon after it is wide."""
    before, narrow, free = load("uplink-150", form).steps
    await asyncio.sleep(before.seconds)
    call.line.weather = narrow.weather
    await _watching.begin(call.mediator)
    await asyncio.sleep(narrow.seconds)
    measured.figures["audio_kept"] = (await _watching.sound(call.mediator)).usable
    measured.figures["freeze_narrow_s"] = await _watching.freeze_s(call.mediator)
    call.line.weather = free.weather
    measured.figures["video_back_s"] = await asyncio.wait_for(_fluent_s(call), _BACK_WITHIN_S)


async def _fluent_s(call: _call.Call) -> float:
    """Seconds until the mediator's picture of the party has been fluent for half a second, less that half second."""
    began = asyncio.get_running_loop().time()
    fluent, row = 0, 5
    while fluent < row:
        fluent = fluent + 1 if await _watching.next_frame_s(call.mediator) < 1 / row else 0
    return max(0.0, asyncio.get_running_loop().time() - began - 1 / 2)


async def _moves(call: _call.Call, form: Form, measured: Measured) -> None:
    await asyncio.sleep(_CALM_S)  # until reports have told the server who sends what
    for step in load("moves", form).steps:
        await _begin(call)
        call.line.move()
        await asyncio.sleep(step.seconds)
        measured.moves_s.append(max([await _watching.freeze_s(page) for page in call.pages]))
    await _still_there(call, measured)


async def _outage(call: _call.Call, form: Form, measured: Measured, name: str = OUTAGES[0]) -> None:
    await asyncio.sleep(_CALM_S)
    call.line.weather = Weather(out=True)
    await asyncio.sleep(load(name, form).steps[0].seconds)
    call.line.weather = Weather()
    try:
        back = asyncio.gather(*(_watching.next_frame_s(page) for page in call.pages))
        measured.outages_s[name] = max(await asyncio.wait_for(back, _BACK_WITHIN_S))
    except TimeoutError:
        measured.lost += 1
        measured.reasons.append(f"{name}: not back within {_BACK_WITHIN_S:.0f} s")


async def _under(call: _call.Call, name: str, form: Form) -> tuple[float | None, float]:
    """Play a scenario; the worse side's usable sound and longest freeze."""
    await _begin(call)
    await play(load(name, form), call.line)
    heard = [(await _watching.sound(page)).usable for page in call.pages]
    usable = None if None in heard else min(each for each in heard if each is not None)
    return usable, max([await _watching.freeze_s(page) for page in call.pages])


async def _begin(call: _call.Call) -> None:
    for page in call.pages:
        await _watching.begin(page)


async def _still_there(call: _call.Call, measured: Measured) -> None:
    try:
        seen = asyncio.gather(*(_watching.next_frame_s(page) for page in call.pages))
        await asyncio.wait_for(seen, _BACK_WITHIN_S)
    except TimeoutError:
        measured.lost += 1


async def _measured(form: Form, steps: report.Steps) -> Measured:
    try:
        return await measure(form, steps)
    except (_product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return Measured(reasons=[str(error).splitlines()[0]])


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="The scenarios in their long form.")] = False,
) -> None:
    """Measure what a call survives."""
    with report.progress(4 + len(OUTAGES)) as steps:
        measured = asyncio.run(_measured("long" if long else "short", steps))
    report.publish(build_report(measured), as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
