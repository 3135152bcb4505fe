"""One contract for both media paths: what is sent is compared packet by packet, byte by byte."""

import errno
import itertools
import os
import socket
import struct
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from mediation_server.media.embedded import _fastpath, private_names, rtp
from mediation_server.media.embedded.accelerator import IN_PYTHON, media_path
from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.fast_sender import FastSender
from mediation_server.media.embedded.limits import MS, SECOND, Counters
from mediation_server.media.embedded.reading import Train
from mediation_server.media.embedded.runs import Rewriting, rewritten
from mediation_server.media.embedded.sockaddr import raw_address, readable_address
from mediation_server.media.embedded.srtp import SrtpKeys

PROFILES = {
    "gcm": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "sha1": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
}
COMPILED = media_path()
PATHS = [IN_PYTHON, COMPILED]
VP8 = CODECS["vp8"]
both = pytest.mark.parametrize("path", PATHS, ids=["python", "compiled"])
_SO_NO_CHECK = 11
_SO_TIMESTAMPNS = 35
HEADS = ["90e0fffeff00", "90e07eff0000", "9080fffe1000", "904010ff0000", "100100000000"]


def session(direction, profile="gcm"):
    number, length = PROFILES[profile]
    return Session(Policy(bytes(range(length)), direction, 0, number))


def keys_of(profile="gcm"):
    return SrtpKeys(session(Policy.SSRC_ANY_INBOUND, profile), session(Policy.SSRC_ANY_OUTBOUND, profile))


def udp(host="127.0.0.1"):
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.settimeout(2)
    return sock


@pytest.fixture(scope="module")
def wires():
    """A socket that sends and three that receive."""
    with udp() as out, udp() as one, udp() as two, udp() as three:
        out.setblocking(False)
        yield out, [one, two, three]


def packets_of(sizes, head="90e0fffeff00"):
    return [
        struct.pack("!BBHII", 0x80, 0xE0, n, n, 1) + bytes.fromhex(head) + bytes((n % 251,)) * size
        for n, size in enumerate(sizes)
    ]


def sent_by(path, wires, packets, rewritings, *, codec=VP8, **how):
    """What each receiver gets, as it lies in the socket, and what the sender says it sent."""
    out, receivers = wires
    counters = Counters()
    sender = path.sender(out, counters)
    sender.segments = how.get("segments", True)
    told = [
        (keys_of(how.get("profile", "gcm")), sock.getsockname(), each)
        for sock, each in zip(receivers, rewritings, strict=False)
    ]
    counts = sender.send_packets(packets, codec, told)
    assert counters.packets_out == sum(counts)
    return [[sock.recv(3_000) for _ in range(count)] for sock, count in zip(receivers, counts, strict=False)], counters


REWRITINGS = st.builds(
    Rewriting,
    st.integers(0, 0xFFFFFFFF),
    st.integers(-(1 << 70), 1 << 70),
    st.integers(-(1 << 70), 1 << 70),
    st.integers(-(1 << 20), 1 << 20),
    st.integers(-(1 << 20), 1 << 20),
)


@given(
    sizes=st.lists(st.one_of(st.integers(0, 1200), st.integers(1095, 1100)), min_size=1, max_size=40),
    head=st.sampled_from(HEADS),
    rewritings=st.lists(REWRITINGS, min_size=3, max_size=3),
    profile=st.sampled_from(sorted(PROFILES)),
    segments=st.booleans(),
)
def test_both_paths_send_the_same_bytes(wires, sizes, head, rewritings, profile, segments):
    packets = packets_of(sizes, head)
    seen = [sent_by(path, wires, packets, rewritings, profile=profile, segments=segments)[0] for path in PATHS]
    assert seen[0] == seen[1]
    assert [len(each) for each in seen[0]] == [len(sizes)] * 3


