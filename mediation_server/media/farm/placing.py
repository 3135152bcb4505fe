"""Which worker a room comes to live in; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ROOM_SHARE", "Place", "chosen"]

# What a room of three with pictures costs: 1,500 packets a second to others at some 7 microseconds each.
ROOM_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Place:
    """One worker: the share of a core it uses now, smoothed, how many rooms live in it, and how many are suspects."""

    busy: float
    rooms: int
    suspects: int = 0


def chosen(places: Sequence[Place], *, suspect: bool = False) -> int:
    """The index of the place to take. Raises `ValueError` when there is none.

    What a worker uses now counts, and every room in it again: rooms that have just been placed use nothing yet, so
    without that all rooms of a busy morning, or of a crashed worker, would come to live in the same one.

    A room in which worker after worker died may be what kills them: such rooms share a worker, others avoid it.
    """
    if not places:
        raise ValueError("no_place")
    if suspect:
        return min(range(len(places)), key=lambda at: (not places[at].suspects, places[at].rooms - places[at].suspects))
    return min(range(len(places)), key=lambda at: (places[at].suspects > 0, _weight(places[at]), places[at].rooms))


def _weight(place: Place) -> float:
    return place.busy + ROOM_SHARE * place.rooms
