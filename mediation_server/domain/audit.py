"""`AuditEntry`: who touched which record, allowed or refused (审计日志); written once, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from mediation_server.domain.log import canonical

__all__ = ["ANONYMOUS", "AuditAction", "AuditEntry", "AuditLine", "AuditQuery", "chained"]

ANONYMOUS = "anonymous"  # the actor when we do not know who it was


class AuditAction(StrEnum):
    """What was tried, as `subject:object:action`; whether it was allowed stands beside it."""

    LOGIN_OPENED = "account:login:open"
    LOGIN_CLOSED = "account:login:close"
    CODE_SENT = "account:code:send"
    ACCOUNT_OPENED = "account:user:open"
    INVITATION_ISSUED = "session:invitation:issue"
    INVITATION_REVOKED = "session:invitation:revoke"
    SEAT_ENTERED = "session:seat:enter"
    SEAT_ADDED = "session:seat:add"  # somebody was named for a sitting after it was planned
    SEAT_BARRED = "session:seat:bar"
    MATTER_MOVED = "matter:procedure:move"
    MATERIAL_HANDED_IN = "matter:material:hand_in"
    MATERIAL_WITHDRAWN = "matter:material:withdraw"
    MATERIAL_RELEASED = "matter:material:release"  # its party allows that it is relayed
    MATERIAL_RELAYED = "matter:material:relay"
    MATERIAL_RETURNED = "matter:material:return"
    MATERIAL_HELD = "matter:material:hold"  # for the mediator's eyes alone from then on
    MATERIAL_FETCHED = "matter:material:fetch"  # the file itself, as it came
    MATERIAL_INFECTED = "matter:material:scan"  # a virus scanner has named a file of it
    OPINION_GIVEN = "matter:opinion:give"
    MATTER_ENTRUSTED = "matter:organisation:give"  # to a mediation body
    AGENT_NAMED = "matter:agent:name"
    AGENT_ADMITTED = "matter:agent:admit"  # the papers were read and hold
    AGENT_RETURNED = "matter:agent:return"
    AGENT_DISMISSED = "matter:agent:dismiss"
    PART_REGISTERED = "matter:part:register"  # in the conflict register
    BALLOT_CAST = "matter:ballot:cast"  # that a party voted for a mediator, never how
    ROSTER_CHANGED = "roster:entry:change"
    SESSION_SCHEDULED = "matter:session:schedule"
    SESSION_CANCELLED = "matter:session:cancel"
    SESSION_RESCHEDULED = "matter:session:reschedule"
    RESCHEDULING_APPROVED = "matter:session:approve"
    SESSION_HELD_ON = "matter:session:hold"
    TASK_SETTLED = "matter:task:settle"
    DRAFT_FORGOTTEN = "account:draft:forget"  # an application nobody submitted, after its time
    SAFETY_CHANGED = "matter:safety:change"
    HELP_CALLED = "session:help:call"  # somebody in it feels unsafe; clerks and the body's contacts were told
    EXIT_HELD = "session:exit:hold"  # one side stays until another has left
    EXIT_RELEASED = "session:exit:release"
    SESSION_CONCLUDED = "matter:session:conclude"
    SESSION_LAPSED = "matter:session:lapse"  # ended by the house
    CALENDAR_OPENED = "account:calendar:open"
    CALENDAR_CLOSED = "account:calendar:close"
    DATUM_REVEALED = "matter:datum:reveal"
    ACCOUNT_CHANGED = "account:user:change"
    PASSWORD_RESET = "account:password:reset"  # noqa: S105 - the name of an action
    COURT_CHANGED = "house:court:change"
    CALENDAR_PUBLISHED = "house:calendar:publish"
    AUDIT_READ = "house:audit:read"
    BUNDLE_ASKED = "matter:bundle:ask"
    BUNDLE_CANCELLED = "matter:bundle:cancel"
    BUNDLE_IMPORTED = "matter:bundle:import"  # one of another house
    IMPORT_FETCHED = "matter:import:fetch"  # a material of it
    IMPORT_REMOVED = "matter:import:remove"
    IMPORT_WATCHED = "recording:import:watch"
    BUNDLE_TAKEN = "matter:bundle:take"  # the matter as one file
    RECORD_DISPOSED = "matter:record:dispose"  # the bytes are gone, by the certificate that is named
    VIEWING_OPENED = "recording:viewing:open"
    VIEWING_CONTINUED = "recording:viewing:continue"  # written only when it is refused
    VIEWING_ENDED = "recording:viewing:end"  # by whoever watched
    VIEWING_ASKED = "recording:viewing:ask"  # by a party
    VIEWING_ANSWERED = "recording:viewing:answer"  # by the court: granted, refused, taken back
    VIEWING_WITHDRAWN = "recording:viewing:withdraw"
    APPROVAL_ASKED = "recording:approval:ask"  # an exception of the wall
    APPROVAL_ANSWERED = "recording:approval:answer"  # by the head of a division: approved, refused, taken back
    APPROVAL_ENDED = "recording:approval:end"  # by whoever asked
    FILM_ASKED = "recording:film:ask"
    FILM_CANCELLED = "recording:film:cancel"
    FILM_TAKEN = "recording:film:take"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One decision: `actor` is a user's or participant's id, `object` is `kind:id`, `basis` the rule's code."""

    id: str
    at: datetime
    actor: str
    action: AuditAction
    object: str
    allowed: bool
    purpose: str = ""
    basis: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def chained(previous: str, seq: int, entry: AuditEntry) -> str:
    """SHA-256 in hex over the hash of the entry before (`GENESIS` for the first) and everything in this one."""
    content = {
        "seq": seq,
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action.value,
        "object": entry.object,
        "allowed": entry.allowed,
        "purpose": entry.purpose,
        "basis": entry.basis,
        "details": dict(entry.details),
    }
    return hashlib.sha256(previous.encode() + canonical(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What is asked of the audit log: `about` is `kind:id`, `before` the number of the last entry already seen."""

    about: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry with its number in the chain."""

    seq: int
    entry: AuditEntry
