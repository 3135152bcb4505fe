import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.codecs import CODECS, Payload

VP8, H264, OPUS = CODECS["vp8"].inspect, CODECS["h264"].inspect, CODECS["opus"].inspect


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ("", Payload.UNUSABLE),
        ("10", Payload.UNUSABLE),
        ("90", Payload.UNUSABLE),
        ("9080", Payload.UNUSABLE),
        ("9080ff", Payload.UNUSABLE),
        ("90e08001010000", Payload.KEY_FRAME),
        ("90e080010100", Payload.UNUSABLE),
        ("90e0800101001001", Payload.KEY_FRAME),
        ("90e0800101001101", Payload.MEDIA),
        ("10100200", Payload.KEY_FRAME),
        ("10110200", Payload.MEDIA),
        ("00100200", Payload.MEDIA),
        ("11100200", Payload.MEDIA),
    ],
)
def test_vp8_key_frames_and_stumps_are_told(payload, kind):
    assert VP8(bytes.fromhex(payload)) is kind


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ("", Payload.UNUSABLE),
        ("65", Payload.UNUSABLE),
        ("6588", Payload.KEY_FRAME),
        ("6742e01f", Payload.KEY_FRAME),
        ("68ce", Payload.MEDIA),
        ("4188", Payload.MEDIA),
        ("7c85", Payload.UNUSABLE),
        ("7c8588", Payload.KEY_FRAME),
        ("7c0588", Payload.MEDIA),
        ("7c8188", Payload.MEDIA),
        ("780002674200026588", Payload.KEY_FRAME),
        ("78000241880002419a", Payload.MEDIA),
        ("7800ff67", Payload.UNUSABLE),
        ("78000067", Payload.UNUSABLE),
        ("78", Payload.UNUSABLE),
        ("0000", Payload.UNUSABLE),
        ("1f00", Payload.UNUSABLE),
    ],
)
def test_h264_key_frames_and_stumps_are_told(payload, kind):
    assert H264(bytes.fromhex(payload)) is kind


def test_opus_needs_a_payload():
    assert OPUS(b"") is Payload.UNUSABLE
    assert OPUS(b"\xfc") is Payload.MEDIA


@given(st.binary(max_size=60))
def test_any_payload_is_judged_without_an_error(payload):
    for codec in CODECS.values():
        assert codec.inspect(payload) in Payload