@both
@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("segments", [True, False])
def test_a_run_arrives_rewritten_and_decrypts(wires, path, profile, segments):
    receiving = session(Policy.SSRC_ANY_INBOUND, profile)
    packets = packets_of([500 + n % 2 for n in range(5)])
    told = {"profile": profile, "segments": segments, "codec": replace(VP8, payload_type=101)}
    ((*arrived,),), _ = sent_by(path, wires, packets, [Rewriting(4242, 65_533)], **told)
    found = [RtpPacket.parse(receiving.unprotect(each)) for each in arrived]
    assert [each.sequence_number for each in found] == [65_533, 65_534, 65_535, 0, 1]
    assert {each.ssrc for each in found} == {4242}
    assert {each.payload_type for each in found} == {101}
    assert [each.payload for each in found] == [each[12:] for each in packets]


@both
@pytest.mark.parametrize("head", HEADS)
def test_the_numbers_of_the_picture_are_those_of_one_packet_alone(wires, path, head):
    codec, rewriting = CODECS["vp8"], Rewriting(7, 40, 90_000, 3, 2)
    packets = packets_of([500] * 5, head)
    arrived = sent_by(path, wires, packets, [rewriting])[0][0]
    receiving = session(Policy.SSRC_ANY_INBOUND)
    plain = [bytes((each[0], each[1] & 0x80 | codec.payload_type)) + each[2:] for each in packets]
    assert [receiving.unprotect(each) for each in arrived] == [
        rewritten(each, rewriting, codec.places) for each in plain
    ]


@both
def test_what_cannot_be_encrypted_is_dropped_and_counted_and_the_others_get_theirs(wires, path):
    out, (one, two, _) = wires
    counters, spent = Counters(), keys_of()
    sender, packets = path.sender(out, counters), packets_of([50])
    told = [(spent, one.getsockname(), Rewriting(1)), (keys_of(), two.getsockname(), Rewriting(1))]
    assert sender.send_packets(packets, VP8, told[:1]) == [1]
    assert sender.send_packets(packets, VP8, told) == [
        0,
        1,
    ]  # the same packet of the same stream twice: libsrtp refuses
    assert counters.dropped == {"protect_failed": 1}
    assert one.recv(200) == two.recv(200)


@both
def test_what_the_kernel_does_not_take_is_dropped_and_counted(wires, path):
    out, _ = wires
    counters = Counters()
    sender = path.sender(out, counters)
    for offset, sizes in ((0, [500] * 5), (10, [500])):
        assert sender.send_packets(
            packets_of(sizes), VP8, [(keys_of(), ("255.255.255.255", 9), Rewriting(1, offset))]
        ) == [0]
    assert counters.dropped == {"send_failed": 6}
    assert counters.packets_out == 0


@both
@pytest.mark.parametrize("sizes", [[50] * 5, [50]], ids=["train", "single"])
def test_whom_the_kernel_does_not_reach_keeps_nothing_from_the_others(wires, path, sizes):
    out, (into, *_) = wires
    counters = Counters()
    homes = [("255.255.255.255", 9) if place in {0, 3, 4, 39} else into.getsockname() for place in range(40)]
    told = [(keys_of(), home, Rewriting(place)) for place, home in enumerate(homes)]
    wanted = [0 if home[0].startswith("255") else len(sizes) for home in homes]
    assert path.sender(out, counters).send_packets(packets_of(sizes), VP8, told) == wanted
    arrived = [int.from_bytes(into.recv(3_000)[8:12], "big") for _ in range(sum(wanted))]
    assert arrived == [place for place, count in enumerate(wanted) for _ in range(count)]
    assert counters.dropped == {"send_failed": 4 * len(sizes)}


