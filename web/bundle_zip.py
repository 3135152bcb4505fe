"""A bundle on its way: one zip, written while it is sent, the same bytes for the same bundle; no disk holds it.

Files stand in it as they are (stored), in the order of their paths, without a time of their own; last the list of all
of them with their hashes. A reader that goes away, or a file that cannot be read, leaves a zip without its end, which
opens nowhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, BinaryIO, cast

from mediation_server.bundles import FORMAT, LISTING
from mediation_server.domain.bundle import Bundle
from mediation_server.domain.log import canonical

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["written", "zipped"]

_CHUNK = 256 * 1024
_WAITING = 8  # chunks: what a slow reader may let wait
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _READ_ONLY = 3, 0o444 << 16
_LARGE = 1 << 31


def written(out: BinaryIO, bundle: Bundle, pages: Mapping[str, bytes]) -> None:
    """Write the whole zip; `pages` are the files made for it. Blocks. Raises `NotFound` for a file that has gone."""
    listed: dict[str, dict[str, object]] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for path, data in sorted(pages.items()):
            listed[path] = _put(target, path, io.BytesIO(data), len(data))
        for each in bundle.files:
            with each.opened() as stream:
                listed[each.path] = _put(target, each.path, stream, each.bytes)
        said = {"format": FORMAT, "for": bundle.holder, "matter": dict(bundle.matter), "files": listed}
        data = canonical(said)
        _put(target, LISTING, io.BytesIO(data), len(data))


def _put(target: zipfile.ZipFile, path: str, stream: BinaryIO, size: int) -> dict[str, object]:
    about = zipfile.ZipInfo(path, _EPOCH)
    about.create_system, about.external_attr = _UNIX, _READ_ONLY
    digest, length = hashlib.sha256(), 0
    with target.open(about, "w", force_zip64=size >= _LARGE) as entry:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            length += len(chunk)
            entry.write(chunk)
    return {"bytes": length, "sha256": digest.hexdigest()}


async def zipped(bundle: Bundle, pages: Mapping[str, bytes]) -> AsyncGenerator[bytes, None]:
    """The same in pieces as they are made, never more of them ahead than a few."""
    pipe = _Pipe(asyncio.get_running_loop())
    work = asyncio.create_task(asyncio.to_thread(_piped, pipe, bundle, pages))
    try:
        while (piece := await pipe.pieces.get()) is not None:
            yield piece
        await work
    finally:
        pipe.ends = True
        while not work.done():
            while not pipe.pieces.empty():
                pipe.pieces.get_nowait()
            await asyncio.wait({work}, timeout=0.05)
        if not work.cancelled():
            work.exception()


def _piped(pipe: _Pipe, bundle: Bundle, pages: Mapping[str, bytes]) -> None:
    try:
        with io.BufferedWriter(pipe, _CHUNK) as out:
            written(cast("BinaryIO", out), bundle, pages)
    finally:
        pipe.put(None)


class _Pipe(io.RawIOBase):
    """Passes a thread's bytes to the event loop; a write waits while the reader is behind, and fails when it left."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        self.ends = False
        self._loop = loop

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        piece = bytes(data)
        if self.ends:
            raise BrokenPipeError
        self.put(piece)
        return len(piece)

    def put(self, piece: bytes | None) -> None:
        """Wait for room; called in the thread."""
        if not self.ends:
            asyncio.run_coroutine_threadsafe(self.pieces.put(piece), self._loop).result()
