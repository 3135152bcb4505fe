"""`Shelving`: what this process remembers of files on their way, and the stacks where their bytes lie."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.materials.stacks import Stacks

if TYPE_CHECKING:
    from mediation_server.services.context import Context

__all__ = ["Shelving", "stacks_of"]


class Shelving:
    """In memory only: how much of a file has come is read from the disk."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()  # content comes under its hash, or goes, while nobody else does either
        self.arrived = asyncio.Event()  # rung when a file waits for its copies
        self._writers: dict[str, object] = {}

    def begin(self, upload_id: str) -> object:
        """From now on this writer writes; an earlier one whose line hangs finds that it has been replaced."""
        writer = object()
        self._writers[upload_id] = writer
        return writer

    def writes(self, upload_id: str, writer: object) -> bool:
        """Whether nobody came after."""
        return self._writers.get(upload_id) is writer

    def end(self, upload_id: str, writer: object) -> None:
        """The writer is done; idempotent."""
        if self.writes(upload_id, writer):
            del self._writers[upload_id]


def stacks_of(ctx: Context, matter_id: str) -> Stacks:
    """Where the bytes of a matter lie."""
    return Stacks(ctx.settings.data_dir, matter_id, keys_of(ctx.settings))
