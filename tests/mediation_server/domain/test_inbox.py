from dataclasses import replace

import pytest

from mediation_server.domain.inbox import Incoming, Reception, reception_of

FIRST = Incoming("id 1", "TJ-1", 1, "OutcomeRecorded", "TJ-1:1", "aa")
NEXT = Incoming("id 2", "TJ-1", 2, "OutcomeRecorded", "TJ-1:2", "bb")


def received(incoming, same_id=None, same_business=None, last_seq=1):
    return reception_of(incoming, same_id=same_id, same_business=same_business, last_seq=last_seq)


def test_what_is_next_in_order_is_applied():
    assert received(NEXT) is Reception.APPLY


def test_the_same_message_again_is_a_repeat_wherever_the_order_stands():
    assert received(FIRST, same_id=FIRST, last_seq=9) is Reception.REPEAT


@pytest.mark.parametrize("changed", [{"payload_sha256": "cc"}, {"seq": 5}, {"business_key": "x"}, {"matter_ref": "y"}])
def test_an_id_with_other_content_is_a_conflict(changed):
    assert received(replace(FIRST, **changed), same_id=FIRST) is Reception.CONFLICT


def test_what_is_ahead_of_its_turn_is_parked():
    assert received(replace(NEXT, seq=3)) is Reception.PARK


def test_a_place_that_was_used_by_another_message_is_a_conflict():
    assert received(replace(NEXT, seq=1)) is Reception.CONFLICT


def test_business_done_under_another_id_is_recognised_by_its_content():
    again = replace(NEXT, business_key=FIRST.business_key, payload_sha256=FIRST.payload_sha256)
    assert received(again, same_business=FIRST) is Reception.SAME_BUSINESS
    assert received(replace(again, payload_sha256="dd"), same_business=FIRST) is Reception.CONFLICT
