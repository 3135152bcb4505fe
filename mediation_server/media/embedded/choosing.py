"""Which codec and which header extensions of an offered m-section are taken; knows no transport and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mediation_server.errors import BadInput
from mediation_server.media.embedded.codecs import CODECS, Codec
from mediation_server.media.embedded.sdp import Description, Section
from mediation_server.media.engine import Kind, Source

__all__ = ["AUDIO_LEVEL", "MID", "REPAIRED_RID", "RID", "TWCC", "Chosen", "choose", "pick"]

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TWCC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

_MOST_ENCODINGS = 3
_H264_PROFILE = re.compile(r"42[0-9A-Fa-f]{4}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is taken of one m-section: the browser sends `codec` under `payload_type`."""

    section: Section
    source: Source
    codec: Codec
    payload_type: int
    rtx_payload_type: int  # 0: none
    profile: str  # profile-level-id of H.264, else empty
    red_payload_type: int = 0  # of sound that carries what came before once more (RFC 2198); 0: none

    @property
    def extensions(self) -> dict[str, int]:
        """URI -> id of those header extensions that are read."""
        wanted = [MID, TWCC, *([AUDIO_LEVEL] if self.codec.kind is Kind.AUDIO else [])]
        wanted += [RID, REPAIRED_RID] if self.rids else []
        return {uri: self.section.extensions[uri] for uri in wanted if uri in self.section.extensions}

    @property
    def rids(self) -> tuple[str, ...]:
        """The names of the encodings that are taken, lowest first as our page offers them; empty: one, unnamed."""
        named = RID in self.section.extensions and MID in self.section.extensions
        return self.section.rids[:_MOST_ENCODINGS] if named and self.codec.kind is Kind.VIDEO else ()

    @property
    def repairable(self) -> bool:
        """Whether the browser sends lost packets again when asked."""
        return "nack" in self.section.formats[self.payload_type].feedback


def choose(offer: Description, sources: Mapping[str, Source]) -> list[Chosen]:
    """What is taken of an offer: each sending m-section with a codec we forward.

    Raises `BadInput("bad_sources")` when a sending m-section has no fitting source or two have the same.
    """
    chosen: list[Chosen] = []
    for section in offer.sections:
        picked = pick(section) if section.sends and section.kind != "application" else None
        if picked is None:
            continue
        codec, payload_type, rtx, profile = picked
        source = sources.get(section.mid)
        if source is None or not _fits(source, codec.kind):
            raise BadInput("bad_sources", field=f"sources.{section.mid}")
        if any(each.source is source and each.codec.kind is codec.kind for each in chosen):
            raise BadInput("bad_sources", field=f"sources.{section.mid}")
        red = _red(section, payload_type) if codec.red_payload_type else 0
        chosen.append(Chosen(section, source, codec, payload_type, rtx, profile, red))
    return chosen


def pick(section: Section) -> tuple[Codec, int, int, str] | None:
    """The first format, in the browser's order, that we forward: codec, its type, RTX type or 0, H.264 profile."""
    for form in section.formats.values():
        codec = CODECS.get(form.name)
        if codec is None or codec.kind != section.kind or codec.clock_rate != form.clock_rate:
            continue
        profile = form.parameters.get("profile-level-id", "")
        if codec.name == "h264" and not (
            form.parameters.get("packetization-mode") == "1" and _H264_PROFILE.fullmatch(profile)
        ):
            continue
        rtx = next(
            (
                each.payload_type
                for each in section.formats.values()
                if each.name == "rtx" and each.parameters.get("apt") == str(form.payload_type)
            ),
            0,
        )
        return codec, form.payload_type, rtx, profile if codec.name == "h264" else ""
    return None


def _red(section: Section, payload_type: int) -> int:
    """The payload type under which the browser would send what came before once more, or 0."""
    rate = section.formats[payload_type].clock_rate
    twice = f"{payload_type}/{payload_type}"
    return next(
        (
            each.payload_type
            for each in section.formats.values()
            if each.name == "red" and each.clock_rate == rate and twice in each.parameters
        ),
        0,
    )


def _fits(source: Source, kind: Kind) -> bool:
    return source is Source.SCREEN or (source is Source.MICROPHONE) == (kind is Kind.AUDIO)
