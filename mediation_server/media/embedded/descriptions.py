"""Writing our answers and offers (RFC 8829, RFC 8839, RFC 8842); knows no live object.

Only what is useful is written: no header extension goes to subscribers, their SSRCs are signalled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediation_server.media.embedded.choosing import Chosen
from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.sdp import Section
from mediation_server.media.embedded.stun import Credentials
from mediation_server.media.engine import Kind

__all__ = ["Endpoint", "OfferedSection", "Ports", "write_answer", "write_offer"]

_PROFILE = "UDP/TLS/RTP/SAVPF"
# Chromium begins at 300 kbit/s otherwise and takes 9 s to full 720p instead of 2.
_START_RATE = "x-google-start-bitrate=1500"
_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")
_UDP_PRIORITY, _TCP_PRIORITY = 2130706431, 1518280447  # RFC 8445 §5.1.2.1 with type preferences 126 and 90
_BASELINE = "42e01f"
_NAMES = {"opus": "opus", "vp8": "VP8", "h264": "H264"}


@dataclass(frozen=True, slots=True)
class Ports:
    """Where browsers reach us: over UDP, and over TCP if they must (0: not at all)."""

    udp: int
    tcp: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and who we are."""

    credentials: Credentials
    fingerprint: str  # of SHA-256
    addresses: tuple[str, ...]
    ports: Ports
    session: int = 1

    def lines(self, setup: str) -> list[str]:
        """The transport attributes of an m-section."""
        return [
            f"a=ice-ufrag:{self.credentials.ufrag}",
            f"a=ice-pwd:{self.credentials.password}",
            f"a=fingerprint:sha-256 {self.fingerprint}",
            f"a=setup:{setup}",
            *(
                f"a=candidate:{place + 1} 1 udp {_UDP_PRIORITY - 256 * place} {address} {self.ports.udp} typ host"
                for place, address in enumerate(self.addresses)
            ),
            *(
                f"a=candidate:{place + 101} 1 tcp {_TCP_PRIORITY - 256 * place} {address} {self.ports.tcp}"
                " typ host tcptype passive"
                for place, address in enumerate(self.addresses if self.ports.tcp else ())
            ),
            "a=end-of-candidates",
            "a=rtcp-mux",
        ]


@dataclass(frozen=True, slots=True)
class OfferedSection:
    """One m-section of a subscribe offer; `publication` is empty for one that carries nothing now.

    `track` is its name in the description: empty for one that will carry nothing before it is offered again.
    Browsers keep the tracks of one `stream` in step (RFC 8830 §2).
    """

    mid: str
    codec: Codec
    profile: str
    member: str
    stream: str
    publication: str
    ssrc: int
    rtx_ssrc: int
    track: str


