"""The scenarios that the law itself sets, by their numbers; those of sittings and messages stand elsewhere."""

from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.lifecycle import Command, CommandKind, decide, possible
from mediation_server.domain.lifecycle_table import TABLE
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind, first_break
from mediation_server.errors import BadInput, Conflict, Refused
from tests.matter_story import (
    ADMIN,
    BODY,
    CASE_NO,
    CLERK,
    COURT,
    EVERYBODY,
    FILING,
    JUDGE,
    LIN,
    MEDIATOR,
    OTHER_MEDIATOR,
    QIAN,
    SYSTEM,
    ZHOU,
    C,
    Story,
)

S, K = MatterState, MatterEventKind
THREE = {"zhou": "applicant", "lin": "respondent", "qian": "third"}
AFTER_FILING = Track.POSTFILING_ENTRUSTED


def test_01_apply_before_filing_and_the_other_side_refuses_returned_same_day_with_reason():
    story = Story().diverted()
    story.says(ZHOU)
    kinds = story.do(C.REFUSE, LIN, {"party": "lin", "reason": "不同意调解"})
    assert kinds == [K.REFUSED, K.CONCLUDED, K.HANDING_OVER]
    refused, concluded, handing = story.log[-3:]
    assert refused.payload["reason"] == concluded.payload["reason"] == "不同意调解"
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.TERMINATED, Ground.UNWILLING)
    assert local_date(handing.at) == local_date(refused.at)
    assert handing.payload == {"to": "filing"}


def test_01_a_body_that_took_the_matter_itself_has_no_court_to_return_it_to():
    story = Story(Track.ORG_ACCEPTED).diverted()
    assert story.do(C.REFUSE, LIN, {"party": "lin"}) == [K.REFUSED, K.CONCLUDED]
    with pytest.raises(Conflict, match="no_court_to_hand_to"):
        story.do(C.HAND_OVER, SYSTEM)


def test_02_joint_choice_needs_everybody_and_the_court_appoints_otherwise():
    story = Story().appointing()
    with pytest.raises(Conflict, match="not_chosen_jointly"):
        story.do(C.CHOOSE_JOINTLY, LIN, {"mediator": "m1", "choices": {"zhou": "m1", "lin": "m2"}})
    with pytest.raises(Conflict, match="not_chosen_jointly"):
        story.do(C.CHOOSE_JOINTLY, ZHOU, {"mediator": "m1", "choices": {"zhou": "m1"}})
    jointly = Story().appointing()
    jointly.do(C.CHOOSE_JOINTLY, LIN, {"mediator": "m1", "choices": {"zhou": "m1", "lin": "m1"}})
    assert (jointly.file.state, jointly.log[-1].payload["by"]) == (S.AWAITING_ACCEPT, "joint")
    story.do(C.APPOINT, FILING, {"mediator": "m1"})
    assert (story.file.state, story.log[-1].payload["by"]) == (S.AWAITING_ACCEPT, "court")


def test_02_a_mediator_who_does_not_fit_is_not_assigned():
    with pytest.raises(Refused, match="mediator_unfit"):
        Story().appointing().do(C.APPOINT, FILING, {"mediator": "m1"}, unfit="conflict")


def test_02_a_party_who_rejects_the_appointment_refuses_mediation():
    story = Story().assigned()
    story.do(C.REJECT_APPOINTMENT, LIN, {"party": "lin"})
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.TERMINATED, Ground.UNWILLING)


@pytest.mark.parametrize(("days", "in_time"), [(3, True), (4, False)])
def test_03_accept_after_three_working_days_refused_and_appointed_anew(days, in_time):
    story = Story().assigned().later(days=days)
    if in_time:
        story.do(C.ACCEPT, MEDIATOR, {"relations": []})
        assert story.file.state is S.MEDIATING
        return
    with pytest.raises(Conflict, match="accept_too_late"):
        story.do(C.ACCEPT, MEDIATOR, {"relations": []})
    assert story.do(C.EXPIRE, SYSTEM, {"clock": "T03", "due": "2026-11-05"}) == [K.CLOCK_EXPIRED, K.ACCEPT_EXPIRED]
    story.do(C.APPOINT, FILING, {"mediator": "m2"})
    story.do(C.ACCEPT, OTHER_MEDIATOR, {"relations": []})
    assert story.file.team.presider == "m2"


