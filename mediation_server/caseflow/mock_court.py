"""`MockCourt`: a court's case-flow store for demo and tests, that keeps every promise a real one makes to us.

What it acknowledged is in its journal on disk before the answer leaves. It is served over HTTP by
`mock_court_server` and shares no table with the platform.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mediation_server.caseflow.court_register import CourtRegister, Entry
from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Ack, Answer, Nack
from mediation_server.clock import Clock
from mediation_server.domain.inbox import Incoming

__all__ = ["MockCourt", "ReceivedMessage"]

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message as the demo shows it; `times` counts how often it came, `answer` is the latest."""

    envelope: Envelope
    received_at: datetime
    answer: Answer
    times: int = 1


class MockCourt:
    """Answers envelopes one after the other. Without a `journal` it forgets everything when it ends."""

    def __init__(self, clock: Clock, journal: Path | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._register = CourtRegister()
        self._received: dict[str, ReceivedMessage] = {}
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Remember what the journal says."""
        self._register = await asyncio.to_thread(_replayed, self._journal)

    async def receive(self, envelope: Envelope) -> Answer:
        """Answer an envelope whose signature was checked. Raises `OSError` when the journal cannot be written."""
        async with self._one_at_a_time:
            answer, entries = self._register.taken(envelope, self._clock.now())
            try:
                await asyncio.to_thread(_append, self._journal, entries)
            except OSError:
                await self.open()  # what is not on disk was not answered
                raise
            self._show(envelope, answer)
        return answer

    def received(self) -> Sequence[ReceivedMessage]:
        """The latest messages since the start, newest first."""
        return tuple(reversed(self._received.values()))

    def _show(self, envelope: Envelope, answer: Answer) -> None:
        before = self._received.get(envelope.message_id)
        if before:
            self._received[envelope.message_id] = replace(before, answer=answer, times=before.times + 1)
            return
        self._received[envelope.message_id] = ReceivedMessage(envelope, self._clock.now(), answer)
        while len(self._received) > _SHOWN:
            del self._received[next(iter(self._received))]


def _append(journal: Path | None, entries: Iterable[Entry]) -> None:
    lines = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries)
    if journal is None or not lines:
        return
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("ab") as file:
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def _replayed(journal: Path | None) -> CourtRegister:
    register = CourtRegister()
    if journal is None or not journal.exists():
        return register
    content = journal.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):  # a line cut short by a crash was never answered; nothing may be joined to it
        os.truncate(journal, len(whole))
    for entry in _entries(whole.splitlines()):
        register.remember(entry)
    return register


def _entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    for line in lines:
        content: dict[str, Any] = json.loads(line)
        answer = content["answer"]
        yield Entry(Incoming(**content["incoming"]), Ack(**answer) if "court_version" in answer else Nack(**answer))
