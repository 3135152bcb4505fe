from datetime import UTC, datetime
from itertools import product

import pytest

from mediation_server.domain.lifecycle import Capacity, CommandKind
from mediation_server.domain.lifecycle_table import TABLE
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.people import PARTICIPATING, PRESIDING, Permission, Role
from mediation_server.domain.rights import (
    RIGHTS,
    Action,
    Claim,
    Condition,
    Holder,
    claim_on,
    held_in,
    may,
    permissions_of,
)
from mediation_server.domain.session import SessionKind

# The table as the domain states it: ● always, ○ own side only, △ under a condition, – never. Columns as in `Holder`.
STATED = {
    Action.SUBMIT_APPLICATION: "●△●–●––●––",
    Action.SEE_CONTACT_DATA: "––●–●●●●––",
    Action.SEE_IDENTITY_NUMBERS: "––●–●△△–––",  # §2.4: presider, filing staff, the judge who reviews
    Action.APPOINT_MEDIATOR: "△△–△●●––––",
    Action.RUN_SITTING: "––●––△△△––",
    Action.OPEN_CAUCUS: "––●––△––––",
    Action.EDIT_TRANSCRIPT: "––●––△△●––",
    Action.REQUEST_CORRECTION: "●●––––––––",
    Action.SIGN_AGREEMENT: "●△●△––––––",
    Action.ISSUE_RULING: "––––△●●△––",
    Action.WATCH_RECORDING: "△△△–△△△△––",  # clerks: by a letter; the last two: metadata only
    Action.HAND_IN_MATERIALS: "●△●–●–––––",  # S17: staff scan for a visitor
    Action.READ_MATERIALS: "○○●–●△△–––",
    Action.RELAY_MATERIALS: "––●–●△––––",
    Action.EXPORT_MATTER: "○○●–●△●●––",
    Action.MANAGE_ROSTER: "–––△●–––●–",
    Action.READ_AUDIT: "––––△△△–●●",
}
CELLS = [(action, holder, sign) for action, row in STATED.items() for holder, sign in zip(Holder, row, strict=True)]
EVERYTHING = frozenset(Condition)
# What a capacity of the life cycle is in this table; the system and the court's own system hold no rights of people.
HOLDERS = {
    Capacity.APPLICANT: (Holder.PARTY, Holder.AGENT),
    Capacity.RESPONDENT: (Holder.PARTY, Holder.AGENT),
    Capacity.THIRD: (Holder.PARTY, Holder.AGENT),
    Capacity.MEDIATOR: (Holder.MEDIATOR,),
    Capacity.ORGANISATION: (Holder.ORGANISATION,),
    Capacity.FILING: (Holder.FILING,),
    Capacity.JUDGE: (Holder.TRIAL_JUDGE, Holder.CONFIRMING_JUDGE),
    Capacity.CLERK: (Holder.CLERK,),
    Capacity.ADMIN: (Holder.ADMIN,),
}
COMMANDS = {
    Action.SUBMIT_APPLICATION: (CommandKind.CREATE, CommandKind.SUBMIT),
    Action.APPOINT_MEDIATOR: (CommandKind.APPOINT, CommandKind.CHOOSE_JOINTLY, CommandKind.DECIDE_REPLACEMENT),
    Action.SIGN_AGREEMENT: (CommandKind.SIGN,),
    Action.RELAY_MATERIALS: (CommandKind.RELAY_MATERIAL,),
    Action.ISSUE_RULING: (CommandKind.CONFIRM, CommandKind.REFUSE_CONFIRMATION, CommandKind.ISSUE_JUDGMENT),
}


@pytest.mark.parametrize(("action", "holder", "sign"), CELLS)
def test_every_cell_is_what_the_domain_states(action, holder, sign):
    cell = RIGHTS[action][holder]
    assert cell.opens(EVERYTHING) is (sign != "–")
    assert cell.opens(frozenset()) is (sign == "●")
    if sign == "○":
        assert cell.sets == (frozenset({Condition.OWN_SIDE}),)


def test_nobodys_claim_is_a_no():
    assert not any(may(None, action) for action in Action)


