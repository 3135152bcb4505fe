"""Brings written bytes to the disk itself, in a thread of its own: a slow disk must not hold up the writing.

Bytes that were written survive `kill -9` without it; it is there for the power cut (at most about a second is lost).
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading

__all__ = ["Syncer", "write_all"]

_MAX_WAITING = 512  # descriptors; closed files wait here, each for one sync


def write_all(fd: int, data: bytes) -> None:
    """Write every byte. Raises `OSError`."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class Syncer:
    """Takes duplicates of descriptors, syncs and closes them; `take_error` tells what the disk refused."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="syncer", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether everything handed over so far has been begun."""
        return self._waiting.empty()

    def sync(self, fd: int) -> None:
        """Sync what has been written through `fd` so far; the caller keeps and may close it."""
        if self._waiting.qsize() < _MAX_WAITING:
            with contextlib.suppress(OSError):
                self._waiting.put(os.dup(fd))

    def take_error(self) -> OSError | None:
        """What a sync was refused with since this was last asked."""
        error, self._error = self._error, None
        return error

    def close(self) -> None:
        """Wait until everything handed over is synced."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (fd := self._waiting.get()) is not None:
            try:
                os.fsync(fd)
            except OSError as error:
                self._error = error
            finally:
                os.close(fd)
