"""What docs/map.md and docs/settings.md must say, read from the code; `python -m tests.docs.pages` writes them."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from pydantic.fields import FieldInfo

from mediation_server.config import Settings

ROOT = Path(__file__).resolve().parents[2]
MAP, SETTINGS = ROOT / "docs/map.md", ROOT / "docs/settings.md"

# Python packages say what they are in their own docstring; these directories cannot.
DIRECTORIES = {
    "mediation_server/documents/templates": "One for each kind of document, in Chinese: that wording counts.",
    ".": "The top level: two commands, one schema, one licence.",
    ".ci": "What the continuous integration runs: `make check`, then `make test`.",
    "bench/scenarios": "What happens to a line: one set of files for tests (short) and benchmarks (long).",
    "deploy": "What an installation needs from the system, and the locked versions.",
    "deploy/coturn": "The relay (TURN) of an installation: it leads to the media port and nowhere else.",
    "deploy/locks": "Exact versions with hashes of everything that is installed.",
    "docs": "Documents by purpose; each is compared with the code by a test in `tests/docs`.",
    "docs/adr": "Decisions: status, context, decision, consequences; superseded, never edited.",
    "docs/pictures": "Screenshots of the running product, remade by `make screenshots`.",
    "tests": "Tests by package, and by what they do to the product; a test's name is a sentence.",
    "tests/browser": "The whole story in real browsers, each person with a picture and a tone of their own.",
    "tests/docs": "Documents that cannot lie.",
    "tests/faults": "Kill, fill, cut, delay, repeat.",
    "tests/journeys": "A real server on a free port, through HTTP and Socket.IO.",
    "tests/media": "Real transports on loopback: attacks, the engine contract, real browsers.",
    "tests/media/werift": "A person at an implementation of WebRTC that shares no code with ours or a browser's.",
    "tests/mediation_server/postgres": "The important tests of the store and the use cases again, on PostgreSQL.",
    "tests/mediation_server/store/fixtures": "schema.sql of each release, which migrations bring up to date.",
    "web/locale": "Everything the product says, as flat catalogues: the same file for server and browser.",
    "web/locale/en": "English, complete, for convenience.",
    "web/locale/zh": "Chinese, authoritative.",
    "web/static": "What browsers load, as it is: no bundler, nothing from elsewhere.",
    "web/static/css": "Styles: tokens, then one file per component and per page.",
    "web/static/css/components": "Components that pages reuse.",
    "web/static/css/pages": "What only one page needs.",
    "web/static/js": "One entry per page; the parts they join are in the directories below.",
    "web/static/js/join": "The way in: device check, consents.",
    "web/static/js/media": "Devices and peer connections; knows no DOM.",
    "web/static/js/review": "The reviewer's cockpit: model, synchronised pictures, lanes.",
    "web/static/js/room": "What the room page knows and may do; knows no DOM and no sockets.",
    "web/static/js/upload": "Files on their way to the server; knows no page.",
    "web/static/js/verify": "The verifier of recordings, from which the server makes one file that needs no network.",
    "web/static/js/ui": "What is seen and pressed; knows no sockets.",
    "web/static/vendor": "The one vendored library, with version, licence and SHA-256.",
    "web/templates": "Pages, readable without JavaScript; a leading underscore marks parts.",
    "web/types": "Shapes shared by server and browser, for the type checker only.",
}
_PROSE = {
    "LICENSE": "Apache-2.0.",
    "Makefile": "`make demo`, `make test`, `make check`, `make help`.",
    "README.md": "What this is, two commands, two pictures, where to read on.",
    "CHANGELOG.md": "What is new, in the words of a mediator or clerk.",
    "THREAT_MODEL.md": "What can go wrong, what stops it, and the test that proves it.",
    "pyproject.toml": "Packages, tools, import contracts, each exception with its reason.",
    "schema.sql": "The truth about the database.",
    "signaling/PROTOCOL.md": "The API between a room page and the server.",
    "docs/map.md": "This page.",
    "docs/evidence-format.md": "How a recording is kept so that every change is found; enough to write a verifier.",
    "docs/operations.md": "Watching it run: alive and ready, the administrator's page, Prometheus.",
    "docs/glossary.md": "Words: type name, Chinese, English, and every value the product stores.",
    "docs/settings.md": "Every setting with its variable, default and limits.",
    ".ci/run": "`make check` and `make test`.",
    "tests/media/werift/person.mjs": "Sends and receives by werift what it is told over standard input.",
    "deploy/apt.sh": "Installs Debian packages that are missing.",
}
_MAP_HEAD = """# Map

