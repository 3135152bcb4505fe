"""`Draft`, an application while it is written (调解申请): what was typed, as it was typed; checks nothing.

The draft keeps even what is wrong, so that nothing typed is ever lost; `application_checks` says what is wrong with it
and makes of it what a matter keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from mediation_server.domain.ids import is_id
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, NotFound

__all__ = [
    "AGENT_FIELDS",
    "FIELDS",
    "MOST_AGENTS_NAMED",
    "MOST_PEOPLE",
    "PERSON_FIELDS",
    "ApplicationStep",
    "Draft",
    "DraftAgent",
    "DraftPerson",
    "PartyKind",
    "draft_of",
]

MOST_PEOPLE = 10  # on one side; more are a matter for the counter of the court
MOST_AGENTS_NAMED = 20
_LONGEST = 300
_LONGEST_PROSE = 8_000  # what a page may send; how much is allowed is for the checks


class ApplicationStep(StrEnum):
    """The pages of an application, one group of questions each, in their order."""

    COURT = "court"  # 法院和案由
    APPLICANTS = "applicants"  # 申请人
    RESPONDENTS = "respondents"  # 对方
    AGENTS = "agents"  # 代理人
    DISPUTE = "dispute"  # 事情经过和请求
    REVIEW = "review"  # 核对


class PartyKind(StrEnum):
    """What a party is (当事人类型)."""

    NATURAL = "natural"  # 自然人
    ORGANISATION = "organisation"  # 法人, 非法人组织


FIELDS: Mapping[ApplicationStep, tuple[str, ...]] = MappingProxyType(
    {
        ApplicationStep.COURT: ("court", "cause"),
        ApplicationStep.AGENTS: ("has_agents",),
        ApplicationStep.DISPUTE: ("facts", "claim", "amount", "prior", "award", "wish"),
    }
)
_PROSE = ("facts", "claim")
_REACH = ("phone", "address", "postcode", "email")
PERSON_FIELDS: Mapping[PartyKind, tuple[str, ...]] = MappingProxyType(
    {
        PartyKind.NATURAL: ("name", "name_en", "id_kind", "id_number", *_REACH),
        PartyKind.ORGANISATION: ("name", "name_en", "id_number", "legal_rep", "legal_rep_en", *_REACH),
    }
)
AGENT_FIELDS = ("party", "kind", "name", "phone", "licence", "firm", "authority", "powers", "papers")

Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DraftPerson:
    """Somebody on one side; `key` becomes the party's id."""

    key: str
    side: Side
    kind: PartyKind
    said: Said = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftAgent:
    """An agent of the party that `said["party"]` names; `powers` and `papers` are words with blanks between."""

    key: str
    said: Said = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far; `seen` are the pages that were sent at least once, so that their gaps are mistakes."""

    said: Said = field(default_factory=dict)
    people: tuple[DraftPerson, ...] = ()
    agents: tuple[DraftAgent, ...] = ()
    seen: frozenset[str] = field(default_factory=frozenset)

    def of_side(self, side: Side) -> tuple[DraftPerson, ...]:
        """The people on one side, in their order."""
        return tuple(each for each in self.people if each.side == side)

    def person(self, key: str) -> DraftPerson:
        """Somebody by key. Raises `NotFound`."""
        return _found(self.people, key)

    def agent(self, key: str) -> DraftAgent:
        """An agent by key. Raises `NotFound`."""
        return _found(self.agents, key)

    def saying(self, step: ApplicationStep, said: Said) -> Draft:
        """With the answers of one page; those of others stay."""
        return replace(self, said={**self.said, **_kept(said, FIELDS.get(step, ()))}, seen=self.seen | {step.value})

    def with_person(self, person: DraftPerson) -> Draft:
        """With one more person. Raises `BadInput("people_too_many")`."""
        if len(self.of_side(person.side)) >= MOST_PEOPLE:
            raise BadInput("people_too_many", field="people", most=MOST_PEOPLE)
        return replace(self, people=(*self.people, _trimmed(person)))

    def person_saying(self, key: str, said: Said) -> Draft:
        """With what was typed about one person. Raises `NotFound`."""
        changed = _trimmed(replace(self.person(key), said=said))
        people = tuple(changed if each.key == key else each for each in self.people)
        return replace(self, people=people, seen=self.seen | {key})

    def without_person(self, key: str) -> Draft:
        """Without somebody and their agents. Raises `NotFound`."""
        gone = self.person(key)
        agents = tuple(each for each in self.agents if each.said.get("party") != key)
        return replace(self, people=tuple(each for each in self.people if each is not gone), agents=agents)

    def with_agent(self, agent: DraftAgent) -> Draft:
        """With one more agent. Raises `BadInput("agents_named_too_many")`."""
        if len(self.agents) >= MOST_AGENTS_NAMED:
            raise BadInput("agents_named_too_many", field="agents", most=MOST_AGENTS_NAMED)
        return replace(self, agents=(*self.agents, replace(agent, said=_kept(agent.said, AGENT_FIELDS))))

    def agent_saying(self, key: str, said: Said) -> Draft:
        """With what was typed about one agent. Raises `NotFound`."""
        changed = replace(self.agent(key), said=_kept(said, AGENT_FIELDS))
        agents = tuple(changed if each.key == key else each for each in self.agents)
        return replace(self, agents=agents, seen=self.seen | {key})

    def without_agent(self, key: str) -> Draft:
        """Without one agent. Raises `NotFound`."""
        gone = self.agent(key)
        return replace(self, agents=tuple(each for each in self.agents if each is not gone))

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it; `draft_of` reads it back."""
        return {
            "said": dict(self.said),
            "people": [
                {"key": each.key, "side": each.side.value, "kind": each.kind.value, "said": dict(each.said)}
                for each in self.people
            ],
            "agents": [{"key": each.key, "said": dict(each.said)} for each in self.agents],
            "seen": sorted(self.seen),
        }


def draft_of(data: Mapping[str, Any]) -> Draft:
    """A draft from what `as_data` gave."""
    return Draft(
        said=data["said"],
        people=tuple(
            DraftPerson(each["key"], Side(each["side"]), PartyKind(each["kind"]), each["said"])
            for each in data["people"]
        ),
        agents=tuple(DraftAgent(each["key"], each["said"]) for each in data["agents"]),
        seen=frozenset(data["seen"]),
    )


def _kept(said: Said, names: tuple[str, ...]) -> dict[str, str]:
    """What belongs here, cut where no check would let it pass anyway, without what a database cannot keep."""
    return {
        name: said[name].replace("\0", "")[: _LONGEST_PROSE if name in _PROSE else _LONGEST]
        for name in names
        if name in said
    }


def _trimmed(person: DraftPerson) -> DraftPerson:
    return replace(person, said=_kept(person.said, PERSON_FIELDS[person.kind]))


_Named = TypeVar("_Named", DraftPerson, DraftAgent)


def _found(among: tuple[_Named, ...], key: str) -> _Named:
    found = next((each for each in among if is_id(key) and each.key == key), None)
    if found is None:
        raise NotFound
    return found
