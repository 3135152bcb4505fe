"""The session log: append-only, time-coded, hash-chained events; everything else about a sitting is a view of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

__all__ = [
    "GENESIS",
    "ChainBreak",
    "EventKind",
    "SessionEvent",
    "Withheld",
    "append",
    "canonical",
    "first_break",
    "instant",
]

GENESIS = "0" * 64


class EventKind(StrEnum):
    """What happened, as a past participle; payload keys are listed beside each."""

    SESSION_SCHEDULED = (
        "session_scheduled"  # starts_at, minutes, sitting (its kind), waived (parties who do without the three days)
    )
    RESCHEDULED = "rescheduled"  # starts_at, minutes, from, side (who asked for it), revision, waived
    RESCHEDULING_APPROVED = "rescheduling_approved"  # side
    ANOTHER_TIME_ASKED = "another_time_asked"  # participant, request
    HELD_ON = "held_on"  # until
    MISSED_SITTING = "missed_sitting"  # sides: of which nobody had come
    SAFETY_CHANGED = "safety_changed"  # on, first (the side that leaves first)
    NOTIFIED = "notified"  # participant, about, revision
    WRITTEN = "written"  # participant, entry, sha256, audience  (the text stands in its own table)
    RELAYED = "relayed"  # entry
    INVITATION_ISSUED = "invitation_issued"  # participant
    INVITATION_REVOKED = "invitation_revoked"  # participant
    CONSENT_GIVEN = "consent_given"  # participant, item, answer, text_version
    ARRIVED = "arrived"  # participant, again (its link was used on one more device)
    DEVICE_REPORTED = "device_reported"  # participant, camera, microphone, speaker, network
    IDENTITY_VERIFIED = "identity_verified"  # participant, verified
    CHECKLIST_TICKED = "checklist_ticked"  # item, done
    ADMITTED = "admitted"  # participant, reason (known_device: back on a device let in before)
    REFUSED = "refused"  # participant, reason
    STARTED = "started"
    CONNECTED = "connected"  # participant, device (a digest that tells browsers apart)
    DISCONNECTED = "disconnected"  # participant, reason
    DEVICES_SWITCHED = "devices_switched"  # participant, microphone, camera, screen: whether each is on
    TAKEN_OVER = "taken_over"  # participant, device
    LEFT = "left"  # participant
    RETURNED_TO_LOBBY = "returned_to_lobby"  # participant, reason (other_device: by the house)
    REMOVED = "removed"  # participant, reason
    MUTED = "muted"  # participant, source, by, locked
    UNMUTED = "unmuted"  # participant, source, by
    HAND_RAISED = "hand_raised"  # participant
    HAND_LOWERED = "hand_lowered"  # participant
    SPOKE = "spoke"  # participant, from_ms, to_ms  (joint room only; never a caucus)
    CHAT_SENT = "chat_sent"  # participant, message_id, text  (joint room only; never a caucus)
    SCREEN_SHARED = "screen_shared"  # participant
    SCREEN_UNSHARED = "screen_unshared"  # participant
    DOCUMENT_SHOWN = "document_shown"  # document (a material), pages, caucus?; no word of what it is
    DOCUMENT_HIDDEN = "document_hidden"  # caucus?
    PAGE_TURNED = "page_turned"  # page, caucus?
    PICTURES_HELD = "pictures_held"  # participant, to whom the line carried voices only from then on
    PICTURES_BACK = "pictures_back"  # participant
    MISSED = "missed"  # participant, whom (who spoke), sense (sound, picture), from_ms, to_ms, missed_ms, caucus
    REPEATED = "repeated"  # participant (asked to say it again), whom (who had missed it), from_ms, to_ms, caucus
    MEDIA_LOST = "media_lost"  # reason (crashed, silent, unanswered, confused: of the worker), at_ms
    MEDIA_BACK = "media_back"  # at_ms
    ROOM_LOCKED = "room_locked"  # by, reason
    ROOM_UNLOCKED = "room_unlocked"  # by
    SUSPENDED = "suspended"  # reason, side (whose loss it was)
    RESUMED = "resumed"
    CAUCUS_OPENED = "caucus_opened"  # caucus, side, participants
    CAUCUS_CLOSED = "caucus_closed"  # caucus
    PROMISE_CHANGED = "promise_changed"  # caucus, until
    SIGNALLED = "signalled"  # participant (who waits outside), signal, up, caucus (for its presider alone)
    SIGNAL_SEEN = "signal_seen"  # participant, signal, caucus
    AUDIENCE_CHANGED = "audience_changed"  # receivers: {publishing participant: [receiving participants]}
    RECORDING_STARTED = "recording_started"  # recording
    RECORDING_GAP = "recording_gap"  # recording, from_ms, to_ms, reason, by, cause (both only where there is one)
    RECORDING_SEALED = "recording_sealed"  # recording, manifest_sha256, root
    RECORDING_REPAIRED = "recording_repaired"  # recording, lost_ms
    EXPLAINED = "explained"  # entry (of the gap), from_ms, to_ms, reason, text, name (who presided signs)
    CLOCK_JUMPED = "clock_jumped"  # jump_ms: how far the wall clock went, negative for back; offsets are not moved
    WENT_ON_UNRECORDED = "went_on_unrecorded"  # reason: the disk refuses, and the presider lets the sitting go on
    RECALLED = "recalled"  # until (the court has taken the matter back: then the house ends the sitting)
    CONCLUDED = "concluded"  # outcome, ground
    ATTACHED = "attached"  # participant, entry, material, files (hashes)
    SEAT_ADDED = "seat_added"  # participant, role, side, name, name_en, party, user, stands_in
    ENDED = "ended"  # result, cause (when nobody ended it)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One entry of a session log; `offset_ms` counts from the start of the sitting (0 before it)."""

    session_id: str
    seq: int
    at: datetime
    offset_ms: int
    actor: str
    kind: EventKind
    payload: Mapping[str, object]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """An entry whose reader may not know what it says: its place in the chain, so that the rest can be checked."""

    seq: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Where a chain breaks: the first entry that does not follow from the one before, and why."""

    seq: int
    reason: str


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no white space, UTF-8: equal values give equal bytes (after RFC 8785)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def instant(at: datetime) -> str:
    """An instant as it enters a hash: UTC, milliseconds, e.g. 2026-01-05T02:00:00.000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def append(  # noqa: PLR0913 - the fields of an entry
    last: SessionEvent | None,
    *,
    session_id: str,
    at: datetime,
    offset_ms: int,
    actor: str,
    kind: EventKind,
    payload: Mapping[str, object],
) -> SessionEvent:
    """The entry that follows `last` (None: the first) with its SHA-256 over the previous hash and its own content.

    `at` is cut to milliseconds and the payload brought into the form JSON gives back, so that an entry equals itself
    when it is read again. Raises `ValueError` or `TypeError` for a payload that is not JSON.
    """
    at = _whole_ms(at)
    payload = json.loads(canonical(payload))
    seq = last.seq + 1 if last else 1
    previous = last.hash if last else GENESIS
    digest = _digest(previous, session_id, seq, at, offset_ms, actor, kind, payload)
    return SessionEvent(session_id, seq, at, offset_ms, actor, kind, payload, previous, digest)


