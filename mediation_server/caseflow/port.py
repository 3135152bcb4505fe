"""`CaseFlow`, the port to the court's case-flow system: deliver one envelope, get one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from mediation_server.caseflow.envelope import Envelope

__all__ = ["Ack", "Answer", "CaseFlow", "CourtUnreachable", "Nack", "Pending"]


@dataclass(frozen=True, slots=True)
class Ack:
    """Applied, or applied before; the court's data now have this version."""

    court_version: int
    status: ClassVar[str] = "ack"


@dataclass(frozen=True, slots=True)
class Nack:
    """Not applied; `code` is one of the court's codes (E_SCHEMA, E_CASE_CLOSED, ...), the text is the court's."""

    code: str
    message_zh: str
    retryable: bool
    status: ClassVar[str] = "nack"


@dataclass(frozen=True, slots=True)
class Pending:
    """Received, not applied yet; `resend_from` names the first message of this matter that the court lacks."""

    resend_from: int | None = None
    status: ClassVar[str] = "pending"


Answer = Ack | Nack | Pending


class CourtUnreachable(Exception):
    """No valid answer came; whether the court applied the message is unknown, so it is sent again.

    `reason` is a short code without content of the message; `retry_after_s` is the court's own wish, in seconds.
    """

    def __init__(self, reason: str, *, retry_after_s: int | None = None) -> None:
        self.reason = reason
        self.retry_after_s = retry_after_s
        super().__init__(reason)


class CaseFlow(Protocol):
    """A court's case-flow system. One contract test-suite runs over every adapter."""

    async def deliver(self, envelope: Envelope) -> Answer:
        """Hand over one message, signed on the way. Safe to repeat. Raises `CourtUnreachable`."""
        ...

    async def close(self) -> None:
        """Let go of connections; idempotent."""
        ...
