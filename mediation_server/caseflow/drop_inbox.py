"""`DropInbox`: what the carrier brings from a court that cannot be called; knows directories, no table and no rule.

The court's own envelopes lie in `from_court/<message id>.jsonl`, one signed line each. Ours answers go to
`answers/<message id>.jsonl`; an envelope answered for good is taken away, one ahead of its turn stays until it is due.
What cannot be read or is not signed goes to `refused/`. Answers to our messages lie in `in/` (file_drop.py).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import structlog

from mediation_server.background import background
from mediation_server.caseflow.answers import answer_to
from mediation_server.caseflow.envelope import MAX_BYTES, Envelope, from_court
from mediation_server.caseflow.file_drop import MESSAGE_ID, laid_out
from mediation_server.caseflow.port import Answer, Pending
from mediation_server.errors import MediationError

__all__ = ["DropInbox"]

_POLL_S = 2.0
_BATCH = 256

_log = structlog.get_logger(__name__)


class DropInbox:
    """Looks every `poll_s` seconds. `receive` answers an envelope, `arrived` is told of new answers in `in/`."""

    def __init__(
        self,
        root: Path,
        key: bytes,
        receive: Callable[[Envelope], Awaitable[Answer]],
        arrived: Callable[[list[str]], Awaitable[None]],
        *,
        poll_s: float = _POLL_S,
    ) -> None:
        self._root, self._key, self._poll_s = root, key, poll_s
        self._receive, self._arrived = receive, arrived
        self._seen: frozenset[str] = frozenset()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look in the background while the block lasts."""
        async with background(self._run, "drop inbox"):
            yield

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - a directory or database away for a moment must not end this for ever
                _log.exception("drop_inbox_failed")
            await asyncio.sleep(self._poll_s)

    async def look(self) -> None:
        """Take up what lies there now. Raises `OSError`."""
        answers = frozenset(await asyncio.to_thread(_names, self._root / "in"))
        new, self._seen = sorted(answers - self._seen), answers
        for start in range(0, len(new), _BATCH):
            await self._arrived(new[start : start + _BATCH])
        for name in (await asyncio.to_thread(_names, self._root / "from_court"))[:_BATCH]:
            await self._taken(name)

    async def _taken(self, name: str) -> None:
        path = self._root / "from_court" / f"{name}.jsonl"
        try:
            envelope = await asyncio.to_thread(self._read, path)
        except MediationError as refusal:
            _log.error("court_file_refused", message_id=name, error=refusal.code)
            await asyncio.to_thread(_set_aside, path, self._root / "refused")
            return
        answer = await self._receive(envelope)
        answered = self._root / "answers" / path.name
        await asyncio.to_thread(laid_out, answered, answer_to(envelope, answer) + b"\n")
        if not isinstance(answer, Pending):
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _read(self, path: Path) -> Envelope:
        with path.open("rb") as file:
            line = file.read(MAX_BYTES + 1).strip()
        envelope = from_court(line, self._key, now=None)
        if envelope.message_id != path.stem:  # or its answer would lie under another message's name
            raise MediationError("envelope")
        return envelope


def _names(directory: Path) -> list[str]:
    """Message ids with a whole file in the directory, oldest first: version 7 ids sort by time."""
    if not directory.is_dir():
        return []
    return sorted(each.stem for each in directory.glob("*.jsonl") if MESSAGE_ID.fullmatch(each.stem))


def _set_aside(path: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path.replace(directory / path.name)
