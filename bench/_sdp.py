"""The session descriptions of the generator: an offer and answers as a browser writes them; no I/O.

Both servers get the same offer: VP8 with RTX, NACK, PLI and transport-wide feedback, bundled, with the header
extensions a browser sends.  Answers accept VP8, RTX and the mid extension, the least work for any server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiortc import RTCDtlsFingerprint, RTCDtlsParameters, RTCIceCandidate, RTCIceParameters
from aiortc.sdp import SessionDescription

from bench._packets import Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiortc.sdp import MediaDescription

__all__ = ["NUMBERS", "Remote", "answer", "answer_to_all", "offer", "remote_of"]

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
TWCC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_RTX_TYPE = 97
_RTX_SSRC = 0x5EED0002
NUMBERS = Numbers(payload_type=96, ssrc=0x5EED0001, mid="0", mid_id=4, twcc_id=3)


@dataclass(frozen=True, slots=True)
class Remote:
    """The other side's transport, as its description tells it."""

    username: str
    password: str
    lite: bool
    candidates: tuple[RTCIceCandidate, ...]
    fingerprints: tuple[RTCDtlsFingerprint, ...]
    dtls_role: str

    def ice_parameters(self) -> RTCIceParameters:
        """Return what aiortc's ICE transport is started with."""
        return RTCIceParameters(usernameFragment=self.username, password=self.password, iceLite=self.lite)

    def dtls_parameters(self) -> RTCDtlsParameters:
        """Return what aiortc's DTLS transport is started with."""
        return RTCDtlsParameters(fingerprints=list(self.fingerprints), role=self.dtls_role)


def offer(transport: Sequence[str]) -> str:
    """Return a publish offer of one VP8 track; `transport` are the lines of `Peer.gather`."""
    video = NUMBERS.payload_type
    lines = (
        *_session(["0"]),
        f"m=video 9 UDP/TLS/RTP/SAVPF {video} {_RTX_TYPE}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        *transport,
        "a=setup:actpass",
        f"a=mid:{NUMBERS.mid}",
        f"a=extmap:{NUMBERS.twcc_id} {TWCC_URI}",
        f"a=extmap:{NUMBERS.mid_id} {MID_URI}",
        "a=sendonly",
        "a=msid:bench bench-video",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *_codec(video, _RTX_TYPE, ("transport-cc", "ccm fir", "nack", "nack pli")),
        f"a=ssrc-group:FID {NUMBERS.ssrc} {_RTX_SSRC}",
        f"a=ssrc:{NUMBERS.ssrc} cname:bench",
        f"a=ssrc:{NUMBERS.ssrc} msid:bench bench-video",
        f"a=ssrc:{_RTX_SSRC} cname:bench",
        f"a=ssrc:{_RTX_SSRC} msid:bench bench-video",
    )
    return "\r\n".join(lines) + "\r\n"


def answer(offered: str, transport: Sequence[str]) -> str:
    """Return a subscriber's answer to a server's offer: VP8, its RTX and mid accepted, the rest declined."""
    sections = SessionDescription.parse(offered).media
    lines = _session([section.rtp.muxId for section in sections])
    for section in sections:
        lines += _answer_section(section, transport)
    return "\r\n".join(lines) + "\r\n"


def answer_to_all(offered: str, transport: Sequence[str]) -> str:
    """Return an answer that takes every m-section of an offer as it is offered, and sends nothing."""
    head, *sections = re.split(r"(?m)^(?=m=)", offered)
    out = head.replace("a=ice-lite\r\n", "")
    for each in sections:
        kept = [line for line in each.split("\r\n") if re.match(r"m=|c=|a=(mid|rtpmap|fmtp|rtcp)", line)]
        out += "\r\n".join([*kept, *transport, "a=setup:active", "a=recvonly"]) + "\r\n"
    return out


def remote_of(text: str) -> Remote:
    """Read the transport everything is bundled on, that of the first m-section. Raises ValueError without one."""
    section = SessionDescription.parse(text).media[0]
    ice, dtls = section.ice, section.dtls
    if ice is None or dtls is None or not ice.usernameFragment or not ice.password or not section.ice_candidates:
        msg = "the server's description carries no transport"
        raise ValueError(msg)
    return Remote(
        username=ice.usernameFragment,
        password=ice.password,
        lite=ice.iceLite,
        candidates=tuple(section.ice_candidates),
        fingerprints=tuple(dtls.fingerprints),
        dtls_role=dtls.role or "auto",
    )


def _session(mids: list[str]) -> list[str]:
    return [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=msid-semantic: WMS *",
    ]


def _codec(video: int | None, rtx: int | None, feedback: Sequence[str]) -> list[str]:
    lines = [f"a=rtpmap:{video} VP8/90000", *(f"a=rtcp-fb:{video} {kind}" for kind in feedback)]
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={video}"]
    return lines


def _answer_section(section: MediaDescription, transport: Sequence[str]) -> list[str]:
    video = next(c.payloadType for c in section.rtp.codecs if c.mimeType.lower() == "video/vp8")
    rtx = next((c.payloadType for c in section.rtp.codecs if c.parameters.get("apt") == video), None)
    accepted = str(video) if rtx is None else f"{video} {rtx}"
    mid_ids = [extension.id for extension in section.rtp.headerExtensions if extension.uri == MID_URI]
    return [
        f"m=video 9 UDP/TLS/RTP/SAVPF {accepted}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        *transport,
        "a=setup:active",
        f"a=mid:{section.rtp.muxId}",
        *(f"a=extmap:{number} {MID_URI}" for number in mid_ids),
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *_codec(video, rtx, ("ccm fir", "nack", "nack pli")),
    ]
