"""Every refusal code the code base can raise, read from its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["codes_in_code"]

ROOT = Path(__file__).parents[2]
PACKAGES = ("mediation_server", "signaling", "recordings", "web")


def codes_in_code() -> dict[str, str]:
    """Codes with the file they stand in: arguments of refusals, default codes, and the bases of the recording wall."""
    found: dict[str, str] = {}
    kinds = _kinds()
    for path in _modules():
        for code in _codes(ast.parse(path.read_text("utf-8")), kinds):
            found.setdefault(code, path.relative_to(ROOT).as_posix())
    return found


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                yield path


def _kinds() -> frozenset[str]:
    """The names of all classes that are refusals, wherever they stand."""
    bases = {"MediationError"}
    classes = [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    while grown := {name for name, parents in classes if parents & bases} - bases:
        bases |= grown
    return frozenset(bases)


def _codes(tree: ast.Module, kinds: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in kinds and node.args:
                yield from _texts(node.args[0])
            if node.func.id == "Decision":
                yield from _bases(node)
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            yield from (
                text
                for line in node.body
                if isinstance(line, ast.Assign) and _named(line, "default_code")
                for text in _texts(line.value)
            )


def _bases(call: ast.Call) -> Iterator[str]:
    values = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "basis")]
    for value in values:
        yield from _texts(value)


def _named(line: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in line.targets)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
