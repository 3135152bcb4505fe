"""What is wrong with an application (调解申请), field by field, and what a matter keeps of one that is right; pure.

Source: 在线调解规则 art. 8; 民诉法 arts. 61, 124. An applicant has to say who they are; of the other side it is enough
that it can be named and reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from mediation_server.domain.application import ApplicationStep, Draft, DraftAgent, DraftPerson, PartyKind
from mediation_server.domain.checks.addresses import address, postcode
from mediation_server.domain.checks.agents import (
    PAPERS,
    AgentKind,
    AgentPaper,
    Power,
    require_room,
)
from mediation_server.domain.checks.causes import Cause, CauseFlag, cause_named
from mediation_server.domain.checks.contacts import email, mobile, phone
from mediation_server.domain.checks.credit_codes import credit_code
from mediation_server.domain.checks.identities import IdentityKind, identity, lawyer_licence
from mediation_server.domain.checks.money import amount
from mediation_server.domain.checks.names import latin_name, organisation_name, person_name
from mediation_server.domain.checks.texts import one_code, one_line, prose
from mediation_server.domain.courts import Court, court_of_code
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.people import Role, Side
from mediation_server.domain.wish import wish_of
from mediation_server.errors import BadInput

__all__ = [
    "CREDIT_CODE",
    "MOST_CLAIM",
    "MOST_FACTS",
    "Application",
    "Place",
    "Problems",
    "agent_problems",
    "answers_problems",
    "application_of",
    "asks_for_arbitration",
    "cause_of",
    "person_problems",
    "problems_of",
    "read_agent",
]

CREDIT_CODE = "uscc"  # the `id_kind` of an organisation
MOST_FACTS, MOST_CLAIM = 3_000, 1_000
_LEAST_FACTS, _LEAST_CLAIM = 10, 2
_MOST_AWARD, _MOST_FIRM = 60, 100
_ROLES = {Side.APPLICANT: Role.APPLICANT, Side.RESPONDENT: Role.RESPONDENT, Side.THIRD: Role.THIRD_PARTY}
_SIDES_OF = {
    ApplicationStep.APPLICANTS: (Side.APPLICANT,),
    ApplicationStep.RESPONDENTS: (Side.RESPONDENT, Side.THIRD),
}
_WITH_FIRM = (AgentKind.LAWYER, AgentKind.LEGAL_WORKER)

Problems = Mapping[str, BadInput]  # by field
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an application something is wrong: the page, of whom (empty: of nobody in particular), the field."""

    step: ApplicationStep
    key: str
    field: str


@dataclass(frozen=True, slots=True)
class Application:
    """An application in its normal form; the parties carry their keys as ids and an empty matter id."""

    court: Court
    cause: Cause
    parties: tuple[MatterParty, ...]
    agents: tuple[PartyAgent, ...]
    facts: str
    claim: str
    claim_fen: int | None
    award: str | None  # the number of the labour arbitration award, where one was needed and is there


@dataclass(slots=True)
class _Reading:
    """Reads fields by their checks and keeps what each had to say; the last problem of a field counts."""

    said: Mapping[str, str]
    problems: dict[str, BadInput] = field(default_factory=dict)

    def get(self, name: str, check: Callable[[str], _Value], *, needed: bool = True) -> _Value | None:
        """The value, or None with the problem noted; an empty field that is not needed is no problem."""
        text = self.said.get(name, "")
        if not needed and not text.strip():
            return None
        try:
            return check(text)
        except BadInput as problem:
            self.problems[name] = problem
            return None

    def has(self, name: str) -> bool:
        """Whether something was typed there."""
        return bool(self.said.get(name, "").strip())


def cause_of(draft: Draft, today: date) -> Cause | None:
    """The cause that was chosen, once it is one."""
    return _Reading(draft.said).get("cause", lambda text: cause_named(text, today))


def asks_for_arbitration(cause: Cause | None) -> bool:
    """Whether labour arbitration comes first (劳动争议调解仲裁法 art. 5), so that the page asks for it."""
    return cause is not None and CauseFlag.LABOUR_ARBITRATION in cause.flags


def answers_problems(draft: Draft, step: ApplicationStep, today: date) -> Problems:
    """What is wrong with the plain answers of one page; the people have pages of their own."""
    return _ANSWERS[step](draft, today).problems if step in _ANSWERS else {}


def person_problems(draft: Draft, person: DraftPerson, today: date) -> Problems:
    """What is wrong with what was said about one person."""
    return _person(draft, person, today)[1]


def agent_problems(draft: Draft, agent: DraftAgent) -> Problems:
    """What is wrong with what was said about one agent."""
    return read_agent(draft, agent)[1]


