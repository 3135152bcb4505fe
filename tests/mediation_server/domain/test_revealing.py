from dataclasses import replace

import pytest

from mediation_server.domain.access import Viewer
from mediation_server.domain.matter import IN_REVIEW, MatterState
from mediation_server.domain.people import Role
from mediation_server.domain.revealing import may_reveal
from tests.mediation_server.store.people import JUDGE, MATTER, MEDIATOR

OTHER = "somebody else"


def allowed(user_id, role, **matter):
    return may_reveal(Viewer(user_id, role), replace(MATTER, **matter))


@pytest.mark.parametrize("role", Role)
def test_somebody_without_a_part_in_it_sees_masks_except_filing_staff(role):
    assert allowed(OTHER, role).allowed is (role is Role.FILING)


def test_the_mediator_sees_whole_values_of_their_own_matter_only():
    assert allowed(MEDIATOR.id, Role.MEDIATOR).basis == "reveal_presider"
    assert allowed(MEDIATOR.id, Role.MEDIATOR, mediator_id=OTHER).basis == "reveal_no_right"
    assert not allowed(MEDIATOR.id, Role.ADMIN).allowed


@pytest.mark.parametrize("state", MatterState)
def test_the_confirming_judge_sees_whole_values_during_the_review_only(state):
    reviewing = state in IN_REVIEW
    assert allowed(OTHER, Role.JUDGE, confirming_judge_id=OTHER, state=state).allowed is reviewing
    assert allowed(JUDGE.id, Role.JUDGE, judge_capacity="confirming", state=state).allowed is reviewing


def test_the_judge_who_leads_presides_and_the_judge_who_tries_sees_masks():
    assert allowed(JUDGE.id, Role.JUDGE, judge_capacity="leading").basis == "reveal_presider"
    assert allowed(JUDGE.id, Role.JUDGE, judge_capacity="trial").basis == "reveal_trial_judge"
