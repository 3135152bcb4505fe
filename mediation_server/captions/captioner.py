"""`PlaceCaptioner`: the `Captioner` of the rooms over one process that listens; decides nothing about who reads."""

from __future__ import annotations

from functools import partial

import structlog

from mediation_server.captions.frames import FrameKind, Said
from mediation_server.captions.process import Booths, Listener
from mediation_server.media.engine import Publication
from mediation_server.rooms.captions_port import Caption, Captioning, CaptionsLoad, TakeCaption

__all__ = ["PlaceCaptioner", "captioning_of"]

_log = structlog.get_logger(__name__)

_MOST_VOICES = 1000  # in the life of one place, its people coming and going
_NS = 1_000_000
_LINES = 1 << 20


class PlaceCaptioner:
    """Called on the event loop; never blocks. Each publication is a voice of its own."""

    def __init__(self, booths: Booths, take: TakeCaption) -> None:
        self._take, self._clock = take, booths.clock
        self._numbers: dict[str, int] = {}  # publication -> number
        self._people: list[str] = []  # by number
        self._listener = Listener(booths, self._said)

    def started(self, publication: Publication) -> None:
        """A voice may be heard from now on."""
        if publication.codec == "opus" and len(self._people) < _MOST_VOICES:
            self._numbers[publication.id] = len(self._people)
            self._people.append(publication.member)

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        """One packet of a voice."""
        number = self._numbers.get(publication.id)
        if number is not None:
            self._listener.put(FrameKind.PACKET, number, arrival_ns, packet)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """When something was captured plays no part: it counts when it came."""

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """A hole in what is heard is a hole in what is understood."""

    def stopped(self, publication: Publication, reason: str) -> None:  # noqa: ARG002 - the port's word
        """A voice is over, or may not be heard any more."""
        number = self._numbers.pop(publication.id, None)
        if number is not None:
            self._listener.put(FrameKind.END, number, self._clock.monotonic_ms() * _NS)

    async def flush(self) -> None:
        """Wait, in bounds, until everything heard so far was understood and told."""
        await self._listener.flush()

    async def close(self) -> None:
        """The process is killed, and with it what it heard."""
        await self._listener.close()

    async def _said(self, said: Said) -> None:
        if said.voice >= len(self._people):
            return
        who = self._people[said.voice]
        line = said.voice * _LINES + said.line % _LINES  # one page tells them apart by this alone
        try:
            await self._take(Caption(who, line, said.text, said.final, said.from_ns, said.to_ns))
        except Exception:  # noqa: BLE001 - the fence: a caption that could not be told is none
            _log.exception("captions_not_told")


def captioning_of(booths: Booths, language: str) -> Captioning:
    """What rooms need to have captions."""
    tally = booths.tally

    def load() -> CaptionsLoad:
        return CaptionsLoad(tally.running, tally.lost, tally.dropped)

    return Captioning(partial(PlaceCaptioner, booths), language, load)
