from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mediation_server.domain.invitation import Invitation, InvitationState

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LINK = Invitation("i", "s", "p", "hash", NOW, NOW + timedelta(hours=12))


@pytest.mark.parametrize(
    ("link", "later", "state", "opens"),
    [
        (LINK, timedelta(0), InvitationState.OPEN, True),
        (replace(LINK, first_used_at=NOW), timedelta(hours=1), InvitationState.USED, True),
        (LINK, timedelta(hours=12, seconds=-1), InvitationState.OPEN, True),
        (LINK, timedelta(hours=12), InvitationState.EXPIRED, False),
        (replace(LINK, revoked_at=NOW), timedelta(0), InvitationState.REVOKED, False),
        (replace(LINK, revoked_at=NOW, first_used_at=NOW), timedelta(hours=20), InvitationState.REVOKED, False),
    ],
)
def test_a_link_opens_until_it_is_revoked_or_its_time_is_over(link, later, state, opens):
    assert link.state(NOW + later) is state
    assert link.opens(NOW + later) is opens
