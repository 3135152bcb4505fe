"""`verify.html`: the verifier of recordings as one file that works without a network; put together from its modules.

The modules are those that are type-checked and linted under `static/js/verify`. They are put one after the other, in
an order in which each comes after what it imports, without their import lines; the page allows exactly this script and
this style and nothing else (Content Security Policy by hash), so that it cannot reach anybody.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from mediation_server.domain.log import canonical
from web.i18n import LANGUAGES, Language, load_catalogue

__all__ = ["verifier_page"]

_STATIC = Path(__file__).parent / "static"
_ENTRY = "verify-page.js"
_IMPORT = re.compile(r'^import (?:type )?\{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_TEXTS = "verify."


@cache
def verifier_page() -> bytes:
    """The page. Blocks at its first use."""
    style = (_STATIC / "css/verify.css").read_text("utf-8")
    texts = {language: _texts(language) for language in LANGUAGES}
    said = canonical(texts).decode().replace("<", "\\u003c")
    script = f'"use strict";\nconst TEXTS = {said};\n{"".join(_modules())}'
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'"
    frame = (Path(__file__).parent / "verifier.html").read_text("utf-8")
    for mark, content in (("POLICY", policy), ("STYLE", style), ("SCRIPT", script)):
        frame = frame.replace(f"{{{{ {mark} }}}}", content, 1)
    return frame.encode()


def _modules() -> list[str]:
    """Every module once, those it imports before it."""
    done: dict[str, str] = {}

    def take(name: str) -> None:
        source = (_STATIC / "js/verify" / name).read_text("utf-8")
        for each in _IMPORT.findall(source):
            if each not in done:
                take(each)
        done[name] = _EXPORT.sub("", _IMPORT.sub("", source))

    take(_ENTRY)
    return list(done.values())


def _texts(language: Language) -> dict[str, str]:
    return {key: text for key, text in load_catalogue(language).items() if key.startswith(_TEXTS)}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
