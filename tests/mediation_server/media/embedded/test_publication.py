"""The fence as a property: whatever happens, nobody gets a packet from a time when they were not let in."""

import asyncio
import itertools
import struct
from types import SimpleNamespace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.limits import MS, SECOND, Counters, Limits
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.routing import Routing
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.subscription import Subscription
from mediation_server.media.engine import Kind, Publication, Source

MEMBERS = ("a", "b", "recorder")
KEY, DELTA = b"\x10\x10\x02\x00", b"\x10\x11\x02\x00"


class Wire:
    """Stands where the socket is: keeps what each SSRC was sent as (sequence number, payload)."""

    def __init__(self):
        self.sent = {}
        self.tags = []
        self.dirty = []
        self.sender = self

    def send_packets(self, packets, codec, receivers):
        self.tags.append({keys.tag for keys, _, _ in receivers})
        runs = codec.runs(packets, receivers[0][0].tag)
        for run, (_, _, rewriting) in itertools.product(runs, receivers):
            for each in run.segments:
                payload = run.template[each.at + 12 : each.at + each.size]
                if run.template[each.at] & 0x20:
                    payload = payload[: -payload[-1]]
                number = (each.sequence + rewriting.sequence) & 0xFFFF
                self.sent.setdefault(rewriting.ssrc, []).append((number, payload))
        return [len(packets)] * len(receivers)

    def send_rtp(self, packet):
        (ssrc,) = struct.unpack_from("!I", packet, 8)
        self.sent.setdefault(ssrc, []).append((struct.unpack_from("!H", packet, 12)[0], packet[14:]))
        return True

    def send_rtcp(self, packet):
        self.sent.setdefault("rtcp", []).append(packet)

    def flush_later(self, item):
        self.dirty.append(item)


class Recorder:
    def __init__(self):
        self.payloads = []

    def started(self, publication):
        pass

    def packet(self, publication, packet, arrival_ns):
        self.payloads.append(packet[12:])

    def sender_report(self, publication, ntp, rtp_timestamp, arrival_ns):
        pass

    def stopped(self, publication, reason):
        pass


