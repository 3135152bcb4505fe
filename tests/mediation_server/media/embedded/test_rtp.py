import struct

import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.rtp import parse, rtx_of


@given(
    payload=st.binary(max_size=60),
    csrcs=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15),
    padding=st.integers(0, 20),
    extensions=st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=4),
    two_byte=st.booleans(),
)
def test_a_header_is_read_whatever_it_carries(payload, csrcs, padding, extensions, two_byte):
    block = b"".join(
        (bytes((key, len(value))) if two_byte else bytes((key << 4 | len(value) - 1,))) + value
        for key, value in extensions.items()
    )
    block += bytes(-len(block) % 4)
    flags = 0x80 | (0x20 if padding else 0) | (0x10 if extensions else 0) | len(csrcs)
    packet = struct.pack("!BBHII", flags, 0xE0, 7, 8, 9) + b"".join(struct.pack("!I", each) for each in csrcs)
    if extensions:
        packet += struct.pack("!HH", 0x1000 if two_byte else 0xBEDE, len(block) // 4) + block
    packet += payload + (bytes(padding - 1) + bytes((padding,)) if padding else b"")
    header = parse(packet, len(packet))
    assert packet[header.payload : header.end] == payload
    assert (header.marker_and_type, header.sequence, header.timestamp, header.ssrc) == (0xE0, 7, 8, 9)
    assert (header.extensions or {}) == extensions


@given(st.binary(max_size=80))
def test_whatever_comes_is_read_or_refused_and_stays_inside(data):
    try:
        header = parse(data, len(data))
    except ValueError:
        return
    assert 12 <= header.payload <= header.end <= len(data)


@pytest.mark.parametrize("data", [b"", bytes(11), bytes(12), b"\x80" * 11, b"\xa0" + bytes(11)])
def test_short_foreign_and_badly_padded_packets_are_refused(data):
    with pytest.raises(ValueError, match=r"short|version|length"):
        parse(data, len(data))


@given(st.binary(max_size=50), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_a_retransmission_carries_the_original_number_first(payload, sequence, original):
    packet = struct.pack("!BBHII", 0x80, 0x80 | 96, 5, 6, 7) + payload
    again = RtpPacket.parse(rtx_of(packet, 97, sequence, 99, original))
    assert (again.payload_type, again.sequence_number, again.ssrc, again.timestamp) == (97, sequence, 99, 6)
    assert again.marker == 1
    assert again.payload == struct.pack("!H", original) + payload
