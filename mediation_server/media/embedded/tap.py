"""The recorder's ear on one publication, fenced so that its faults never touch the live room; decides nothing."""

from __future__ import annotations

import logging

from mediation_server.media.embedded.limits import Counters
from mediation_server.media.engine import PacketSink, Publication

__all__ = ["Tap"]

logger = logging.getLogger(__name__)


class Tap:
    """Exists only while the audience lets the recorder in; `floor` is the running number from which on."""

    def __init__(self, sink: PacketSink, info: Publication, floor: int, counters: Counters) -> None:
        self._sink = sink
        self._info = info
        self._floor = floor
        self._counters = counters
        try:
            sink.started(info)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def packet(self, number: int, packet: bytes, now: int) -> None:
        """Hand over one packet, unless it is from before the recorder was let in."""
        if number < self._floor:
            return
        try:
            self._sink.packet(self._info, packet, now)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def sender_report(self, ntp: int, rtp: int, now: int) -> None:
        """Hand over a clock mapping."""
        try:
            self._sink.sender_report(self._info, ntp, rtp, now)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def stop(self, reason: str) -> None:
        """Hand over nothing more; `reason` is ended or withheld."""
        try:
            self._sink.stopped(self._info, reason)
        except Exception:  # noqa: BLE001 - the fence
            self._failed()

    def _failed(self) -> None:
        self._counters.drop("sink_failed")
        logger.exception(  # noqa: LOG004 - called from handlers only
            "the recorder could not take what it was given"
        )
