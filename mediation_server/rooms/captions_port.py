"""What a room asks of the machine that writes captions (机器字幕); the machine itself lives in `captions` above."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from mediation_server.media.engine import PacketSink

__all__ = ["Caption", "Captioner", "Captioning", "CaptionsLoad", "TakeCaption"]


@dataclass(frozen=True, slots=True)
class Caption:
    """What a machine understood of one voice, between two monotonic instants in ns.

    `line` is the same while more of it is understood; `final`: it will not change.
    """

    participant: str
    line: int
    text: str
    final: bool
    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class CaptionsLoad:
    """The machines of this server: running now; lost and packets dropped since the start."""

    running: int = 0
    lost: int = 0
    dropped: int = 0


TakeCaption = Callable[[Caption], Awaitable[None]]


class Captioner(PacketSink, Protocol):
    """The machine in one place of one room. What it hears is decided by the audience alone, as for a person."""

    async def flush(self) -> None:
        """Wait, in bounds, until everything heard so far was understood and told."""
        ...

    async def close(self) -> None:
        """Nothing is heard or told any more, and what was heard is forgotten: its process ends. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Captioning:
    """How a room gets its machines, the language they understand (BCP 47), how they do."""

    machine: Callable[[TakeCaption], Captioner]
    language: str
    load: Callable[[], CaptionsLoad] = CaptionsLoad
