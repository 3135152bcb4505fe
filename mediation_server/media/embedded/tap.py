"""An ear in this process on one publication, fenced so that its faults never touch the live room; decides nothing.

Whoever listens, the recorder or what writes captions, gets one stream, whatever the publisher sends: one SSRC, no hole
at a change of encoding, and the clock of the encoding it had first.
After a change the picture has another size, from a key frame on, as if
the camera had been changed.  What a lost packet of the former encoding held still comes, if it comes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.continuity import Continuity
from mediation_server.media.embedded.encoding import Encoding, Taken
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.rtp import HEADER
from mediation_server.media.embedded.runs import Rewriting, rewritten
from mediation_server.media.engine import PacketSink, Publication

__all__ = ["Tap"]

logger = logging.getLogger(__name__)


class Tap:
    """Exists only while the audience lets its member in; what came before it does, it never hears."""

    def __init__(
        self, sink: PacketSink, info: Publication, codec: Codec, encodings: Sequence[Encoding], counters: Counters
    ) -> None:
        self.home: Encoding | None = encodings[0] if len(encodings) == 1 else None
        self._sink = sink
        self._info = info
        self._codec = codec
        self._encodings = encodings
        self._floors = [each.reception.next_number for each in encodings]
        self._counters = counters
        self._awaited: int | None = None
        self._numbers: Continuity | None = None  # none as long as nothing has to be rewritten
        self._newest: bytes | None = None
        self._before: tuple[Encoding, int, int, Rewriting] | None = None  # the former encoding and its last stretch
        try:
            sink.started(info)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()
        if self.home is not None:
            self.sender_report(0)

    def steer(self, best: int) -> bool:
        """Change to this encoding at its next key frame; whether one must be asked for."""
        if self._encodings[best] is self.home or best == self._awaited:
            if self._encodings[best] is self.home:
                self._awaited = None
            return False
        self._awaited = best
        return True

    def packet(self, at: int, taken: Taken, now: int) -> None:
        """Hand over one packet of the encoding in place `at`, if it is this member's, and not from before it came."""
        number, packet, opens = taken
        if number < self._floors[at]:
            return
        encoding = self._encodings[at]
        if encoding is not self.home:
            if opens and (self.home is None or at == self._awaited):
                self._change(encoding, number, packet)
            else:
                self._late(encoding, number, packet, now)
                return
        numbers = self._numbers
        if numbers is not None:
            if number < numbers.floor:
                return
            self._newest = packet if number == encoding.reception.next_number - 1 else self._newest
            packet = rewritten(packet, numbers.rewriting, self._codec.places)
        self._hand_over(packet, now)

    def sender_report(self, at: int) -> None:
        """Hand over the clock mapping of the encoding in place `at`, if it is this member's."""
        encoding = self._encodings[at]
        report = encoding.clock.report
        if encoding is not self.home or report is None:
            return
        ntp, rtp, arrival = report
        rtp += self._numbers.rewriting.timestamp if self._numbers is not None else 0
        try:
            self._sink.sender_report(self._info, ntp, rtp & 0xFFFFFFFF, arrival)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def stop(self, reason: str) -> None:
        """Hand over nothing more; `reason` is ended or withheld."""
        try:
            self._sink.stopped(self._info, reason)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def _change(self, encoding: Encoding, number: int, packet: bytes) -> None:
        """Go on with this encoding, whose key frame begins with this packet."""
        numbers, former, end = self._numbers, self.home, 0
        if numbers is None:
            numbers = self._numbers = Continuity(HEADER.unpack_from(packet)[4], None)
        if former is not None:
            end = former.reception.next_number
            self._before = (former, numbers.floor, end, numbers.rewriting)
            numbers.end(end)
            if self._newest is not None:
                numbers.sent(self._codec.numbers(self._newest))
        numbers.begin(number, self._codec.numbers(packet), encoding.clock)
        self.home, self._awaited = encoding, None
        self.sender_report(self._encodings.index(encoding))

    def _late(self, encoding: Encoding, number: int, packet: bytes, now: int) -> None:
        """What was lost of the former encoding and came after the change."""
        if self._before is None:
            return
        former, floor, end, rewriting = self._before
        if encoding is former and floor <= number < end:
            self._hand_over(rewritten(packet, rewriting, self._codec.places), now)

    def _hand_over(self, packet: bytes, now: int) -> None:
        try:
            self._sink.packet(self._info, packet, now)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def _failed(self) -> None:
        self._counters.drop("sink_failed")
        logger.exception(  # noqa: LOG004 - called from handlers only
            "who listens could not take what it was given"
        )
