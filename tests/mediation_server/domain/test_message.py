import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mediation_server.domain.message import OutboxMessage, SyncState, new_message_id, sync_state_of

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
WAITING = OutboxMessage("id", "m", "s", 1, "T", "k", {}, NOW, 0, NOW)
DELIVERED = replace(WAITING, delivered_at=NOW)
DEAD = replace(WAITING, dead=True)


@pytest.mark.parametrize(
    ("messages", "state"),
    [
        ([], None),
        ([WAITING], SyncState.PENDING),
        ([DELIVERED], SyncState.SYNCED),
        ([DELIVERED, WAITING], SyncState.PENDING),
        ([DELIVERED, WAITING, DEAD], SyncState.FAILED),
        ([replace(DEAD, delivered_at=NOW)], SyncState.FAILED),
    ],
)
def test_the_weakest_message_speaks_for_all(messages, state):
    assert sync_state_of(messages) is state


def test_message_ids_are_uuids_of_version_7_that_sort_by_time():
    made = [new_message_id(NOW + timedelta(milliseconds=each)) for each in range(100)]
    assert made == sorted(set(made))
    assert all(uuid.UUID(each).version == 7 and uuid.UUID(each).variant == uuid.RFC_4122 for each in made)
    stamp = uuid.UUID(new_message_id(NOW)).int >> 80
    assert stamp == int(NOW.timestamp() * 1000)
