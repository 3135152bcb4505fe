from dataclasses import replace

import pytest

from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import CHECKLIST, Attendance, ChecklistItem, Participant, SessionKind, checklist_of
from mediation_server.rooms.starting import missing_to_start
from mediation_server.rooms.state import Place, RoomState, SeatState

TICKED = dict.fromkeys((each.value for each in CHECKLIST), "2026-11-23T02:00:00.000Z")


def person(name, role, side, attendance=Attendance.VIDEO):
    return Participant(name, "s", role, side, name, name, attendance=attendance)


def room(*guests, **changes):
    mediator = SeatState(person("mediator", Role.MEDIATOR, Side.NEUTRAL), Place.MAIN, connected=True)
    seats = {"mediator": mediator, **{each.participant.id: each for each in guests}}
    return replace(RoomState("s", "mediator", seats, checklist=TICKED), **changes)


def seat(name, side, *, there=True, verified=True, attendance=Attendance.VIDEO, place=Place.MAIN):
    role = Role.APPLICANT if side is Side.APPLICANT else Role.RESPONDENT
    placed = place if there else Place.OUTSIDE
    return SeatState(person(name, role, side, attendance), placed, connected=there, admitted=there, verified=verified)


ZHOU, LIN = seat("zhou", Side.APPLICANT), seat("lin", Side.RESPONDENT)


def test_both_sides_verified_and_everything_read_out_is_enough():
    assert missing_to_start(room(ZHOU, LIN)) == ()


@pytest.mark.parametrize("item", list(CHECKLIST))
def test_no_item_may_be_left_out(item):
    ticked = {key: at for key, at in TICKED.items() if key != item.value}
    assert missing_to_start(room(ZHOU, LIN, checklist=ticked)) == (item.value,)


def test_the_judge_has_a_list_of_their_own():
    for kind in (SessionKind.CONFIRMATION_CHECK, SessionKind.JUDGMENT_CHECK):
        assert ChecklistItem.VOLUNTARY in checklist_of(kind)
        assert ChecklistItem.SHAM_MEDIATION not in checklist_of(kind)
        missing = missing_to_start(room(ZHOU, LIN, required=checklist_of(kind)))
        assert missing == ("voluntary", "content", "consequences")
    assert checklist_of(SessionKind.PREP) == CHECKLIST


def test_a_side_that_comes_on_site_is_not_waited_for_in_the_room():
    on_site = seat("lin", Side.RESPONDENT, there=False, attendance=Attendance.ON_SITE)
    assert missing_to_start(room(ZHOU, on_site)) == ()
    assert missing_to_start(room(ZHOU, seat("lin", Side.RESPONDENT, there=False))) == ("respondent",)
    from_court = seat("lin", Side.RESPONDENT, there=False, attendance=Attendance.COURT_ROOM)
    assert missing_to_start(room(ZHOU, from_court)) == ("respondent",)


def test_where_each_side_comes_at_its_own_time_one_is_enough_and_nobody_is_not():
    apart = [
        seat(name, side, there=False, attendance=Attendance.SEPARATE)
        for name, side in (("zhou", Side.APPLICANT), ("lin", Side.RESPONDENT))
    ]
    assert missing_to_start(room(*apart)) == ("nobody",)
    assert missing_to_start(room(seat("zhou", Side.APPLICANT, attendance=Attendance.SEPARATE), apart[1])) == ()


def test_in_safety_mode_whoever_waits_alone_counts_as_there():
    waiting = [replace(each, place=Place.WAITING) for each in (ZHOU, LIN)]
    assert missing_to_start(room(*waiting, safety=True)) == ()
    assert missing_to_start(room(*waiting)) == ("applicant", "respondent")
    lost = replace(waiting[1], connected=False)
    assert missing_to_start(room(waiting[0], lost, safety=True)) == ("respondent",)


def test_everybody_who_is_there_must_be_verified():
    assert missing_to_start(room(ZHOU, seat("lin", Side.RESPONDENT, verified=False))) == ("unverified",)
