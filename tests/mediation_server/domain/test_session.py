from datetime import UTC, datetime
from itertools import product

import pytest

from mediation_server.domain.session import Session, SessionEventKind, SessionKind, SessionState
from mediation_server.errors import Conflict

S, E = SessionState, SessionEventKind
# domain.md §3.2; `close` ends a sitting in writing, which nobody enters.
ALLOWED = {
    (S.SCHEDULED, E.JOIN): S.LOBBY,
    (S.LOBBY, E.JOIN): S.LOBBY,
    (S.LOBBY, E.START): S.LIVE,
    (S.LIVE, E.OPEN_CAUCUS): S.CAUCUS,
    (S.CAUCUS, E.CLOSE_CAUCUS): S.LIVE,
    (S.LIVE, E.SUSPEND): S.SUSPENDED,
    (S.CAUCUS, E.SUSPEND): S.SUSPENDED,
    (S.SUSPENDED, E.RESUME): S.LIVE,
    (S.LIVE, E.END): S.ENDED,
    (S.SUSPENDED, E.END): S.ENDED,
    (S.SCHEDULED, E.CANCEL): S.CANCELLED,
    (S.LOBBY, E.CANCEL): S.CANCELLED,
    (S.SCHEDULED, E.RESCHEDULE): S.SCHEDULED,
    (S.LOBBY, E.RESCHEDULE): S.SCHEDULED,
    (S.SCHEDULED, E.MISS): S.NO_SHOW,
    (S.LOBBY, E.MISS): S.NO_SHOW,
    (S.SCHEDULED, E.CLOSE): S.ENDED,
}


def sitting(state: SessionState) -> Session:
    return Session("s", "m", SessionKind.MEDIATION, state, datetime(2026, 11, 23, 2, 0, tzinfo=UTC), 60, "u")


@pytest.mark.parametrize(("state", "event"), list(product(SessionState, SessionEventKind)))
def test_a_sitting_moves_only_along_the_table_and_says_so_otherwise(state, event):
    session = sitting(state)
    target = ALLOWED.get((state, event))
    assert session.may(event) is (target is not None)
    if target is not None:
        assert session.moved_by(event) == sitting(target)
        return
    with pytest.raises(Conflict) as refusal:
        session.moved_by(event)
    assert refusal.value.code == "session_state"
    assert refusal.value.details == {"state": state.value, "event": event.value}


def test_only_ended_cancelled_and_missed_sittings_are_closed():
    assert {state for state in SessionState if not sitting(state).is_open} == {S.ENDED, S.CANCELLED, S.NO_SHOW}
