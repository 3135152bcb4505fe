"""Collections after the start look at what came after the start."""

from __future__ import annotations

import gc

import pytest

from mediation_server.heap import loading, settle_heap


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_no_collection_walks_over_what_was_there_when_the_process_had_started():
    kept = [[number] for number in range(1000)]
    settle_heap()
    looked_at = {id(each) for each in gc.get_objects()}
    assert not [each for each in kept if id(each) in looked_at]
    assert gc.get_freeze_count() > len(kept)


@pytest.mark.usefixtures("thawed")
def test_nothing_is_collected_while_modules_are_loaded_and_later_collections_pass_over_them():
    with loading():
        assert not gc.isenabled()
        kept = [[number] for number in range(1000)]
    assert gc.isenabled()
    looked_at = {id(each) for each in gc.get_objects()}
    assert not [each for each in kept if id(each) in looked_at]


@pytest.mark.usefixtures("thawed")
def test_collections_go_on_where_loading_has_failed():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
