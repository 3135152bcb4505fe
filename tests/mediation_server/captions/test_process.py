"""The process that listens: bounded, watched, started anew; nobody waits for it, and nothing it says is believed."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mediation_server.captions.captioner import PlaceCaptioner
from mediation_server.captions.frames import Said, parsed, written
from mediation_server.captions.process import Booths, Paces
from mediation_server.clock import SystemClock
from mediation_server.media.engine import Kind, Publication, Source
from tests.court_world import eventually
from tests.mediation_server.captions.stand_in import CONFUSING, DEADLY, LAMING
from tests.mediation_server.captions.voices import Microphone, silence, tone

COMMAND = (sys.executable, str(Path(__file__).with_name("stand_in.py")))
PACES = Paces(ask_s=0.05, patience_s=5, first_rest_s=0.05, longest_rest_s=0.2, healthy_s=60, flush_s=5)
A, B = (
    Publication(f"voice of {who}", "room", who, Kind.AUDIO, Source.MICROPHONE, "opus", 48_000) for who in ("anna", "bo")
)


@pytest.fixture
def booths():
    return Booths(COMMAND, SystemClock(), paces=PACES)


@asynccontextmanager
async def place(booths):
    """A machine in a place, and all it ever told."""
    told = []

    async def take(caption):
        told.append(caption)

    made = PlaceCaptioner(booths, take)
    made.told = told
    made.booths = booths
    try:
        yield made
    finally:
        await made.close()
        assert booths.tally.running == 0


@pytest.fixture
async def machine(booths):
    async with place(booths) as made:
        for each in (A, B):
            made.started(each)
        yield made


def speak(machine, whose, microphone, *sounds):
    for sound in sounds:
        for packet in microphone.packets(sound):
            machine.packet(whose, packet, machine.booths.clock.monotonic_ms() * 1_000_000)


def finals(machine):
    return [(each.participant, each.text) for each in machine.told if each.final]


async def test_each_voice_is_understood_as_its_own_and_its_end_is_noticed(machine):
    anna, bo = Microphone(1), Microphone(2)
    speak(machine, A, anna, tone(400), silence(100))
    speak(machine, B, bo, tone(700))
    before = machine.booths.clock.monotonic_ms() * 1_000_000
    await eventually(lambda: len(finals(machine)) == 2, "both voices")
    assert sorted(finals(machine)) == [("anna", "TONE 400"), ("bo", "TONE 700")]
    lines = {each.participant: each for each in machine.told}
    assert all(each.from_ns <= each.to_ns <= before for each in lines.values())
    assert lines["anna"].line != lines["bo"].line


async def test_a_line_is_written_over_until_it_is_final_and_the_next_one_is_another(machine):
    anna = Microphone()
    speak(machine, A, anna, tone(400), silence(100), tone(500), silence(100))
    await machine.flush()
    assert [(each.text, each.final) for each in machine.told] == [
        *(("tone 400", False), ("TONE 400", True)),
        *(("tone 500", False), ("TONE 500", True)),
    ]
    assert [each.line - machine.told[0].line for each in machine.told] == [0, 0, 1, 1]


async def test_what_is_not_heard_any_more_is_understood_up_to_there(machine):
    speak(machine, A, Microphone(), tone(400))
    machine.stopped(A, "withheld")
    await machine.flush()
    assert finals(machine) == [("anna", "TONE 400")]
    machine.packet(A, b"\x80" * 40, 1)
    assert machine.booths.tally.dropped == 0


async def test_nobody_starts_a_process_before_somebody_speaks(machine):
    assert machine.booths.tally.started == 0
    await machine.flush()
    assert machine.booths.tally.started == 0


@pytest.mark.parametrize("fault", [DEADLY, LAMING, CONFUSING])
async def test_a_process_that_dies_hangs_or_talks_nonsense_is_replaced_and_the_next_words_are_there(fault):
    paces = replace(PACES, patience_s=2) if fault == LAMING else PACES
    async with place(Booths(COMMAND, SystemClock(), paces=paces)) as machine:
        machine.started(A)
        tally, anna = machine.booths.tally, Microphone()
        speak(machine, A, anna, tone(fault))
        await eventually(lambda: tally.lost == 1 and not machine._listener._resting, "a loss")
        speak(machine, A, anna, tone(400), silence(100))
        await eventually(lambda: finals(machine) == [("anna", "TONE 400")], "words")
        assert (tally.started, tally.running) == (2, 1)


async def test_whoever_keeps_killing_it_waits_longer_and_longer(booths):
    rests = []
    async with place(replace(booths, command=(sys.executable, "-c", ""))) as machine:
        machine.started(A)
        machine._listener._rest = lambda rest_s, rest=machine._listener._rest: rests.append(rest_s) or rest(0.001)
        anna = Microphone()
        for count in range(1, 6):
            speak(machine, A, anna, tone(400))
            await eventually(lambda count=count: len(rests) == count and not machine._listener._resting, "a rest")
    assert rests == [0.05, 0.1, 0.2, 0.2, 0.2]


async def test_a_process_that_hangs_costs_a_bounded_queue_and_packets_that_are_counted(machine):
    anna, tally = Microphone(), machine.booths.tally
    speak(machine, A, anna, tone(LAMING))
    packet = b"\x80" * 1200
    for _ in range(5000):
        machine.packet(A, packet, 1)
        if _ % 100 == 0:
            await asyncio.sleep(0)
    assert tally.dropped > 3000
    assert len(machine._listener._queue) <= 1510
    assert tally.lost == 0


async def test_no_more_processes_run_than_may(booths):
    booths = replace(booths, most=1)
    async with place(booths) as one, place(booths) as other:
        for machine in (one, other):
            machine.started(A)
        speak(one, A, Microphone(), tone(400))
        await one.flush()
        speak(other, A, Microphone(), tone(500))
        await eventually(lambda: not other._listener._queue, "a refusal")
        assert (booths.tally.started, other.told) == (1, [])
        await one.close()
        await eventually(lambda: not other._listener._resting, "another try")
        speak(other, A, Microphone(), tone(600))
        await eventually(lambda: finals(other) == [("anna", "TONE 600")], "words")


async def test_closing_kills_the_process_at_once_whatever_it_does(machine):
    speak(machine, A, Microphone(), tone(LAMING))
    await eventually(lambda: machine.booths.tally.started, "a start")
    [child] = children()
    await machine.close()
    assert child not in children()
    machine.packet(A, b"\x80" * 40, 1)
    await asyncio.sleep(0)
    assert machine.booths.tally.started == 1


async def test_broken_packets_end_nothing(machine):
    anna = Microphone()
    for rubbish in (b"\xff" * 11, b"\xff" * 300, b"\x00"):
        machine.packet(A, b"\x80\x6f" + bytes(10) + rubbish, 1)
    speak(machine, A, anna, tone(400), silence(100))
    await machine.flush()
    assert finals(machine) == [("anna", "TONE 400")]
    assert machine.booths.tally.lost == 0


async def test_a_caption_that_cannot_be_told_costs_that_caption(booths):
    told = []

    async def take(caption):
        told.append(caption)
        raise RuntimeError

    made = PlaceCaptioner(booths, take)
    made.booths = booths
    made.started(A)
    speak(made, A, Microphone(), tone(400), silence(100), tone(500))
    await made.flush()
    await made.close()
    assert len(told) == 4
    assert booths.tally.lost == 0


def test_a_line_says_what_it_was_written_with():
    said = Said(3, 1, 5, 9, "好的", True)
    assert parsed(written(said)) == said
    assert parsed(written(77)) == 77


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"{}", b'{"done":-1}', b'{"done":true}', b'{"done":9223372036854775808}', b"\xff\n"]
    + [
        b'{"voice":%s,"line":1,"from_ns":1,"to_ns":1,"text":"","final":true}' % each
        for each in (b"65536", b"1.5", b'"1"')
    ]
    + [
        b'{"voice":1,"line":1,"from_ns":1,"to_ns":1,"text":%s,"final":%s}' % each
        for each in ((b"1", b"true"), (b'""', b"1"))
    ],
)
def test_what_is_no_line_is_none(line):
    with pytest.raises((ValueError, KeyError, TypeError)):
        parsed(line)


def children(named=b"stand_in"):
    """Processes of this one that listen."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(") ")[2].split()
            command = (each.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and named in command:
            found.append(int(each.parent.name))
    return found
