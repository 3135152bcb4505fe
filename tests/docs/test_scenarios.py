"""The scenarios that the law sets for this product, by number: each has a test, or is said to come later."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SERVICES = "tests/mediation_server/services"
_LAW = "tests/mediation_server/domain/test_lifecycle_scenarios.py"
_CHECKS = "tests/mediation_server/domain/checks"
SCENARIOS = {
    1: (
        "the other side refuses: returned the same day",
        f"{_SERVICES}/test_soliciting.py",
        "apply_before_filing_other_side",
    ),
    2: (
        "joint choice within two working days, and after",
        f"{_SERVICES}/test_choosing.py",
        "02_joint_choice_inside_two",
    ),
    3: ("accepting after three working days", f"{_SERVICES}/test_choosing.py", "03_accept_after_three_working_days"),
    4: ("the vectors of the period", _LAW, "04_the_period_is_that_of_the_track"),
    5: ("an extension one party does not consent to", _LAW, "05_extension_without_one_partys_consent"),
    6: ("an appraisal stops the clock", _LAW, "06_an_appraisal_stops_the_clock"),
    7: ("an agent with general authority signs", _LAW, "07_an_agent_with_general_authority"),
    8: ("no confirmation of a divorce", _LAW, "08_divorce_has_no_confirmation_path"),
    9: ("one edit voids the old signature", _LAW, "09_agreement_hash_changes_after_one_edit"),
    10: ("in effect with the last signature", _LAW, "10_the_agreement_takes_effect"),
    11: ("confirmation on day thirty and thirty-one", _LAW, "11_confirmation_on_day_thirty"),
    12: ("a caucus is in no file and shown as a gap", "tests/recordings/test_recorder.py", "a_caucus_leaves_no_packet"),
    13: ("the integrity of a recording computed anew", "tests/recordings/test_verify.py", "one_flipped_bit_in_a_file"),
    14: ("the file that is handed over", f"{_SERVICES}/test_tidying.py", "handover_package_passes_allow_list"),
    15: ("trial judge denied, confirming judge allowed", f"{_SERVICES}/test_access.py", "trial_judge_denied_recording"),
    16: ("a case sent twice", f"{_SERVICES}/test_court_acts.py", "duplicate_diversion_idempotent"),
    17: ("a message ahead of its turn", f"{_SERVICES}/test_court_acts.py", "out_of_order_seq_parked"),
    18: ("the court closes while people sit", f"{_SERVICES}/test_recalling.py", "court_closure_ends_the_room"),
    19: ("reneged before receipt", _LAW, "19_a_judgment_reneged_before_receipt"),
    22: ("a proposal nobody objects to", _LAW, "22_no_objection_proposal_pending"),
    24: ("an audit row for every transition", f"{_SERVICES}/test_procedure.py", "24_an_audit_row_for_every_transition"),
    25: ("a second device takes over", f"{_SERVICES}/test_attending.py", "another_device_must_ask_and_then_takes_over"),
    26: ("nothing moves an archived matter", _LAW, "26_an_archived_matter_is_immutable"),
    27: (
        "nothing goes before its time or while it is held",
        f"{_SERVICES}/test_retaining.py",
        "nothing_goes_before_its_time_or_while_held",
    ),
    28: ("the vectors of fees", f"{_CHECKS}/test_fees.py", "fee_vectors_of_property_claims"),
    29: ("the vectors of identity numbers", f"{_CHECKS}/test_identities.py", "identity_vectors_hold"),
    30: ("case numbers accepted and refused", f"{_CHECKS}/test_case_numbers.py", "case_numbers_of_the_accept_list"),
}
# Electronic service, the hotline’s desk and emergency mode belong to the services around a matter, not to the matter.
LATER = {20, 21, 23}


def test_every_scenario_has_its_test_or_is_said_to_come_later():
    assert set(SCENARIOS) | LATER == set(range(1, 31))
    assert not set(SCENARIOS) & LATER


@pytest.mark.parametrize("number", SCENARIOS)
def test_the_test_of_a_scenario_exists(number):
    _, path, name = SCENARIOS[number]
    assert re.search(rf"def test_(\d\d_)?{name}", (ROOT / path).read_text(encoding="utf-8")), f"{number}: {path}"
