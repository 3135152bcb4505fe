"""`Outage`: what the session log is still to be told of media that a whole room lost and got back; knows no engine."""

from __future__ import annotations

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.media.engine import MediaLost
from mediation_server.rooms.decision import Draft

__all__ = ["Outage"]

_MOST = 16  # of one room between two rounds of its keeper; more than one would be remarkable


class Outage:
    """Filled by the engine's word, emptied when the log has it (`services.keeping` writes it)."""

    def __init__(self) -> None:
        self._pending: list[Draft] = []

    def heard(self, event: object, at_ms: int) -> None:
        """Media is lost (`MediaLost`), or is back; `at_ms` from the start of the sitting."""
        if len(self._pending) >= _MOST:
            return
        if isinstance(event, MediaLost):
            self._pending.append(Draft(EventKind.MEDIA_LOST, {"reason": event.reason, "at_ms": at_ms}))
        else:
            self._pending.append(Draft(EventKind.MEDIA_BACK, {"at_ms": at_ms}))

    def pending(self) -> tuple[Draft, ...]:
        """What the log does not say yet, in order."""
        return tuple(self._pending)

    def logged(self, event: SessionEvent) -> None:
        """The log has this now."""
        if self._pending and event.kind is self._pending[0].kind:
            del self._pending[0]
