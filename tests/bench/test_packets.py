from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from bench._packets import FRAME_PACKETS, Numbers, Video, number_in
from bench._sdp import MID_URI, TWCC_URI

NUMBERS = Numbers(payload_type=96, ssrc=0x5EED0001, mid="0", mid_id=4, twcc_id=3)
SECOND_OF_PACKETS = 80


def taken(count, *, payload_bytes=1_100):
    return Video(NUMBERS, payload_bytes=payload_bytes, packets_per_second=SECOND_OF_PACKETS).take(count)


def parsed(packets):
    extensions = HeaderExtensionsMap()
    known = [RTCRtpHeaderExtensionParameters(id=4, uri=MID_URI), RTCRtpHeaderExtensionParameters(id=3, uri=TWCC_URI)]
    extensions.configure(RTCRtpParameters(headerExtensions=known))
    return [RtpPacket.parse(packet, extensions) for packet in packets]


def test_another_implementation_reads_header_and_extensions():
    first, second = parsed(taken(2))

    assert (first.payload_type, first.ssrc, first.extensions.mid) == (96, 0x5EED0001, "0")
    assert second.sequence_number == first.sequence_number + 1
    assert second.extensions.transport_sequence_number == 1


def test_every_payload_has_the_length_asked_for():
    assert {len(packet.payload) for packet in parsed(taken(20))} == {1_100}


def test_a_frame_is_eight_packets_of_one_timestamp_marked_on_the_last():
    packets = parsed(taken(2 * FRAME_PACKETS))

    assert [bool(packet.marker) for packet in packets] == ([False] * 7 + [True]) * 2
    assert len({packet.timestamp for packet in packets[:FRAME_PACKETS]}) == 1
    assert packets[FRAME_PACKETS].timestamp > packets[0].timestamp


def test_the_descriptor_is_vp8_and_one_frame_a_second_is_a_key_frame():
    heads = [VpxPayloadDescriptor.parse(packet.payload) for packet in parsed(taken(2 * SECOND_OF_PACKETS))]
    starts = [(descriptor, rest) for descriptor, rest in heads if descriptor.partition_start]
    keys = [number for number, (_, rest) in enumerate(starts) if not rest[0] & 1]

    assert len(starts) == 20
    assert keys == [0, 10]
    assert [descriptor.picture_id for descriptor, _ in starts[:3]] == [0, 1, 2]


def test_each_packet_carries_its_number():
    video = Video(NUMBERS, payload_bytes=1_100, packets_per_second=SECOND_OF_PACKETS)
    video.take(70_000)

    assert video.next_number == 70_000
    assert [number_in(packet) for packet in video.take(3)] == [70_000, 70_001, 70_002]
    assert video.next_number == 70_003


def test_the_number_is_found_before_rtp_padding():
    packet = bytearray(taken(1)[0])
    packet[0] |= 0x20

    assert number_in(bytes(packet) + b"\x00\x02") == 0


def test_somebody_elses_packet_has_no_number():
    assert number_in(b"") is None
    assert number_in(b"\x80") is None
    assert number_in(bytes(1_112)) is None
    assert number_in(b"\xa0" + bytes(40) + b"\xff") is None
