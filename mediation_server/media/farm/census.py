"""What all workers carry together, those that have died included; and who is seated as a recorder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mediation_server.media.engine import Load
from mediation_server.media.farm.tape_reader import Seats

__all__ = ["Census"]


class Census:
    """Counters never fall: what a dead worker had counted stays counted."""

    def __init__(self) -> None:
        self.seats = Seats()
        self._in = 0
        self._out = 0
        self._dropped: Counter[str] = Counter()
        self._lost = 0

    def retire(self, load: Load) -> None:
        """A worker is dead; its last word."""
        self._in += load.packets_in
        self._out += load.packets_out
        self._dropped.update(load.dropped)
        self._lost += 1

    def total(self, loads: Sequence[Load], listeners_failed: int) -> Load:
        """The sum of the workers that live and the counts of the dead."""
        dropped, layers = Counter(self._dropped), Counter[str]()
        for each in loads:
            dropped.update(each.dropped)
            layers.update(each.layers)
        own = {"sink_failed": self.seats.failed, "listener_failed": listeners_failed}
        dropped.update({reason: count for reason, count in own.items() if count})
        return Load(
            rooms=sum(each.rooms for each in loads),
            transports=sum(each.transports for each in loads),
            packets_in=self._in + sum(each.packets_in for each in loads),
            packets_out=self._out + sum(each.packets_out for each in loads),
            dropped=dict(dropped),
            layers=dict(layers),
            workers_lost=self._lost,
        )
