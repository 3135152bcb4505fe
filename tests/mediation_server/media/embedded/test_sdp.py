import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.errors import BadInput
from mediation_server.media.embedded.choosing import choose
from mediation_server.media.embedded.descriptions import Endpoint, Ports, write_answer
from mediation_server.media.embedded.limits import Limits
from mediation_server.media.embedded.sdp import parse
from mediation_server.media.embedded.stun import Credentials
from mediation_server.media.engine import Source

FINGERPRINT = ":".join(f"{byte:02x}" for byte in range(32))
SOURCES = {"0": Source.MICROPHONE, "1": Source.CAMERA}
ENDPOINT = Endpoint(Credentials("u" * 12, "p" * 32), FINGERPRINT, ("192.0.2.1",), Ports(4000))
FIREFOX = "\r\n".join(
    (
        "v=0",
        "o=mozilla...THIS_IS_SDPARTA-99.0 1 0 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=group:BUNDLE 0 1",
        "a=setup:actpass",
        "a=ice-options:trickle",
        "m=audio 9 UDP/TLS/RTP/SAVPF 109 9",
        "c=IN IP4 0.0.0.0",
        "a=sendonly",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level",
        "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1",
        "a=ice-pwd:0123456789abcdef0123456789abcdef",
        "a=ice-ufrag:0a1b2c3d",
        "a=mid:0",
        "a=rtpmap:109 opus/48000/2",
        "a=rtpmap:9 G722/8000/1",
        "m=video 9 UDP/TLS/RTP/SAVPF 120 124 97 98",
        "a=sendonly",
        "a=fmtp:97 profile-level-id=42e01f;level-asymmetry-allowed=1",
        "a=fmtp:98 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1",
        "a=fmtp:124 apt=120",
        "a=ice-pwd:0123456789abcdef0123456789abcdef",
        "a=ice-ufrag:0a1b2c3d",
        "a=mid:1",
        "a=rtcp-fb:* transport-cc",
        "a=rtcp-fb:120 nack",
        "a=rtcp-fb:120 nack pli",
        "a=rtpmap:120 VP8/90000",
        "a=rtpmap:124 rtx/90000",
        "a=rtpmap:97 H264/90000",
        "a=rtpmap:98 H264/90000",
        "a=ssrc:12 cname:{x}",
        "",
    )
)


def answered(text, sources=SOURCES):
    offer = parse(text, Limits())
    return write_answer(offer.sections, choose(offer, sources), ENDPOINT, "passive", 1)


def test_attributes_at_session_level_count_for_every_section():
    offer = parse(FIREFOX, Limits())
    assert offer.fingerprints == (("sha-256", FINGERPRINT.upper()),)
    assert (offer.setup, offer.ufrag) == ("actpass", "0a1b2c3d")
    assert [each.codec.name for each in choose(offer, SOURCES)] == ["opus", "vp8"]


def test_the_answer_takes_one_codec_a_section_under_the_browsers_numbers():
    sdp = answered(FIREFOX)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n" in sdp
    assert "m=video 9 UDP/TLS/RTP/SAVPF 120 124\r\n" in sdp
    assert "a=fmtp:120 x-google-start-bitrate=1500\r\n" in sdp
    assert "a=fmtp:124 apt=120\r\n" in sdp
    assert "useinbandfec=1" in sdp
    assert "a=rtcp-fb:120 transport-cc\r\n" in sdp
    assert "goog-remb" not in sdp
    assert "csrc-audio-level" not in sdp
    assert sdp.count("a=recvonly\r\n") == 2


def test_the_browsers_order_of_codecs_decides():
    h264_first = FIREFOX.replace("SAVPF 120 124 97 98", "SAVPF 97 98 120 124")
    (_, video) = choose(parse(h264_first, Limits()), SOURCES)
    assert (video.codec.name, video.payload_type, video.profile) == ("h264", 98, "42e01f")
    assert "packetization-mode=1;profile-level-id=42e01f;x-google-start-bitrate=1500" in answered(h264_first)


@pytest.mark.parametrize("profile", ["4d001f", "640c1f", "f4001f", "", "42"])
def test_h264_beyond_baseline_is_not_taken(profile):
    text = FIREFOX.replace("SAVPF 120 124 97 98", "SAVPF 98").replace("42e01f", profile)
    assert [each.codec.name for each in choose(parse(text, Limits()), SOURCES)] == ["opus"]


