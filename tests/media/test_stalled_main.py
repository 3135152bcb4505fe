"""The main process stands still - a database, a page, a debugger - and the media of its rooms goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from mediation_server.media.engine import Answer, SubscribeOffer
from mediation_server.media.farm.calls import CALLS, Publish, SetAudience, Subscribe, TakeAnswer
from tests.media.peer import ROOM, Peer, until

STALL_S = 3.0
MANY = 128 << 20


class MainProcess:
    """The engine port of a main process that is another process than this one."""

    def __init__(self, process):
        self.process = process

    async def say(self, do, arguments=None):
        self.process.stdin.write(json.dumps({"do": do, "arguments": arguments}).encode() + b"\n")
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        return json.loads(line)

    async def call(self, call):
        name = type(call).__name__
        return await self.say(name, CALLS[name].dump_python(call, mode="json"))

    async def publish(self, room, member, sdp, sources):
        return TypeAdapter(Answer).validate_python(await self.call(Publish(room, member, sdp, sources)))

    async def subscribe(self, room, member, publications, *, fresh):
        offer = await self.call(Subscribe(room, member, tuple(publications), fresh))
        return TypeAdapter(SubscribeOffer).validate_python(offer)

    async def answer(self, room, member, revision, sdp):
        await self.call(TakeAnswer(room, member, revision, sdp))


@contextlib.asynccontextmanager
async def main_process(tape):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.media.main_process", str(tape)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield MainProcess(process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.stdin.close()
        await process.wait()


@pytest.fixture
async def call_of_two(request):
    """A speaks, b and the recorder hear it; the main process may be stopped."""
    async with main_process(getattr(request, "param", MANY)) as main:
        a, b = Peer(main, "a"), Peer(main, "b")
        await main.say("record")
        await a.publish()
        await main.call(SetAudience(ROOM, {"a": frozenset({"b", "recorder"})}))
        await b.subscribe(a.microphone)
        await until(lambda: a.microphone.send(b"before") and b.payloads(a.microphone))
        a.microphone.send(b"settled")
        await until(lambda: b.payloads(a.microphone)[-1] == b"settled")
        yield main, a, b
        await a.close()
        await b.close()


async def speak_while_stopped(main, a, b, payload=b"meanwhile", burst=1):
    """Stop the main process, speak, hear all of it, let the process go on. How many packets, and when it went on."""
    os.kill(main.process.pid, signal.SIGSTOP)
    until_s, sent = time.monotonic() + STALL_S, 0
    while time.monotonic() < until_s:
        for _ in range(burst):
            a.microphone.send(payload)
        sent += burst
        await asyncio.sleep(0.02)
    await until(
        lambda: b.payloads(a.microphone).count(payload) == sent, what="what was said meanwhile is heard meanwhile"
    )
    ended = time.monotonic_ns()
    os.kill(main.process.pid, signal.SIGCONT)
    return sent, ended


async def recorded(main, a, count):
    """The recorder's notes of the microphone, once so many packets are among them or counted as lost."""
    while True:
        notes = await main.say("notes")
        found = [each[1:] for each in notes["packets"] if each[0] == a.microphone.publication.id]
        if len(found) + sum(notes["losses"]) >= count:
            return found, notes["losses"]
        await asyncio.sleep(0.05)


async def test_voices_flow_while_the_main_process_stands_still_and_the_record_has_no_hole(call_of_two):
    main, a, b = call_of_two
    worker = await main.say("worker")
    before = len((await recorded(main, a, 1))[0])
    sent, ended = await speak_while_stopped(main, a, b)
    found, losses = await asyncio.wait_for(recorded(main, a, before + sent), 30)
    numbers = [number for number, _ in found]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(len(numbers))]
    assert losses == []
    assert found[-1][1] < ended, "packets keep the time at which they came to the worker"
    a.microphone.send(b"after")
    await until(lambda: b.payloads(a.microphone)[-1] == b"after")
    assert await main.say("worker") == worker, "the stall was not held against the worker"


@pytest.mark.parametrize("call_of_two", [8 * 1024], indirect=True)
async def test_what_a_full_buffer_cannot_keep_is_counted_and_told_and_the_rest_goes_on(call_of_two):
    main, a, b = call_of_two
    before = len((await recorded(main, a, 1))[0])
    sent, _ = await speak_while_stopped(main, a, b, b"x" * 1_100, 10)
    a.microphone.send(b"after")
    await until(lambda: b.payloads(a.microphone)[-1] == b"after")
    found, losses = await asyncio.wait_for(recorded(main, a, before + sent + 1), 30)
    assert sum(losses) > 0
    span = ((found[-1][0] - found[0][0]) & 0xFFFF) + 1
    assert sum(losses) == span - len(found), "every packet is there or counted"
