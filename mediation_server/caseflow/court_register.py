"""`CourtRegister`: what a receiving end remembers of messages and answers to them; no clock, no disk, no network."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.caseflow.catalogue import checked
from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Ack, Answer, Nack, Pending
from mediation_server.domain.inbox import Incoming, Reception, reception_of
from mediation_server.errors import BadInput

__all__ = ["CourtRegister", "Entry"]

_REMEMBERED = 100_000
_PARKED_PER_MATTER = 100
_PARKING_TIME = timedelta(minutes=15)
_LATEST = timedelta(hours=24)  # what claims to have happened later than this is wrong
_SHAPE = Nack("E_SCHEMA", "报文格式不符", retryable=False)
_CONFLICT = Nack("E_DUPLICATE_CONFLICT", "同一报文标识对应不同内容,请人工核对", retryable=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message the court answered for good."""

    incoming: Incoming
    answer: Ack | Nack


class CourtRegister:
    """Idempotent by message id and business key, in order per matter; bounded, oldest forgotten first."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, Entry] = OrderedDict()
        self._by_business: OrderedDict[tuple[str, str, str], Entry] = OrderedDict()
        self._last: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        self._parked: dict[str, dict[int, tuple[Envelope, datetime]]] = {}

    def taken(self, envelope: Envelope, now: datetime) -> tuple[Answer, list[Entry]]:
        """The answer, and what was answered for good by it: nothing, this message, or this and parked ones after it."""
        incoming = envelope.identity
        answer = self._answer(envelope, incoming, now)
        if isinstance(answer, Pending):
            return answer, []
        if incoming.seq != self._last.get(incoming.matter_ref, 0) + 1:
            return answer, []
        entry = Entry(incoming, answer)
        self.remember(entry)
        return answer, [entry, *self._unparked(incoming.matter_ref, now)]

    def remember(self, entry: Entry) -> None:
        """Take an entry in, as new or from a journal; it is the next of its matter."""
        incoming = entry.incoming
        self._last[incoming.matter_ref] = incoming.seq
        self._by_id.setdefault(incoming.message_id, entry)
        if isinstance(entry.answer, Ack):
            self._versions[incoming.matter_ref] = entry.answer.court_version
            self._by_business.setdefault(_business(incoming), entry)
        for remembered in (self._by_id, self._by_business):
            while len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)

    def _answer(self, envelope: Envelope, incoming: Incoming, now: datetime) -> Answer:
        same_id = self._by_id.get(incoming.message_id)
        same_business = self._by_business.get(_business(incoming))
        last = self._last.get(incoming.matter_ref, 0)
        reception = reception_of(
            incoming,
            same_id=same_id.incoming if same_id else None,
            same_business=same_business.incoming if same_business else None,
            last_seq=last,
        )
        if reception is Reception.REPEAT and same_id:
            return same_id.answer
        if reception is Reception.SAME_BUSINESS and same_business:
            return same_business.answer
        if reception is Reception.PARK:
            return self._park(envelope, now, last)
        return self._apply(envelope, now) if reception is Reception.APPLY else _CONFLICT

    def _apply(self, envelope: Envelope, now: datetime) -> Answer:
        try:
            checked(envelope.type, envelope.payload)
        except BadInput:
            return _SHAPE
        if envelope.occurred_at - now > _LATEST:
            return _SHAPE
        return Ack(self._versions.get(envelope.matter_ref, 0) + 1)

    def _park(self, envelope: Envelope, now: datetime, last: int) -> Pending:
        parked = self._parked.setdefault(envelope.matter_ref, {})
        for seq in [seq for seq, (_, since) in parked.items() if now - since > _PARKING_TIME]:
            del parked[seq]
        if len(parked) < _PARKED_PER_MATTER:
            parked.setdefault(envelope.seq, (envelope, now))
        return Pending(resend_from=last + 1)

    def _unparked(self, matter_ref: str, now: datetime) -> Iterator[Entry]:
        parked = self._parked.get(matter_ref, {})
        while (found := parked.pop(self._last[matter_ref] + 1, None)) is not None:
            answer = self._answer(found[0], found[0].identity, now)
            if isinstance(answer, Pending):
                return
            entry = Entry(found[0].identity, answer)
            self.remember(entry)
            yield entry
        if not parked:
            self._parked.pop(matter_ref, None)


def _business(incoming: Incoming) -> tuple[str, str, str]:
    return incoming.matter_ref, incoming.type, incoming.business_key
