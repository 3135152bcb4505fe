"""How a member's line is, from the figures of both transports; knows no packet."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_server.media.embedded.downlink import Downlink
from mediation_server.media.embedded.limits import MS
from mediation_server.media.embedded.uplink import Uplink
from mediation_server.media.engine import MemberQuality

__all__ = ["qualities_of", "quality_of"]


def quality_of(uplink: Uplink | None, downlink: Downlink | None) -> MemberQuality | None:
    """The worst of a member's streams in each direction, or None before anything is known."""
    if uplink is None and downlink is None:
        return None
    live = [slot.subscription for slot in downlink.slots if slot.subscription.live] if downlink else []
    rtt = (downlink.rtt if downlink else 0) or (uplink.rtt if uplink else 0)
    return MemberQuality(
        uplink_loss=uplink.loss if uplink else 0.0,
        downlink_loss=max((each.loss for each in live), default=0.0),
        rtt_ms=rtt / MS,
        uplink_bps=uplink.bps if uplink else 0,
        downlink_bps=downlink.bps if downlink else 0,
        pictures=not (downlink and downlink.starved),
    )


def qualities_of(uplinks: Mapping[str, Uplink], downlinks: Mapping[str, Downlink]) -> dict[str, MemberQuality]:
    """The same for everybody of a room."""
    found = {
        member: quality_of(uplinks.get(member), downlinks.get(member)) for member in uplinks.keys() | downlinks.keys()
    }
    return {member: quality for member, quality in found.items() if quality is not None}
