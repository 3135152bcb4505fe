"""An application as people fill it in, and the ways it may be wrong, for tests of services and pages."""

from __future__ import annotations

from mediation_server.domain.application import ApplicationStep, Draft, DraftAgent, DraftPerson, PartyKind
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.people import Side

APPLICANT, OTHER, FIRM = fixed_id("applicant"), fixed_id("respondent"), fixed_id("agent")
COURT = {"court": "9901", "cause": "民间借贷纠纷"}
TAO = {
    "name": "陶静怡",
    "id_kind": "resident",
    "id_number": "349901199106110244",
    "phone": "16100000019",
    "address": "江岚市云溪区桥东路8号2单元301室",
    "postcode": "340000",
    "email": "tao@demo.invalid",
    "name_en": "Tao Jingyi",
}
COMPANY = {
    "name": "江岚星桥电子有限公司",
    "id_number": "91349901MA99A00307",
    "legal_rep": "葛明",
    "phone": "16100000023",
    "address": "江岚市云溪区工业路16号",
}
LAWYER = {
    "party": APPLICANT,
    "kind": "lawyer",
    "name": "何屿",
    "phone": "16100000031",
    "firm": "安徽（演示）云桥律师事务所",
    "licence": "13499202610000001",
    "authority": "special",
    "powers": "settle waive",
    "papers": "power_of_attorney licence firm_letter",
}
DISPUTE = {
    "facts": "2025年3月1日借给对方五万元，\n约定半年归还，到期没有还。",
    "claim": "归还借款50 000元",
    "amount": "5万",
}

# (field, what was typed, the code of what is said): one person or organisation, wrong in one place.
WRONG_PERSON = [
    ("name", "", "required"),
    ("name", "陶", "name_short"),
    ("name", "陶静怡1", "name_digits"),
    ("name", "陶Jingyi", "name_mixed"),
    ("name", "陶" * 51, "too_long"),
    ("id_number", "", "required"),
    ("id_number", "349901199106110245", "identity_check"),
    ("id_number", "34990119910611024", "identity_length"),
    ("id_number", "349901910611024", "identity_old"),
    ("id_number", "349901199102300243", "identity_birth"),
    ("id_number", "349901209106110240", "identity_future"),
    ("id_number", "34990119910611024A", "identity_form"),
    ("id_kind", "library card", "decision_missing"),
    ("phone", "", "required"),
    ("phone", "1610000001", "mobile_form"),
    ("phone", "12368", "phone_service"),
    ("phone", "16100000023", "phone_other_side"),
    ("address", "桥东路", "address_short"),
    ("address", "12345678", "address_script"),
    ("address", "路" * 121, "too_long"),
    ("postcode", "34000", "postcode_form"),
    ("email", "tao@", "email_form"),
    ("name_en", "陶静怡", "name_latin"),
]
WRONG_COMPANY = [
    ("name", "星桥", "organisation_short"),
    ("id_number", "91349901MA99A00308", "credit_code_check"),
    ("id_number", "91349901MA99A0030", "credit_code_length"),
    ("id_number", "91349901MA99A003O7", "credit_code_letters"),
    ("legal_rep", "葛", "name_short"),
    ("phone", "400-123-4567", "phone_service"),
]
WRONG_AGENT = [
    ("party", "nobody", "decision_missing"),
    ("kind", "friend", "decision_missing"),
    ("name", "", "required"),
    ("phone", "055112345678", "mobile_form"),
    ("phone", "16100000023", "phone_other_side"),
    ("firm", "", "required"),
    ("licence", "123", "licence_form"),
    ("authority", "", "decision_missing"),
    ("powers", "", "agent_powers_missing"),
    ("papers", "licence firm_letter", "agent_paper_power_of_attorney"),
]
WRONG_ANSWERS = [
    (ApplicationStep.COURT, "court", "", "court_unknown"),
    (ApplicationStep.COURT, "cause", "", "required"),
    (ApplicationStep.COURT, "cause", "邻居太吵", "cause_unknown"),
    (ApplicationStep.COURT, "cause", "婚姻无效纠纷", "cause_not_mediable"),
    (ApplicationStep.AGENTS, "has_agents", "", "decision_missing"),
    (ApplicationStep.DISPUTE, "facts", "他欠钱", "too_short"),
    (ApplicationStep.DISPUTE, "facts", "长" * 3001, "too_long"),
    (ApplicationStep.DISPUTE, "claim", "", "required"),
    (ApplicationStep.DISPUTE, "claim", "长" * 1001, "too_long"),
    (ApplicationStep.DISPUTE, "amount", "很多", "amount_form"),
    (ApplicationStep.DISPUTE, "amount", "1.234", "amount_fen"),
    (ApplicationStep.DISPUTE, "amount", "0", "amount_small"),
]


def complete_draft(*, phone: str = TAO["phone"]) -> Draft:
    """An application without a mistake: a person against a company, with a lawyer."""
    draft = Draft().saying(ApplicationStep.COURT, COURT)
    draft = draft.with_person(DraftPerson(APPLICANT, Side.APPLICANT, PartyKind.NATURAL, {**TAO, "phone": phone}))
    draft = draft.with_person(DraftPerson(OTHER, Side.RESPONDENT, PartyKind.ORGANISATION, COMPANY))
    draft = draft.saying(ApplicationStep.AGENTS, {"has_agents": "yes"}).with_agent(DraftAgent(FIRM, LAWYER))
    return draft.saying(ApplicationStep.DISPUTE, DISPUTE)
