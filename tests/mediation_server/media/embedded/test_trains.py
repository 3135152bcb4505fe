"""Trains of packets: whatever comes, in Python and compiled the same is taken as packet by packet."""

import asyncio
import contextlib
import itertools
import socket
import struct
import time
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from mediation_server.media.embedded import rtp
from mediation_server.media.embedded.accelerator import IN_PYTHON, media_path
from mediation_server.media.embedded.choosing import AUDIO_LEVEL, MID, TWCC, Chosen
from mediation_server.media.embedded.codecs import CODECS, Payload
from mediation_server.media.embedded.limits import MS, SECOND, Counters, Limits
from mediation_server.media.embedded.opening import Expected
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.sdp import Section
from mediation_server.media.embedded.srtp import SrtpKeys
from mediation_server.media.embedded.subscription import Subscription
from mediation_server.media.embedded.transport import Services
from mediation_server.media.embedded.udp import UdpPort
from mediation_server.media.embedded.uplink import Track, Uplink, UplinkOwner
from mediation_server.media.engine import Kind, Publication, Source

PICTURE, REPAIR, VOICE, STRANGER = 1_001, 1_002, 1_003, 1_004
TYPES = {PICTURE: 96, REPAIR: 97, VOICE: 111, STRANGER: 96}
LEVEL_ID, TWCC_ID = 1, 5
BODIES = {
    codec: [bytes.fromhex(each) for each in [*bodies.split(), ""]]
    for codec, bodies in {
        "vp8": "90e08001010011 90e08001010010 80e080010100abcd 1010 90e080 01 1110",
        "h264": "7c0578 6578 7c8578 7c8178 7c85 4178 6778 6878 18 "
        "78000241880002419a 7800026742 7800 78000000024188 1f00 0000",
        "opus": "fcabcd",
    }.items()
}
ANY_BODY = [body for bodies in BODIES.values() for body in bodies]


def session(direction):
    return Session(Policy(bytes(range(28)), direction, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM))


def keys_of():
    return SrtpKeys(session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND))


