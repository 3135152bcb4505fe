"""`FileDropCourt`: the port over two directories, for a court whose network cannot be called; a carrier moves files.

An envelope is `out/<message id>.jsonl`, one JSON line, there whole or not at all. The court's answer comes back as
`in/<message id>.jsonl`, its last line counts; until then the message is pending. Ids, never names, become file names.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from mediation_server.caseflow.answers import MAX_ANSWER_BYTES, answer_from
from mediation_server.caseflow.envelope import Envelope, sealed
from mediation_server.caseflow.port import Ack, Answer, CourtUnreachable, Nack, Pending
from mediation_server.durable import written

__all__ = ["MESSAGE_ID", "FileDropCourt", "laid_out"]

MESSAGE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class FileDropCourt:
    """`root` holds `out/` and `in/`; `key` signs every envelope, since a file tells nothing about who wrote it."""

    def __init__(self, root: Path, key: bytes) -> None:
        self._out = root / "out"
        self._in = root / "in"
        self._key = key

    async def deliver(self, envelope: Envelope) -> Answer:
        """Take up the court's answer, or put the envelope down for the carrier. Raises `CourtUnreachable`."""
        if not MESSAGE_ID.fullmatch(envelope.message_id):
            raise CourtUnreachable("message_id")
        try:
            return await asyncio.to_thread(self._exchanged, envelope)
        except OSError as broken:
            raise CourtUnreachable("drop") from broken

    async def close(self) -> None:
        """Nothing is held open."""

    def _exchanged(self, envelope: Envelope) -> Answer:
        name = f"{envelope.message_id}.jsonl"
        line = _last_line(self._in / name)
        answer = answer_from(line, envelope) if line else Pending()
        if isinstance(answer, Ack) or (isinstance(answer, Nack) and not answer.retryable):
            (self._out / name).unlink(missing_ok=True)
        else:  # written again each time: the carrier may have lost it, and the court knows it by its id
            laid_out(self._out / name, sealed(envelope, self._key).wire() + b"\n")
        return answer


def laid_out(path: Path, content: bytes) -> None:
    """Put a file where the carrier finds it, whole. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written(path, content, mode=0o644)


def _last_line(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            lines = file.read(MAX_ANSWER_BYTES).splitlines()
    except FileNotFoundError:
        return None
    return next((line for line in reversed(lines) if line.strip()), None)
