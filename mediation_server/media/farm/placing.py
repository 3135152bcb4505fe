"""Which worker a room comes to live in; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ROOM_SHARE", "Place", "least_loaded"]

# What a room of three with pictures costs: 1,500 packets a second to others at some 7 microseconds each.
ROOM_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Place:
    """One worker: the share of a core it uses now, smoothed, and how many rooms live in it."""

    busy: float
    rooms: int


def least_loaded(places: Sequence[Place]) -> int:
    """The index of the place to take. Raises `ValueError` when there is none.

    What a worker uses now counts, and every room in it again: rooms that have just been placed use nothing yet, so
    without that all rooms of a busy morning, or of a crashed worker, would come to live in the same one.
    """
    if not places:
        raise ValueError("no_place")
    return min(range(len(places)), key=lambda at: (places[at].busy + ROOM_SHARE * places[at].rooms, places[at].rooms))