def test_03_the_clock_of_an_acceptance_cannot_run_out_early():
    story = Story().assigned().later(days=3)
    with pytest.raises(Conflict, match="clock_running"):
        story.do(C.EXPIRE, SYSTEM, {"clock": "T03", "due": "2026-11-05"})


@pytest.mark.parametrize(
    ("track", "procedure", "days"),
    [
        (Track.PREFILING_DELEGATED, None, 30),
        (AFTER_FILING, "普通", 15),
        (AFTER_FILING, "简易", 7),
        (AFTER_FILING, "小额", 7),
        (Track.COURT_LED, "普通", 15),
        (Track.ORG_ACCEPTED, None, 30),
    ],
)
def test_04_the_period_is_that_of_the_track_and_starts_with_acceptance_or_the_last_consent(track, procedure, days):
    story = Story(track, procedure=procedure).mediating()
    assert (story.file.period_days, story.file.period_start) == (
        days,
        story.log[-1].at
        if track is Track.COURT_LED
        else next(each.at for each in story.log if each.kind is K.ACCEPTED),
    )


def test_05_extension_without_one_partys_consent_refused():
    story = Story(AFTER_FILING).mediating()
    before = story.file.period_end(CHINA)
    story.says(ZHOU, "c6")
    for who in (ZHOU, LIN, MEDIATOR):
        with pytest.raises(Conflict, match="extension_consent_missing"):
            story.do(C.EXTEND, who, {"days": 7})
    assert story.file.period_end(CHINA) == before
    story.says(LIN, "c6")
    story.do(C.EXTEND, MEDIATOR, {"days": 7})
    assert (before, story.file.period_end(CHINA)) == (date(2026, 11, 9), date(2026, 11, 16))
    assert story.log[-1].payload == {"days": 7, "consents": ["lin", "zhou"]}


@pytest.mark.parametrize(
    ("track", "days", "fits"),
    [(AFTER_FILING, 30, True), (AFTER_FILING, 31, False), (Track.PREFILING_DELEGATED, 31, True)],
)
def test_05_after_filing_extensions_come_to_thirty_days_at_most(track, days, fits):
    story = Story(track).mediating()
    story.says(ZHOU, "c6")
    story.says(LIN, "c6")
    if fits:
        assert story.do(C.EXTEND, MEDIATOR, {"days": days}) == [K.EXTENDED]
        return
    with pytest.raises(Conflict, match="extension_too_long"):
        story.do(C.EXTEND, MEDIATOR, {"days": days})


def test_05_too_late_to_extend_once_the_period_is_over():
    story = Story(AFTER_FILING).mediating()
    story.says(ZHOU, "c6")
    story.says(LIN, "c6")
    story.later(days=8)
    with pytest.raises(Conflict, match="period_over"):
        story.do(C.EXTEND, MEDIATOR, {"days": 7})


def test_06_an_appraisal_stops_the_clock_and_the_days_that_were_left_are_left_still():
    story = Story().mediating()
    before = story.file.period_end(CHINA)
    with pytest.raises(Conflict, match="not_all_parties"):
        story.do(C.START_APPRAISAL, FILING, {"reason": "伤残等级", "consents": ["zhou"]})
    story.do(C.START_APPRAISAL, FILING, {"reason": "伤残等级", "consents": ["zhou", "lin"]})
    story.later(days=8)
    story.do(C.RESUME, FILING)
    assert (story.file.period_end(CHINA) - before).days == 8


@pytest.mark.parametrize("special", [False, True])
def test_07_an_agent_with_general_authority_is_refused_at_signing(special):
    story = Story().signing()
    agent = replace(LIN, id="agent", is_agent=True, special=special)
    if special:
        assert story.sign(agent) == [K.SIGNED]
        return
    with pytest.raises(Refused, match="special_authority_missing"):
        story.sign(agent)


def test_08_divorce_has_no_confirmation_path():
    story = Story(confirmable=False).agreed()
    with pytest.raises(Conflict, match="not_confirmable"):
        story.do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": ["zhou", "lin"], "court": "云溪区"})


