from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.application import (
    AGENT_FIELDS,
    FIELDS,
    MOST_PEOPLE,
    PERSON_FIELDS,
    ApplicationStep,
    Draft,
    DraftAgent,
    DraftPerson,
    PartyKind,
    draft_of,
)
from mediation_server.domain.application_checks import (
    Place,
    agent_problems,
    answers_problems,
    application_of,
    person_problems,
    problems_of,
)
from mediation_server.domain.checks.agents import Power
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, NotFound
from tests.applications import (
    APPLICANT,
    COMPANY,
    FIRM,
    LAWYER,
    OTHER,
    TAO,
    WRONG_AGENT,
    WRONG_ANSWERS,
    WRONG_COMPANY,
    WRONG_PERSON,
    complete_draft,
)

TODAY = date(2026, 11, 28)
TYPED = st.text(st.characters(codec="utf-8"), max_size=40)


def codes(problems):
    return {field: each.code for field, each in problems.items()}


def test_a_complete_application_is_what_a_matter_keeps():
    found = application_of(complete_draft(), TODAY)
    (tao, company), (lawyer,) = found.parties, found.agents
    assert (found.court.code, found.cause.name, found.claim_fen) == ("9901", "民间借贷纠纷", 5_000_000)
    assert (tao.id, tao.phone, tao.id_number, tao.address) == (
        APPLICANT,
        TAO["phone"],
        TAO["id_number"],
        TAO["address"],
    )
    assert (company.id, company.id_kind, company.attends_as, company.role) == (OTHER, "uscc", "葛明", "respondent")
    assert (lawyer.party_id, lawyer.powers) == (APPLICANT, {Power.SETTLE, Power.WAIVE})
    assert found.facts == "2025年3月1日借给对方五万元，\n约定半年归还，到期没有还。"


def test_an_empty_application_says_what_is_missing_page_by_page():
    found = problems_of(Draft(), TODAY)
    assert {place: each.code for place, each in found.items()} == {
        Place(ApplicationStep.COURT, "", "court"): "court_unknown",
        Place(ApplicationStep.COURT, "", "cause"): "required",
        Place(ApplicationStep.APPLICANTS, "", "people"): "applicant_missing",
        Place(ApplicationStep.RESPONDENTS, "", "people"): "respondent_missing",
        Place(ApplicationStep.AGENTS, "", "has_agents"): "decision_missing",
        Place(ApplicationStep.DISPUTE, "", "facts"): "required",
        Place(ApplicationStep.DISPUTE, "", "claim"): "required",
    }
    with pytest.raises(BadInput, match="application_incomplete"):
        application_of(Draft(), TODAY)


@pytest.mark.parametrize(("field", "typed", "code"), WRONG_PERSON)
def test_each_field_of_a_person_has_its_own_message(field, typed, code):
    draft = complete_draft().person_saying(APPLICANT, {**TAO, field: typed})
    assert codes(person_problems(draft, draft.person(APPLICANT), TODAY)) == {field: code}


@pytest.mark.parametrize(("field", "typed", "code"), WRONG_COMPANY)
def test_each_field_of_an_organisation_has_its_own_message(field, typed, code):
    draft = complete_draft().person_saying(OTHER, {**COMPANY, field: typed})
    assert codes(person_problems(draft, draft.person(OTHER), TODAY)) == {field: code}


@pytest.mark.parametrize(("field", "typed", "code"), WRONG_AGENT)
def test_each_field_of_an_agent_has_its_own_message(field, typed, code):
    draft = complete_draft().agent_saying(FIRM, {**LAWYER, field: typed})
    where = "papers.power_of_attorney" if field == "papers" else field
    assert codes(agent_problems(draft, draft.agent(FIRM))).get(where) == code


@pytest.mark.parametrize(("step", "field", "typed", "code"), WRONG_ANSWERS)
def test_each_plain_answer_has_its_own_message(step, field, typed, code):
    draft = complete_draft().saying(step, {field: typed})
    assert codes(answers_problems(draft, step, TODAY)) == {field: code}


@pytest.mark.parametrize("reach", [{"phone": "16100000012"}, {"phone": "0551-62345678"}, {"address": TAO["address"]}])
def test_of_the_other_side_a_name_and_one_way_to_reach_it_are_enough(reach):
    person = DraftPerson(new_id(), Side.RESPONDENT, PartyKind.NATURAL, {"name": "林若溪", **reach})
    draft = complete_draft().with_person(person)
    assert person_problems(draft, person, TODAY) == {}
    nowhere = replace(person, said={"name": "林若溪"})
    assert codes(person_problems(draft, nowhere, TODAY)) == {"phone": "phone_or_address"}