@pytest.mark.parametrize("action", Action)
def test_one_of_several_conditions_is_not_enough(action):
    for holder, cell in RIGHTS[action].items():
        for needed in cell.sets:
            for left_out in needed:
                assert not may(Claim(holder, needed - {left_out}), action) or len(cell.sets) > 1


@pytest.mark.parametrize(("action", "commands"), COMMANDS.items())
def test_the_life_cycle_lets_nobody_do_what_the_table_forbids(action, commands):
    for row in TABLE:
        if row.command in commands:
            people = row.who - {Capacity.SYSTEM, Capacity.COURT}
            allowed = {who for who in people if any(RIGHTS[action][each].sets for each in HOLDERS[who])}
            assert allowed == people, row.command


def test_administrators_and_auditors_have_no_right_to_content():
    house = {Action.MANAGE_ROSTER, Action.READ_AUDIT, Action.SEE_KEEPING, Action.APPROVE_DISPOSAL}
    content = set(Action) - house
    assert not any(RIGHTS[action][holder].sets for action in content for holder in (Holder.ADMIN, Holder.AUDITOR))


PERMITTED = {
    Role.MEDIATOR: PRESIDING,
    Role.APPLICANT: PARTICIPATING,
    Role.RESPONDENT: PARTICIPATING,
    Role.THIRD_PARTY: PARTICIPATING,
    Role.AGENT: PARTICIPATING,
    Role.CLERK: PARTICIPATING | {Permission.ADMIT},
}


@pytest.mark.parametrize("role", Role)
def test_in_an_ordinary_sitting_the_mediator_presides_and_staff_who_hold_nothing_have_nothing(role):
    assert permissions_of(role) == PERMITTED.get(role, frozenset())


@pytest.mark.parametrize("kind", SessionKind)
@pytest.mark.parametrize("track", Track)
def test_a_judge_presides_where_they_lead_or_check_and_has_no_caucus_in_a_check(kind, track):
    checks = kind in (SessionKind.CONFIRMATION_CHECK, SessionKind.JUDGMENT_CHECK)
    expected = PRESIDING if track is Track.COURT_LED else frozenset()
    if checks:
        expected = PRESIDING - {Permission.CAUCUS}
    assert permissions_of(Role.JUDGE, held_in(kind, track)) == expected


def test_parties_have_the_same_rights_on_every_side():
    sides = (Role.APPLICANT, Role.RESPONDENT, Role.THIRD_PARTY)
    assert len({permissions_of(role, held) for role in sides for held in (frozenset(), EVERYTHING)}) == 1


def matter(state=MatterState.MEDIATING, capacity=None, confirming=None):
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
        confirming_judge_id=confirming,
    )


@pytest.mark.parametrize(("user", "role"), list(product(["mediator", "judge", "stranger"], Role)))
def test_only_whose_matter_it_is_has_a_claim(user, role):
    claim = claim_on(matter(capacity="trial"), user, role)
    without = (Role.FILING, Role.CLERK, Role.ADMIN, Role.AUDITOR)
    everywhere = {each: Holder(each.value) for each in without}
    own = {("mediator", Role.MEDIATOR): Holder.MEDIATOR, ("judge", Role.JUDGE): Holder.TRIAL_JUDGE}
    expected = everywhere.get(role) or own.get((user, role))
    assert (claim.holder if claim else None) is expected


def test_whoever_tries_the_case_never_reviews_an_agreement_in_it():
    both = matter(MatterState.CONFIRMING, "trial", confirming="judge")
    assert claim_on(both, "judge", Role.JUDGE).holder is Holder.TRIAL_JUDGE


@pytest.mark.parametrize("state", MatterState)
def test_the_doors_close_as_the_matter_goes_on(state):
    mediator = claim_on(matter(state), "mediator", Role.MEDIATOR)
    reviewer = claim_on(matter(state, "confirming"), "judge", Role.JUDGE)
    assert may(mediator, Action.WATCH_RECORDING) is (state in (MatterState.MEDIATING, MatterState.SIGNING))
    reviewed = state in (MatterState.CONFIRMING, MatterState.JUDGMENT_REQUESTED)
    assert may(reviewer, Action.WATCH_RECORDING) is reviewed
    assert may(reviewer, Action.RUN_SITTING) is reviewed
