"""Receiving messages between platform and court: idempotent, in order per matter; one pure rule for either end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CourtMessage", "Incoming", "Reception", "reception_of"]


class Reception(StrEnum):
    """What to do with a message that arrives."""

    APPLY = "apply"  # new, and next in order
    REPEAT = "repeat"  # seen: give the stored answer again, change nothing
    SAME_BUSINESS = "same_business"  # next in order, but its business is done: stored answer, the order moves on
    CONFLICT = "conflict"  # same identity, different content: a human must look
    PARK = "park"  # ahead of its turn: keep it aside and ask for what is missing


class CourtMessage(StrEnum):
    """What the court may tell us so far: cases it sends, changes and takes back, answers about a 调解书 or a file."""

    CASE_DIVERTED = "CaseDiverted"
    PROCEDURE_CHANGED = "ProcedureChanged"
    DIVERSION_RECALLED = "DiversionRecalled"
    CASE_CLOSED = "CaseClosed"
    JUDGMENT_ISSUED = "MediationJudgmentIssued"
    JUDGMENT_SERVED = "MediationJudgmentServed"
    JUDGMENT_REFUSED = "MediationJudgmentRefused"
    FILING_ACCEPTED = "FilingAccepted"
    TRIAL_RESUMED = "TrialResumed"
    SERVICE_RECEIPT = "ServiceReceipt"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What identifies a message: its id, its place in the order of its matter, its business and its content."""

    message_id: str
    matter_ref: str
    seq: int
    type: str
    business_key: str
    payload_sha256: str


def reception_of(
    incoming: Incoming, *, same_id: Incoming | None, same_business: Incoming | None, last_seq: int
) -> Reception:
    """Decide on a message, given what is stored under its id and its business key and the last seq applied."""
    if same_id:
        return Reception.REPEAT if same_id == incoming else Reception.CONFLICT
    if incoming.seq > last_seq + 1:
        return Reception.PARK
    if incoming.seq <= last_seq:
        return Reception.CONFLICT
    if same_business:
        same = same_business.payload_sha256 == incoming.payload_sha256
        return Reception.SAME_BUSINESS if same else Reception.CONFLICT
    return Reception.APPLY
