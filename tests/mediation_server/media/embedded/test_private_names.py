import pytest

from mediation_server.errors import Unavailable
from mediation_server.media.embedded import private_names


def test_the_pinned_libraries_still_have_what_we_lean_on():
    private_names.self_test()


def test_a_library_that_changed_stops_the_start(monkeypatch):
    monkeypatch.setattr(private_names, "protect", lambda *_: 1)
    with pytest.raises(Unavailable) as refusal:
        private_names.self_test()
    assert refusal.value.code == "media_library_changed"