Every directory and module in one line: the first line of what each says about itself, written by `make docs`
and compared with the tree by a test. Tests are named after the module they test. Who may import whom stands in
`pyproject.toml` under `[tool.importlinter]`.
"""
_SETTINGS_HEAD = """# Settings

Read once at start: from `mediation.toml` in the working directory, then from `MEDIATION_*` in the environment, which
wins, and an argument on the command line wins over both. The demo needs none. A setting that does not exist, or is
out of bounds, stops the start. This page is written by `make docs` from `mediation_server/config.py` and compared with
it by a test.

```toml
# mediation.toml
public_url = "https://mediate.example"
court_url = "https://caseflow.court.example"
court_key_file = "/etc/mediation/court.key"
```

| setting | environment | default | allowed | what it is |
|---|---|---|---|---|"""
_FIRST_COMMENT = re.compile(r"/\*+(.*?)\*/", re.DOTALL)
_SENTENCE = re.compile(r".*?[.?!](?=\s|$)")


@cache
def files() -> tuple[str, ...]:
    """Every file of the tree: what git keeps and what it would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted({name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}))


@cache
def directories() -> list[str]:
    """Every directory of the tree, the root as `.`, in the order of their names."""
    return sorted({str(parent) for name in files() for parent in PurePosixPath(name).parents})


def purpose_of_directory(directory: str) -> str:
    """One line about a directory: its package's docstring, or ours. Raises `KeyError` when nobody has described it."""
    package = f"{directory}/__init__.py"
    mirrored = directory.removeprefix("tests/")
    if package in files():
        return purpose_of(package)
    if directory not in DIRECTORIES and mirrored != directory and mirrored in directories():
        return f"Tests of `{mirrored}`."
    return DIRECTORIES[directory]


def purpose_of(name: str) -> str:
    """The first line of what a module says about itself. Raises `KeyError` for a file that says nothing."""
    text = (ROOT / name).read_text(encoding="utf-8")
    said = _PROSE.get(name) or (_docstring(text) if name.endswith(".py") else _comment(text))
    if not said:
        raise KeyError(f"{name} does not say what it is for")
    return said


def _docstring(text: str) -> str:
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def _comment(text: str) -> str:
    block = _FIRST_COMMENT.match(text)
    sentence = _SENTENCE.match(" ".join(block.group(1).replace("\n *", " ").split())) if block else None
    return sentence.group() if sentence else ""


def is_mapped(name: str) -> bool:
    """Whether a file has a line of its own: modules and the documents of the top; not tests, texts and pictures."""
    path = PurePosixPath(name)
    if name in _PROSE:
        return True
    if path.name in {"__init__.py", "conftest.py"} or path.name.startswith("test_") or "vendor" in path.parts:
        return False
    return path.suffix in {".py", ".js", ".css"}


def map_page() -> str:
    """docs/map.md: every directory and module in one line."""
    parts = [_MAP_HEAD]
    for directory in directories():
        here = [name for name in files() if str(PurePosixPath(name).parent) == directory and is_mapped(name)]
        lines = [f"- `{PurePosixPath(name).name}` — {purpose_of(name)}" for name in here]
        parts += [f"\n## `{directory}`\n\n{purpose_of_directory(directory)}\n", *([""] if lines else []), *lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)) + "\n"


def settings_page() -> str:
    """docs/settings.md: every field of `Settings`."""
    return "\n".join([_SETTINGS_HEAD, *(_setting(name, field) for name, field in Settings.model_fields.items()), ""])


def _setting(name: str, field: FieldInfo) -> str:
    shown = "" if field.default in (None, "") else f"`{str(field.default).lower()}`"
    allowed = ", ".join([_kind_of(field.annotation), *(limit for each in field.metadata for limit in _limits(each))])
    cells = (f"`{name}`", f"`MEDIATION_{name.upper()}`", shown, allowed, field.description)
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _kind_of(annotation: Any) -> str:
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not type(None)]
    return {"str": "text", "int": "number", "bool": "true or false", "Path": "path"}[kinds[0].__name__]


def _limits(constraint: Any) -> list[str]:
    words = {"ge": "from", "le": "to", "pattern": "matching"}
    found = {word: getattr(constraint, key, None) for key, word in words.items()}
    return [f"{word} `{limit}`" for word, limit in found.items() if limit is not None]


if __name__ == "__main__":
    MAP.write_text(map_page(), encoding="utf-8")
    SETTINGS.write_text(settings_page(), encoding="utf-8")
