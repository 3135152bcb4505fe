import errno
import socket
import struct

import pytest
from aiortc.rtp import RtpPacket
from pylibsrtp import Policy, Session

from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.gso import Sender
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.runs import Rewriting, rewritten
from mediation_server.media.embedded.srtp import SrtpKeys

VP8 = CODECS["vp8"]
PROFILES = {
    "gcm": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28, 16),
    "sha1": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30, 10),
}


def session(direction, profile, length):
    return Session(Policy(bytes(range(length)), direction, 0, profile))


class Reluctant:
    """A socket whose kernel does not take what it is given."""

    def __init__(self, sock, *, error):
        self.sock = sock
        self.error = error

    def setsockopt(self, *arguments):
        self.sock.setsockopt(*arguments)

    def sendmsg(self, *_):
        raise OSError(self.error, "no")

    def sendto(self, data, address):
        if self.error == errno.EAGAIN:
            raise BlockingIOError(errno.EAGAIN, "full")
        return self.sock.sendto(data, address)


@pytest.fixture
def sockets():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as into,
    ):
        for sock in (out, into):
            sock.bind(("127.0.0.1", 0))
        into.settimeout(2)
        yield out, into


def burst(count=5):
    return [struct.pack("!BBHII", 0x80, 96, n, n, 1) + bytes((n,)) * (500 + n % 2) for n in range(count)]


def received(into, receiving, count=5):
    return [RtpPacket.parse(receiving.unprotect(into.recv(2000))) for _ in range(count)]


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("segments", [True, False])
def test_a_run_arrives_rewritten_and_decrypts(sockets, profile, segments):
    out, into = sockets
    number, length, tag = PROFILES[profile]
    receiving = session(Policy.SSRC_ANY_INBOUND, number, length)
    keys = SrtpKeys(session(Policy.SSRC_ANY_INBOUND, number, length), session(Policy.SSRC_ANY_OUTBOUND, number, length))
    assert keys.tag == tag
    counters = Counters()
    sender = Sender(out, counters)
    sender.segments = segments
    assert sender.send_packets(burst(), VP8, [(keys, into.getsockname(), Rewriting(4242, 65_533))]) == [5]
    packets = received(into, receiving)
    assert [each.sequence_number for each in packets] == [65_533, 65_534, 65_535, 0, 1]
    assert {each.ssrc for each in packets} == {4242}
    assert [each.payload for each in packets] == [each[12:] for each in burst()]
    assert counters.packets_out == 5


def keys_of_gcm():
    number, length, _ = PROFILES["gcm"]
    return SrtpKeys(session(Policy.SSRC_ANY_INBOUND, number, length), session(Policy.SSRC_ANY_OUTBOUND, number, length))


@pytest.mark.parametrize("error", [errno.EIO, errno.EINVAL])
def test_where_segments_are_not_supported_packets_go_one_by_one(sockets, error):
    out, into = sockets
    sender = Sender(Reluctant(out, error=error), Counters())
    keys = keys_of_gcm()
    assert sender.send_packets(burst(), VP8, [(keys, into.getsockname(), Rewriting(1))]) == [5]
    assert not sender.segments
    receiving = session(Policy.SSRC_ANY_INBOUND, *PROFILES["gcm"][:2])
    assert len(received(into, receiving)) == 5


def test_what_the_kernel_does_not_take_is_dropped_and_counted(sockets):
    out, into = sockets
    counters = Counters()
    sender = Sender(Reluctant(out, error=errno.EAGAIN), counters)
    keys = keys_of_gcm()
    for offset, packets in ((0, burst()), (10, burst(1))):
        assert sender.send_packets(packets, VP8, [(keys, into.getsockname(), Rewriting(1, offset))]) == [0]
    assert counters.dropped["send_blocked"] == 6
    assert counters.packets_out == 0


@pytest.mark.parametrize("head", ["90e0fffeff00", "90e07eff0000", "9080fffe1000", "904010ff0000", "100100000000"])
def test_a_run_carries_the_numbers_of_the_receivers_picture_as_one_packet_alone_would(sockets, head):
    out, into = sockets
    codec, rewriting = CODECS["vp8"], Rewriting(7, 40, 90_000, 3, 2)
    keys = keys_of_gcm()
    packets = [struct.pack("!BBHII", 0x80, 96, n, n, 1) + bytes.fromhex(head) + bytes((n,)) * 500 for n in range(5)]
    assert Sender(out, Counters()).send_packets(packets, codec, [(keys, into.getsockname(), rewriting)]) == [5]
    receiving = session(Policy.SSRC_ANY_INBOUND, *PROFILES["gcm"][:2])
    arrived = [receiving.unprotect(into.recv(2000)) for _ in packets]
    assert arrived == [rewritten(packet, rewriting, codec.places) for packet in packets]