def test_a_section_without_a_codec_of_ours_and_a_data_channel_are_rejected_alone():
    text = FIREFOX.replace("VP8/90000", "VP7/90000").replace("packetization-mode=1", "packetization-mode=2")
    text += "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
    sdp = answered(text)
    assert "m=video 0 " in sdp
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in sdp
    assert "a=group:BUNDLE 0\r\n" in sdp


def test_a_bundle_only_section_is_taken_and_one_with_no_port_otherwise_is_rejected():
    without_port = FIREFOX.replace("m=video 9 ", "m=video 0 ")
    bundled = answered(without_port.replace("a=mid:1", "a=bundle-only\r\na=mid:1"))
    assert "m=video 9 UDP/TLS/RTP/SAVPF 120 124\r\n" in bundled
    assert "a=group:BUNDLE 0 1\r\n" in bundled
    alone = answered(without_port)
    assert "m=video 0 " in alone
    assert "a=group:BUNDLE 0\r\n" in alone
    paused = without_port.replace("a=sendonly", "a=inactive").replace("a=mid:1", "a=bundle-only\r\na=mid:1")
    assert "a=group:BUNDLE 0 1\r\n" in answered(paused)


LAYERED = FIREFOX.replace(
    "a=mid:1",
    "a=mid:1\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=extmap:6 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
    "a=rid:q send\r\na=rid:h send\r\na=rid:f send max-width=1280\r\na=rid:x recv\r\n"
    "a=simulcast:send q;~h,x;f",
)


def test_the_encodings_of_a_camera_are_taken_by_their_names():
    sdp = answered(LAYERED)
    assert "a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f\r\n" in sdp
    assert "a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n" in sdp
    assert "a=extmap:6 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n" in sdp
    assert "simulcast" not in answered(FIREFOX)


@pytest.mark.parametrize(
    ("old", "new", "rids"),
    [
        ("q;~h,x;f", "q;h;f;x", ("q", "h", "f")),
        ("q;~h,x;f", "q;q;f", ("q", "f")),
        ("a=rid:h send\r\n", "", ("q", "f")),
        ("a=rid:q send", "a=rid:q recv", ("h", "f")),
        ("send q;~h,x;f", "recv q;h;f", ()),
        ("send q;~h,x;f", "recv x send q;h;f", ("q", "h", "f")),
        ("send q;~h,x;f", "send", ()),
        ("q;~h,x;f", "q\u00e9;" + "a" * 17 + ";f", ("f",)),
        ("sdes:rtp-stream-id", "other", ()),
    ],
)
def test_only_encodings_that_are_sent_and_named_well_are_taken(old, new, rids):
    assert old in LAYERED
    assert choose(parse(LAYERED.replace(old, new), Limits()), SOURCES)[1].rids == rids


def test_more_encodings_than_three_are_not_taken():
    more = LAYERED.replace("a=rid:x recv", "a=rid:x send").replace("q;~h,x;f", "q;h;f;x")
    assert choose(parse(more, Limits()), SOURCES)[1].rids == ("q", "h", "f")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=1"),
        ("a=mid:1", "a=mid:0"),
        ("a=mid:1", "a=mid:"),
        ("a=mid:1", "a=mid:x y"),
        ("a=mid:1", "a=mid:" + "x" * 33),
        ("a=ice-ufrag:0a1b2c3d", "a=ice-ufrag:é"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("sha-256", "sha-1"),
        (FINGERPRINT, FINGERPRINT[:-3]),
        ("m=video 9", "m=video"),
        ("m=video 9", "m=image 9"),
        ("a=group", "a=" + "x" * 3000),
    ],
)
def test_what_does_not_add_up_is_refused(old, new):
    with pytest.raises(BadInput):
        parse(FIREFOX.replace(old, new), Limits())


LINES = FIREFOX.split("\r\n")


@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_mutations_are_answered_or_refused_and_nothing_foreign_gets_into_the_answer(chance, count):
    lines = list(LINES)
    for _ in range(count):
        at = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, chance.choice(LINES))
            case 2:
                cut = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + chance.choice(["\x00", " ", ":", "999999", "a=evil:1", "\n", "法", "/"])
            case _:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    try:
        sdp = answered("\r\n".join(lines))
    except BadInput:
        return
    assert "evil" not in sdp
    assert sdp.isascii()
    assert all(line[1:2] == "=" for line in sdp.split("\r\n")[:-1])


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(BadInput):
        parse(text, Limits())
