from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.consent_ledger import ITEM_RULES, spent, standings
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(item, number=1, *, answer=True, at=AT, withdraws=None, version=None):
    version = version or TEXT_VERSIONS[item]
    return Consent(
        f"{item}-{number}", "matter", item, version, answer, at, "page:1", party_id="zhou", withdraws=withdraws
    )


def happened(kind, at):
    return MatterEvent("matter", 1, at, "someone", "mediator", kind, {}, "", "")


def test_every_item_has_its_rule_with_a_law():
    assert list(ITEM_RULES) == list(ConsentItem)
    assert all(each.law for each in ITEM_RULES.values())


def test_most_should_not_agree_to_observers_and_to_concessions_in_a_trial():
    assert {item for item, rule in ITEM_RULES.items() if rule.usually_no} == {
        ConsentItem.OBSERVERS,
        ConsentItem.CONCESSIONS,
    }


@pytest.mark.parametrize("item", ConsentItem)
def test_an_answer_holds_until_it_is_withdrawn_and_can_be_given_anew(item):
    yes = said(item)
    back = said(item, 2, answer=False, at=AT + HOUR, withdraws=yes.id)
    assert not standings([])[item].holds
    assert standings([yes])[item].holds
    assert not standings([replace(yes, answer=False)])[item].holds
    after = standings([yes, back])[item]
    assert (after.holds, after.last, after.withdrawn_at) == (False, yes, AT + HOUR)
    again = standings([yes, back, said(item, 3, at=AT + 2 * HOUR)])[item]
    assert (again.holds, again.withdrawn_at) == (True, None)


def test_nothing_is_implied_by_another_answer():
    found = standings([said(ConsentItem.MEDIATION)])
    assert [item for item, each in found.items() if each.holds] == [ConsentItem.MEDIATION]


def test_a_withdrawal_of_an_older_answer_changes_nothing():
    old, new = said(ConsentItem.ONLINE), said(ConsentItem.ONLINE, 2)
    back = said(ConsentItem.ONLINE, 3, answer=False, withdraws=old.id)
    assert standings([old, new, back])[ConsentItem.ONLINE].holds


def test_another_wording_asks_again_but_what_was_said_holds():
    assert standings([])[ConsentItem.ONLINE].to_ask
    assert not standings([said(ConsentItem.ONLINE)])[ConsentItem.ONLINE].to_ask
    assert not standings([said(ConsentItem.ONLINE, version="1")])[ConsentItem.ONLINE].to_ask
    other = standings([said(ConsentItem.ONLINE, version="an older one")])[ConsentItem.ONLINE]
    assert (other.to_ask, other.holds) == (True, True)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (ConsentItem.MEDIATION, MatterEventKind.CONCLUDED),
        (ConsentItem.EXTENSION, MatterEventKind.EXTENDED),
        (ConsentItem.NO_OBJECTION, MatterEventKind.PROPOSAL_SERVED),
        (ConsentItem.CONCESSIONS, MatterEventKind.HANDING_OVER),
        (ConsentItem.COURT_APPOINTS, MatterEventKind.ASSIGNED),
        (ConsentItem.UNDISPUTED_FACTS, MatterEventKind.HANDING_OVER),
    ],
)
def test_a_yes_is_spent_once_what_it_allowed_has_happened(item, kind):
    yes = said(item)
    assert spent(yes, [happened(kind, AT + HOUR)])
    assert not spent(yes, [happened(kind, AT - HOUR)])
    assert not spent(yes, [happened(MatterEventKind.CONTACTED, AT + HOUR)])


@given(st.lists(st.sampled_from(MatterEventKind)))
def test_electronic_service_and_biometrics_can_be_taken_back_at_any_time(kinds):
    log = [happened(each, AT + HOUR) for each in kinds]
    assert not spent(said(ConsentItem.E_SERVICE), log)
    assert not spent(said(ConsentItem.BIOMETRICS), log)
