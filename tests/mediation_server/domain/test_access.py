from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from mediation_server.domain.access import Facts, Purpose, Viewer, may_watch
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.people import Role
from mediation_server.domain.viewing_request import RequestState, ViewingRequest

CAPACITIES = ("confirming", "trial", "leading", None)


def matter(state: MatterState, capacity: str | None = "confirming") -> Matter:
    return Matter(
        id="m",
        ref="TJ-1",
        track=Track.ORG_ACCEPTED,
        state=state,
        court="法院",
        court_en="Court",
        cause="案由",
        cause_en="Cause",
        mediator_id="mediator",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        judge_id="judge" if capacity else None,
        judge_capacity=capacity,
    )


def test_the_whole_wall_opens_for_exactly_these():
    """domain.md §3.6, every viewer x role x state x capacity x purpose."""
    opened = {
        (user, role, state, capacity, purpose)
        for user, role, state, capacity, purpose in product(
            ("mediator", "judge", "stranger"), Role, MatterState, CAPACITIES, Purpose
        )
        if may_watch(Viewer(user, role), matter(state, capacity), purpose).allowed
    }
    judge, mediator = ("judge", Role.JUDGE), ("mediator", Role.MEDIATOR)
    assert opened == {
        (*judge, MatterState.CONFIRMING, "confirming", Purpose.CONFIRMATION),
        (*judge, MatterState.JUDGMENT_REQUESTED, "confirming", Purpose.JUDGMENT),
        (*judge, MatterState.MEDIATING, "leading", Purpose.OWN_SESSION),
        *((*mediator, MatterState.MEDIATING, each, Purpose.OWN_SESSION) for each in CAPACITIES),
        *((*mediator, MatterState.SIGNING, each, Purpose.OWN_SESSION) for each in CAPACITIES),
    }


@pytest.mark.parametrize(
    ("viewer", "state", "capacity", "purpose", "basis"),
    [
        (Viewer("judge", Role.JUDGE), MatterState.CONFIRMING, "confirming", Purpose.CONFIRMATION, "confirmation"),
        (Viewer("judge", Role.JUDGE), MatterState.CONCLUDED, "confirming", Purpose.CONFIRMATION, "not_in_review"),
        (Viewer("judge", Role.JUDGE), MatterState.CONFIRMING, "confirming", Purpose.TRIAL, "purpose_not_yours"),
        (Viewer("judge", Role.JUDGE), MatterState.CONCLUDED, "trial", Purpose.TRIAL, "trial_judge"),
        (Viewer("judge", Role.JUDGE), MatterState.CONFIRMING, "trial", Purpose.CONFIRMATION, "trial_judge"),
        (Viewer("judge", Role.JUDGE), MatterState.CONCLUDED, "leading", Purpose.OWN_SESSION, "matter_closed"),
        (Viewer("other", Role.JUDGE), MatterState.CONFIRMING, "confirming", Purpose.CONFIRMATION, "not_assigned"),
        (Viewer("mediator", Role.MEDIATOR), MatterState.CONFIRMING, "confirming", Purpose.OWN_SESSION, "matter_closed"),
        (Viewer("mediator", Role.MEDIATOR), MatterState.MEDIATING, None, Purpose.TRIAL, "purpose_not_yours"),
        (Viewer("other", Role.MEDIATOR), MatterState.MEDIATING, None, Purpose.OWN_SESSION, "no_right"),
        (Viewer("admin", Role.ADMIN), MatterState.CONFIRMING, "confirming", Purpose.CONFIRMATION, "no_right"),
    ],
)
def test_every_answer_names_the_rule_it_rests_on(viewer, state, capacity, purpose, basis):
    assert may_watch(viewer, matter(state, capacity), purpose).basis == basis


REVIEWER = Viewer("reviewing judge", Role.JUDGE)


@pytest.mark.parametrize("state", MatterState)
def test_the_judge_who_reviews_agreements_sees_a_matter_only_once_it_was_sent_for_review(state):
    tried = replace(matter(state, "trial"), confirming_judge_id=REVIEWER.user_id)
    allowed = {purpose for purpose in Purpose if may_watch(REVIEWER, tried, purpose).allowed}
    sent = {MatterState.JUDGMENT_REQUESTED: {Purpose.JUDGMENT}, MatterState.CONFIRMING: {Purpose.CONFIRMATION}}
    assert allowed == sent.get(state, set())
    in_review = {MatterState.JUDGMENT_REQUESTED, MatterState.CONFIRMING, MatterState.CONFIRMED}
    assert (REVIEWER.user_id in tried.staff) == (state in in_review)


def test_whoever_tries_the_matter_does_not_become_its_reviewer():
    own = matter(MatterState.JUDGMENT_REQUESTED, "trial")
    own = replace(own, confirming_judge_id=own.judge_id)
    decision = may_watch(Viewer(own.judge_id, Role.JUDGE), own, Purpose.JUDGMENT)
    assert (decision.allowed, decision.basis) == (False, "trial_judge")


# --- what opens by more than role and state ------------------------------------------------------------------


AGREED = Facts(all_consent=True)


def applied(state):
    return Facts(request=ViewingRequest("q", "r", "p", "u", "核对", state, datetime(2026, 11, 1, tzinfo=UTC)))


@pytest.mark.parametrize("state", MatterState)
@pytest.mark.parametrize("purpose", Purpose)
def test_the_consent_of_all_opens_it_to_the_trial_judge_for_the_trial_and_to_nobody_else(state, purpose):
    tried = matter(state, "trial")
    decision = may_watch(Viewer("judge", Role.JUDGE), tried, purpose, AGREED)
    assert decision.allowed == (purpose is Purpose.TRIAL)
    for role in Role:
        stranger = may_watch(Viewer("stranger", role, "法院"), tried, purpose, AGREED)
        assert not stranger.allowed, role


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("court", ["法院", "别的法院", None])
@pytest.mark.parametrize("state", RequestState)
def test_a_granted_application_opens_it_to_a_clerk_of_the_court_alone(role, court, state):
    decision = may_watch(
        Viewer("somebody", role, court), matter(MatterState.CONCLUDED), Purpose.SUPERVISED, applied(state)
    )
    assert decision.allowed == (role is Role.CLERK and court == "法院" and state is RequestState.GRANTED)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.SUPERVISED])
def test_a_granted_application_serves_no_other_purpose(purpose):
    granted = applied(RequestState.GRANTED)
    assert not may_watch(Viewer("clerk", Role.CLERK, "法院"), matter(MatterState.CONCLUDED), purpose, granted).allowed
