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


async def measure(form: Form, steps: report.Steps, only: str = "") -> Measured:
    """Let everything happen to one call, or to the next one when it did not survive; `only` one scenario if named."""
    measured = Measured(figures={"load_1min": round(os.getloadavg()[0], 1)})
    left = [name for name in _PARTS if name == (only or name)]
    while left:
        steps.begin("starting product and browser")
        async with _call.calling() as call:
            while left:
                name = left.pop(0)
                steps.begin(name)
                went_well = await _went_well(call, form, measured, name)
                steps.done()
                if not went_well:
                    break
    return measured


async def _went_well(call: _call.Call, form: Form, measured: Measured, name: str) -> bool:
    try:
        await asyncio.sleep(_CALM_S)
        await _PARTS[name](call, form, measured, name)
        await asyncio.wait_for(_both_see(call), _BACK_WITHIN_S)
    except TimeoutError:
        measured.lost += 1
        measured.reasons.append(f"{name}: a side saw nothing any more for {_BACK_WITHIN_S:.0f} s")
    except BrowserError as error:
        measured.reasons.append(f"{name}: {str(error).splitlines()[0]}")
    else:
        return True
    return False


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


async def _loss_10(call: _call.Call, form: Form, measured: Measured, name: str) -> None:
    usable, freeze = await _under(call, name, form)
    measured.figures |= {"audio_usable": usable, "longest_freeze_s": freeze}


async def _loss_20(call: _call.Call, form: Form, measured: Measured, name: str) -> None:
    usable, freeze = await _under(call, name, form)
    measured.figures |= {"audio_usable_20": usable, "freeze_20_s": freeze}


async def _uplink(call: _call.Call, form: Form, measured: Measured, name: str) -> None:
    """The party's way up becomes narrow: the mediator must go on hearing, and see again soon after it is wide.

    `audio_kept` is the share of what was said on the narrow line that was played, however late: what waits in the
    modem's queue is not lost. `audio_usable_narrow` counts each moment without sound, as the other scenarios do.
    """
    before, narrow, free = load(name, form).steps
    await asyncio.sleep(before.seconds)
    call.line.weather = narrow.weather
    await _watching.begin(call.mediator)
    await asyncio.sleep(narrow.seconds)
    narrow_sound = await _watching.sound(call.mediator)
    measured.figures["audio_usable_narrow"] = narrow_sound.usable
    measured.figures["freeze_narrow_s"] = await _watching.freeze_s(call.mediator)
    call.line.weather = free.weather
    measured.figures["video_back_s"] = await asyncio.wait_for(_fluent_s(call), _BACK_WITHIN_S)
    await asyncio.sleep(free.seconds)
    lost = (await _watching.sound(call.mediator)).lost
    measured.figures["audio_kept"] = 1 - lost / narrow_sound.samples if narrow_sound.samples else None


async def _fluent_s(call: _call.Call) -> float:
    """Seconds until the mediator's picture of the party begins to be fluent: five frames, each within 0.2 s."""
    loop = asyncio.get_running_loop()
    began = first = loop.time()
    fluent, row = 0, 5
    while fluent < row:
        if await _watching.next_frame_s(call.mediator) < 1 / row:
            fluent += 1
        else:
            fluent, first = 0, loop.time()
    return first - began


async def _moves(call: _call.Call, form: Form, measured: Measured, name: str) -> None:
    for step in load(name, form).steps:
        await _begin(call)
        call.line.move()
        await asyncio.sleep(step.seconds)
        measured.moves_s.append(max([await _watching.freeze_s(page) for page in call.pages]))


async def _outage(call: _call.Call, form: Form, measured: Measured, name: str) -> None:
    call.line.weather = Weather(out=True)
    await asyncio.sleep(load(name, form).steps[0].seconds)
    call.line.weather = Weather()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(_both_see(call), _BACK_WITHIN_S)
    measured.outages_s[name] = asyncio.get_running_loop().time() - began


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


async def _both_see(call: _call.Call) -> None:
    await asyncio.gather(*(_watching.next_frame_s(page) for page in call.pages))


_PARTS: dict[str, Callable[[_call.Call, Form, Measured, str], Awaitable[None]]] = {
    "loss-10": _loss_10,
    "loss-20-jitter": _loss_20,
    "uplink-150": _uplink,
    "moves": _moves,
    **dict.fromkeys(OUTAGES, _outage),
}


async def _measured(form: Form, steps: report.Steps, only: str) -> Measured:
    try:
        return await measure(form, steps, only)
    except (_product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return Measured(reasons=[str(error).splitlines()[0]])


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="The scenarios in their long form.")] = False,
    only: Annotated[str, typer.Option("--only", help="One scenario, by the name of its file.")] = "",
) -> None:
    """Measure what a call survives."""
    with report.progress(1 if only else len(_PARTS)) as steps:
        measured = asyncio.run(_measured("long" if long else "short", steps, only))
    report.publish(build_report(measured), as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
