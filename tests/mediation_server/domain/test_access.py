from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from mediation_server.domain.access import Facts, Purpose, Viewer, grounds_for, may_watch
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.people import Role
from mediation_server.domain.viewing_approval import ApprovalState, ExceptionGround, ViewingApproval
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


# --- exceptions somebody approved ----------------------------------------------------------------------------


TODAY, LAST = date(2026, 11, 10), date(2026, 11, 20)
GOES_BY = {
    (Role.JUDGE, "trial", ExceptionGround.LAW): Purpose.TRIAL,
    **{(Role.FILING, each, ExceptionGround.COMPLAINT): Purpose.COMPLAINT for each in CAPACITIES},
    **{(Role.CLERK, each, ExceptionGround.LETTER): Purpose.LETTER for each in CAPACITIES},
}


def excepted(ground, state=ApprovalState.APPROVED, by="judge"):
    return ViewingApproval("x", "r", by, datetime(2026, 11, 1, tzinfo=UTC), ground, "因案情需要核对", LAST, state=state)


@pytest.mark.parametrize("ground", ExceptionGround)
@pytest.mark.parametrize("state", ApprovalState)
def test_an_exception_opens_it_to_whoever_asked_on_its_ground_until_its_last_day_and_to_nobody_else(ground, state):
    """domain.md §3.6, every ground x state of the exception x who asked x role x capacity x court x purpose x day."""
    for by, role, capacity, court, purpose, today in product(
        ("judge", "somebody else"),
        Role,
        CAPACITIES,
        ("法院", "别的法院", None),
        Purpose,
        (TODAY, LAST, date(2026, 11, 21)),
    ):
        facts = Facts(approval=excepted(ground, state, by), today=today)
        decision = may_watch(Viewer("judge", role, court), matter(MatterState.CONCLUDED, capacity), purpose, facts)
        opens = state is ApprovalState.APPROVED and by == "judge" and today <= LAST
        here = role is Role.JUDGE or court == "法院"
        expected = opens and here and GOES_BY.get((role, capacity, ground)) is purpose
        assert decision.allowed == expected, (by, role, capacity, court, purpose, today)
        assert not expected or decision.basis == f"approved_{ground.value}"


@pytest.mark.parametrize("ground", ExceptionGround)
@pytest.mark.parametrize("state", MatterState)
def test_an_exception_holds_whatever_has_become_of_the_matter(ground, state):
    (role, capacity), purpose = next((who[:2], leads) for who, leads in GOES_BY.items() if who[2] is ground)
    facts = Facts(approval=excepted(ground), today=TODAY)
    assert may_watch(Viewer("judge", role, "法院"), matter(state, capacity), purpose, facts).allowed


@pytest.mark.parametrize(("role", "capacity"), [*product(Role, CAPACITIES)])
def test_whoever_may_ask_for_an_exception_is_whoever_it_would_open_to(role, capacity):
    asked = grounds_for(Viewer("judge", role, "法院"), matter(MatterState.CONCLUDED, capacity))
    assert set(asked) == {ground for held, of, ground in GOES_BY if (held, of) == (role, capacity)}
    elsewhere = grounds_for(Viewer("judge", role, "别的法院"), matter(MatterState.CONCLUDED, capacity))
    assert set(elsewhere) == (set(asked) if role is Role.JUDGE else set())
    if role is Role.JUDGE:
        assert grounds_for(Viewer("another judge", role, "法院"), matter(MatterState.CONCLUDED, capacity)) == ()


def test_where_nobody_says_what_day_it_is_no_exception_opens_anything():
    facts = Facts(approval=excepted(ExceptionGround.LETTER))
    viewer = Viewer("judge", Role.CLERK, "法院")
    assert not may_watch(viewer, matter(MatterState.CONCLUDED), Purpose.LETTER, facts).allowed


def test_what_was_refused_without_an_exception_is_refused_with_one_that_does_not_stand():
    facts = Facts(approval=excepted(ExceptionGround.LAW, ApprovalState.REVOKED), today=TODAY)
    decision = may_watch(Viewer("judge", Role.JUDGE), matter(MatterState.CONCLUDED, "trial"), Purpose.TRIAL, facts)
    assert (decision.allowed, decision.basis) == (False, "approval_not_standing")
