from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.agents import (
    PAPERS,
    Agent,
    AgentKind,
    AgentPaper,
    Power,
    checked_agent,
    require_power,
    require_room,
    written_powers,
)
from mediation_server.domain.checks.causes import CAUSES
from mediation_server.errors import BadInput, Refused

LAWYER = Agent("star", AgentKind.LAWYER, frozenset(PAPERS[AgentKind.LAWYER]), frozenset())
SPECIAL = replace(LAWYER, powers=frozenset({Power.SETTLE}))


def test_an_agent_with_a_general_authorisation_is_refused_at_signing():
    with pytest.raises(Refused) as refusal:
        require_power(LAWYER, Power.SETTLE)
    assert refusal.value.code == "agent_not_authorised"
    require_power(SPECIAL, Power.SETTLE)


@given(st.frozensets(st.sampled_from(Power)), st.sampled_from(Power))
def test_each_power_has_to_be_named_on_its_own(named, wanted):
    agent = replace(LAWYER, powers=named)
    if wanted in named:
        require_power(agent, wanted)
    else:
        with pytest.raises(Refused):
            require_power(agent, wanted)


def test_in_a_divorce_the_party_attends_or_gives_a_written_opinion():
    divorce, loan = CAUSES["离婚纠纷"], CAUSES["民间借贷纠纷"]
    require_power(SPECIAL, Power.SETTLE, loan)
    with pytest.raises(Refused) as refusal:
        require_power(SPECIAL, Power.SETTLE, divorce)
    assert refusal.value.code == "party_must_attend"
    require_power(replace(SPECIAL, opinion=True), Power.SETTLE, divorce)


@pytest.mark.parametrize(
    ("text", "powers"),
    [
        ("全权代理", set()),
        ("一般授权代理", set()),
        ("特别授权：代为承认、放弃、变更诉讼请求，进行和解，提起反诉或者上诉", set(Power)),
        ("代为参加调解并签署调解协议", {Power.SETTLE}),
        ("代为承认、变更诉讼请求", {Power.ADMIT, Power.CHANGE}),
    ],
)
def test_a_bare_full_power_names_no_special_power(text, powers):
    assert written_powers(text) == powers


@pytest.mark.parametrize("kind", AgentKind)
def test_every_kind_of_agent_brings_a_power_of_attorney_and_papers_of_its_own(kind):
    full = Agent("party", kind, frozenset(AgentPaper), frozenset())
    assert checked_agent(full) == full
    assert PAPERS[kind][0] is AgentPaper.POWER_OF_ATTORNEY
    for paper in PAPERS[kind]:
        with pytest.raises(BadInput) as refusal:
            checked_agent(replace(full, papers=frozenset(AgentPaper) - {paper}))
        assert (refusal.value.code, refusal.value.field) == (f"agent_paper_{paper.value}", f"papers.{paper.value}")


def test_the_papers_are_those_of_the_law():
    assert PAPERS[AgentKind.LEGAL_WORKER][1:] == (
        AgentPaper.LICENCE,
        AgentPaper.FIRM_LETTER,
        AgentPaper.PARTY_IN_DISTRICT,
    )
    assert AgentPaper.KINSHIP in PAPERS[AgentKind.RELATIVE]
    assert AgentPaper.EMPLOYMENT in PAPERS[AgentKind.EMPLOYEE]


def test_a_party_has_at_most_two_agents():
    two = [LAWYER, LAWYER]
    require_room([*two, *(replace(each, party_id="other") for each in two)])
    with pytest.raises(BadInput) as refusal:
        require_room([*two, LAWYER])
    assert (refusal.value.code, refusal.value.field) == ("agents_too_many", "agents")
