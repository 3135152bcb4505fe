from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.rooms.state import RoomState, SeatState
from mediation_server.rooms.state_folds import folded

GUEST = Participant("p", "s", Role.APPLICANT, Side.APPLICANT, "周承安", "Zhou Cheng'an")


def test_only_whoever_comes_by_a_link_is_bound_to_the_device_that_was_let_in():
    seat = SeatState(GUEST, admitted=True, trusted=frozenset({"laptop"}))
    assert seat.is_strange("phone")
    assert not seat.is_strange("laptop")
    agent, staff = replace(GUEST, user_id="u"), replace(GUEST, user_id="u", side=Side.NEUTRAL)
    assert replace(seat, participant=agent).is_strange("phone")  # with an account, and by a link all the same
    assert not replace(seat, participant=staff).is_strange("phone")


def test_the_ledger_says_with_whom_one_was_and_what_was_recorded():
    host = Participant("m", "s", Role.MEDIATOR, Side.NEUTRAL, "郑思远", "Zheng Siyuan")
    other = Participant("q", "s", Role.RESPONDENT, Side.RESPONDENT, "林若溪", "Lin Ruoxi")
    empty = RoomState("s", "m", {each.id: SeatState(each) for each in (host, GUEST, other)})
    inside = {"caucus": "c", "side": "respondent", "participants": ["m", "q"]}
    course = [
        (EventKind.CONNECTED, {"participant": "m"}),
        (EventKind.ADMITTED, {"participant": "p"}),
        (EventKind.ADMITTED, {"participant": "q"}),
        (EventKind.STARTED, {}),
        (EventKind.RECORDING_STARTED, {}),
        (EventKind.CAUCUS_OPENED, inside),
        (EventKind.CAUCUS_CLOSED, {"caucus": "c"}),
        (EventKind.SUSPENDED, {"reason": "休息"}),
        (EventKind.ENDED, {}),
    ]
    begin = datetime(2026, 11, 28, 2, tzinfo=UTC)
    log = [
        SessionEvent("s", number, begin + timedelta(minutes=number), 0, "m", kind, payload, "", "")
        for number, (kind, payload) in enumerate(course, start=1)
    ]
    told = [
        (int(each.since[14:16]), each.whom and (each.whom.place, set(each.whom.company), each.whom.recorded))
        for each in folded(empty, log).ledger["p"]
    ]
    everybody = {"m", "p", "q"}
    assert told == [
        (2, ("main", {"m", "p"}, False)),
        (3, ("main", everybody, False)),
        (5, ("main", everybody, True)),
        (6, ("waiting", set(), False)),
        (7, ("main", everybody, True)),
        (8, ("main", everybody, False)),
        (9, None),
    ]