@both
@pytest.mark.parametrize("sizes", [[50] * 5, [50]], ids=["train", "single"])
def test_why_the_kernel_did_not_reach_somebody_is_asked_for_and_not_what_was_last_said(wires, path, sizes):
    """A send that reached some before somebody says nothing of why it stopped."""
    out, (into, *_) = wires
    counters = Counters()
    told = [(keys_of(), home, Rewriting(1)) for home in (into.getsockname(), ("255.255.255.255", 9))]
    sender = path.sender(out, counters)
    with pytest.raises(BlockingIOError):
        out.recv(1)
    assert sender.send_packets(packets_of(sizes), VP8, told) == [len(sizes), 0]
    assert counters.dropped == {"send_failed": len(sizes)}
    assert sender.segments
    assert len([into.recv(3_000) for _ in sizes]) == len(sizes)


@both
def test_where_trains_are_not_supported_packets_go_one_by_one(path):
    with udp() as out, udp() as into:
        out.setsockopt(socket.SOL_SOCKET, _SO_NO_CHECK, 1)  # Linux takes no trains without checksums
        sender = path.sender(out, Counters())
        assert sender.segments
        told = [(keys_of(), into.getsockname(), Rewriting(place)) for place in range(3)]
        assert sender.send_packets(packets_of([500] * 5), VP8, told) == [5] * 3
        assert not sender.segments
        arrived = [into.recv(3_000)[8:12] for _ in range(15)]
        assert arrived == [place.to_bytes(4, "big") for place in range(3) for _ in range(5)]


def test_what_the_extension_could_not_send_is_counted_by_its_reason(wires):
    """A full socket cannot be had on loopback: here stands what the extension would say of one."""
    counters = Counters()
    sender = FastSender(
        wires[0], counters, SimpleNamespace(gather=lambda *_: None, fan_out=lambda *_: (1, [0, 0, 0, 2, 3], (3, 4, 3)))
    )
    told = [(keys_of(), ("127.0.0.1", 9), Rewriting(1))] * 5
    assert sender.send_packets(packets_of([40] * 3), VP8, told) == [0, 0, 0, 2, 3]
    assert counters.dropped == {"send_blocked": 3, "send_failed": 4, "protect_failed": 3}
    assert counters.packets_out == 5


@both
def test_nothing_is_left_to_send_when_the_call_is_over(wires, path):
    """The fence of the rooms rests on this: there is no queue behind the call."""
    (arrived, *_), _ = sent_by(path, wires, packets_of([300] * 48), [Rewriting(1)])
    assert len(arrived) == 48
    wires[1][0].setblocking(False)
    with pytest.raises(BlockingIOError):
        wires[1][0].recv(3_000)
    wires[1][0].settimeout(2)


@both
def test_both_directions_of_one_association_share_their_state_with_single_packets(wires, path):
    """Retransmissions and reports are sealed in Python: rollover and replay are one state."""
    out, (into, *_) = wires
    keys = keys_of()
    sender, receiving = path.sender(out, Counters()), session(Policy.SSRC_ANY_INBOUND)
    for first in range(0, 70_000, 1_000):
        packet = struct.pack("!BBHII", 0x80, 96, first & 0xFFFF, 0, 1) + bytes(10)
        assert sender.send_packets([packet], VP8, [(keys, into.getsockname(), Rewriting(1))]) == [1]
        receiving.unprotect(into.recv(200))
    sealed = keys.seal(struct.pack("!BBHII", 0x80, 96, 69_001 & 0xFFFF, 0, 1) + b"after the rollover")
    assert receiving.unprotect(sealed).endswith(b"after the rollover")


# -- reading --------------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_datagrams_are_read_with_their_senders_until_there_are_none(path, host):
    with udp(host) as into, udp(host) as one, udp(host) as two:
        into.setblocking(False)
        reader = path.reader(into)
        assert reader.read() == ([], True)
        wanted = [(bytes((n,)) * (n * 31), (one, two)[n % 2]) for n in range(50)]
        for data, sender in wanted:
            sender.sendto(data, into.getsockname())
        found = []
        emptied = False
        while not emptied:
            batch, emptied = reader.read()
            found += [
                (bytes(reader.buffers[each.first].view[: each.sizes[0]]), each.address)
                for train in batch
                for each in train.singly()
            ]
        assert found == [(data, sender.getsockname()) for data, sender in wanted]


