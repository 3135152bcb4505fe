from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.material import (
    FileState,
    Material,
    MaterialFile,
    MaterialKind,
    MaterialOpinion,
    MaterialState,
    Reader,
    may_read_opinion,
    may_see,
    opinion_wanted,
)
from mediation_server.domain.material_pages import page_count, pages_of
from mediation_server.domain.people import Side
from mediation_server.domain.upload import check_room
from mediation_server.errors import BadInput, Conflict, MediationError, Refused, TooLarge

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
A, R, T = Side.APPLICANT, Side.RESPONDENT, Side.THIRD
S = MaterialState
ZHOU, MATE = Reader("u1", side=A, party="zhou"), Reader("u2", side=A, party="mate")
LIN, WU = Reader("u3", side=R, party="lin"), Reader("u4", side=T, party="wu")
TEAM, FILING, COURT = Reader("m", team=True), Reader("f", filing=True), Reader("j", court=True)
STRANGER = Reader("x")
EVERYBODY = {
    "zhou": ZHOU,
    "mate": MATE,
    "lin": LIN,
    "wu": WU,
    "team": TEAM,
    "filing": FILING,
    "court": COURT,
    "x": STRANGER,
}


def draft(**changes):
    given = {
        "id": "i",
        "matter_id": "m",
        "party_id": "zhou",
        "side": A,
        "kind": MaterialKind.EVIDENCE,
        "state": S.DRAFT,
        "title": "银行流水",
        "proves": "",
        "kept": False,
        "created_by": "u1",
        "created_at": AT,
    }
    return Material(**(given | changes))


def handed_in(**changes):
    return draft(**changes).submitted(AT, 1)


def seers(material):
    return {name for name, reader in EVERYBODY.items() if may_see(material, reader)}


def test_a_draft_is_its_partys_alone():
    assert seers(draft()) == {"zhou"}


def test_a_draft_that_staff_began_for_a_visitor_is_seen_by_both():
    assert seers(draft(created_by="f")) == {"zhou", "filing"}


def test_what_is_handed_in_is_seen_by_its_own_side_and_who_works_on_the_matter():
    assert seers(handed_in()) == {"zhou", "mate", "team", "filing"}


def test_what_is_for_the_mediator_alone_is_seen_by_its_party_and_the_mediator():
    assert seers(handed_in(kept=True)) == {"zhou", "team"}
    assert seers(handed_in().held()) == {"zhou", "team"}


def test_what_was_taken_back_is_its_partys_alone():
    assert seers(handed_in().withdrawn(AT)) == {"zhou"}


def test_what_was_relayed_is_seen_by_the_sides_it_went_to_and_no_other():
    assert seers(handed_in().relayed(AT, "m", [R])) == {"zhou", "mate", "lin", "team", "filing", "court"}
    both = handed_in().relayed(AT, "m", [R]).relayed(AT, "m", [T])
    assert seers(both) == {*EVERYBODY} - {"x"}
    assert both.relayed_to == (R, T)


def test_the_partys_yes_lets_a_kept_item_be_relayed():
    kept = handed_in(kept=True)
    with pytest.raises(Refused) as refusal:
        kept.relayed(AT, "m", [R])
    assert refusal.value.code == "material_kept"
    assert R in kept.released(AT).relayed(AT, "m", [R]).relayed_to


def test_what_the_mediator_keeps_needs_the_partys_yes_as_well():
    with pytest.raises(Refused):
        handed_in().held().relayed(AT, "m", [R])


def test_a_yes_to_relaying_does_not_outlast_a_new_wish():
    released = handed_in(kept=True).released(AT)
    assert released.held().is_kept


@pytest.mark.parametrize("to", [[], [A], [Side.NEUTRAL], [R, A]])
def test_an_item_is_relayed_to_other_sides_only(to):
    with pytest.raises(BadInput):
        handed_in().relayed(AT, "m", to)


def test_nothing_is_relayed_twice_to_the_same_side():
    with pytest.raises(BadInput):
        handed_in().relayed(AT, "m", [R]).relayed(AT, "m", [R])


def test_identity_papers_are_for_nobody_else():
    with pytest.raises(Refused) as refusal:
        handed_in(kind=MaterialKind.IDENTITY).relayed(AT, "m", [R])
    assert refusal.value.code == "material_not_for_others"


def test_what_another_side_has_seen_is_not_taken_back():
    with pytest.raises(Conflict) as refusal:
        handed_in().relayed(AT, "m", [R]).withdrawn(AT)
    assert refusal.value.code == "material_relayed"


