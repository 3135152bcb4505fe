"""What the recorder tells and asks of whoever keeps the books (database rows, session events); the port outwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mediation_server.domain.recording import Gap, Recording, TimeStamp
from mediation_server.domain.session import Participant

__all__ = ["Books", "LogHead"]


@dataclass(frozen=True, slots=True)
class LogHead:
    """The last entry of a session log when the recording was sealed."""

    seq: int
    hash: str


class Books(Protocol):
    """Persistence of a recording, called on the event loop, one call at a time per recording, in order.

    A call that raises is logged and not repeated: the journal and the manifest keep the same facts, and
    `sealed` brings all of them once more.
    """

    async def started(self, recording: Recording) -> None:
        """A recording began (row, RECORDING_STARTED), or goes on after a fault (its row exists)."""
        ...

    async def gap(self, recording: Recording, gap: Gap) -> None:
        """A gap began (`to_ms` None: state only, no event) or is over (RECORDING_GAP with its reason)."""
        ...

    async def repaired(self, recording: Recording, lost_ms: int) -> None:
        """A recording that a fault had interrupted was mended; RECORDING_REPAIRED. Its gap was told before."""
        ...

    async def stamp(self, recording: Recording, subject: str, digest: str) -> None:
        """A time stamp (RFC 3161) is wanted over this SHA-256: of `checkpoint:N`, or of the `manifest`."""
        ...

    async def stamps(self, recording: Recording) -> tuple[TimeStamp, ...]:
        """The time stamps that have come so far."""
        ...

    async def sealed(self, recording: Recording, gaps: tuple[Gap, ...]) -> None:
        """The manifest is written: row with its hash, RECORDING_SEALED. `gaps` are all of them, for comparison."""
        ...

    async def is_sealed(self, recording_id: str) -> bool:
        """Whether they know that it is."""
        ...

    async def failed(self, recording: Recording) -> None:
        """Sealing failed; the live files are kept and the next start tries again."""
        ...

    async def log_head(self, session_id: str) -> LogHead:
        """Where the session log ends now."""
        ...

    async def length_ms(self, session_id: str) -> int | None:
        """How long an ended sitting was, in ms; None while it is not over."""
        ...

    async def participants(self, session_id: str) -> tuple[Participant, ...]:
        """Who is named for the sitting."""
        ...
