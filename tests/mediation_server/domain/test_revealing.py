from dataclasses import replace

import pytest

from mediation_server.domain.masking import Datum
from mediation_server.domain.matter import MatterState
from mediation_server.domain.people import Role
from mediation_server.domain.revealing import may_reveal
from mediation_server.domain.rights import RIGHTS, Action, Claim, Condition, Holder, claim_on
from tests.mediation_server.store.people import JUDGE, MATTER, MEDIATOR

OTHER = "somebody else"
REACHED_BY = (Datum.NAME, Datum.PHONE, Datum.EMAIL, Datum.ADDRESS)


def allowed(user_id, role, datum=Datum.PHONE, **matter):
    return may_reveal(claim_on(replace(MATTER, **matter), user_id, role), datum)


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize("holder", Holder)
def test_the_table_of_rights_is_the_only_rule(holder, datum):
    action = Action.SEE_CONTACT_DATA if datum in REACHED_BY else Action.SEE_IDENTITY_NUMBERS
    for held in (frozenset(), frozenset(Condition)):
        assert may_reveal(Claim(holder, held), datum).allowed is RIGHTS[action][holder].opens(held)


@pytest.mark.parametrize("role", Role)
def test_somebody_without_a_part_in_it_sees_masks_except_staff_of_the_court(role):
    assert allowed(OTHER, role).allowed is (role in (Role.FILING, Role.CLERK))
    assert allowed(OTHER, role, Datum.IDENTITY).allowed is (role is Role.FILING)


def test_the_mediator_sees_whole_values_of_their_own_matter_only():
    assert allowed(MEDIATOR.id, Role.MEDIATOR).basis == "reveal_presider"
    assert allowed(MEDIATOR.id, Role.MEDIATOR, mediator_id=OTHER).basis == "reveal_no_right"
    assert not allowed(MEDIATOR.id, Role.ADMIN).allowed


@pytest.mark.parametrize("state", MatterState)
def test_the_confirming_judge_sees_identity_numbers_during_the_review_only(state):
    reviewing = state in (MatterState.CONFIRMING, MatterState.JUDGMENT_REQUESTED)
    assert allowed(OTHER, Role.JUDGE, Datum.IDENTITY, confirming_judge_id=OTHER, state=state).allowed is reviewing


def test_the_judge_who_leads_presides_and_the_judge_who_tries_reads_how_to_reach_people():
    leading = {"judge_capacity": "leading", "datum": Datum.IDENTITY}
    assert allowed(JUDGE.id, Role.JUDGE, **leading).basis == "reveal_presider"
    assert allowed(JUDGE.id, Role.JUDGE, judge_capacity="trial").basis == "reveal_judge"
    refused = allowed(JUDGE.id, Role.JUDGE, Datum.CREDIT_CODE, judge_capacity="trial")
    assert (refused.allowed, refused.basis) == (False, "reveal_trial_judge")
