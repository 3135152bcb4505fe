"""What the engine carries now, counted from its rooms; the canary's room is no room of people and is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mediation_server.media.embedded.downlink import Slot
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.room import EngineRoom
from mediation_server.media.engine import CANARY_ROOM, Kind, Load

__all__ = ["load_of"]

_NAMES = {1: ("single",), 2: ("low", "high"), 3: ("low", "medium", "high")}  # lowest first, as encodings are


def load_of(rooms: Mapping[str, EngineRoom], counters: Counters) -> Load:
    """The load of these rooms and what has been counted since the start."""
    peopled = [room for name, room in rooms.items() if name != CANARY_ROOM]
    downlinks = [downlink for room in peopled for downlink in room.downlinks.values()]
    slots = (slot for downlink in downlinks for slot in downlink.slots if slot.wanted)
    pictures = (slot for slot in slots if slot.publication.info.kind is Kind.VIDEO)
    return Load(
        rooms=len(peopled),
        transports=len(downlinks) + sum(len(room.uplinks) for room in peopled),
        packets_in=counters.packets_in,
        packets_out=counters.packets_out,
        dropped=counters.snapshot(),
        layers=Counter(_layer(slot) for slot in pictures),
    )


def _layer(slot: Slot) -> str:
    """What one receiver gets of one picture: single where it comes in one encoding only."""
    home, encodings = slot.subscription.home, slot.publication.encodings
    if slot.paused:
        return "off"
    if not slot.subscription.live or home is None:
        return "waiting"
    return _NAMES[len(encodings)][encodings.index(home)]
