"""What a farm of workers must do beyond the engine's contract: a worker dies, hangs, or the main process stalls."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from mediation_server.errors import Unavailable
from mediation_server.media.embedded import CanaryBird, EmbeddedEngine
from mediation_server.media.engine import (
    MediaBack,
    MediaLost,
    PublicationEnded,
    Source,
    SpeakingChanged,
    TransportState,
    TransportStateChanged,
)
from mediation_server.media.farm import FarmEngine, orders_of
from mediation_server.media.farm.calls import CALLS
from tests.media.conftest import farm_order
from tests.media.peer import HOST, ROOM, SOURCES, Peer, Wire, offer, until

BACK_S = 5.0
BOTH = {"a": frozenset({"b", "recorder"})}


@pytest.fixture
async def engine():
    """Two workers and a room in one of them."""
    made = FarmEngine(orders_of(farm_order(silence_s=1.5), 2))
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


async def call(engine, audience=BOTH):
    """A publishes, b receives."""
    a, b = Peer(engine, "a"), Peer(engine, "b")
    await a.publish()
    await engine.set_audience(ROOM, audience)
    await b.subscribe(a.microphone, a.camera)
    return a, b


async def left(*peers):
    for each in peers:
        await each.close()


async def spoken(a, *listeners, words=b"before"):
    """Say it until everybody has heard it: somebody just let in hears nothing that may be from before."""

    def heard():
        a.microphone.send(words)
        return all(words in each.payloads(a.microphone) for each in listeners)

    await until(heard, BACK_S)


def pids(engine):
    return [each.hand.pid for each in engine._stalls if each.hand]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


async def test_rooms_are_spread_over_the_workers_and_browsers_see_one_server(engine):
    for name in ("second", "third", "fourth"):
        await engine.open_room(name)
    homes = [engine.worker_of(name) for name in (ROOM, "second", "third", "fourth")]
    assert {homes.count(pid) for pid in pids(engine)} == {2}
    answers = [
        (await engine.publish(name, "a", offer(Wire(), {"0": "audio"}), SOURCES)).sdp for name in (ROOM, "second")
    ]
    fingerprints = {line for sdp in answers for line in sdp.split("\r\n") if line.startswith("a=fingerprint")}
    assert len(fingerprints) == 1
    assert len({port for port, _ in engine.ports}) == 2


@pytest.mark.parametrize(("deed", "reason"), [(signal.SIGKILL, "crashed"), (signal.SIGSTOP, "silent")])
async def test_a_room_whose_worker_is_lost_is_back_elsewhere_within_five_seconds(engine, events, sink, deed, reason):
    await engine.record(ROOM, sink)
    a, b = await call(engine)
    old = {each.publication.id: each.publication for each in a.streams.values()}
    await engine.mute(ROOM, "a", Source.CAMERA, muted=True)
    await spoken(a, b, sink)
    lost = engine.worker_of(ROOM)
    os.kill(lost, deed)
    await until(lambda: MediaBack(ROOM) in events, BACK_S)
    assert engine.worker_of(ROOM) not in {0, lost}
    again_a, again_b = await call(engine)
    await spoken(again_a, again_b, sink, words=b"again")
    assert not is_alive(lost)
    assert events.index(MediaLost(ROOM, reason)) < events.index(MediaBack(ROOM))
    ended = [each for each in events if isinstance(each, PublicationEnded)]
    assert {(each.publication.id, each.reason) for each in ended} == {(each, "failed") for each in old}
    assert TransportStateChanged(ROOM, "b", "down", TransportState.CLOSED) in events
    assert {call[1] for call in sink.calls if call[0] == "stopped"} == set(old)
    again_a.camera.key(b"still muted")
    again_a.microphone.send(b"end")
    await until(lambda: b"end" in again_b.payloads(again_a.microphone))
    assert again_b.got(again_a.camera) == []
    await until(lambda: b"end" in sink.payloads(again_a.microphone))
    await left(a, b, again_a, again_b)


async def test_a_lost_worker_is_replaced_and_its_counts_are_kept(engine):
    a, b = await call(engine)
    await spoken(a, b)
    a.camera.key()
    await until(lambda: engine.load().packets_in > len(b.payloads(a.microphone)))
    counted, before = engine.load().packets_in, pids(engine)
    os.kill(engine.worker_of(ROOM), signal.SIGKILL)
    await until(lambda: len(pids(engine)) == 2 and pids(engine) != before, 20)
    assert engine.load().packets_in >= counted
    assert engine.load().workers_lost == 1
    assert engine.load().transports == 0
    await left(a, b)


async def test_somebody_speaking_is_silent_when_the_worker_is_lost(engine, events):
    a, b = await call(engine)
    for _ in range(3):
        a.microphone.send(b"loud", extension=bytes((0x10, 20)))
    await until(lambda: SpeakingChanged(ROOM, "a", speaking=True) in events)
    os.kill(engine.worker_of(ROOM), signal.SIGKILL)
    await until(lambda: SpeakingChanged(ROOM, "a", speaking=False) in events)
    await left(a, b)


async def test_without_any_worker_a_room_waits_and_nothing_is_refused_for_good(engine, events):
    for pid in pids(engine):
        os.kill(pid, signal.SIGKILL)
    await until(lambda: engine.worker_of(ROOM) == 0)
    await engine.set_audience(ROOM, {"a": frozenset({"c"})})
    with pytest.raises(Unavailable):
        await engine.publish(ROOM, "a", offer(Wire(), {"0": "audio"}), SOURCES)
    await until(lambda: MediaBack(ROOM) in events, 20)
    a, b = Peer(engine, "a"), Peer(engine, "b")
    await a.publish()
    with pytest.raises(Exception, match="not_granted"):
        await b.subscribe(a.microphone)
    await left(a, b)


async def test_a_fence_that_is_not_acknowledged_cuts_the_room(engine, events):
    a, b = await call(engine)
    await spoken(a, b)
    lost = engine.worker_of(ROOM)
    os.kill(lost, signal.SIGSTOP)
    await engine.set_audience(ROOM, {})
    assert not is_alive(lost)
    count = len(b.down.raw)
    a.microphone.send(b"caucus")
    await until(lambda: MediaBack(ROOM) in events)
    assert MediaLost(ROOM, "unanswered") in events
    assert len(b.down.raw) == count
    again = Peer(engine, "a")
    await again.publish()
    with pytest.raises(Exception, match="not_granted"):
        await b.subscribe(again.microphone, fresh=True)
    await left(a, b, again)


@dataclass(frozen=True)
class Nonsense:
    """No worker knows it."""


async def test_a_fence_the_worker_stumbles_over_cuts_the_room(engine, events, monkeypatch):
    monkeypatch.setitem(CALLS, "Nonsense", TypeAdapter(Nonsense))
    lost = engine.worker_of(ROOM)
    await engine._plans[ROOM].hand.fence(Nonsense())
    assert not is_alive(lost)
    await until(lambda: MediaBack(ROOM) in events)
    assert MediaLost(ROOM, "confused") in events


async def test_what_the_recorder_has_when_a_fence_returns_is_all_from_before_it(engine, sink):
    await engine.record(ROOM, sink)
    a, b = await call(engine)
    await spoken(a, b, sink)
    for number in range(300):
        a.microphone.send(b"%d" % number)
    await until(lambda: b.payloads(a.microphone)[-1] == b"299")
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    assert sink.payloads(a.microphone)[-300:] == [b"%d" % number for number in range(300)]
    assert [call[2] for call in sink.calls if call[0] == "stopped"] == ["withheld", "withheld"]
    await engine.record(ROOM, None)
    await left(a, b)


async def test_the_canary_visits_every_worker(engine):
    bird = CanaryBird(engine, HOST)
    for _ in range(2):
        await asyncio.wait_for(bird.sing(), 5)
    assert [each.hand.load.packets_in > 0 for each in engine._stalls] == [True, True]


async def test_a_taken_port_is_refused_at_the_start():
    blocking = EmbeddedEngine(HOST, 0, [HOST])
    await blocking.start()
    farm = FarmEngine(orders_of(farm_order(port=blocking.port), 1))
    with pytest.raises(Unavailable):
        await farm.start()
    await farm.close()
    await blocking.close()


async def test_workers_end_with_the_main_process():
    program = """
        import asyncio
        from mediation_server.media.farm import FarmEngine
        from tests.media.conftest import farm_order
        async def main():
            farm = FarmEngine([farm_order()])
            await farm.start()
            print(farm._stalls[0].hand.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    root = Path(__file__).parents[2]
    main = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=asyncio.subprocess.PIPE, cwd=root
    )
    worker = int(await main.stdout.readline())
    assert is_alive(worker)
    main.kill()
    await main.wait()
    await until(lambda: not is_alive(worker))
