"""What a room asks of its recorder; the recorder itself lives in the `recordings` adapter above."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mediation_server.domain.recording import GapReason
from mediation_server.domain.session import Session
from mediation_server.media.engine import PacketSink
from mediation_server.rooms.timeline import Timeline

__all__ = ["RECORDER", "RecorderFactory", "RecorderLoad", "RoomRecorder"]

RECORDER = "recorder"  # the recorder's member id in every room


@dataclass(frozen=True, slots=True)
class RecorderLoad:
    """What the recorders of a process have before them; `dropped` counts packets no queue had room for, since start."""

    writing: int
    sealing: int
    queued: int  # packets and commands
    queued_bytes: int
    dropped: int


class RoomRecorder(PacketSink, Protocol):
    """The member of a room that writes. What it receives is decided by the audience alone, as for a person."""

    @property
    def recording_id(self) -> str:
        """Id of the `Recording` being written."""
        ...

    async def pause(self, reason: GapReason, *, by: str = "", cause: str = "") -> None:
        """Begin a gap with its reason, who brought it about and the log's word for why; idempotent.

        Packets do not arrive anyway: the audience withholds them.
        """
        ...

    def fencing(self) -> None:
        """The forwarder is being told anew who may receive whom; must not block or raise, as the two that follow."""
        ...

    def fenced(self, receivers: Mapping[str, Sequence[str]]) -> None:
        """The forwarder has it and sends nothing to anybody else from now on: sender -> receivers, nobody left out."""
        ...

    def logged(self, seq: int, digest: str) -> None:
        """The session log has reached this entry; what is recorded from now on is bound to it."""
        ...

    def captioned(self, participant: str, from_ms: int, to_ms: int, text: str) -> None:
        """A machine's words for what was recorded between these offsets (ms); must not block or raise."""
        ...

    async def resume(self) -> None:
        """End the gap; idempotent."""
        ...

    async def finish(self) -> None:
        """Close the files and seal in the background; returns once nothing can be lost any more; idempotent."""
        ...


# (session, timeline, resumed): `resumed` is True when a recording of this sitting exists and goes on after a fault.
RecorderFactory = Callable[[Session, Timeline, bool], Awaitable[RoomRecorder]]