@both
def test_a_longer_datagram_is_cut_at_its_place(path):
    with udp() as into, udp() as out:
        into.setblocking(False)
        reader = path.reader(into)
        for data in (b"\x01" * 5_000, b"\x02" * 10):
            out.sendto(data, into.getsockname())
        batch, _ = reader.read()
        assert [each.sizes for each in batch] == [[2_048], [10]]
        assert bytes(reader.buffers[1].view[:10]) == b"\x02" * 10


@both
def test_the_error_of_a_peer_that_went_away_stops_no_reading(path):
    with udp() as into, udp() as out:
        into.setblocking(False)
        with udp() as gone:
            address = gone.getsockname()
        into.connect(address)  # only then does Linux tell of ICMP errors
        into.send(b"nobody")
        reader = path.reader(into)
        assert reader.read() == ([], False)
        into.connect(out.getsockname())
        out.sendto(b"here", into.getsockname())
        (train,), emptied = reader.read()
        assert (train._replace(waited=0), emptied) == (Train(out.getsockname(), 0, [4], 0), True)


@both
def test_what_came_apart_is_told_apart_by_when_the_kernel_had_it(path):
    """Browsers reckon from these times what their line carries; how late we read says nothing about it."""
    with udp() as into, udp() as out:
        into.setblocking(False)
        reader = path.reader(into)
        began = time.monotonic_ns()
        for number in range(4):
            sent = time.monotonic_ns()
            out.sendto(struct.pack("!BBHII", 0x80, 96, number, 9, 1), into.getsockname())
            while time.monotonic_ns() < sent + 3 * MS:
                pass
        trains, _ = reader.read()
        passed = time.monotonic_ns() - began
        assert [train.sizes for train in trains] == [[12]] * 4
        assert all(earlier.waited - later.waited > 2 * MS for earlier, later in itertools.pairwise(trains))
        assert 2 * MS < trains[-1].waited < trains[0].waited <= passed


@both
def test_what_the_kernel_did_not_date_has_just_come(path):
    with udp() as into, udp() as out:
        into.setblocking(False)
        reader = path.reader(into)
        out.sendto(b"dated", into.getsockname())
        into.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 0)
        assert reader.read() == ([Train(out.getsockname(), 0, [5], 0)], True)


def test_nothing_is_said_to_have_waited_for_more_than_a_second():
    """A clock that was set, or a process that stood still."""
    with udp() as one, udp() as two, udp() as out:
        readers = [path.reader(into) for path, into in zip(PATHS, (one, two), strict=True)]
        for into in (one, two):
            out.sendto(b"early", into.getsockname())
        time.sleep(1.001)
        assert [train.waited for reader in readers for train in reader.read()[0]] == [SECOND] * 2


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers(0, 65_535), st.integers(0, 0xFFFFF))
def test_addresses_are_the_kernels_and_come_back(host, port, flow):
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    name = socket.inet_ntop(family, host.packed)
    address = (name, port) if host.version == 4 else (name, port, flow, 0)
    assert readable_address(raw_address(address)) == address


@given(st.binary(max_size=40))
def test_an_address_of_another_family_is_refused(raw):
    if len(raw) >= 2 and struct.unpack_from("=H", raw)[0] not in {socket.AF_INET, socket.AF_INET6}:
        with pytest.raises(ValueError, match="family"):
            readable_address(raw)


# -- headers --------------------------------------------------------------------------------------------------------


def answer(parse, packet, size):
    try:
        return parse(packet, size)
    except ValueError as error:
        return str(error)


FLAGS = st.builds(lambda version, low: bytes((version << 6 | low,)), st.sampled_from([2, 2, 2, 1]), st.integers(0, 63))
EXTENDED = st.builds(
    lambda flags, head, profile, words, body: bytes((0x80 | flags,)) + head + struct.pack("!HH", profile, words) + body,
    st.sampled_from([0x10, 0x10, 0x30, 0x11]),
    st.binary(min_size=11, max_size=11),
    st.sampled_from([0xBEDE, 0x1000, 0x100F, 0x1111]),
    st.integers(0, 9),
    st.binary(max_size=48),
)


