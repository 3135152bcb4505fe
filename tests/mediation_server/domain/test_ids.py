from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.ids import fixed_id, is_id, new_id


def test_new_ids_differ_have_the_form_and_sort_by_time():
    made = [new_id() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(is_id(each) for each in made)
    stamps = [each[:10] for each in made]
    assert stamps == sorted(stamps)


@given(st.text())
def test_a_fixed_id_is_an_id_and_belongs_to_its_name(name):
    assert is_id(fixed_id(name))
    assert fixed_id(name) == fixed_id(name) != fixed_id(name + "x")


@given(st.text() | st.binary() | st.none() | st.integers())
def test_other_things_are_no_ids(thing):
    assert not is_id(thing)


def test_paths_case_and_forbidden_letters_are_no_ids():
    good = fixed_id("x")
    for bad in (good.upper(), good[:-1], good + "0", good[:-1] + "u", good[:-1] + "l", "../" + good[3:], good + "\n"):
        assert not is_id(bad)
