import asyncio
import contextlib
import socket

import pytest

from bench._relay import line, play
from bench._weather import Scenario, Step, Way, Weather
from tests.media.peer import until

HOST = "127.0.0.1"


class Echo(asyncio.DatagramProtocol):
    """A media server that answers each datagram and remembers under which address it came."""

    def __init__(self):
        self.seen = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.seen.append((data, address))
        self.transport.sendto(b"re " + data, address)


@pytest.fixture
async def server():
    echo = Echo()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: echo, local_addr=(HOST, 0))
    echo.port = transport.get_extra_info("sockname")[1]

    async def upper(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.upper())
        writer.close()

    web = await asyncio.start_server(upper, HOST, 0)
    echo.url = f"http://{HOST}:{web.sockets[0].getsockname()[1]}/"
    yield echo
    web.close()
    transport.close()
    await asyncio.sleep(0)


@pytest.fixture
async def laid(server):
    async with line(server.url) as made:
        yield made


@pytest.fixture
async def browser(server, laid):
    """A browser's socket, and what it was answered."""
    port = await laid.media_port(server.port)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((HOST, port))
        got = []

        async def read():
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    got.append(await loop.sock_recv(sock, 2000))

        reading = asyncio.create_task(read())
        yield sock, got
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_datagrams_pass_both_ways_and_are_counted(server, laid, browser):
    sock, got = browser
    sock.send(b"one")
    await until(lambda: got == [b"re one"])
    assert (laid.counts.up, laid.counts.down, laid.counts.lost) == (1, 1, 0)


async def test_a_move_is_a_new_address_for_the_server_and_none_for_the_browser(server, laid, browser):
    sock, got = browser
    for number in range(4):
        sock.send(b"%d" % number)
        await until(lambda: b"re %d" % number in got)  # noqa: B023 - it is awaited within the turn
        laid.move()
    assert len({address for _, address in server.seen}) == 4
    assert len({host for _, (host, _) in server.seen}) == 4


async def test_nothing_passes_an_outage_and_everything_after_it(server, laid, browser):
    sock, got = browser
    laid.weather = Weather(out=True)
    sock.send(b"lost")
    await until(lambda: laid.counts.lost == 1)
    laid.weather = Weather()
    sock.send(b"kept")
    await until(lambda: got == [b"re kept"])


async def test_what_is_under_way_when_the_line_goes_is_lost_too(server, laid, browser):
    sock, _ = browser
    laid.weather = Weather(up=Way(delay_ms=50))
    sock.send(b"late")
    laid.weather = Weather(up=Way(delay_ms=50), out=True)
    await until(lambda: laid.counts.lost == 1)
    assert server.seen == []


async def test_every_way_of_the_weather_reaches_the_socket(server, laid, browser):
    sock, got = browser
    laid.weather = Weather(up=Way(loss=0.5), down=Way(duplicate=1.0))
    for number in range(200):
        sock.send(b"%d" % number)
    await until(lambda: laid.counts.lost + len(server.seen) == 200)
    assert 60 < laid.counts.lost < 140
    await until(lambda: len(got) == 2 * len(server.seen))


async def test_pages_pass_and_wait_out_an_outage(server, laid):
    reader, writer = await asyncio.open_connection(HOST, int(laid.url.rsplit(":", 1)[1]))
    writer.write(b"a")
    assert await reader.read(10) == b"A"
    laid.weather = Weather(out=True)
    writer.write(b"b")
    answer = asyncio.create_task(reader.read(10))
    assert not (await asyncio.wait({answer}, timeout=0.1))[0]
    laid.weather = Weather()
    assert await answer == b"B"
    writer.close()


async def test_a_connection_begun_in_an_outage_never_succeeds(server, laid):
    laid.weather = Weather(out=True)
    reader, writer = await asyncio.open_connection(HOST, int(laid.url.rsplit(":", 1)[1]))
    writer.write(b"a")
    laid.weather = Weather()
    answer = asyncio.create_task(reader.read(10))
    assert not (await asyncio.wait({answer}, timeout=0.2))[0]
    answer.cancel()
    writer.close()


async def test_signalling_can_be_cut_alone(server, laid, browser):
    reader, writer = await asyncio.open_connection(HOST, int(laid.url.rsplit(":", 1)[1]))
    writer.write(b"a")
    await reader.read(10)
    laid.cut_signalling()
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read(10) == b""
    sock, got = browser
    sock.send(b"media")
    await until(lambda: got == [b"re media"])
    writer.close()


async def test_a_scenario_is_played_in_order_and_ends_fair(laid):
    seen = []
    step = Step(Weather(out=True), 0.05)
    playing = asyncio.create_task(play(Scenario("x", "x", 1, (step, Step(Weather(), 0.05, move=True))), laid))
    while not playing.done():
        seen.append(laid.weather)
        await asyncio.sleep(0.01)
    assert any(each.out for each in seen)
    assert laid.weather == Weather()
    assert laid._here == 3


async def test_links_are_opened_through_the_line(server, laid):
    assert laid.through(f"{server.url}join/abc?x=1") == f"{laid.url}/join/abc?x=1"