def test_09_agreement_hash_changes_after_one_edit_and_the_old_signature_is_void():
    story = Story().signing()
    story.sign(ZHOU)
    story.do(C.EDIT, MEDIATOR, {"agreement": "v", "version": 2})
    story.do(C.CIRCULATE, MEDIATOR, {"agreement": "v", "version": 2, "sha256": "22"})
    assert story.file.agreement.signed == frozenset()
    with pytest.raises(Conflict, match="text_changed"):
        story.sign(LIN, "11")
    assert [story.sign(LIN, "22"), story.sign(ZHOU, "22")] == [[K.SIGNED], [K.SIGNED, K.CONCLUDED]]


def test_10_the_agreement_takes_effect_with_the_last_partys_signature():
    story = Story(parties=THREE).signing()
    for who in (QIAN, ZHOU):
        story.sign(who)
        assert story.file.state is S.SIGNING
    moment = story.now
    story.later(hours=5)
    last = story.now
    story.sign(LIN)
    assert (story.file.state, story.file.outcome) == (S.CONCLUDED, MatterOutcome.AGREED)
    assert story.file.effective_at == last != moment


@pytest.mark.parametrize(("on", "in_time"), [(date(2026, 12, 2), True), (date(2026, 12, 3), False)])
def test_11_confirmation_on_day_thirty_accepted_and_on_day_thirty_one_refused(on, in_time):
    story = Story().agreed()  # on 2 November: the thirtieth day is a Wednesday
    story.later(days=(on - local_date(story.now)).days)
    applied = (C.APPLY_CONFIRMATION, ZHOU, {"applicants": ["zhou", "lin"], "court": "云溪区"})
    if in_time:
        assert story.do(*applied) == [K.CONFIRMATION_APPLIED]
        return
    with pytest.raises(Conflict, match="confirmation_too_late"):
        story.do(*applied)


def test_11_a_thirtieth_day_off_moves_to_the_next_working_day():
    story = Story()
    story.now = story.now.replace(month=9, day=10)
    story.agreed()  # 10 September: the thirtieth day is Saturday 10 October, worked
    story.later(days=30)
    story.do(C.APPLY_CONFIRMATION, LIN, {"applicants": ["zhou", "lin"], "court": "云溪区"})
    rested = Story()
    rested.now = rested.now.replace(month=10, day=16)
    rested.agreed()  # 16 October: the thirtieth day is Sunday 15 November
    rested.later(days=31)
    assert rested.do(C.APPLY_CONFIRMATION, LIN, {"applicants": ["zhou", "lin"], "court": "云溪区"})


def test_11_one_party_alone_cannot_apply_nor_anybody_after_filing():
    with pytest.raises(Conflict, match="not_all_parties"):
        Story().agreed().do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": ["zhou"], "court": "云溪区"})
    with pytest.raises(Conflict, match="confirmation_after_filing"):
        Story(AFTER_FILING).agreed().do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": ["zhou", "lin"], "court": "云溪区"})


def test_18_court_closure_ends_the_matter_whatever_it_was_doing():
    for story in (Story().diverted(), Story().assigned(), Story().mediating(), Story().signing()):
        story.do(C.RECALL, COURT, {"reason": "撤诉"})
        assert story.file.state is S.RECALLED
        story.do(C.CLOSE, SYSTEM)
        assert story.file.state is S.CLOSED


def test_19_a_judgment_reneged_before_receipt_goes_to_trial():
    story = Story(AFTER_FILING).agreed()
    story.do(C.REQUEST_JUDGMENT, MEDIATOR, {"request": "1"})
    story.do(C.ISSUE_JUDGMENT, COURT)
    assert story.do(C.RENEGE, LIN, {"party": "lin"}) == [K.RENEGED, K.HANDING_OVER]
    assert (story.file.state, story.log[-1].payload) == (S.HANDING_OVER, {"to": "trial"})