def problems_of(draft: Draft, today: date) -> Mapping[Place, BadInput]:
    """Everything that stands between the draft and its submission, page by page."""
    found: dict[Place, BadInput] = {}
    for step in ApplicationStep:
        found |= {Place(step, "", name): each for name, each in answers_problems(draft, step, today).items()}
        for person in draft.people:
            if person.side in _SIDES_OF.get(step, ()):
                told = person_problems(draft, person, today)
                found |= {Place(step, person.key, name): each for name, each in told.items()}
        if step is ApplicationStep.AGENTS and draft.said.get("has_agents") == "yes":
            for agent in draft.agents:
                found |= {Place(step, agent.key, name): each for name, each in agent_problems(draft, agent).items()}
    return found


def application_of(draft: Draft, today: date) -> Application:
    """The application of a draft without problems. Raises `BadInput("application_incomplete")` for any other."""
    cause = cause_of(draft, today)
    if problems_of(draft, today) or cause is None:
        raise BadInput("application_incomplete")
    answers = _dispute(draft, today)
    named = draft.agents if draft.said.get("has_agents") == "yes" else ()
    labour = asks_for_arbitration(cause) and draft.said.get("prior") == "yes"
    return Application(
        court=court_of_code(draft.said["court"]),
        cause=cause,
        parties=tuple(_person(draft, each, today)[0] for each in draft.people),
        agents=tuple(read_agent(draft, each)[0] for each in named),
        facts=answers.get("facts", _facts) or "",
        claim=answers.get("claim", _claim) or "",
        claim_fen=answers.get("amount", amount, needed=False),
        award=answers.get("award", _award) if labour else None,
    )


def _facts(text: str) -> str:
    return prose(text, field="facts", least=_LEAST_FACTS, most=MOST_FACTS)


def _claim(text: str) -> str:
    return prose(text, field="claim", least=_LEAST_CLAIM, most=MOST_CLAIM)


def _award(text: str) -> str:
    return one_line(text, field="award", most=_MOST_AWARD)


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise BadInput("decision_missing")
    return text == "yes"


def _court(draft: Draft, today: date) -> _Reading:
    answers = _Reading(draft.said)
    answers.get("court", court_of_code)
    cause = answers.get("cause", lambda text: cause_named(text, today))
    if cause is not None and CauseFlag.NOT_MEDIABLE in cause.flags:
        answers.problems["cause"] = BadInput("cause_not_mediable")
    return answers


def _applicants(draft: Draft, _: date) -> _Reading:
    return _somebody(draft, Side.APPLICANT, "applicant_missing")


def _respondents(draft: Draft, _: date) -> _Reading:
    return _somebody(draft, Side.RESPONDENT, "respondent_missing")


def _somebody(draft: Draft, side: Side, code: str) -> _Reading:
    answers = _Reading(draft.said)
    if not draft.of_side(side):
        answers.problems["people"] = BadInput(code)
    return answers


def _agents(draft: Draft, _: date) -> _Reading:
    answers = _Reading(draft.said)
    if answers.get("has_agents", _yes_or_no):
        if not draft.agents:
            answers.problems["agents"] = BadInput("agent_missing")
        try:
            require_room([read_agent(draft, each)[0].as_agent() for each in draft.agents])
        except BadInput as problem:
            answers.problems["agents"] = problem
    return answers


def _dispute(draft: Draft, today: date) -> _Reading:
    answers = _Reading(draft.said)
    answers.get("facts", _facts)
    answers.get("claim", _claim)
    answers.get("amount", amount, needed=False)
    answers.get("wish", wish_of, needed=False)
    if asks_for_arbitration(cause_of(draft, today)) and answers.get("prior", _yes_or_no):
        answers.get("award", _award)
    return answers


_ANSWERS: Mapping[ApplicationStep, Callable[[Draft, date], _Reading]] = {
    ApplicationStep.COURT: _court,
    ApplicationStep.APPLICANTS: _applicants,
    ApplicationStep.RESPONDENTS: _respondents,
    ApplicationStep.AGENTS: _agents,
    ApplicationStep.DISPUTE: _dispute,
}