def write_answer(
    sections: Sequence[Section], chosen: Sequence[Chosen], endpoint: Endpoint, setup: str, revision: int
) -> str:
    """The answer to a publish offer."""
    taken = {each.section.mid: each for each in chosen}
    lines = _session(
        endpoint.session, revision, [section.mid for section in sections if section.mid in taken or _idle(section)]
    )
    for section in sections:
        each = taken.get(section.mid)
        if each is not None:
            lines += _answered(each, endpoint, setup)
        elif _idle(section):
            lines += _inactive(section, endpoint, setup)
        else:
            formats = " ".join(str(form) for form in list(section.formats)[:1]) or "webrtc-datachannel"
            protocol = "UDP/DTLS/SCTP" if section.kind == "application" else _PROFILE
            lines += [f"m={section.kind} 0 {protocol} {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]
    return "\r\n".join(lines) + "\r\n"


def write_offer(sections: Sequence[OfferedSection], endpoint: Endpoint, revision: int) -> str:
    """A subscribe offer."""
    lines = _session(endpoint.session, revision, [section.mid for section in sections])
    for section in sections:
        lines += _offered(section, endpoint)
    return "\r\n".join(lines) + "\r\n"


def _session(session: int, revision: int, mids: Sequence[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {session} {revision} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=msid-semantic:WMS *",
    ]


def _idle(section: Section) -> bool:
    """An m-section that stays for later use: a track taken away, or never begun."""
    return not section.rejected and not section.sends and section.kind != "application" and bool(section.formats)


def _media(kind: str, types: Sequence[int]) -> list[str]:
    return [f"m={kind} 9 {_PROFILE} {' '.join(str(each) for each in types)}", "c=IN IP4 0.0.0.0"]


def _answered(each: Chosen, endpoint: Endpoint, setup: str) -> list[str]:
    types = [number for number in (each.payload_type, each.red_payload_type, each.rtx_payload_type) if number]
    form = each.section.formats[each.payload_type]
    start = [_START_RATE] if each.codec.kind is Kind.VIDEO else []
    return [
        *_media(each.codec.kind, types),
        *endpoint.lines(setup),
        f"a=mid:{each.section.mid}",
        "a=recvonly",
        *(f"a=extmap:{number} {uri}" for uri, number in each.extensions.items()),
        *_codec_lines(
            each.codec, each.payload_type, each.rtx_payload_type, [*_parameters(each.codec, each.profile), *start]
        ),
        *_red_lines(each.codec, each.payload_type, each.red_payload_type),
        *(f"a=rtcp-fb:{each.payload_type} {kind}" for kind in _FEEDBACK if kind in form.feedback),
        "a=rtcp-rsize",
        *(f"a=rid:{rid} recv" for rid in each.rids),
        *([f"a=simulcast:recv {';'.join(each.rids)}"] if each.rids else []),
    ]


def _inactive(section: Section, endpoint: Endpoint, setup: str) -> list[str]:
    form = next((form for form in section.formats.values() if form.name), None)
    types = [form.payload_type] if form else list(section.formats)[:1]
    channels = "/2" if form and form.name == "opus" else ""
    return [
        *_media(section.kind, types),
        *endpoint.lines(setup),
        f"a=mid:{section.mid}",
        "a=inactive",
        *([f"a=rtpmap:{form.payload_type} {form.name}/{form.clock_rate}{channels}"] if form else []),
    ]


def _parameters(codec: Codec, profile: str) -> list[str]:
    if codec.name == "opus":
        return ["minptime=10", "useinbandfec=1"]
    if codec.name == "h264":
        return ["level-asymmetry-allowed=1", "packetization-mode=1", f"profile-level-id={profile or _BASELINE}"]
    return []


def _codec_lines(codec: Codec, payload_type: int, rtx: int, parameters: Sequence[str]) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels else ""
    lines = [f"a=rtpmap:{payload_type} {_NAMES[codec.name]}/{codec.clock_rate}{channels}"]
    if parameters:
        lines.append(f"a=fmtp:{payload_type} {';'.join(parameters)}")
    if rtx:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock_rate}", f"a=fmtp:{rtx} apt={payload_type}"]
    return lines


def _red_lines(codec: Codec, payload_type: int, red: int) -> list[str]:
    """RFC 2198 §5: the same sound twice over."""
    lines = [f"a=rtpmap:{red} red/{codec.clock_rate}/{codec.channels}", f"a=fmtp:{red} {payload_type}/{payload_type}"]
    return lines if red else []


def _offered(section: OfferedSection, endpoint: Endpoint) -> list[str]:
    codec = section.codec
    types = [number for number in (codec.payload_type, codec.red_payload_type, codec.rtx_payload_type) if number]
    lines = [
        *_media(codec.kind, types),
        *endpoint.lines("actpass"),
        f"a=mid:{section.mid}",
        "a=sendonly" if section.track else "a=inactive",
        *_codec_lines(codec, codec.payload_type, codec.rtx_payload_type, _parameters(codec, section.profile)),
        *_red_lines(codec, codec.payload_type, codec.red_payload_type),
        "a=rtcp-rsize",
    ]
    feedback = ("nack", "nack pli", "ccm fir", "goog-remb") if codec.kind is Kind.VIDEO else ("nack",)
    lines += [f"a=rtcp-fb:{codec.payload_type} {kind}" for kind in feedback]
    return lines + _sources(section) if section.track else lines


def _sources(section: OfferedSection) -> list[str]:
    lines = [f"a=msid:{section.stream} {section.track}"]
    ssrcs = [section.ssrc]
    if section.rtx_ssrc:
        ssrcs.append(section.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {section.ssrc} {section.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{section.member}" for ssrc in ssrcs]