class Fence(RuleBasedStateMachine):
    """Packets come in order or late; members are let in and put out; sources are muted; NACKs ask for anything."""

    encodings = 1
    source = Source.CAMERA

    def __init__(self):
        super().__init__()
        self.wire, self.now = Wire(), 0
        limits = Limits(history=64, replay=16)
        services = SimpleNamespace(
            port=self.wire, limits=limits, counters=Counters(), clock=lambda: self.now, routing=Routing()
        )
        info = Publication("p", "r", "m", Kind.VIDEO, self.source, "vp8", 90_000)
        self.asked = []  # when, for a key frame
        self.publication = LivePublication(
            info, CODECS["vp8"], services, lambda _: self.asked.append(self.now), encodings=self.encodings
        )
        self.publication.started = True
        transport = SimpleNamespace(
            keys=SimpleNamespace(tag=16),
            ice=SimpleNamespace(selected=("192.0.2.1", 1)),
            send_rtp=self.wire.send_rtp,
            send_rtcp=self.wire.send_rtcp,
        )
        self.subscriptions = {each: Subscription(transport, CODECS["vp8"], limits) for each in MEMBERS[:2]}
        self.recorder = Recorder()
        self.granted, self.muted = frozenset(), False
        self.sequence, self.stamp, self.newest = [100] * self.encodings, 0, [0] * self.encodings
        self.held = []  # sequence number, payload, place of the encoding, who must not get it should it come late
        self.allowed = {each: set() for each in MEMBERS}
        self.marks = 0

    def arrive(self, sequence, payload, at, barred=frozenset()):
        self.newest[at] = max(self.newest[at], sequence)
        if not self.muted:
            for member in self.granted - barred:
                self.allowed[member].add(payload)
        header = RtpHeader(96, sequence & 0xFFFF, self.stamp + 5_000_000 * at, 7 + at, 12, 0, None)
        self.publication.write(header, payload, self.now, at)

    def bar(self, members):
        """Whoever is let in now must not get what was overtaken before now."""
        for sequence, _, at, barred in self.held:
            if sequence < self.newest[at]:
                barred.update(members)

    def mark(self, kind):
        self.marks += 1
        return kind + b"%06d" % self.marks

    @rule(key=st.booleans(), later=st.booleans())
    def packet(self, key, later, at=0):
        """A packet in order, or one that the network holds back."""
        self.now += 10 * MS
        self.stamp += 3000
        payload = self.mark(KEY if key else DELTA)
        if later:
            self.held.append((self.sequence[at], payload, at, set()))
        else:
            self.arrive(self.sequence[at], payload, at)
        self.sequence[at] += 1

    @rule(data=st.data())
    def late(self, data):
        """A packet held back arrives."""
        if self.held:
            self.arrive(*self.held.pop(data.draw(st.integers(0, len(self.held) - 1))))

    @rule()
    def wake(self):
        """The socket is empty."""
        dirty, self.wire.dirty = self.wire.dirty, []
        for each in dirty:
            each.flush()

    @rule(members=st.sets(st.sampled_from(MEMBERS)))
    def audience(self, members):
        """The room's fence, as `EngineRoom.set_audience` does it."""
        for member, subscription in self.subscriptions.items():
            if member not in members:
                self.publication.dismiss(subscription)
        self.publication.flush()
        self.bar(members - self.granted)
        self.granted = frozenset(members)
        self.publication.grant(dict.fromkeys(self.granted, 0), self.now)
        if "recorder" not in members:
            self.publication.close_tap("recorder", "withheld")
        elif "recorder" not in self.publication.taps:
            self.publication.open_tap("recorder", self.recorder, self.now)

    @rule(member=st.sampled_from(MEMBERS[:2]))
    def connect(self, member):
        """A subscription becomes ready, maybe long after the grant."""
        subscription = self.subscriptions[member]
        if member in self.publication.granted and not self.publication.serves(subscription):
            self.publication.admit(subscription, member, self.now)

    @rule(muted=st.booleans())
    def mute(self, muted):
        """The publisher's source is muted or not."""
        if muted != self.muted:
            self.bar(MEMBERS)
        self.muted = muted
        self.publication.mute(muted=muted, now=self.now)

    @rule(member=st.sampled_from(MEMBERS[:2]), sequences=st.lists(st.integers(0, 0xFFFF), max_size=5), data=st.data())
    def nack(self, member, sequences, data):
        """A receiver asks again for what it got, what it missed and what it never had."""
        subscription = self.subscriptions[member]
        known = [sequence for sequence, _ in self.wire.sent.get(subscription.ssrc, [])]
        if known:
            around = data.draw(st.sampled_from(known))
            sequences = [*sequences, *((around + step) & 0xFFFF for step in range(-20, 20))]
        before = len(self.wire.sent.get(subscription.rtx_ssrc, []))
        self.publication.resend(subscription, sequences)
        subscription.second()
        if member not in self.granted or self.muted:
            assert len(self.wire.sent.get(subscription.rtx_ssrc, [])) == before

    @invariant()
    def nobody_has_what_was_not_for_them(self):
        for member, subscription in self.subscriptions.items():
            for ssrc in (subscription.ssrc, subscription.rtx_ssrc):
                assert {payload for _, payload in self.wire.sent.get(ssrc, [])} <= self.allowed[member]
        assert set(self.recorder.payloads) <= self.allowed["recorder"]

    @invariant()
    def a_number_stands_for_one_packet(self):
        for subscription in self.subscriptions.values():
            meant = {}
            for ssrc in (subscription.ssrc, subscription.rtx_ssrc):
                for sequence, payload in self.wire.sent.get(ssrc, []):
                    assert meant.setdefault(sequence, payload) == payload


class Layered(Fence):
    """The same for a camera in three encodings, while what each receiver is to get changes."""

    encodings = 3

    @rule(member=st.sampled_from(MEMBERS[:2]), wanted=st.integers(0, 2))
    def want(self, member, wanted):
        """The tile grew or shrank, or the line did."""
        subscription = self.subscriptions[member]
        subscription.wanted = wanted
        if member in self.granted and self.publication.serves(subscription):
            self.publication.steer(subscription, member, self.now)

    @rule(key=st.booleans(), silent=st.sets(st.integers(0, 2), max_size=2), late=st.sets(st.integers(0, 2)))
    def picture(self, key, silent, late):
        """One picture in each encoding that is sent now, as browsers do; some of it is held back by the network."""
        self.now += 180 * MS
        self.stamp += 16_200
        for at in {0, 1, 2} - silent:
            self.packet(key=key, later=at in late, at=at)
        self.publication.tick(self.now)
        for member, subscription in self.subscriptions.items():
            if member in self.granted:
                self.publication.steer(subscription, member, self.now)

    @invariant()
    def nobody_has_two_at_once(self):
        for member, subscription in self.subscriptions.items():
            having = [each for each in self.publication.encodings if subscription in each._live.members]
            assert having == ([subscription.home] if subscription.live else [])
            assert not having or member in self.granted


Fence.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
Layered.TestCase.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
TestFence = Fence.TestCase
TestLayered = Layered.TestCase


def test_packets_are_held_back_until_the_socket_is_empty():
    async def run():
        machine = Fence()
        machine.audience({"a"})
        machine.connect("a")
        machine.packet(key=True, later=False)
        subscription = machine.subscriptions["a"]
        machine.packet(key=False, later=False)
        machine.packet(key=False, later=False)
        assert len(machine.wire.sent[subscription.ssrc]) == 1
        machine.wake()
        assert len(machine.wire.sent[subscription.ssrc]) == 3

    asyncio.run(run())