def test_19_after_the_last_receipt_nobody_reneges():
    story = Story(AFTER_FILING).agreed()
    story.do(C.REQUEST_JUDGMENT, MEDIATOR, {"request": "1"})
    story.do(C.ISSUE_JUDGMENT, COURT)
    story.do(C.LAST_RECEIPT, CLERK, {"effective_on": "2026-11-03"})
    with pytest.raises(Conflict, match="matter_state"):
        story.do(C.RENEGE, LIN, {"party": "lin"})


def served():
    story = Story().mediating()
    proposal = {"proposal": "p", "sha256": "33", "explained": True}
    with pytest.raises(Conflict, match="proposal_consent_missing"):
        story.do(C.SERVE_PROPOSAL, MEDIATOR, proposal)
    story.says(ZHOU, "c10")
    story.says(LIN, "c10")
    with pytest.raises(BadInput, match="proposal_not_explained"):
        story.do(C.SERVE_PROPOSAL, MEDIATOR, {**proposal, "explained": False})
    story.do(C.SERVE_PROPOSAL, MEDIATOR, proposal)
    return story


def test_22_no_objection_proposal_pending_within_seven_days_and_agreed_after_them():
    story = served().later(days=7)
    expired = (C.EXPIRE, SYSTEM, {"clock": "T08", "due": "2026-11-09"})
    with pytest.raises(Conflict, match="clock_running"):
        story.do(*expired)
    story.later(days=1)
    assert story.do(*expired) == [K.CLOCK_EXPIRED, K.CIRCULATED]
    assert (story.file.state, story.file.agreement.id, story.file.agreement.sha256) == (S.SIGNING, "p", "33")


def test_22_an_objection_ends_the_proposal_and_nobody_reads_whose_it_was():
    story = served()
    story.do(C.OBJECT, LIN)
    assert (story.file.state, story.log[-1].actor, story.log[-1].role) == (S.MEDIATING, "party", "party")
    story.do(C.FAIL, MEDIATOR, {"ground": "g5", "reason": "分歧较大"})
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.FAILED, Ground.WIDE_GAP)


def archived():
    story = Story(AFTER_FILING).agreed()
    story.do(C.REQUEST_JUDGMENT, MEDIATOR, {"request": "1"})
    story.do(C.ISSUE_JUDGMENT, COURT)
    story.do(C.LAST_RECEIPT, CLERK, {"effective_on": "2026-11-03"})
    story.do(C.CLOSE, FILING)
    story.do(C.ARCHIVE, CLERK, {"catalogue_sha256": "44"})
    return story


# How long its record is kept, which changes nothing of what the matter is.
KEEPING = {C.SET_RETENTION, C.HOLD, C.ASK_RELEASE, C.RELEASE, C.PROPOSE_DISPOSAL, C.DECLINE_DISPOSAL, C.DISPOSE}


def test_26_an_archived_matter_is_immutable_but_for_a_reopening_by_two():
    story = archived()
    offered = {(who.id, kind) for who in EVERYBODY for kind in possible(story.file, who, story.now)}
    assert {kind for _, kind in offered} - KEEPING <= {C.REQUEST_REOPEN, C.REOPEN, C.EXPIRE, C.REMIND}
    story.do(C.REQUEST_REOPEN, FILING, {"reason": "错字"})
    with pytest.raises(Refused, match="second_person_needed"):
        story.do(C.REOPEN, FILING, {"reason": "错字"})
    story.do(C.REOPEN, ADMIN, {"reason": "错字"})
    assert (story.file.state, story.log[-1].payload["requested_by"]) == (S.CLOSED, "gao")


def test_24_every_row_of_the_table_names_its_law():
    assert all(row.law.strip() for row in TABLE)


def test_a_matter_from_the_court_arrives_with_the_consents_it_brings():
    story = Story(AFTER_FILING)
    sent = {"parties": {"zhou": "applicant", "lin": "respondent"}, "track": AFTER_FILING.value, "case_no": CASE_NO}
    kinds = story.do(C.COURT_DIVERT, COURT, {**sent, "procedure": "简易", "consents": ["zhou"]})
    assert kinds == [K.CREATED, K.DIVERTED, K.CONSENTED]
    assert (story.file.state, story.file.case_no, story.file.procedure) == (S.CONSENTING, CASE_NO, "简易")
    assert story.says(LIN) == [K.CONSENTED, K.ALL_CONSENTED]
    assert first_break(story.log) is None


