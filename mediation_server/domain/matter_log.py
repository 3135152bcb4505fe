"""The matter log (调解事项日志): append-only, hash-chained events; where a matter stands is a fold of them alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.log import GENESIS, ChainBreak, canonical, instant

__all__ = ["MatterEvent", "MatterEventKind", "append", "first_break"]


class MatterEventKind(StrEnum):
    """What happened to a matter, as a past participle; payload keys are listed beside each.

    Instants in payloads are ISO 8601 in UTC, days ISO dates in Asia/Shanghai, money in fen, people ids only.
    The law counts from an event's `at` unless a payload key says otherwise.
    """

    ADOPTED = "adopted"  # what the row said before there was a log: state, track, parties, mediator?, period_end?
    CREATED = "created"  # parties: {party: side}, helped_by?
    SUBMITTED = "submitted"  # receipt, parties: {party: side}; `at` interrupts the limitation period
    SUPPLEMENT_REQUESTED = "supplement_requested"  # defects: [code], due
    RESUBMITTED = "resubmitted"  # parties: {party: side}
    REJECTED = "rejected"  # reason, alternative
    DIVERTED = "diverted"  # track, procedure, regime (year), confirmable, by: filing|court|organisation, case_no?
    CONSENTED = "consented"  # party, item, text_version, answer, given_by, channel
    ALL_CONSENTED = "all_consented"  # consent_pending; court_led: mediator, procedure, days (starts the period)
    REFUSED = "refused"  # party, reason
    UNREACHABLE = "unreachable"  # party, reason
    ASSIGNED = "assigned"  # mediator, others?, by: joint|court, charges?, choices?
    DECLINED = "declined"  # mediator, reason, justified
    ACCEPT_EXPIRED = "accept_expired"  # mediator
    ACCEPTED = "accepted"  # mediator, procedure, days (starts the period, the first time)
    DISCLOSED = "disclosed"  # mediator, relations: [code], statement
    DISCLOSURE_ACCEPTED = "disclosure_accepted"  # party, mediator
    REPLACEMENT_REQUESTED = "replacement_requested"  # party, reason
    REPLACEMENT_DECIDED = "replacement_decided"  # upheld, reason
    CONTACTED = "contacted"  # party, channel
    EXTENSION_ASKED = "extension_asked"  # days; consents given before do not count for it
    EXTENDED = "extended"  # days, consents: [party]
    PAUSED = "paused"  # cause: appraisal|false_mediation|force_majeure, reason
    RESUMED = "resumed"  # nothing
    PROCEDURE_CHANGED = "procedure_changed"  # procedure, days (counted from the original start)
    PROPOSAL_SERVED = "proposal_served"  # proposal, sha256, explained
    OBJECTED = "objected"  # nothing: who objected is told to nobody
    CIRCULATED = "circulated"  # agreement, version, sha256, partial?
    EDITED = "edited"  # agreement, version
    SIGNED = "signed"  # agreement, party, sha256, method
    SIGNING_REFUSED = "signing_refused"  # party
    WITHDRAWAL_REQUESTED = "withdrawal_requested"  # party, outcome: withdrawn|settled_self; the court decides
    CONCLUDED = "concluded"  # outcome, ground, reason?, effective_at?, instalments?
    CONFIRMATION_APPLIED = "confirmation_applied"  # applicants: [party], court
    CONFIRMATION_ACCEPTED = "confirmation_accepted"  # case_no
    CONFIRMATION_WITHDRAWN = "confirmation_withdrawn"  # reason
    CONFIRMED = "confirmed"  # document?
    CONFIRM_REFUSED = "confirm_refused"  # reason
    REMEDIATED = "remediated"  # days, consents: [party]; mediation anew, with a period of its own
    JUDGMENT_REQUESTED = "judgment_requested"  # request
    JUDGMENT_ISSUED = "judgment_issued"  # document?
    JUDGMENT_REFUSED = "judgment_refused"  # reason
    JUDGMENT_EFFECTIVE = "judgment_effective"  # effective_on
    RENEGED = "reneged"  # party
    HANDING_OVER = "handing_over"  # to: filing|trial
    HANDED_OVER = "handed_over"  # case_no?
    RECALLED = "recalled"  # reason
    PERFORMING = "performing"  # instalments: [{due, fen}]
    PERFORMED = "performed"  # nothing
    BREACHED = "breached"  # instalment?
    FEE_NOTICED = "fee_noticed"  # fen
    PRESERVED = "preserved"  # measure_on
    CLOSED = "closed"  # nothing
    ARCHIVED = "archived"  # catalogue_sha256
    REOPEN_REQUESTED = "reopen_requested"  # reason
    REOPENED = "reopened"  # reason, requested_by
    RETENTION_SET = "retention_set"  # retention: a RetentionClass, reason
    HELD = "held"  # hold, cause: a HoldCause, reason
    RELEASE_ASKED = "release_asked"  # hold, reason
    RELEASED = "released"  # hold, reason, asked_by
    DISPOSAL_PROPOSED = "disposal_proposed"  # reason
    DISPOSAL_DECLINED = "disposal_declined"  # reason
    DISPOSED = "disposed"  # certificate, sha256, proposed_by, recordings (how many), reason
    MATERIAL_RELAYED = "material_relayed"  # material, to: [side], files: [sha256]; no word of what it is
    CLOCK_EXPIRED = "clock_expired"  # clock (T01..T19), due
    REMINDED = "reminded"  # clock, due, on (the day of the reminder): people were told that it runs out
    GRACED = "graced"  # clock, due, session: a sitting was going on when it ran out, and may finish today


@dataclass(frozen=True, slots=True)
class MatterEvent:
    """One entry of a matter's log; `actor` is a user's or party's id or `system` or `court`, `role` in what capacity.

    `at` is UTC in whole milliseconds; the hash is over the previous hash and everything in the entry.
    """

    matter_id: str
    seq: int
    at: datetime
    actor: str
    role: str
    kind: MatterEventKind
    payload: Mapping[str, object]
    previous: str
    hash: str


def append(  # noqa: PLR0913 - the fields of an entry
    last: MatterEvent | None,
    *,
    matter_id: str,
    at: datetime,
    actor: str,
    role: str,
    kind: MatterEventKind,
    payload: Mapping[str, object],
) -> MatterEvent:
    """The entry that follows `last` (None: the first), chained to it by SHA-256.

    `at` is cut to milliseconds and the payload brought into the form JSON gives back, so that an entry equals itself
    when it is read again. Raises `ValueError` or `TypeError` for a payload that is not JSON.
    """
    at = _whole_ms(at)
    payload = json.loads(canonical(payload))
    seq = last.seq + 1 if last else 1
    previous = last.hash if last else GENESIS
    unsigned = MatterEvent(matter_id, seq, at, actor, role, kind, payload, previous, "")
    return MatterEvent(matter_id, seq, at, actor, role, kind, payload, previous, _digest(unsigned))


def first_break(events: Iterable[MatterEvent]) -> ChainBreak | None:
    """The first place where the chain of one matter does not hold, or None when it does."""
    previous, expected = GENESIS, 1
    for event in events:
        if event.seq != expected:
            return ChainBreak(expected, "missing_entry")
        if event.previous != previous:
            return ChainBreak(event.seq, "previous_hash")
        # The hash covers milliseconds: anything finer was put there later.
        if event.hash != _digest(event) or event.at != _whole_ms(event.at):
            return ChainBreak(event.seq, "content")
        previous, expected = event.hash, expected + 1
    return None


def _whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _digest(event: MatterEvent) -> str:
    content = {
        "matter": event.matter_id,
        "seq": event.seq,
        "at": instant(event.at),
        "actor": event.actor,
        "role": event.role,
        "kind": str(event.kind),
        "payload": dict(event.payload),
    }
    return hashlib.sha256(event.previous.encode() + canonical(content)).hexdigest()
