"""What a verifier tells besides: nothing broke, yet whoever relies on the recording ought to know of it."""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.domain.log import EventKind, SessionEvent, Withheld
from recordings.finding import Finding, moment

__all__ = ["notices_in"]


def notices_in(entries: Sequence[SessionEvent | Withheld]) -> list[Finding]:
    """Each jump of the wall clock at its second of the sitting: offsets are right, times of day jump with it."""
    return [
        Finding("clock_jumped", f"{moment(each.offset_ms)}, {jump / 1000:+.3f} s")
        for each in entries
        if isinstance(each, SessionEvent) and each.kind is EventKind.CLOCK_JUMPED
        if isinstance(jump := each.payload.get("jump_ms"), int)
    ]