def extended(number, *, level=None):
    block = b"" if number is None else bytes((TWCC_ID << 4 | 1,)) + struct.pack("!H", number & 0xFFFF)
    block += b"" if level is None else bytes((LEVEL_ID << 4, level))
    block += bytes(-len(block) % 4)
    return struct.pack("!HH", 0xBEDE, len(block) // 4) + block


HEADS = st.one_of(
    st.just((0x80, b"")),
    st.builds(lambda number: (0x90, extended(number)), st.one_of(st.none(), st.integers(0, 0xFFFF))),
    st.builds(lambda block: (0x90, struct.pack("!HH", 0xBEDE, 3) + block), st.binary(min_size=12, max_size=12)),
    st.builds(lambda words, block: (0x90, struct.pack("!HH", 0xBEDE, words) + block), st.integers(0, 9), st.binary()),
    st.builds(lambda block: (0x90, struct.pack("!HH", 0x1000, 2) + block), st.binary(min_size=8, max_size=8)),
    st.builds(
        lambda length: (0x90, struct.pack("!HHB", 0xBEDE, 5, TWCC_ID << 4 | length) + bytes(19)), st.integers(0, 15)
    ),
    st.just((0xA0, b"")),
    st.sampled_from([(0x81, b"csrc"), (0xB1, b""), (0x90, b""), (0x90, b"\xbe\xde\x00")]),
)


def undated(port):
    """Have all that comes come at one time, however busy the machine is."""
    port._socket.setsockopt(socket.SOL_SOCKET, 35, 0)  # SO_TIMESTAMPNS


# -- one train ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ports():
    """An open port of each path, and the sockets of two senders."""

    async def opened():
        found = []
        for compiled in (False, True):
            port = UdpPort(Limits(compiled=compiled), Counters(), lambda: 0)
            address = ("127.0.0.1", port.open("127.0.0.1", 0))
            port._pacer.close()  # read when the test says so
            undated(port)
            found.append((port, address))
        return found

    found = asyncio.run(opened())
    with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
        for sock in (one, two):
            sock.bind(("127.0.0.1", 0))
        yield found, (one, two)
    for port, _ in found:
        port.close()


def test_the_ports_take_the_two_paths(ports):
    assert [port.path.compiled for port, _ in ports[0]] == [False, True]
    assert ports[0][0][0].path is IN_PYTHON
    assert media_path().compiled


@pytest.mark.parametrize("compiled", [False, True])
async def test_a_port_knows_until_when_it_has_read_though_more_has_come_than_it_reads_at_once(compiled):
    """A flood must not keep whoever waits for that for ever."""
    port = UdpPort(Limits(compiled=compiled, datagrams_per_wakeup=4), Counters(), time.monotonic_ns)
    address = ("127.0.0.1", port.open("127.0.0.1", 0))
    port._pacer.close()
    with contextlib.closing(port), socket.socket(type=socket.SOCK_DGRAM) as sender:
        instants = []
        for _ in range(2):
            instants.append(time.monotonic_ns())
            for _ in range(40):
                sender.sendto(b"any", address)
        early, late = instants
        assert early - SECOND < port.read_until() < late
        assert late - SECOND < port.read_until() < (then := time.monotonic_ns())
        assert then < port.read_until()


DATAGRAMS = st.one_of(
    st.builds(
        lambda first, kind, step, ssrc: struct.pack("!BBHII", first, kind, 65_530 + step & 0xFFFF, 9, ssrc) + b"body",
        st.sampled_from([0x80, 0x90, 0x80, 0x40]),
        st.sampled_from([96, 96, 96, 0xE0, 97, 200]),
        st.integers(0, 12),
        st.sampled_from([1, 1, 1, 2]),
    ),
    st.binary(max_size=14),
)


@given(st.lists(st.tuples(DATAGRAMS, st.booleans(), st.integers(1, 9)), max_size=20))
def test_both_paths_find_the_same_trains(ports, sent):
    seen = []
    for port, address in ports[0]:
        wanted = []
        for data, which, repeat in sent:
            for step in range(repeat):
                number = struct.pack("!H", struct.unpack_from("!H", data.ljust(4, b"\0"), 2)[0] + step & 0xFFFF)
                datagram = data[:2] + number + data[4:] if len(data) >= 4 else data
                ports[1][which].sendto(datagram, address)
                wanted.append((datagram, ports[1][which].getsockname()))
        found, found_trains, emptied = [], [], False
        while not emptied:
            trains, emptied = port._reader.read()
            found_trains.append(trains)
            for single in itertools.chain.from_iterable(train.singly() for train in trains):
                found.append((bytes(port._reader.buffers[single.first].view[: single.sizes[0]]), single.address))
                if single.media:
                    _, kind, *numbers = rtp.HEADER.unpack(found[-1][0][:12])
                    assert [kind & 0x7F, *numbers] == list(single[5:])
        assert found == wanted
        seen.append(found_trains)
    assert seen[0] == seen[1]


@given(
    codec=st.sampled_from(["vp8", "h264", "opus"]),
    packets=st.lists(
        st.tuples(HEADS, st.one_of(st.sampled_from(ANY_BODY), st.binary(max_size=12)), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    spoilt=st.sets(st.integers(0, 11), max_size=2),
    first=st.integers(0, 1 << 20),
)
@example(codec="vp8", packets=[((0x80, b""), BODIES["vp8"][0], True)] * 8, spoilt=set(), first=0xFFFC)
@example(  # headers that are alike as far as the number, and tell of another one behind it
    codec="vp8",
    packets=[
        ((0x90, bytes.fromhex("bede0002" + block)), BODIES["vp8"][0], True)
        for block in ("5100010000000000", "5100025100070000", "5100030000000000")
    ],
    spoilt=set(),
    first=0,
)
def test_both_paths_open_a_train_alike_and_as_one_packet_after_the_other(ports, codec, packets, spoilt, first):
    sealing, plain = session(Policy.SSRC_ANY_OUTBOUND), []
    for step, ((flags, head), body, marker) in enumerate(packets):
        header = struct.pack("!BBHII", flags, 96 | marker << 7, 100 + step, 9, PICTURE)
        plain.append(header + head + body)
    sealed = [_sealed(sealing, each) for each in plain]
    for place in spoilt:
        if place < len(sealed):
            sealed[place] = sealed[place][:-1] + bytes((sealed[place][-1] ^ 1,))
    seen = [_opened(port._reader, sealed, Expected(first, TWCC_ID, CODECS[codec])) for port, _ in ports[0]]
    assert seen[0] == seen[1]
    opened, behind = seen[0]
    for step, packet in enumerate(opened.packets):
        header = rtp.parse(plain[step], len(plain[step]))
        payload = plain[step][header.payload : header.end]
        assert CODECS[codec].inspect(payload) is Payload.MEDIA
        running = first + step & 0xFFFF
        assert packet == rtp.HEADER.pack(0x80, header.marker_and_type, running, 9, PICTURE) + payload
    wide = [rtp.parse(each, len(each)).extensions or {} for each in plain[: len(opened.packets)]]
    told = [each[TWCC_ID] for each in wide if len(each.get(TWCC_ID, b"")) == 2]
    assert opened.numbers == [int.from_bytes(each, "big") for each in told]
    assert opened.bytes == sum(map(len, plain[: len(opened.packets)]))
    if opened.odd:
        assert behind == plain[len(opened.packets)]


def _sealed(sealing, packet):
    try:
        return sealing.protect(packet)
    except Exception:  # noqa: BLE001 - a header that libsrtp itself refuses: nobody could have sent it
        return packet + bytes(16)


def _opened(reader, sealed, expected):
    for buffer, data in zip(reader.buffers, sealed, strict=False):
        buffer.view[: len(data)] = data
    opened = reader.open(0, [len(data) for data in sealed], keys_of(), expected)
    place = min(len(opened.packets), len(sealed) - 1)
    return opened, bytes(reader.buffers[place].view[: opened.odd])


# -- the whole way in -----------------------------------------------------------------------------------------------


class Way:
    """One publisher's way in, from the socket to receivers, the recorder and what goes back."""

    def __init__(self, *, compiled, singly=False, codec="vp8"):
        self.now, self.sent, self.events, self.budget = 1_000 * MS, {}, [], 0
        self.limits = Limits(compiled=compiled, missing=8, history=16, packet_burst=60, packets_per_second=60)
        self.counters = Counters()
        self.port = UdpPort(self.limits, self.counters, lambda: self.now)
        self.address = ("127.0.0.1", self.port.open("127.0.0.1", 0))
        self.port._pacer.close()
        undated(self.port)
        self.port._sender = self
        services = Services(self.port, None, self.limits, self.counters, lambda: self.now)
        owner = UplinkOwner(self.events.append, lambda each: self.events.append(each.info.id), self.events.append)
        self.uplink = Uplink(services, owner)
        self.uplink._ssrc = 7
        self.uplink.transport.keys = keys_of()
        self.uplink.transport.keys.seal_rtcp = self.events.append
        if singly:
            self.uplink.expected = lambda train, done: None
            self.port._reader.read = self._read_singly(self.port._reader.read)
        self.tracks = [self._track(codec, PICTURE, REPAIR, services), self._track("opus", VOICE, 0, services)]
        self.uplink.tracks = {str(at): track for at, track in enumerate(self.tracks)}
        self.uplink.arrange()
        self.subscriptions = [self._subscription(track) for track in self.tracks]

    @staticmethod
    def _read_singly(read):
        def cut():
            trains, emptied = read()
            return [single for train in trains for single in train.singly()], emptied

        return cut

    def _track(self, codec, ssrc, rtx, services):
        found = CODECS[codec]
        video = found.kind is Kind.VIDEO
        section = Section(found.kind, 9, mid=codec, pairs=[(ssrc, rtx)] if rtx else [], ssrcs=[ssrc])
        section.extensions.update({TWCC: TWCC_ID} if video else {TWCC: TWCC_ID, AUDIO_LEVEL: LEVEL_ID, MID: 9})
        section.formats[TYPES[ssrc]] = SimpleNamespace(feedback={"nack"})
        source = Source.CAMERA if video else Source.MICROPHONE
        chosen = Chosen(section, source, found, TYPES[ssrc], TYPES[rtx] if rtx else 0, "")
        info = Publication(codec, "room", "member", found.kind, source, codec, found.clock_rate)
        asked = self.events.append
        return Track(chosen, LivePublication(info, found, services, lambda at: asked(("key", codec, at))))

    def _subscription(self, track):
        transport = SimpleNamespace(
            keys=SimpleNamespace(tag=16),
            ice=SimpleNamespace(selected=("192.0.2.1", 1)),
            send_rtcp=lambda _: None,
            send_rtp=lambda _: True,
        )
        subscription = Subscription(transport, track.chosen.codec, self.limits)
        subscription.ssrc = 50 + len(self.sent)
        subscription.numbers = type(subscription.numbers)(subscription.ssrc, 700)
        self.sent[subscription.ssrc] = []
        return subscription

    # as the sender
    def send_packets(self, packets, codec, receivers):
        for (_, _, rewriting), packet in itertools.product(receivers, packets):
            self.sent[rewriting.ssrc].append((tuple(rewriting), codec.name, packet))
        return [len(packets)] * len(receivers)

    def send(self, data, address):
        pass

    # as the recorder
    def started(self, publication):
        self.events.append(("recording", publication.id))

    def packet(self, publication, packet, arrival_ns):
        self.events.append((publication.id, packet, arrival_ns))

    def sender_report(self, publication, ntp, rtp_timestamp, arrival_ns):
        pass

    def stopped(self, publication, reason):
        self.events.append((publication.id, reason))

    def play(self, sock, action, value):
        if action == "burst":
            for data in value:
                sock.sendto(data, self.address)
            self.port._peers = {sock.getsockname(): self.uplink.transport}
            self.uplink.transport.ice.selected = sock.getsockname()
            while not self.port._drain():
                pass
        elif action == "wait":
            self.now += value * MS
            self.uplink.tick(self.now)
        elif action == "second":
            self.uplink.second(self.now)
        else:
            self._steer(action, value)

    def _steer(self, action, value):
        for track, subscription in zip(self.tracks, self.subscriptions, strict=True):
            publication = track.publication
            if action == "mute":
                publication.mute(muted=value, now=self.now)
            elif action == "audience" and not value:
                publication.dismiss(subscription)
                publication.grant({}, self.now)
                publication.close_tap("recorder", "withheld")
            elif action == "audience":
                publication.grant({"a": 0}, self.now)
                if not publication.serves(subscription):
                    publication.admit(subscription, "a", self.now)
                if "recorder" not in publication.taps:
                    publication.open_tap("recorder", self, self.now)

    def outcome(self):
        streams = [self._stream(track.publication.encodings[0]) for track in self.tracks]
        told = [(each.packets, each.octets, each.live) for each in self.subscriptions]
        counted = (self.counters.packets_in, self.counters.dropped, self.uplink.transport.bytes_in)
        return self.sent, self.events, streams, told, counted, self.uplink.transport._budget

    def _stream(self, encoding):
        history = encoding._history
        kept = sorted(zip(history._numbers, history._packets, strict=True)) if history is not None else []
        reception = encoding.reception
        reception._take_arrivals()
        jitter = round(reception._jitter, 6)
        return (
            kept,
            jitter,
            reception._top,
            reception._shift,
            reception.next_number,
            sorted(reception._missing),
            encoding._octets,
        )


class Camera:
    """Seals what a browser might send, and what it never would."""

    def __init__(self, codec):
        self.codec, self.session = codec, session(Policy.SSRC_ANY_OUTBOUND)
        self.sequences = dict.fromkeys(TYPES, 65_500)
        self.wide, self.stamp = 65_520, 0

    def packet(self, ssrc, choice, oddity, marker):
        self.sequences[ssrc] = sequence = self.sequences[ssrc] + 1
        self.wide += 3 if oddity == "wide" else 1
        bodies = BODIES["opus" if ssrc == VOICE else self.codec]
        body = bodies[choice % len(bodies)] if oddity == "body" else bodies[0]
        if ssrc == REPAIR:
            body = struct.pack("!H", self.sequences[PICTURE] - choice & 0xFFFF) + body
        flags, head = 0x90, extended(self.wide, level=20 if ssrc == VOICE else None)
        if oddity == "head":
            flags, head = [(0x80, b""), (0xB0, head), (0x90, b"\xbe\xde\xff\xff"), (0x91, b"1234" + head)][choice % 4]
        kind = (96 if ssrc == REPAIR else 100) if oddity == "type" else TYPES[ssrc]
        stamp = self.stamp + (3_000 if oddity == "stamp" else 0)
        plain = struct.pack("!BBHII", flags, kind | marker << 7, sequence & 0xFFFF, stamp, ssrc) + head + body
        sealed = _sealed(self.session, plain)
        return sealed[:-1] + bytes((sealed[-1] ^ 1,)) if oddity == "forged" else sealed


PACKET = st.tuples(
    st.sampled_from([PICTURE] * 12 + [VOICE, REPAIR, REPAIR, STRANGER]),
    st.integers(0, 20),
    st.sampled_from([None] * 12 + ["body", "body", "head", "type", "stamp", "wide", "forged"]),
    st.booleans(),
)
FATE = st.sampled_from(["sent"] * 14 + ["lost", "twice", "late"])
ACTIONS = st.one_of(
    st.tuples(st.just("burst"), st.lists(st.tuples(PACKET, FATE), min_size=1, max_size=40)),
    st.tuples(st.just("burst"), st.lists(st.tuples(PACKET, FATE), min_size=1, max_size=9)),
    st.tuples(st.just("wait"), st.integers(1, 90)),
    st.tuples(st.just("second"), st.none()),
    st.tuples(st.sampled_from(["mute", "audience"]), st.booleans()),
)


def schedule(codec, actions):
    """Every burst sealed, in the order in which it arrives."""
    camera, held = Camera(codec), []
    opening = [((PICTURE, choice, "body", False), "sent") for choice in (1, 0, 0)]
    for action, value in [("burst", opening), ("audience", True), ("burst", opening), *actions]:
        if action != "burst":
            yield action, value
            continue
        camera.stamp += 3_000
        arriving, held = held, []
        for packet, fate in value:
            sealed = camera.packet(*packet)
            arriving += [] if fate in {"lost", "late"} else [sealed] * (2 if fate == "twice" else 1)
            held += [sealed] if fate == "late" else []
        yield action, arriving


@settings(max_examples=60, deadline=None)
@example(codec="vp8", actions=[("burst", [((REPAIR, 0, "type", False), "sent")] * 9)])  # one has the picture's number
@example(codec="vp8", actions=[("burst", [((STRANGER, 0, None, False), "sent")] * 4)])  # refused once it is known
@example(codec="vp8", actions=[("burst", [((PICTURE, 0, None, False), "sent")] * 70)])  # more than the budget
@given(codec=st.sampled_from(["vp8", "h264"]), actions=st.lists(ACTIONS, max_size=14))
def test_trains_leave_behind_what_single_packets_would_on_both_paths(ports, codec, actions):
    async def play():
        ways = [Way(compiled=compiled, singly=singly, codec=codec) for compiled, singly in MANNERS]
        try:
            for action, value in schedule(codec, actions):
                for way in ways:
                    way.play(ports[1][0], action, value)
            return [way.outcome() for way in ways]
        finally:
            for way in ways:
                way.uplink.silence()
                way.port.close()

    singly, *others = asyncio.run(play())
    assert "packet_failed" not in singly[4][1]
    for other in others:
        for one, two in zip(singly, other, strict=True):
            assert one == two


MANNERS = [(False, True), (False, False), (True, False), (True, True)]
