"""`ServiceBooks`: the recorder's books kept by the use cases; joins two contracts and decides nothing."""

from __future__ import annotations

from collections.abc import Callable

from mediation_server.domain.log import GENESIS
from mediation_server.domain.recording import Gap, Recording, TimeStamp
from mediation_server.domain.session import Participant
from mediation_server.services import reading
from mediation_server.services import recordings as services
from mediation_server.services.context import Context
from recordings.books import LogHead

__all__ = ["ServiceBooks"]


class ServiceBooks:
    """`Books` over the services; the context is asked for late, because rooms, which it holds, need the recorder."""

    def __init__(self, context: Callable[[], Context], sealed: Callable[[Recording], None] | None = None) -> None:
        self._context, self._sealed = context, sealed

    async def started(self, recording: Recording) -> None:
        """Row and RECORDING_STARTED."""
        await services.recording_started(self._context(), recording)

    async def gap(self, recording: Recording, gap: Gap) -> None:
        """State, and RECORDING_GAP once it is over."""
        await services.recording_gap(self._context(), recording, gap)

    async def repaired(self, recording: Recording, lost_ms: int) -> None:
        """RECORDING_REPAIRED."""
        await services.recording_repaired(self._context(), recording, lost_ms)

    async def stamp(self, recording: Recording, subject: str, digest: str) -> None:
        """A row that waits for the authority."""
        await services.stamp_wanted(self._context(), recording.id, subject, digest)

    async def stamps(self, recording: Recording) -> tuple[TimeStamp, ...]:
        """Those that have come."""
        return tuple(each for each in await services.stamps_of(self._context(), recording.id) if each.token)

    async def sealed(self, recording: Recording, gaps: tuple[Gap, ...]) -> None:
        """Row with its hash, RECORDING_SEALED, the court's message."""
        await services.recording_sealed(self._context(), recording, gaps)
        if self._sealed is not None:
            self._sealed(recording)

    async def is_sealed(self, recording_id: str) -> bool:
        """From its row."""
        return await services.is_recording_sealed(self._context(), recording_id)

    async def failed(self, recording: Recording) -> None:
        """The row's state."""
        await services.recording_failed(self._context(), recording)

    async def log_head(self, session_id: str) -> LogHead:
        """The last entry of the session log."""
        last = await reading.last_event(self._context(), session_id)
        return LogHead(last.seq, last.hash) if last else LogHead(0, GENESIS)

    async def length_ms(self, session_id: str) -> int | None:
        """From the rows of the sitting."""
        return await reading.length_ms(self._context(), session_id)

    async def participants(self, session_id: str) -> tuple[Participant, ...]:
        """Who is named for it."""
        return tuple(await reading.participants_of(self._context(), session_id))
