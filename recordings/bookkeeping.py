"""`ServiceBooks`: the recorder's books kept by the use cases; joins two contracts and decides nothing."""

from __future__ import annotations

from mediation_server.domain.log import GENESIS
from mediation_server.domain.recording import Gap, Recording
from mediation_server.domain.session import Participant
from mediation_server.services import reading
from mediation_server.services import recordings as services
from mediation_server.services.context import Context
from recordings.books import LogHead

__all__ = ["ServiceBooks"]


class ServiceBooks:
    """`Books` over the services of one `Context`."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def started(self, recording: Recording) -> None:
        """Row and RECORDING_STARTED."""
        await services.recording_started(self._ctx, recording)

    async def gap(self, recording: Recording, gap: Gap) -> None:
        """State, and RECORDING_GAP once it is over."""
        await services.recording_gap(self._ctx, recording, gap)

    async def repaired(self, recording: Recording, lost_ms: int) -> None:
        """RECORDING_REPAIRED."""
        await services.recording_repaired(self._ctx, recording, lost_ms)

    async def sealed(self, recording: Recording, gaps: tuple[Gap, ...]) -> None:
        """Row with its hash, RECORDING_SEALED, the court's message."""
        await services.recording_sealed(self._ctx, recording, gaps)

    async def failed(self, recording: Recording) -> None:
        """The row's state."""
        await services.recording_failed(self._ctx, recording)

    async def log_head(self, session_id: str) -> LogHead:
        """The last entry of the session log."""
        last = await reading.last_event(self._ctx, session_id)
        return LogHead(last.seq, last.hash) if last else LogHead(0, GENESIS)

    async def length_ms(self, session_id: str) -> int | None:
        """From the rows of the sitting."""
        return await reading.length_ms(self._ctx, session_id)

    async def participants(self, session_id: str) -> tuple[Participant, ...]:
        """Who is named for it."""
        return tuple(await reading.participants_of(self._ctx, session_id))