def test_what_came_back_keeps_its_number_when_it_is_handed_in_again():
    back = handed_in().returned(AT, "第二页不清楚")
    assert back.editable
    again = back.written(kind=back.kind, title="流水", proves="转账", kept=False).submitted(AT + timedelta(days=1), 7)
    assert (again.number, again.title, again.state) == (1, "流水", S.SUBMITTED)


def test_nothing_comes_back_without_a_reason_and_nothing_goes_in_without_a_title():
    with pytest.raises(BadInput):
        handed_in().returned(AT, "")
    with pytest.raises(BadInput):
        draft(title="").submitted(AT, 1)


STEPS = {
    "submit": lambda each: each.submitted(AT, 1),
    "withdraw": lambda each: each.withdrawn(AT),
    "return": lambda each: each.returned(AT, "r"),
    "hold": lambda each: each.held(),
    "release": lambda each: each.released(AT),
    "relay": lambda each: each.relayed(AT, "m", [R]),
    "keep": lambda each: each.written(kind=each.kind, title=each.title, proves="", kept=True),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_no_order_of_steps_shows_another_side_what_was_not_relayed_to_it(steps):
    material, said_yes = draft(), True
    for name in steps:
        try:
            material = STEPS[name](material)
        except MediationError:
            continue
        said_yes = name == "release" or (said_yes and name not in {"hold", "keep"})
        if name == "relay":
            assert said_yes
    assert may_see(material, LIN) is (material.state is S.RELAYED)
    assert not may_see(material, WU)
    assert not may_see(material, STRANGER)


def test_only_those_to_whom_an_item_was_relayed_are_asked_what_they_think():
    relayed = handed_in().relayed(AT, "m", [R])
    wanted = {name for name, reader in EVERYBODY.items() if opinion_wanted(relayed, reader)}
    assert wanted == {"lin"}


def test_an_objection_says_why():
    with pytest.raises(BadInput) as refusal:
        MaterialOpinion("o", "i", "lin", authentic=True, lawful=True, relevant=False, reason="", given_at=AT)
    assert refusal.value.field == "reason"


def test_an_opinion_is_read_by_whoever_gave_it_the_side_it_is_about_and_staff():
    said = MaterialOpinion("o", "i", "lin", authentic=True, lawful=True, relevant=True, reason="", given_at=AT)
    relayed = handed_in().relayed(AT, "m", [R, T])
    readers = {name for name, reader in EVERYBODY.items() if may_read_opinion(said, relayed, reader) and name != "x"}
    assert readers == {"zhou", "mate", "lin", "team", "filing", "court"}


def a_file(name, pages, state=FileState.READY, media_type="application/pdf"):
    return MaterialFile(name, "i", 0, "0" * 64, media_type, 10, name, state, pages, AT)


def test_pages_are_counted_over_all_files_and_a_file_without_copy_holds_one_place():
    files = [a_file("a", 2), a_file("b", 0, FileState.FAILED), a_file("c", 1, media_type="image/jpeg")]
    pages = pages_of(files)
    assert [(each.number, each.file.id, each.page, each.is_shown) for each in pages] == [
        (1, "a", 1, True),
        (2, "a", 2, True),
        (3, "b", 1, False),
        (4, "c", 1, True),
    ]
    assert page_count(files) == 4


def test_no_side_fills_more_than_half_of_a_matter():
    bounds = {"most_file": 50, "most_matter": 200}
    check_room(50, 50, 150, **bounds)
    for size, mine, all_, code in (
        (51, 0, 0, "material_too_large"),
        (1, 100, 100, "matter_full"),
        (1, 0, 200, "matter_full"),
    ):
        with pytest.raises(TooLarge) as refusal:
            check_room(size, mine, all_, **bounds)
        assert refusal.value.code == code


@given(st.sampled_from(S), st.sampled_from((None, "zhou", "mate")))
def test_what_a_presider_attaches_for_one_party_is_kept_from_others_of_the_same_side(state, only):
    sides = (A,) if only else (A, R, T)
    item = draft(
        party_id=None,
        side=Side.NEUTRAL,
        created_by="m",
        state=state,
        writing_id="w",
        relayed_to=sides,
        for_party_id=only,
    )
    readers = {name for name, each in EVERYBODY.items() if may_see(item, each)}
    reached = {only} if only else {"zhou", "mate", "lin", "wu"}
    assert readers == {"team"} | (reached if state is S.RELAYED else set())
    assert not any(opinion_wanted(item, each) for each in EVERYBODY.values())
