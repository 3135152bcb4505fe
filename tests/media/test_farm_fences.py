"""A fence holds across the process boundary: random schedules, everything that arrives at anybody is looked at."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass, replace

import pytest

from mediation_server.media.engine import Source
from mediation_server.media.farm import FarmEngine
from tests.media.conftest import farm_order
from tests.media.peer import ROOM, Peer, until

MEMBERS = ("b", "c", "recorder")
SCHEDULES = 6
STEPS = 25


@pytest.fixture
async def engine():
    made = FarmEngine([farm_order(fence_s=10.0, silence_s=30.0)])  # a starved machine is not what is tested here
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


class Speaker:
    """Sends all the time; each packet says under which fence it was sent."""

    def __init__(self, a):
        self.a = a
        self.epoch = 0
        self.sent = 0
        self.task = asyncio.create_task(self._speak())

    async def _speak(self):
        while True:
            self.a.microphone.send(b"%d" % self.epoch)
            self.a.camera.key(b"|%d" % self.epoch)
            self.sent += 2
            await asyncio.sleep(0.001)

    async def change(self, engine, epoch):
        """From now on every packet says so, and none that says otherwise is under way any more."""
        self.epoch, sent = epoch, self.sent
        while engine.load().packets_in < sent:
            await engine.kick(ROOM, "nobody")  # the answer brings the figures of now
            await asyncio.sleep(0.002)


def epochs(payloads):
    return {int(payload.rsplit(b"|", 1)[-1]) for payload in payloads}


async def stutter(pid, pause):
    """The worker is held up in the middle of things, as on a busy machine."""
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(pause)
    os.kill(pid, signal.SIGCONT)


async def change(engine, chance, held):
    """One fence, now and then with a worker that is slow to take it; `held` is who may hear what, by fence."""
    before = held[-1]
    hold = asyncio.create_task(stutter(engine.worker_of(ROOM), 0.05)) if chance.random() < 0.3 else None
    if chance.random() < 0.3:
        after = replace(before, dark=not before.dark)
        await engine.mute(ROOM, "a", Source.CAMERA, muted=after.dark)
    else:
        after = replace(before, granted=frozenset(each for each in MEMBERS if chance.random() < 0.5))
        await engine.set_audience(ROOM, {"a": after.granted})
    if hold is not None:
        await hold
    held.append(after)


@dataclass(frozen=True)
class Held:
    """What one fence says."""

    granted: frozenset[str] = frozenset(MEMBERS)
    dark: bool = False

    def lets(self, name, source):
        return name in self.granted and not (self.dark and source is Source.CAMERA)


@pytest.mark.parametrize("seed", range(SCHEDULES))
async def test_nothing_sent_after_a_fence_reaches_whom_it_excludes(engine, sink, seed):
    chance, held = random.Random(seed), [Held()]
    await engine.record(ROOM, sink)
    a, b, c = (Peer(engine, name) for name in "abc")
    await a.publish()
    await engine.set_audience(ROOM, {"a": held[0].granted})
    for each in (b, c):
        await each.subscribe(a.microphone, a.camera)
    speaker = Speaker(a)
    try:
        await until(lambda: b.got(a.camera) and c.got(a.camera) and sink.payloads(a.camera))
        while len(held) < STEPS:
            await change(engine, chance, held)
            taken = len(sink.payloads(a.microphone))
            await speaker.change(engine, len(held) - 1)
            await asyncio.sleep(chance.random() * 0.03)
            if "recorder" not in held[-1].granted:
                assert len(sink.payloads(a.microphone)) == taken, "the recorder had everything when the fence returned"
        await engine.mute(ROOM, "a", Source.CAMERA, muted=False)
        held.append(replace(held[-1], dark=False))
        await speaker.change(engine, STEPS)
        await engine.set_audience(ROOM, {"a": frozenset(MEMBERS)})
        held.append(Held())
        speaker.epoch = STEPS + 1
        for source in (a.camera, a.microphone):
            await until(lambda source=source: all(STEPS + 1 in epochs(each.payloads(source)) for each in (b, c, sink)))
    finally:
        speaker.task.cancel()
        for each in (a, b, c):
            await each.close()
    for name, heard in (("b", b), ("c", c), ("recorder", sink)):
        for source, stream in a.streams.items():
            assert wrongly(epochs(heard.payloads(stream)), held, name, source) == [], name


def wrongly(found, held, name, source):
    """Under which fences something was sent that should not have come; what is under way when one opens may come."""
    after = [*held[1:], held[-1]]
    return [epoch for epoch in found if not (held[epoch].lets(name, source) or after[epoch].lets(name, source))]