@given(st.one_of(st.binary(max_size=60), st.builds(bytes.__add__, FLAGS, st.binary(max_size=60)), EXTENDED))
def test_both_paths_read_the_same_header_or_refuse_for_the_same_reason(packet):
    for size in {len(packet), max(0, len(packet) - 1)}:
        assert answer(COMPILED.parse, packet, size) == answer(IN_PYTHON.parse, packet, size)
    assert type(answer(COMPILED.parse, bytes([0x80]) + bytes(11), 12)) is rtp.RtpHeader


# -- what the extension is told that cannot be ----------------------------------------------------------------------

KEYS = SimpleNamespace(context_address=1)
HERE = ("127.0.0.1", 9)
RECEIVER = (KEYS, HERE, Rewriting(1))
KNOWN = {HERE: raw_address(HERE)}
PACKETS = tuple(packets_of([100, 100, 80]))
AUDIENCE = _fastpath.gather(KNOWN, [RECEIVER])


@pytest.mark.parametrize("packets", [(b"short",), (bytes(59_990),), (PACKETS[0], "text"), (PACKETS[0], None)])
def test_packets_that_cannot_be_are_refused(packets):
    with pytest.raises(ValueError):  # noqa: PT011 - any of its reasons
        _fastpath.fan_out(-1, 1, packets, 96, 16, 1, AUDIENCE)


@pytest.mark.parametrize(
    "receiver",
    [
        (SimpleNamespace(context_address=0), *RECEIVER[1:]),
        (KEYS, ("no address", 1), Rewriting(1)),
        (KEYS, ("too long", 1), Rewriting(1)),
        (KEYS, HERE, (1, 2)),
        (KEYS,),
    ],
)
def test_a_receiver_that_cannot_be_is_refused(receiver):
    known = {**KNOWN, ("no address", 1): b"", ("too long", 1): bytes(500)}
    with pytest.raises(ValueError):  # noqa: PT011 - any of its reasons
        _fastpath.gather(known, [receiver])


def test_a_receiver_at_an_unknown_address_is_said_to_be_unknown(wires):
    _, (into, *_) = wires
    known, keys = {into.getsockname(): raw_address(into.getsockname())}, keys_of()
    told = [(keys, into.getsockname(), Rewriting(1)), (keys, HERE, Rewriting(2))]
    with pytest.raises(KeyError):
        _fastpath.gather(known, told)


def test_objects_of_other_types_and_sizes_are_refused():
    for arguments in [
        (),
        (1,),
        ("x", 1, PACKETS, 96, 16, 1, AUDIENCE),
        (1, 1, None, 96, 16, 1, AUDIENCE),
        (1, 1, list(PACKETS), 96, 16, 1, AUDIENCE),
        (1, 1, PACKETS, 96, 16, 1, None),
        (1, 1, PACKETS, 96, 16, 1, [RECEIVER]),
        (1, 1, PACKETS, 96, 16, 1, socket.CAPI),
        (1, 1, PACKETS, 200, 16, 1, AUDIENCE),
        (1, 1, PACKETS, 96, 65, 1, AUDIENCE),
        (1, 1, PACKETS, 96, 1 << 31, 1, AUDIENCE),
    ]:
        with pytest.raises((TypeError, ValueError)):
            _fastpath.fan_out(*arguments)
    for arguments in [
        (),
        (KNOWN, None),
        (None, []),
        (KNOWN, [None]),
        (KNOWN, [(object(), HERE, Rewriting(1))]),
        (KNOWN, [(KEYS, [], Rewriting(1))]),
        (KNOWN, [RECEIVER] * 513),
    ]:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            _fastpath.gather(*arguments)
    for packet, size in [(b"", 1), (b"\x80" * 20, 21), ("text", 1)]:
        with pytest.raises((TypeError, ValueError)):
            _fastpath.parse(packet, size)
    with pytest.raises(TypeError):
        _fastpath.receive(0, b"read-only", 10, {})
    with pytest.raises(TypeError):
        _fastpath.receive(0, bytearray(10), 10, [])
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is asserted
        _fastpath.receive(-1, bytearray(10), 10, {})
    assert caught.value.errno == errno.EBADF
    assert _fastpath.receive(-1, bytearray(10), 0, {}) == (0, [])
    with pytest.raises(ValueError, match="address"):
        _fastpath.bind(0, 1, rtp.RtpHeader)


