from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.rooms.ledger import MOST, With, entered

TOGETHER, ALONE = With("main", ("a", "b"), recorded=True), With("waiting", (), recorded=False)
COMPANY = st.sampled_from([None, TOGETHER, ALONE, With("caucus", ("a",), recorded=False)])


def told(*steps):
    ledger = {}
    for at, whom in steps:
        ledger = entered(ledger, {"a": whom}, at)
    return [(each.since, each.whom) for each in ledger.get("a", ())]


def test_a_stretch_lasts_until_the_company_changes():
    assert told(("1", TOGETHER), ("2", TOGETHER), ("3", ALONE)) == [("1", TOGETHER), ("3", ALONE)]


def test_nothing_is_told_of_somebody_who_was_never_there():
    assert told(("1", None), ("2", None)) == []


def test_what_lasted_no_time_is_not_told():
    assert told(("1", TOGETHER), ("2", ALONE), ("2", TOGETHER)) == [("1", TOGETHER)]
    assert told(("1", ALONE), ("1", TOGETHER)) == [("1", TOGETHER)]


@given(st.lists(COMPANY, max_size=3 * MOST))
def test_neighbours_differ_and_no_ledger_grows_without_end(companies):
    known = told(*((f"{number:03}", whom) for number, whom in enumerate(companies)))
    assert len(known) <= MOST
    assert all(one[1] != two[1] for one, two in pairwise(known))
    assert [at for at, _ in known] == sorted({at for at, _ in known})
