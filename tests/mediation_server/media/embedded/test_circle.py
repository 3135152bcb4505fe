"""What was gathered for one burst serves the next one, and never one who has gone, moved or has other keys."""

import gc
import socket
import struct
import weakref

import pytest
from aiortc import RTCCertificate
from pylibsrtp import Policy, Session

from mediation_server.media.embedded.accelerator import media_path
from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.encoding import Encoding
from mediation_server.media.embedded.gso import Receivers
from mediation_server.media.embedded.ice import IceLite
from mediation_server.media.embedded.limits import SECOND, Counters, Limits
from mediation_server.media.embedded.routing import Routing
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.runs import Rewriting
from mediation_server.media.embedded.srtp import SrtpKeys
from mediation_server.media.embedded.subscription import Subscription
from mediation_server.media.embedded.transport import Services, Transport
from mediation_server.media.embedded.udp import UdpPort

VP8 = CODECS["vp8"]
KEY, DELTA = b"\x10\x10\x02\x00", b"\x10\x11\x02\x00"


def keys_of(seed=0):
    def session(direction):
        return Session(Policy(bytes(range(seed, seed + 28)), direction, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM))

    return SrtpKeys(session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND))


def opened(data, seed=0):
    key = bytes(range(seed, seed + 28))
    return Session(Policy(key, Policy.SSRC_ANY_INBOUND, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM)).unprotect(data)


def numbered(body, picture):
    """The same picture with PictureID and TL0PICIDX (RFC 7741 §4.2)."""
    return struct.pack("!BBHBB", 0x90, 0xE0, 0x8000 | picture, picture & 0xFF, 0) + body[1:]


def picture_of(data):
    """The PictureID that somebody gets."""
    return int.from_bytes(opened(data)[14:16], "big") & 0x7FFF


class Screening:
    """One picture and two who look at it, each at a socket of their own."""

    def __init__(self, *, compiled):
        limits, self.counters, self.sequence = Limits(compiled=compiled), Counters(), 10
        self.port = UdpPort(limits, self.counters, lambda: 0)
        self.port.open("127.0.0.1", 0)
        services = Services(self.port, RTCCertificate.generateCertificate(), limits, self.counters, lambda: 0)
        self.encoding = Encoding(VP8, services, lambda: None)
        self.transports = [Transport(services, None) for _ in range(2)]
        self.homes = [udp() for _ in self.transports]
        for transport, home in zip(self.transports, self.homes, strict=True):
            transport.keys = keys_of()
            transport.ice.selected = home.getsockname()
        self.subscriptions = [Subscription(each, VP8, limits) for each in self.transports]
        self.show(KEY)
        for each in self.subscriptions:
            self.encoding.admit(each, 0, 0)
        self.heard()

    def show(self, body=DELTA):
        self.sequence += 1
        self.encoding.take(RtpHeader(96, self.sequence, self.sequence * 3_000, 7, 12, 0, None), body, 0)
        self.port.flush()

    def heard(self, *others):
        return [arrived(home) for home in (*self.homes, *others)]

    def close(self):
        self.port.close()
        for home in self.homes:
            home.close()


def udp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def arrived(sock):
    """Everything that lies in a socket: on loopback it is there when the call that sent it is over."""
    found = []
    while True:
        try:
            found.append(sock.recv(2_048))
        except BlockingIOError:
            return found


@pytest.fixture(params=[False, True], ids=["python", "compiled"])
async def screening(request):
    found = Screening(compiled=request.param)
    yield found
    found.close()


async def test_two_bursts_are_gathered_for_once(screening):
    screening.show()
    gathered = screening.encoding._live._receivers
    screening.show()
    assert screening.encoding._live._receivers is gathered is not None
    assert list(map(len, screening.heard())) == [2, 2]


async def test_who_is_let_go_gets_nothing_of_the_next_burst(screening):
    screening.show()
    screening.encoding.release(screening.subscriptions[0])
    screening.heard()
    screening.show()
    assert list(map(len, screening.heard())) == [0, 1]


