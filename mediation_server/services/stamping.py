"""Asks a time-stamping authority for what waits (可信时间戳), in order, again until it answers; verifies the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

__all__ = ["Stamping"]


@dataclass
class Stamping:
    """Whether an authority is named, and what wakes the work when something is wanted."""

    is_wanted: bool = False
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