def test_an_applicant_may_give_a_mail_address_in_place_of_a_postal_one():
    draft = complete_draft().person_saying(APPLICANT, {**TAO, "address": ""})
    assert person_problems(draft, draft.person(APPLICANT), TODAY) == {}
    draft = draft.person_saying(APPLICANT, {**TAO, "address": "", "email": ""})
    assert codes(person_problems(draft, draft.person(APPLICANT), TODAY)) == {"address": "address_or_email"}


def test_a_labour_dispute_asks_for_the_award_and_lets_a_no_pass():
    draft = complete_draft().saying(ApplicationStep.COURT, {"cause": "追索劳动报酬纠纷"})
    assert codes(answers_problems(draft, ApplicationStep.DISPUTE, TODAY)) == {"prior": "decision_missing"}
    yes = draft.saying(ApplicationStep.DISPUTE, {"prior": "yes"})
    assert codes(answers_problems(yes, ApplicationStep.DISPUTE, TODAY)) == {"award": "required"}
    told = yes.saying(ApplicationStep.DISPUTE, {"award": " 云劳人仲案〔2026〕412号 "})
    assert application_of(told, TODAY).award == "云劳人仲案〔2026〕412号"
    assert application_of(draft.saying(ApplicationStep.DISPUTE, {"prior": "no"}), TODAY).award is None


def test_whoever_appoints_no_agent_is_asked_nothing_about_one():
    draft = complete_draft().agent_saying(FIRM, {}).saying(ApplicationStep.AGENTS, {"has_agents": "no"})
    assert application_of(draft, TODAY).agents == ()


def test_a_third_agent_of_one_party_is_one_too_many():
    draft = complete_draft()
    for _ in range(2):
        draft = draft.with_agent(DraftAgent(new_id(), LAWYER))
    assert codes(answers_problems(draft, ApplicationStep.AGENTS, TODAY)) == {"agents": "agents_too_many"}


def test_leaving_somebody_out_takes_their_agents_along():
    draft = complete_draft().without_person(APPLICANT)
    assert (draft.agents, [each.key for each in draft.people]) == ((), [OTHER])
    with pytest.raises(NotFound):
        draft.without_person(APPLICANT)


def test_a_side_holds_so_many_and_no_more():
    draft = Draft()
    for _ in range(MOST_PEOPLE):
        draft = draft.with_person(DraftPerson(new_id(), Side.APPLICANT, PartyKind.NATURAL))
    with pytest.raises(BadInput, match="people_too_many"):
        draft.with_person(DraftPerson(new_id(), Side.APPLICANT, PartyKind.NATURAL))
    draft.with_person(DraftPerson(new_id(), Side.RESPONDENT, PartyKind.NATURAL))


SAID = st.fixed_dictionaries({}, optional={name: TYPED for names in FIELDS.values() for name in names})
PEOPLE = st.lists(
    st.builds(
        DraftPerson,
        st.builds(new_id),
        st.sampled_from([Side.APPLICANT, Side.RESPONDENT, Side.THIRD]),
        st.sampled_from(PartyKind),
        st.fixed_dictionaries({}, optional=dict.fromkeys(PERSON_FIELDS[PartyKind.NATURAL], TYPED)),
    ),
    max_size=3,
)
AGENTS = st.lists(
    st.builds(DraftAgent, st.builds(new_id), st.fixed_dictionaries({}, optional=dict.fromkeys(AGENT_FIELDS, TYPED))),
    max_size=2,
)


@given(SAID, PEOPLE, AGENTS)
def test_whatever_is_typed_is_kept_and_only_ever_refused_in_words(said, people, agents):
    draft = Draft()
    for step in FIELDS:
        draft = draft.saying(step, said)
    for person in people:
        draft = draft.with_person(person)
    for agent in agents:
        draft = draft.with_agent(agent)
    assert draft_of(draft.as_data()) == draft
    assert {name: draft.said[name] for name in said} == {name: text.replace("\0", "") for name, text in said.items()}
    found = problems_of(draft, TODAY)
    if found:
        with pytest.raises(BadInput):
            application_of(draft, TODAY)
    else:
        application_of(draft, TODAY)
