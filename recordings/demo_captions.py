"""Who writes the captions of the demo recording: a `Captioner` like any other, that knows the script by heart.

What it has not heard whole it does not write: the packets of a voice decide, as with a machine that listens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from mediation_server.media.engine import Publication, Source
from mediation_server.rooms.captions_port import Caption, TakeCaption
from recordings import demo_script as script

__all__ = ["ScriptedCaptioner"]

_NS = 1_000_000  # in a millisecond


class ScriptedCaptioner:
    """Listens in the joint room of the play; `seats` says who of the script sits where."""

    def __init__(self, take: TakeCaption, seats: Mapping[str, str]) -> None:
        self._take = take
        self._since: dict[str, int] = {}  # publication -> from when on it is heard, ns
        self._due: list[Caption] = []
        self._ahead = {seat: deque(_captions(who, seat)) for who, seat in seats.items()}

    def started(self, publication: Publication) -> None:
        """A voice may be heard from its next packet on."""

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:  # noqa: ARG002 - the port's word
        """One packet of a voice: whatever it ends is understood, if its beginning was heard, too."""
        if publication.source is not Source.MICROPHONE:
            return
        since = self._since.setdefault(publication.id, arrival_ns)
        ahead = self._ahead.get(publication.member, deque())
        while ahead and ahead[0].to_ns <= arrival_ns:
            caption = ahead.popleft()
            if since <= caption.from_ns:
                self._due.append(caption)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """When something was captured plays no part."""

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """Nothing is lost in the play but whole voices."""

    def stopped(self, publication: Publication, reason: str) -> None:  # noqa: ARG002 - the port's word
        """A voice is over, or may not be heard any more."""
        self._since.pop(publication.id, None)

    async def flush(self) -> None:
        """Tell what was understood by now."""
        while self._due:
            await self._take(self._due.pop(0))

    async def close(self) -> None:
        """What was heard is forgotten."""
        self._due.clear()


def _captions(who: str, seat: str) -> Iterator[Caption]:
    """What somebody says, phrase by phrase, each as long as its share of the turn."""
    spoken = [phrase for turn in script.TURNS if turn.who == who for phrase in turn.phrases]
    for line, (from_ms, to_ms, text) in enumerate(spoken):
        yield Caption(seat, line, text, final=True, from_ns=from_ms * _NS, to_ns=to_ms * _NS)
