from dataclasses import replace

from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.rooms.state import SeatState

GUEST = Participant("p", "s", Role.APPLICANT, Side.APPLICANT, "周承安", "Zhou Cheng'an")


def test_only_whoever_comes_by_a_link_is_bound_to_the_device_that_was_let_in():
    seat = SeatState(GUEST, admitted=True, trusted=frozenset({"laptop"}))
    assert seat.is_strange("phone")
    assert not seat.is_strange("laptop")
    assert not replace(seat, participant=replace(GUEST, user_id="u")).is_strange("phone")
