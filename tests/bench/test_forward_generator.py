import os
import socket
import threading

import pytest
from aioice import stun
from pylibsrtp import Policy
from pylibsrtp import Session as Srtp

from bench._forward_generator import Session, run
from bench._pace import Pace
from bench._packets import Video
from bench._peer import AES_CM, Line
from bench._sdp import NUMBERS

SUBSCRIBERS = 3
PACE = Pace(packets_per_second=800, burst=8)
SECONDS = 0.2
SENT = 160
STUN_FIRST_BYTE = 0x00


def pass_on(wire, number, data):
    return [data]


def drop_every_tenth(wire, number, data):
    return [] if number % 10 == 0 else [data]


def say_everything_twice(wire, number, data):
    return [data, data]


def spoil_every_tenth(wire, number, data):
    return [data[:-1] + bytes([data[-1] ^ 1])] if number % 10 == 0 else [data]


def say_again_on_another_stream(wire, number, data):
    return [data, wire.renamed(data)]


class Wire:
    """A forwarder without keys: publisher and subscribers share one, so it copies datagrams as they are."""

    def __init__(self, treat):
        self._treat = treat
        self._inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._inside.bind(("127.0.0.1", 0))
        key = os.urandom(30)
        self._outbound = Srtp(Policy(key, Policy.SSRC_ANY_OUTBOUND))
        self._inbound = Srtp(Policy(key, Policy.SSRC_ANY_INBOUND))
        self._subscribers = [self._line(key) for _ in range(SUBSCRIBERS)]
        video = Video(NUMBERS, payload_bytes=1_100, packets_per_second=PACE.packets_per_second)
        self.session = Session(self._line(key), self._subscribers, video)
        self.checks = []
        self._thread = threading.Thread(target=self._forward)
        self._thread.start()

    def close(self):
        self.session.publisher.sock.send(b"")
        self._thread.join()
        self.session.close()
        self._inside.close()

    def renamed(self, data):
        """The same packet under another SSRC, as a retransmission travels."""
        packet = self._inbound.unprotect(data)
        return self._outbound.protect(packet[:8] + b"\x00\x00\x00\x07" + packet[12:])

    def _line(self, key):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.connect(self._inside.getsockname())
        sock.settimeout(0)
        outbound = Srtp(Policy(key, Policy.SSRC_ANY_OUTBOUND))
        inbound = Srtp(Policy(key, Policy.SSRC_ANY_INBOUND))
        return Line(sock, outbound, inbound, AES_CM, "remote:local", b"password")

    def _forward(self):
        number = 0
        while data := self._inside.recv(2_048):
            if data[0] == STUN_FIRST_BYTE:
                self.checks.append(data)
                continue
            copies = self._treat(self, number, data)
            for line in self._subscribers:
                for copy in copies:
                    self._inside.sendto(copy, line.sock.getsockname())
            number += 1


@pytest.fixture
def play():
    wires = []

    def play_one(treat):
        wire = Wire(treat)
        wires.append(wire)
        return wire, lambda: run(wire.session, PACE, SECONDS, lambda: None)

    yield play_one
    for wire in wires:
        wire.close()


def test_every_packet_of_an_honest_forwarder_is_counted_once_a_subscriber(play):
    tally = play(pass_on)[1]()

    assert (tally.sent, tally.expected, tally.delivered) == (SENT, SENT * SUBSCRIBERS, SENT * SUBSCRIBERS)
    assert (tally.loss, tally.rejected, tally.foreign) == (0.0, 0, 0)
    assert tally.p99_ms > 0


def test_a_second_round_counts_only_its_own_packets(play):
    _, once = play(pass_on)
    once()

    assert once().delivered == SENT * SUBSCRIBERS


def test_what_is_dropped_is_lost(play):
    tally = play(drop_every_tenth)[1]()

    assert tally.delivered == SENT * SUBSCRIBERS * 9 // 10
    assert tally.loss == pytest.approx(0.1)


def test_a_packet_said_twice_is_delivered_once(play):
    tally = play(say_everything_twice)[1]()

    assert tally.delivered == SENT * SUBSCRIBERS
    assert tally.rejected == SENT * SUBSCRIBERS


def test_a_packet_said_again_on_another_stream_is_delivered_once(play):
    tally = play(say_again_on_another_stream)[1]()

    assert tally.delivered == SENT * SUBSCRIBERS
    assert tally.foreign == SENT * SUBSCRIBERS


def test_a_packet_that_does_not_authenticate_is_not_delivered(play):
    tally = play(spoil_every_tenth)[1]()

    assert tally.delivered == SENT * SUBSCRIBERS * 9 // 10
    assert tally.rejected == SENT * SUBSCRIBERS // 10


def test_renewing_consent_sends_an_authenticated_check_on_every_line(play):
    wire, once = play(pass_on)
    wire.session.renew_consent()
    once()
    checks = [stun.parse_message(data) for data in wire.checks]

    assert all(check.check_message_integrity(b"password") for check in checks)
    assert [check.attributes["USERNAME"] for check in checks] == ["remote:local"] * (SUBSCRIBERS + 1)
