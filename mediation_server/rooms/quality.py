"""How good a line is, in words people understand; pure, knows no engine state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mediation_server.media.engine import MemberQuality

__all__ = ["Level", "level_of", "quality_message"]

# Opus with forward error correction stays intelligible to about 5 % loss, video visibly suffers before 10 %.
# A conversation becomes halting beyond 400 ms there and back (ITU-T G.114: 150 ms one way passes unnoticed).
WEAK_LOSS, LOST_LOSS = 0.05, 0.30
WEAK_RTT_MS, LOST_RTT_MS = 400.0, 2000.0


class Level(StrEnum):
    """What is shown beside a name."""

    GOOD = "good"
    WEAK = "weak"
    LOST = "lost"


def level_of(quality: MemberQuality | None) -> Level | None:
    """The level of a line; None before it is known. Loss counts in both directions, the worse one decides."""
    if quality is None:
        return None
    loss = max(quality.uplink_loss, quality.downlink_loss)
    if loss >= LOST_LOSS or quality.rtt_ms >= LOST_RTT_MS:
        return Level.LOST
    if loss >= WEAK_LOSS or quality.rtt_ms >= WEAK_RTT_MS:
        return Level.WEAK
    return Level.GOOD


def quality_message(
    own: MemberQuality | None, seen: Mapping[str, MemberQuality | None], voices_only: list[str]
) -> dict[str, object]:
    """What somebody is told of lines: their own, those of whom they see, and who receives no pictures."""
    levels = {who: level.value for who, each in seen.items() if (level := level_of(each)) is not None}
    mine = level_of(own)
    return {"levels": levels, "own": mine.value if mine else None, "voices_only": voices_only}
