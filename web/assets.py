"""Static files: read once, compressed once, served from memory under a prefix naming their version; knows no person."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from aiohttp import web

__all__ = ["STATIC_DIR", "Asset", "Assets"]

STATIC_DIR = Path(__file__).parent / "static"
MAX_TOTAL_BYTES = 8_000_000  # everything lies in memory, so it has a bound

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".txt": "text/plain",
}
_SMALL = 512  # bytes, of which compressing saves nothing
_TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt"})
_CSS_IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)
_JS_IMPORT = re.compile(r'(?:^|[;}\s])(?:import|export)\s(?:[^"\';]*?from\s*)?"(\.{1,2}/[^"]+\.js)"')


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    content_type: str
    is_text: bool

    @cached_property
    def gzipped(self) -> bytes | None:
        """Compressed when it is first asked for, once; None where compressing does not pay."""
        return gzip.compress(self.body, 9, mtime=0) if self.is_text and len(self.body) > _SMALL else None


class Assets:
    """All static files of one version of the product; `version` is a hash of all their contents.

    `catalogues` become the modules `locale/<language>.js`, so that the browser has the same texts as the server.
    """

    def __init__(self, root: Path = STATIC_DIR, catalogues: Mapping[str, Mapping[str, str]] | None = None) -> None:
        bodies = dict(_bodies(root))
        for language, texts in (catalogues or {}).items():
            text = json.dumps(texts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            bodies[f"locale/{language}.js"] = f"export default {text};\n".encode()
        if sum(map(len, bodies.values())) > MAX_TOTAL_BYTES:
            raise ValueError("the static files no longer fit in memory: serve them from disk")
        digest = hashlib.sha256()
        for name in sorted(bodies):
            digest.update(name.encode() + b"\0" + hashlib.sha256(bodies[name]).digest())
        self.version = digest.hexdigest()[:16]
        self.files = {name: _asset(name, body) for name, body in bodies.items()}
        self._modules = _module_graph(bodies)

    def url(self, name: str) -> str:
        """The address of a file. Raises `KeyError` for one that does not exist: a page never links to nothing."""
        if name not in self.files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def modules(self, *entries: str) -> list[str]:
        """The addresses of `entries` and all they import, for `modulepreload`: one round trip instead of five."""
        found: dict[str, None] = {}
        waiting = [*entries]
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                waiting.extend(self._modules.get(name, ()))
        return [self.url(name) for name in found]

    def compress(self) -> None:
        """Do at once what would be done when each file is first asked for. Blocks."""
        for each in self.files.values():
            _ = each.gzipped

    async def serve(self, request: web.Request) -> web.Response:
        """Answer `GET /static/{version}/{name}`; immutable, because another content has another address."""
        asset = self.files.get(request.match_info["name"]) if request.match_info["version"] == self.version else None
        if asset is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": asset.content_type}
        body = asset.body
        if asset.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = asset.gzipped
        return web.Response(body=body, headers=headers)


def _bodies(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and path.suffix in _TYPES and not name.startswith("."):
            yield name, _with_imports(path).encode() if path.suffix == ".css" else path.read_bytes()


def _with_imports(path: Path) -> str:
    """A style sheet with its imports put in place: written in parts, sent as one."""

    def put(match: re.Match[str]) -> str:
        return _with_imports(path.parent / match.group(1))

    return _CSS_IMPORT.sub(put, path.read_text("utf-8"))


def _asset(name: str, body: bytes) -> Asset:
    suffix = PurePosixPath(name).suffix
    content_type = _TYPES[suffix] + ("; charset=utf-8" if suffix in _TEXT else "")
    return Asset(body, content_type, suffix in _TEXT)


def _module_graph(bodies: Mapping[str, bytes]) -> dict[str, list[str]]:
    graph: dict[str, list[str]] = {}
    for name, body in bodies.items():
        if name.endswith(".js") and not name.startswith(("vendor/", "locale/")):
            found = (_resolved(name, match) for match in _JS_IMPORT.findall(body.decode()))
            graph[name] = [target for target in found if target in bodies]
    return graph


def _resolved(module: str, reference: str) -> str:
    parts = list(PurePosixPath(module).parent.parts)
    for part in PurePosixPath(reference).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
