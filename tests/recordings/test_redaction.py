"""What of a session log goes along with a recording: every kind by an allow-list, and of a caucus its limits alone."""

from datetime import UTC, datetime

import pytest

from mediation_server.domain.log import EventKind, SessionEvent, Withheld, append, first_break
from recordings.redaction import redacted

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
K = EventKind
LIMITS = {K.CAUCUS_OPENED, K.CAUCUS_CLOSED}
FOR_VERIFIERS = {
    K.STARTED, K.SUSPENDED, K.RESUMED, K.AUDIENCE_CHANGED, K.ENDED,
    K.RECORDING_STARTED, K.RECORDING_GAP, K.RECORDING_SEALED, K.RECORDING_REPAIRED, K.CLOCK_JUMPED,
}  # fmt: skip
NEVER = {
    K.INVITATION_ISSUED, K.INVITATION_REVOKED, K.DEVICE_REPORTED, K.CONNECTED, K.TAKEN_OVER, K.NOTIFIED, K.WRITTEN,
    K.RELAYED, K.ATTACHED, K.SIGNALLED, K.SIGNAL_SEEN, K.PROMISE_CHANGED, K.SAFETY_CHANGED, K.ANOTHER_TIME_ASKED,
    K.SEAT_ADDED,
}  # fmt: skip


def log(*said):
    events = []
    for kind, payload in said:
        last = events[-1] if events else None
        events.append(
            append(last, session_id="s", at=NOW, offset_ms=len(events), actor="a", kind=kind, payload=payload)
        )
    return events


def told(events):
    return [each.kind for each in redacted(events) if isinstance(each, SessionEvent)]


@pytest.mark.parametrize("kind", sorted(set(EventKind) - LIMITS - FOR_VERIFIERS))
def test_nothing_that_is_marked_as_of_a_caucus_is_told(kind):
    events = log((K.STARTED, {}), (kind, {"caucus": "c", "text": "底线十万"}), (K.ENDED, {}))
    assert told(events) == [K.STARTED, K.ENDED]
    assert "底线" not in str(redacted(events))


@pytest.mark.parametrize(
    "kind", [K.MUTED, K.UNMUTED, K.HAND_RAISED, K.SCREEN_SHARED, K.CHAT_SENT, K.SPOKE, K.PICTURES_HELD]
)
def test_what_people_do_while_a_caucus_lasts_is_not_told_and_afterwards_is(kind):
    events = log((K.CAUCUS_OPENED, {"caucus": "c"}), (kind, {}), (K.CAUCUS_CLOSED, {"caucus": "c"}), (kind, {}))
    assert told(events) == [K.CAUCUS_OPENED, K.CAUCUS_CLOSED, kind]


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_what_is_nobodys_business_is_not_told(kind):
    assert told(log((kind, {"participant": "p"}))) == []


def test_what_a_verifier_needs_is_always_told():
    assert set(told(log(*((kind, {"caucus": "c"}) for kind in FOR_VERIFIERS | LIMITS)))) == FOR_VERIFIERS | LIMITS


def test_the_chain_of_what_is_left_holds_and_every_change_is_found():
    entries = redacted(log((K.STARTED, {}), (K.NOTIFIED, {"about": "x"}), (K.SPOKE, {"from_ms": 1}), (K.ENDED, {})))
    assert first_break(entries) is None
    assert isinstance(entries[1], Withheld)
    another = [entries[0], Withheld(2, entries[1].previous, "0" * 64), *entries[2:]]
    assert first_break(another).seq == 3
    assert first_break([entries[0], *entries[2:]]).reason == "missing_entry"
