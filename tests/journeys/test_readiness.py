"""A server whose media port is cut off says so, and says when it is whole again; the figures lie on their own port."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from mediation_server import parts
from mediation_server.app import start
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.errors import Unavailable
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media_watch import MediaWatch
from tests.media.blocking import blocked

NOTED = 10  # seconds within which a cut media port must be known


@pytest.fixture
async def served(tmp_path, monkeypatch):
    """A started product and its engine; settings as keywords."""
    engines, running = [], []

    def remembered(*args, **kwargs):
        engines.append(EmbeddedEngine(*args, **kwargs))
        return engines[-1]

    monkeypatch.setattr(parts, "EmbeddedEngine", remembered)

    async def begun(**settings):
        made = await start(Settings(port=0, data_dir=tmp_path / "var", disk_warning_mib=1, **settings), SystemClock())
        running.append(made)
        return made, engines[-1]

    yield begun
    for each in running:
        await each.close()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(http, url):
    async with http.get(url) as answer:
        return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())


async def becomes(http, url, status, seconds):
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = await asked(http, url)
        if answer[0] == status:
            return answer[1]
        assert asyncio.get_running_loop().time() < deadline, answer
        await asyncio.sleep(0.05)


async def says(http, url, wanted):
    async with asyncio.timeout(10):
        while True:
            text = (await asked(http, url))[1]
            if wanted in text:
                return text
            await asyncio.sleep(0.05)


async def test_a_blocked_media_port_makes_the_server_unready_and_it_comes_back(served, http):
    running, engine = await served(canary_seconds=1, metrics_port=0, demo=True)
    ready = f"{running.url}/readyz"
    assert await asked(http, ready) == (200, {"status": "ok", "warnings": []})
    with blocked(engine):
        told = await becomes(http, ready, 503, NOTED)
        assert told == {"status": "failed", "warnings": [], "failed": ["media"]}
        assert await asked(http, f"{running.url}/healthz") == (200, {"status": "ok"})  # killing it would help nobody
    assert await becomes(http, ready, 200, NOTED) == {"status": "ok", "warnings": []}
    assert (engine.load().rooms, engine.load().transports) == (0, 0)


async def test_an_engine_that_died_is_noticed_as_well(served, http):
    running, engine = await served(canary_seconds=1)
    await engine.close()
    assert (await becomes(http, f"{running.url}/readyz", 503, NOTED))["failed"] == ["media"]


async def test_with_the_default_pace_ten_seconds_are_enough():
    watch = Settings().canary_seconds
    two_rounds = 2 * MediaWatch(None, period_s=watch)._timeout_s + 0.5
    assert watch + two_rounds < NOTED


@pytest.mark.parametrize(("seconds", "sings"), [(0, False), (5, True)])
async def test_there_is_a_canary_unless_it_is_switched_off(served, seconds, sings):
    await served(canary_seconds=seconds)
    assert ("media watch" in {task.get_name() for task in asyncio.all_tasks()}) is sings


async def test_figures_lie_on_a_loopback_port_of_their_own_only_where_one_is_named(served, http):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running, engine = await served(metrics_port=port, canary_seconds=1)
    address = f"http://127.0.0.1:{port}/metrics"
    text = await says(http, address, 'mediation_media_canary_rounds_total{result="passed"} 1.0')
    assert "mediation_media_canary_up 1.0" in text
    assert "mediation_media_rooms 0.0" in text
    assert "process_resident_memory_bytes" in text
    assert (await asked(http, f"{running.url}/metrics"))[0] == 404
    assert listeners(port) == {"127.0.0.1"}
    assert engine.load().packets_in > 0


async def test_nothing_listens_for_figures_unless_asked(served):
    before = listening()
    await served(canary_seconds=0)
    assert len(listening() - before) == 1 + (
        Settings().media_tcp_port >= 0
    )  # pages, and media for networks without UDP


async def test_a_taken_metrics_port_stops_the_start(served):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unavailable, match="port_taken"):
        await served(metrics_port=taken.getsockname()[1])


def listening():
    """(address, port) of the TCP sockets of this process that listen, over IPv4."""
    ours = {link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    found = set()
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        columns = line.split()
        if columns[3] == "0A" and f"socket:[{columns[9]}]" in ours:
            host, port = columns[1].split(":")
            found.add((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
    return found


def listeners(port):
    return {host for host, at in listening() if at == port}
