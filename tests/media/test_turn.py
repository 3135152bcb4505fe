"""Debian's coturn under our configuration: passes of ours open it until they end, and it leads to one address only."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import shutil
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aioice import stun, turn

from mediation_server.services import relaying
from tests.media.peer import HOST
from tests.room_world import room_world

CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy/coturn/turnserver.conf"
SECRET = "shared with the relay"
SPECIAL = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.0.0.53", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"),
    *("100::1", "2001:db8::1", "2002:a00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "ff02::1"),
]


def denied_ranges():
    lines = CONFIGURATION.read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("denied-peer-ip="):
            first, _, last = line.partition("=")[2].partition("-")
            yield ipaddress.ip_address(first), ipaddress.ip_address(last)


@pytest.mark.parametrize("address", SPECIAL)
def test_every_private_and_special_address_is_named(address):
    wanted = ipaddress.ip_address(address)
    named = [(first, last) for first, last in denied_ranges() if first.version == wanted.version]
    everything = max(named, key=lambda each: int(each[1]) - int(each[0]))
    assert any(first <= wanted <= last for first, last in named if (first, last) != everything)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return sock.getsockname()[1]


class Peer(asyncio.DatagramProtocol):
    """Whoever is reached, or hears."""

    def __init__(self):
        self.got = []

    def datagram_received(self, data, addr):
        self.got.append(data)


@pytest.fixture
async def relay(tmp_path):
    """coturn on loopback; `allowed` may be reached over it."""
    program = shutil.which("turnserver")
    assert program, "coturn is missing: make setup-browser"
    running = []

    async def start(*options):
        port = free_port()
        configuration = tmp_path / "turnserver.conf"
        configuration.write_text(
            CONFIGURATION.read_text("utf-8").replace("no-stdout-log\nsyslog\n", "")
            + f"static-auth-secret={SECRET}\nrealm=test\nlistening-ip={HOST}\nrelay-ip={HOST}\nlistening-port={port}\n"
            + f"no-tls\nno-dtls\npidfile={tmp_path}/pid\nuserdb={tmp_path}/db\n"
            + "".join(f"{option}\n" for option in options)
        )
        process = await asyncio.create_subprocess_exec(
            program, "-c", str(configuration), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        running.append(process)
        for _ in range(100):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                return port
            await asyncio.sleep(0.05)
        raise AssertionError("coturn did not start")

    yield start
    for process in running:
        process.kill()
        await process.wait()


@pytest.fixture
async def server_pass(tmp_path):
    """What the product hands to an admitted party, the moment moved by so many seconds."""
    async with room_world(tmp_path) as world:
        await world.live()
        settings = world.ctx.settings.model_copy(update={"turn_urls": "turn:x", "turn_minutes": 5})
        ctx = replace(world.ctx, settings=settings, turn_secret=SECRET.encode())

        def issue(seconds=0):
            world.clock.advance(seconds=seconds)
            [server] = relaying.ice_servers(ctx, world.room, world.ids["lin"])
            return server

        yield issue


def now_of(clock_pass):
    return int(clock_pass["username"].partition(":")[0])


async def allocate(port, server):
    return await turn.create_turn_endpoint(
        Peer, server_addr=(HOST, port), username=server["username"], password=server["credential"]
    )


def to_the_present(issue):
    """The world's clock stands at a time of its own; coturn knows only the real one."""
    ahead = int(time.time()) + 300 - now_of(issue())
    return lambda seconds: issue(ahead + seconds)


async def test_a_pass_of_ours_opens_the_relay(relay, server_pass):
    port = await relay()
    transport, _ = await allocate(port, to_the_present(server_pass)(0))
    assert transport.get_extra_info("sockname")[0] == HOST
    transport.close()
    await asyncio.sleep(0)


async def test_a_pass_that_has_ended_or_was_made_up_opens_nothing(relay, server_pass):
    port = await relay()
    ended = to_the_present(server_pass)(-400)
    with pytest.raises(stun.TransactionFailed):
        await allocate(port, ended)
    longer = {**ended, "username": f"{now_of(ended) + 9_000}:x"}
    with pytest.raises(stun.TransactionFailed):
        await allocate(port, longer)


async def test_nobody_on_this_machine_is_reached_over_the_relay(relay, server_pass):
    port = await relay()
    heard = Peer()
    target, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: heard, local_addr=(HOST, 0))
    transport, _ = await allocate(port, to_the_present(server_pass)(0))
    inner = transport._TurnTransport__inner_protocol
    with pytest.raises(stun.TransactionFailed) as refused:
        await inner.channel_bind(0x4000, target.get_extra_info("sockname"))
    assert refused.value.response.attributes["ERROR-CODE"][0] == 403
    assert heard.got == []
    transport.close()
    target.close()
    await asyncio.sleep(0)
