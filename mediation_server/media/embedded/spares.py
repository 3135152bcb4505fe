"""M-sections offered before there is anything to send on them, so that a first picture needs no negotiation.

A pair is a voice and a picture in one stream, for lips to be in step. All browsers take these two codecs; what comes in
another one, or is more than there are pairs, is negotiated as ever. How many there are says nothing of a room.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from mediation_server.media.embedded.codecs import CODECS, Codec
from mediation_server.media.embedded.descriptions import OfferedSection
from mediation_server.media.engine import Publication, Source

__all__ = ["PAIRS", "Spare", "spare_for", "spares_of"]

PAIRS = 3


@dataclass(slots=True)
class Spare:
    """One m-section that carries nothing yet; the SSRCs that will come on it are known to the browser."""

    mid: str
    codec: Codec
    stream: str
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    rtx_ssrc: int = 0
    accepted: bool = False  # the browser's answer takes it
    formats: frozenset[int] = frozenset()  # the payload types it takes on it
    member: str = ""  # whose its stream is, once half of the pair is in use

    @property
    def section(self) -> OfferedSection:
        """What to offer; the same again as long as it is spare."""
        track = f"spare-{self.mid}"
        return OfferedSection(self.mid, self.codec, "", self.stream, self.stream, "", self.ssrc, self.rtx_ssrc, track)


def spares_of(pairs: int = PAIRS) -> list[Spare]:
    """The m-sections of a connection that is prepared, in order of their mid."""
    voice, picture = CODECS["opus"], CODECS["vp8"]
    made = []
    for pair in range(pairs):
        made.append(Spare(str(2 * pair), voice, f"pair-{pair}"))
        made.append(Spare(str(2 * pair + 1), picture, f"pair-{pair}", rtx_ssrc=secrets.randbits(32)))
    return made


def spare_for(spares: list[Spare], info: Publication, codec: Codec) -> Spare | None:
    """Where a publication can go without being negotiated: beside its member's other one, or in a pair of its own.

    A shared screen is in step with nobody, and is negotiated.
    """
    if info.source is Source.SCREEN:
        return None
    fitting = [each for each in spares if each.accepted and each.codec is codec]
    beside = next((each for each in fitting if each.member == info.member), None)
    return beside or next((each for each in fitting if not each.member), None)
