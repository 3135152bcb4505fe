import pytest

from tests.docs.pages import MAP, directories, files, is_mapped, map_page, purpose_of, purpose_of_directory


def test_the_map_is_what_the_tree_says():
    assert MAP.read_text(encoding="utf-8") == map_page(), "`make docs` writes it anew"


def test_every_directory_is_described():
    assert [each for each in directories() if not purpose_of_directory(each).endswith((".", ")"))] == []


def test_every_module_says_what_it_is_for_in_one_sentence():
    said = {name: purpose_of(name) for name in files() if is_mapped(name)}
    assert len(said) > 300
    assert [name for name, line in said.items() if not line.rstrip(")”").endswith((".", "?", "!"))] == []


def test_a_module_that_says_nothing_is_found(tmp_path, monkeypatch):
    (tmp_path / "silent.py").write_text("x = 1\n")
    (tmp_path / "silent.js").write_text("export const x = 1;\n")
    monkeypatch.setattr("tests.docs.pages.ROOT", tmp_path)
    for name in ("silent.py", "silent.js"):
        with pytest.raises(KeyError, match="does not say"):
            purpose_of(name)


def test_a_directory_nobody_described_is_found():
    with pytest.raises(KeyError, match="somewhere"):
        purpose_of_directory("somewhere/else")