def _person(draft: Draft, person: DraftPerson, today: date) -> tuple[MatterParty, Problems]:
    answers, known = _Reading(person.said), person.side is Side.APPLICANT
    natural = person.kind is PartyKind.NATURAL
    name = answers.get("name", person_name if natural else organisation_name) or ""
    number = _number(answers, person, today, needed=known)
    mobile_or_not = answers.get("phone", mobile if known else phone, needed=known)
    place = answers.get("address", address, needed=False)
    mail = answers.get("email", email, needed=False)
    legal_rep = None if natural else answers.get("legal_rep", person_name, needed=known)
    legal_rep_en = None if natural else answers.get("legal_rep_en", latin_name, needed=False)
    _reachable(answers, known=known)
    _one_sided(answers, draft, person, mobile_or_not)
    party = MatterParty(
        id=person.key,
        matter_id="",
        side=person.side,
        role=_ROLES[person.side],
        name=name,
        name_en=answers.get("name_en", latin_name if natural else organisation_name, needed=False) or name,
        kind=person.kind.value,
        phone=mobile_or_not or "",
        attends_as=legal_rep,
        attends_as_en=legal_rep_en,
        id_kind=(answers.said.get("id_kind") if natural else CREDIT_CODE) if number else None,
        id_number=number,
        address=place,
        postcode=answers.get("postcode", postcode, needed=False),
        email=mail,
        legal_rep=legal_rep,
        legal_rep_en=legal_rep_en,
    )
    return party, answers.problems


def _number(answers: _Reading, person: DraftPerson, today: date, *, needed: bool) -> str | None:
    if person.kind is PartyKind.ORGANISATION:
        return answers.get("id_number", credit_code, needed=needed)
    if not needed and not answers.has("id_number"):
        return None
    kind = answers.get("id_kind", _identity_kind)
    if kind is None:
        return None
    found = answers.get("id_number", lambda text: identity(kind, text, today=today))
    return found.number if found else None


def _identity_kind(text: str) -> IdentityKind:
    if text not in set(IdentityKind):
        raise BadInput("decision_missing", field="id_kind")
    return IdentityKind(text)


def _reachable(answers: _Reading, *, known: bool) -> None:
    """Papers must reach an applicant; whoever is on the other side must be reachable in some way."""
    if known and not (answers.has("address") or answers.has("email")):
        answers.problems["address"] = BadInput("address_or_email")
    if not known and not (answers.has("phone") or answers.has("address")):
        answers.problems["phone"] = BadInput("phone_or_address")


def _one_sided(answers: _Reading, draft: Draft, person: DraftPerson, number: str | None) -> None:
    """One phone on both sides would let one person speak for both."""
    others = [each.said.get("phone", "") for each in draft.people if each.side is not person.side]
    if number and number in {_plain_phone(each) for each in others}:
        answers.problems["phone"] = BadInput("phone_other_side")


def _plain_phone(text: str) -> str | None:
    return _Reading({"phone": text}).get("phone", phone, needed=False)


def read_agent(draft: Draft, agent: DraftAgent) -> tuple[PartyAgent, Problems]:
    """An agent as a matter keeps them, as far as what was said can be read, and what is wrong with it."""
    answers = _Reading(agent.said)
    party = answers.get("party", lambda key: _represented(draft, key)) or ""
    kind = answers.get("kind", _agent_kind)
    lawyer = kind is AgentKind.LAWYER
    special = answers.get("authority", _authority)
    powers = frozenset(each for each in Power if each.value in agent.said.get("powers", "").split())
    if special and not powers:
        answers.problems["powers"] = BadInput("agent_powers_missing")
    papers = frozenset(each for each in AgentPaper if each.value in agent.said.get("papers", "").split())
    for paper in PAPERS[kind] if kind else ():
        if paper not in papers:
            answers.problems[f"papers.{paper.value}"] = BadInput(f"agent_paper_{paper.value}")
    value = PartyAgent(
        id=agent.key,
        party_id=party,
        kind=kind or AgentKind.LAWYER,
        name=answers.get("name", person_name) or "",
        phone=answers.get("phone", mobile) or "",
        licence=answers.get("licence", lawyer_licence if lawyer else _licence, needed=lawyer),
        firm=answers.get("firm", organisation_name, needed=kind in _WITH_FIRM),
        powers=powers if special else frozenset(),
        papers=papers,
    )
    others = [each for each in draft.people if each.key != party and each.side is not _side_of(draft, party)]
    if value.phone and value.phone in {_plain_phone(each.said.get("phone", "")) for each in others}:
        answers.problems["phone"] = BadInput("phone_other_side")
    return value, answers.problems


def _side_of(draft: Draft, key: str) -> Side | None:
    return next((each.side for each in draft.people if each.key == key), None)


def _represented(draft: Draft, key: str) -> str:
    """Who applies names their own agents; those of the other side are the other side's to name."""
    if key not in {each.key for each in draft.of_side(Side.APPLICANT)}:
        raise BadInput("decision_missing", field="party")
    return key


def _agent_kind(text: str) -> AgentKind:
    if text not in set(AgentKind):
        raise BadInput("decision_missing", field="kind")
    return AgentKind(text)


def _authority(text: str) -> bool:
    if text not in ("general", "special"):
        raise BadInput("decision_missing", field="authority")
    return text == "special"


def _licence(text: str) -> str:
    return one_code(text, field="licence", most=40)
