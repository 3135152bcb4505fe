"""A start need not compile what an earlier one has, and is none the worse where it must."""

import shutil

import pytest
from jinja2 import Environment

from web.assets import Assets
from web.render import compile_all, make_environment


def loaded(compiled):
    environment = make_environment(Assets(), compiled)
    compile_all(environment)
    return environment


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    directory = tmp_path_factory.mktemp("first") / "compiled"
    loaded(directory)
    return directory


@pytest.fixture
def compiled(first, tmp_path):
    return shutil.copytree(first, tmp_path / "compiled")


def test_what_an_earlier_start_has_compiled_is_not_compiled_again(compiled, monkeypatch):
    monkeypatch.delattr(Environment, "compile")
    assert loaded(compiled).get_template("error.html")
    assert compiled.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", [lambda data: data[:-30], lambda data: data[:20], lambda data: b"xx" + data[2:]])
def test_what_cannot_be_used_is_compiled_anew(compiled, harm):
    one = next(compiled.iterdir())
    whole = one.read_bytes()
    one.write_bytes(harm(whole))
    assert loaded(compiled).get_template("error.html")
    assert one.read_bytes() == whole


def test_what_cannot_be_read_stops_nothing(compiled):
    one = next(compiled.iterdir())
    one.unlink()
    one.mkdir()
    assert loaded(compiled).get_template("error.html")


def test_a_directory_that_cannot_be_made_stops_nothing(tmp_path):
    (tmp_path / "compiled").write_text("in the way")
    assert loaded(tmp_path / "compiled").get_template("error.html")