def first_break(events: Iterable[SessionEvent | Withheld]) -> ChainBreak | None:
    """The first place where the chain does not hold, or None when it does.

    Of a withheld entry only its links are checked; a database holds none.
    """
    previous, expected = GENESIS, 1
    for event in events:
        if event.seq != expected:
            return ChainBreak(expected, "missing_entry")
        if event.previous != previous:
            return ChainBreak(event.seq, "previous_hash")
        if isinstance(event, SessionEvent) and not _is_intact(event):
            return ChainBreak(event.seq, "content")
        previous, expected = event.hash, expected + 1
    return None


def _whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _is_intact(event: SessionEvent) -> bool:
    digest = _digest(
        event.previous, event.session_id, event.seq, event.at, event.offset_ms, event.actor, event.kind, event.payload
    )
    # The hash covers milliseconds: anything finer was put there later.
    return event.hash == digest and event.at == _whole_ms(event.at)


def _digest(  # noqa: PLR0913, PLR0917 - the fields of an entry
    previous: str,
    session_id: str,
    seq: int,
    at: datetime,
    offset_ms: int,
    actor: str,
    kind: str,
    payload: Mapping[str, object],
) -> str:
    content = {
        "session": session_id,
        "seq": seq,
        "at": instant(at),
        "offset_ms": offset_ms,
        "actor": actor,
        "kind": str(kind),
        "payload": dict(payload),
    }
    return hashlib.sha256(previous.encode() + canonical(content)).hexdigest()