async def test_who_comes_back_gets_what_comes_from_then_on_under_numbers_that_go_on(screening):
    screening.show()
    before = screening.heard()[0]
    screening.encoding.release(screening.subscriptions[0])
    screening.show()
    screening.encoding.expect(screening.subscriptions[0], 0, 0)
    screening.show(KEY)
    screening.show()
    again = screening.heard()[0]
    numbers = [int.from_bytes(each[2:4], "big") for each in [*before, *again]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


async def test_pictures_go_on_by_one_for_who_comes_back_after_one_whom_nothing_reached(screening):
    one, two = screening.subscriptions
    heard = []
    screening.show(numbered(KEY, 5))
    screening.show(numbered(DELTA, 6))  # both get it at once
    screening.transports[1].keys = None
    screening.show(numbered(DELTA, 7))  # and now one alone
    screening.encoding.release(one)
    heard += screening.heard()[0]
    screening.transports[1].keys = keys_of()
    screening.show(numbered(DELTA, 8))
    screening.encoding.expect(one, 0, 0)
    screening.show(numbered(KEY, 9))
    heard += screening.heard()[0]
    assert [picture_of(each) for each in heard] == [5, 6, 7, 8]
    assert two.packets == 5


async def test_who_has_moved_gets_the_next_burst_where_they_are_now(screening):
    screening.show()
    screening.heard()
    with udp() as elsewhere:
        screening.transports[0].ice.selected = elsewhere.getsockname()
        screening.show()
        assert list(map(len, screening.heard(elsewhere))) == [0, 1, 1]


async def test_other_keys_encrypt_the_next_burst(screening):
    screening.show()
    screening.heard()
    screening.transports[0].keys = keys_of(100)
    screening.show()
    (mine,), (theirs,) = screening.heard()
    assert opened(mine, 100)[12:] == opened(theirs)[12:] == DELTA


async def test_who_has_no_keys_any_more_gets_nothing_and_the_others_get_theirs(screening):
    screening.show()
    screening.heard()
    screening.transports[0].keys = None
    screening.show()
    screening.show()
    assert list(map(len, screening.heard())) == [0, 2]
    screening.transports[0].keys = keys_of()
    screening.show()
    assert list(map(len, screening.heard())) == [1, 1]


async def test_counts_are_those_of_packets_sent_whoever_comes_and_goes(screening):
    one, two = screening.subscriptions
    assert (one.packets, one.octets) == (1, len(KEY))
    screening.show()
    assert (one.packets, two.octets) == (2, len(KEY + DELTA))
    screening.show()
    screening.encoding.release(one)
    screening.show()
    assert (one.packets, two.packets) == (3, 4)
    screening.encoding.expect(one, 0, 0)
    screening.show(KEY)
    assert (one.packets, two.packets) == (4, 5)


async def test_what_did_not_go_out_to_one_is_not_counted_for_one(screening):
    one, two = screening.subscriptions
    screening.transports[0].ice.selected = ("255.255.255.255", 9)
    screening.show()
    screening.show()
    assert (one.packets, two.packets) == (1, 3)
    assert screening.counters.dropped["send_failed"] == 2


async def test_keys_live_as_long_as_whoever_was_gathered_with_them():
    with udp() as home:
        home_address, keys = home.getsockname(), keys_of()
        told, known = weakref.ref(keys._sessions[1]), Receivers([(keys, home_address, Rewriting(1))])
        sender = media_path().sender(home, Counters())
        packet = b"\x80\x60" + bytes(10) + DELTA
        assert sender.send_packets([packet], VP8, known) == [1]
        prepared = known.prepared
        del known, keys
        gc.collect()
        assert told() is not None
        del prepared
        gc.collect()
        assert told() is None


HERE, THERE = ("192.0.2.1", 9), ("198.51.100.1", 9)


@pytest.fixture
def routed():
    routing = Routing()
    side = IceLite(Limits(), routing)
    side.selected = HERE
    return side, routing


def test_a_path_that_is_nominated_again_changes_nothing(routed):
    side, routing = routed
    side.selected = HERE
    assert routing.version == 1


def test_a_path_that_follows_media_and_one_that_goes_back_are_others(routed):
    side, routing = routed
    side.follow(THERE, SECOND)
    assert (side.selected, routing.version) == (THERE, 2)
    side.expire(60 * SECOND)
    assert (side.selected, routing.version) == (HERE, 3)
