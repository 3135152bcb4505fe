import ast
import re
from functools import cache

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w./]+\.py)::(\w+)`", PAGE)))
ROWS = re.findall(r"^\| ([A-Z]\d+) \|.*$", PAGE, re.MULTILINE)
SECTIONS = [
    "What is worth attacking",
    "Who attacks",
    "Where trust ends",
    "Threats",
    "What is not stopped yet",
    "Changes that force a revision of this page",
]


@cache
def defined_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in functions if node.name.startswith("test_")}


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda value: value.rsplit("/", 1)[-1])
def test_every_test_named_exists(path, name):
    assert (ROOT / path).exists(), path
    assert name in defined_in(path)


def test_every_threat_has_a_number_of_its_own_and_a_test():
    assert len(ROWS) == len(set(ROWS)) > 30
    for line in PAGE.splitlines():
        if re.match(r"\| [A-Z]\d+ \|", line):
            assert re.search(r"`tests/[\w./]+::test_\w+` ?(?:\||,)", line), line[:60]


def test_assets_actors_boundaries_and_what_is_open_are_named():
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == SECTIONS


def test_every_attacker_in_the_tables_is_introduced():
    actors = set(re.search(r"## Who attacks\n(.+?)\n## ", PAGE, re.DOTALL).group(1).replace("\n", " ").split(" · "))
    letters = {actor.strip()[0] for actor in actors}
    for who in re.findall(r"^\| [A-Z]\d+ \| ([^|]+) \|", PAGE, re.MULTILINE):
        assert who == "all" or set(who.split()) <= letters, who


def test_modules_named_as_guards_exist():
    for name in re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE):
        assert any((root / name).exists() for root in (ROOT, ROOT / "mediation_server")), name