@pytest.mark.parametrize(
    ("missing", "code"), [("case_no", "case_no_required"), ("procedure", "procedure_required"), ("parties", "sides")]
)
def test_what_the_court_sends_needs_its_number_procedure_and_parties(missing, code):
    sent = {"parties": {"zhou": "applicant", "lin": "respondent"}, "track": AFTER_FILING.value, "case_no": CASE_NO}
    sent = {key: value for key, value in {**sent, "procedure": "简易"}.items() if key != missing}
    with pytest.raises(BadInput, match=code):
        Story().do(C.COURT_DIVERT, COURT, sent)


def test_before_filing_a_mediator_may_be_appointed_while_the_other_side_is_still_asked():
    story = Story().diverted()
    with pytest.raises(Conflict, match="consent_missing"):
        story.do(C.ALL_CONSENT, FILING)
    story.says(ZHOU)
    story.do(C.ALL_CONSENT, FILING)
    story.do(C.APPOINT, FILING, {"mediator": "m1"})
    story.do(C.ACCEPT, MEDIATOR, {"relations": []})
    assert (story.file.state, story.file.consent_pending) == (S.MEDIATING, True)
    with pytest.raises(Conflict, match="consent_pending"):
        story.do(C.CIRCULATE, MEDIATOR, {"agreement": "v", "version": 1, "sha256": "11"})
    assert story.says(LIN) == [K.CONSENTED, K.ALL_CONSENTED]
    assert (story.file.state, story.file.consent_pending) == (S.MEDIATING, False)


def test_a_mediator_discloses_with_the_acceptance():
    story = Story().assigned()
    with pytest.raises(BadInput, match="disclosure_required"):
        story.do(C.ACCEPT, MEDIATOR)
    kinds = story.do(C.ACCEPT, MEDIATOR, {"relations": ["former_client"], "statement": "曾代理"})
    assert kinds == [K.ACCEPTED, K.DISCLOSED]
    assert story.log[-1].payload["relations"] == ["former_client"]


def test_a_replaced_mediator_does_not_come_back():
    story = Story().mediating()
    story.do(C.REQUEST_REPLACEMENT, LIN, {"party": "lin", "reason": "亲属关系"})
    story.do(C.DECIDE_REPLACEMENT, FILING, {"upheld": True, "reason": "属实"})
    with pytest.raises(Refused, match="mediator_recused"):
        story.do(C.APPOINT, FILING, {"mediator": "m1"})


def test_after_filing_a_withdrawal_is_the_courts_to_grant():
    story = Story(AFTER_FILING).mediating()
    story.do(C.WITHDRAW, ZHOU, {"party": "zhou"})
    assert (story.file.state, story.file.withdrawal) == (S.MEDIATING, MatterOutcome.WITHDRAWN)
    story.do(C.GRANT_WITHDRAWAL, COURT)
    assert (story.file.state, story.file.outcome) == (S.CONCLUDED, MatterOutcome.WITHDRAWN)
    before = Story().mediating()
    before.do(C.WITHDRAW, ZHOU, {"party": "zhou"})
    assert before.file.state is S.CONCLUDED


def test_suspected_collusion_pauses_and_only_the_court_finds_it():
    story = Story().mediating()
    story.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, {"reason": "虚构债务"})
    with pytest.raises(Refused, match="not_your_part"):
        story.do(C.FIND_FALSE_MEDIATION, MEDIATOR, {"reason": "虚构债务"})
    story.do(C.FIND_FALSE_MEDIATION, JUDGE, {"reason": "虚构债务"})
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.TERMINATED, Ground.OTHER)
    appraised = Story().mediating()
    appraised.do(C.FORCE_MAJEURE, MEDIATOR, {"reason": "暴雨"})
    with pytest.raises(Conflict, match="not_suspected"):
        appraised.do(C.FIND_FALSE_MEDIATION, JUDGE, {"reason": "虚构债务"})