def test_numbers_go_on_without_a_hole_when_the_fence_drops_what_was_held_back():
    machine = Fence()
    machine.audience({"a"})
    machine.connect("a")
    machine.packet(key=True, later=False)
    machine.packet(key=False, later=False)
    machine.audience(set())
    machine.wake()
    machine.audience({"a"})
    machine.connect("a")
    machine.packet(key=True, later=False)
    first, second = (sequence for sequence, _ in machine.wire.sent[machine.subscriptions["a"].ssrc])
    assert second == (first + 1) & 0xFFFF


def test_after_a_mute_a_newcomer_waits_for_a_key_frame():
    machine = Fence()
    machine.audience({"a"})
    machine.packet(key=True, later=False)
    machine.mute(muted=True)
    machine.mute(muted=False)
    machine.connect("a")
    subscription = machine.subscriptions["a"]
    assert machine.publication.serves(subscription)
    assert not subscription.live
    machine.packet(key=True, later=False)
    assert subscription.live


def test_whoever_cannot_be_reached_gets_nothing_and_the_others_get_theirs():
    machine = Fence()
    machine.audience({"a", "b"})
    machine.connect("a")
    machine.connect("b")
    machine.packet(key=True, later=False)
    transport = machine.subscriptions["a"].transport
    gone = SimpleNamespace(**{**vars(transport), "keys": None})
    machine.subscriptions["a"].transport = gone
    machine.packet(key=False, later=False)
    machine.wake()
    sent = [len(machine.wire.sent[machine.subscriptions[each].ssrc]) for each in MEMBERS[:2]]
    assert sent == [1, 2]


def test_receivers_whose_encryption_adds_other_lengths_all_get_theirs():
    machine = Fence()
    machine.audience({"a", "b"})
    machine.connect("a")
    machine.connect("b")
    machine.packet(key=True, later=False)
    transport = machine.subscriptions["a"].transport
    other = SimpleNamespace(**{**vars(transport), "keys": SimpleNamespace(tag=10)})
    machine.subscriptions["a"].transport = other
    machine.packet(key=False, later=False)
    machine.wake()
    sent = [machine.wire.sent[machine.subscriptions[each].ssrc] for each in MEMBERS[:2]]
    assert [len(each) for each in sent] == [2, 2]
    assert all(len(tags) == 1 for tags in machine.wire.tags)
    assert {10} in machine.wire.tags


# --- key frames for whoever reviews -----------------------------------------------------------------------


class SharedScreen(Fence):
    source = Source.SCREEN


def asked_s(machine, seconds, **line):
    """When a key frame was asked for, by whole seconds, in so long a time of pictures, ticks and no key frame."""
    machine.asked.clear()
    for _ in range(seconds * 100):
        machine.packet(key=False, later=False)
        if machine.now % (100 * MS) == 0:
            machine.publication.tick(machine.now, **line)
    return [each // SECOND for each in machine.asked]


def recorded(machine):
    machine.audience({"recorder"})
    machine.packet(key=True, later=False)
    machine.publication.tick(machine.now)
    return machine


def test_of_a_recorded_picture_a_key_frame_is_asked_for_every_five_seconds_once():
    assert asked_s(recorded(Fence()), 16) == [5, 10, 15]


def test_of_a_recorded_document_every_twenty_seconds():
    assert asked_s(recorded(SharedScreen()), 45) == [20, 40]


def test_of_a_picture_nobody_records_none_is_asked_for():
    machine = Fence()
    machine.audience({"a"})
    machine.connect("a")
    machine.packet(key=True, later=False)
    assert asked_s(machine, 16) == []


def test_none_is_asked_for_while_the_line_is_full_but_as_soon_as_it_is_not():
    machine = recorded(Fence())
    assert asked_s(machine, 12, full=True) == []
    assert asked_s(machine, 1) == [12]


def test_who_need_not_wait_is_asked_a_key_frame_for_at_once():
    machine = recorded(Fence())
    machine.packet(key=False, later=False)
    machine.asked.clear()
    machine.now = 5_100 * MS
    machine.publication.started = True
    machine.audience({"recorder", "a"})
    assert machine.asked == [machine.now]


def test_reviewing_asks_no_sooner_than_somebody_who_waits_may():
    machine = recorded(Fence())
    machine.asked.clear()
    machine.now = 5_100 * MS
    machine.packet(key=False, later=False)
    machine.publication.encodings[0].request_key_frame(machine.now)
    machine.publication.tick(machine.now)
    assert len(machine.asked) == 1