@pytest.mark.parametrize(
    ("slot", "first", "sizes"),
    [
        (500, 0, [501]),
        (500, 0, [11]),
        (500, 0, [-1]),
        (500, 0, ["x"]),
        (500, 2, [100]),
        (500, 1, [100, 100]),
        (500, -1, [100]),
        (500, 1 << 60, [100]),
        (0, 0, [50]),
        (-500, 0, [50]),
    ],
)
def test_a_train_outside_its_memory_is_refused_before_it_is_touched(slot, first, sizes):
    memory = bytearray(1_000)
    with pytest.raises((ValueError, TypeError)):
        _fastpath.open_train(keys_of().opening_address, memory, slot, first, sizes, 0, 1, 1)
    with pytest.raises(ValueError, match="context"):
        _fastpath.open_train(0, memory, 500, 0, [100], 0, 1, 1)
    assert memory == bytes(1_000)


def test_more_receivers_than_one_call_takes_all_get_theirs(wires):
    out, receivers = wires
    keys = keys_of()
    told = [(keys, receivers[ssrc % 3].getsockname(), Rewriting(ssrc)) for ssrc in range(1, 601)]
    assert COMPILED.sender(out, Counters()).send_packets(packets_of([20]), VP8, told) == [1] * 600
    assert len({receivers[number % 3].recv(100)[8:12] for number in range(600)}) == 600


def test_addresses_are_forgotten_when_there_are_too_many_and_learnt_again(wires):
    out, (into, *_) = wires
    sender, keys = COMPILED.sender(out, Counters()), keys_of()
    for number in range(4_200):
        told = [(keys, (f"127.1.{number >> 8}.{number & 255}", 9), Rewriting(number))]
        sender.send_packets(packets_of([20]), VP8, told)
    assert sender.send_packets(packets_of([20]), VP8, [(keys, into.getsockname(), Rewriting(9_999))]) == [1]
    assert into.recv(100)[8:12] == (9_999).to_bytes(4, "big")


# -- which one runs -------------------------------------------------------------------------------------------------


def test_the_compiled_path_runs_here_and_can_be_refused():
    assert COMPILED.compiled
    assert media_path(accelerate=False) is IN_PYTHON


def test_without_the_extension_python_does_the_same_work():
    program = (
        "import sys; sys.modules['mediation_server.media.embedded._fastpath'] = None\n"
        "from mediation_server.media.embedded.accelerator import IN_PYTHON, media_path\n"
        "assert media_path() is IN_PYTHON"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=dict(os.environ))


def test_an_extension_that_does_not_fit_this_libsrtp_is_left_alone(monkeypatch):
    address = private_names.ffi.addressof(private_names.lib, "srtp_protect_rtcp")
    wrong = int(private_names.ffi.cast("uintptr_t", address))
    monkeypatch.setattr(private_names, "protect_address", lambda: wrong)
    assert media_path() is IN_PYTHON
    monkeypatch.undo()
    assert media_path().compiled


def test_places_are_found_for_every_codec(wires):
    for codec, head in itertools.product(CODECS.values(), HEADS):
        seen = [
            sent_by(path, wires, packets_of([40, 41], head), [Rewriting(1, 2, 3, 4, 5)], codec=codec)[0]
            for path in PATHS
        ]
        assert seen[0] == seen[1]