def test_the_period_ends_the_mediation_but_not_a_sitting_that_is_under_way():
    story = Story(AFTER_FILING).mediating().later(days=8)
    over = (C.EXPIRE, SYSTEM, {"clock": "T05", "due": "2026-11-09"})
    with pytest.raises(Conflict, match="sitting_live"):
        story.do(*over, sitting_live=True)
    assert story.do(*over) == [K.CLOCK_EXPIRED, K.CONCLUDED]
    assert (story.file.outcome, story.file.ground) == (MatterOutcome.FAILED, Ground.PERIOD_EXPIRED)


def test_a_clock_runs_out_once():
    story = Story().diverted()
    once = (C.EXPIRE, SYSTEM, {"clock": "T02", "due": "2026-11-05"})
    story.do(*once)
    with pytest.raises(Conflict, match="clock_done"):
        story.do(*once)


def test_what_failed_goes_back_to_the_court_before_it_is_closed():
    story = Story().mediating()
    story.do(C.FAIL, MEDIATOR, {"ground": "g5", "reason": "分歧较大"})
    with pytest.raises(Conflict, match="hand_over_first"):
        story.do(C.CLOSE, FILING)
    story.do(C.HAND_OVER, SYSTEM)
    story.do(C.ACKNOWLEDGE_HANDOVER, COURT, {"case_no": CASE_NO})
    story.do(C.CLOSE, FILING)
    assert (story.file.state, story.file.case_after) == (S.CLOSED, CASE_NO)


def test_a_second_list_of_defects_is_only_for_new_ones():
    story = Story().submitted()
    story.do(C.REQUEST_SUPPLEMENT, FILING, {"defects": ["no_address"], "due": "2026-11-09"})
    story.do(C.RESUBMIT, ZHOU)
    with pytest.raises(Conflict, match="defects_known"):
        story.do(C.REQUEST_SUPPLEMENT, FILING, {"defects": ["no_address"], "due": "2026-11-09"})
    story.do(C.REQUEST_SUPPLEMENT, FILING, {"defects": ["no_address", "no_phone"], "due": "2026-11-09"})
    assert story.file.state is S.SUPPLEMENT


def test_a_confirmation_refused_can_be_mediated_anew_by_consent_of_all():
    story = Story().agreed()
    story.do(C.APPLY_CONFIRMATION, ZHOU, {"applicants": ["zhou", "lin"], "court": "云溪区"})
    story.do(C.REFUSE_CONFIRMATION, JUDGE, {"reason": "内容不明确"})
    with pytest.raises(Conflict, match="extension_consent_missing"):
        story.do(C.REMEDIATE, MEDIATOR, {"days": 15})
    story.says(ZHOU, "c6")
    story.says(LIN, "c6")
    anew = story.now
    story.do(C.REMEDIATE, MEDIATOR, {"days": 15})
    assert (story.file.state, story.file.period_start, story.file.outcome) == (S.MEDIATING, anew, None)


def test_a_body_takes_only_what_its_charter_covers_and_a_closed_track_stays_closed():
    with pytest.raises(Refused, match="outside_charter"):
        Story(Track.ORG_ACCEPTED).diverted(charter_covers=False)
    with pytest.raises(Refused, match="track_not_open"):
        Story().diverted(tracks=frozenset({AFTER_FILING}))
    with pytest.raises(Refused, match="track_not_open"):
        Story().submitted().do(C.DIVERT, FILING, {"track": "org_accepted"})


def test_nobody_speaks_for_the_other_side_but_staff_may_write_down_what_was_said():
    story = Story().diverted()
    with pytest.raises(Refused, match="not_your_word"):
        story.says(ZHOU, party="lin")
    story.says(FILING, party="lin")
    assert story.file.parties["lin"].agrees("c1")
    stranger = replace(LIN, party="wang")
    with pytest.raises(Refused, match="not_your_part"):
        story.says(stranger)


@pytest.mark.parametrize("who", [OTHER_MEDIATOR, BODY, ADMIN])
def test_only_the_mediator_of_the_matter_moves_it(who):
    story = Story().mediating()
    with pytest.raises(Refused, match="not_your_part"):
        decide(story.file, Command(CommandKind.FAIL, {"ground": "g5", "reason": "x"}), who, story.now)
