import asyncio
import socket

import pytest

from mediation_server.media.embedded.limits import MS
from mediation_server.media.embedded.pacing import Pacer


class Stream:
    """So many packets each millisecond of a clock of its own, `burst` a wake-up; counts the readings."""

    def __init__(self, sock, *, burst):
        self.burst = burst
        self.now = self.packets = self.readings = 0
        self.pacer = Pacer(sock, self.drain, lambda: self.packets, lambda: self.now)

    def drain(self):
        self.readings += 1
        self.packets += self.burst
        return True

    def play(self, milliseconds):
        for _ in range(milliseconds):
            self.now += MS
            if self.pacer._timer is None:
                self.pacer._readable()
            else:
                self.pacer._timer.cancel()
                self.pacer._tick()


@pytest.fixture
def sock():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a condition of the code under test, which knows no event
            await asyncio.sleep(0.001)


async def test_the_socket_is_read_when_something_comes_and_no_more_after_closing(sock):
    stream = Stream(sock, burst=0)
    stream.drain = None
    got = []
    stream.pacer.close()
    pacer = Pacer(sock, lambda: bool(got.append(sock.recv(100)) or True), lambda: len(got), lambda: 0)
    sock.sendto(b"one", sock.getsockname())
    await until(lambda: got == [b"one"])
    pacer.close()
    pacer.close()
    assert not asyncio.get_running_loop().remove_reader(sock.fileno())


async def test_many_packets_that_come_singly_are_read_by_a_timer_and_few_are_not(sock):
    stream = Stream(sock, burst=1)
    stream.play(300)
    assert stream.pacer._timer is None  # 1,000 packets a second
    stream.pacer.close()
    busy = Stream(sock, burst=1)
    busy.drain = busy.pacer._drain = lambda: bool(setattr(busy, "packets", busy.packets + 1) or True)
    while busy.pacer._timer is None:
        assert busy.now < 300 * MS
        busy.now += MS // 2
        busy.pacer._readable()
    read = busy.packets
    await until(lambda: busy.packets > read)  # the timer reads by itself
    busy.pacer.close()
    assert busy.pacer._timer.cancelled()


async def test_bursts_are_never_kept_waiting(sock):
    stream = Stream(sock, burst=8)
    stream.play(3_000)
    assert stream.pacer._timer is None
    stream.pacer.close()


async def test_where_there_is_more_to_read_it_goes_on_at_once(sock):
    stream = Stream(sock, burst=1)
    stream.pacer._paced = 3
    stream.pacer._drain = lambda: False
    stream.pacer._tick()
    assert stream.pacer._timer.when() <= asyncio.get_running_loop().time()
    stream.pacer.close()
