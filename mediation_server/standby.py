"""Standing by: a process that has loaded everything and begins to serve when the one that serves is gone; no server.

Loading costs more than all else of a start together. Whoever serves holds a lock on the data directory, which the
kernel gives to the next when its holder is gone, however it went.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

__all__ = ["our_turn"]

_log = structlog.get_logger(__name__)

_LOCK = "serving.lock"
_GOING_MS = 10_000  # a process that has given up its lock is about to be gone; nothing else may hang on it


@contextmanager
def our_turn(data_dir: Path) -> Iterator[None]:
    """Wait until nobody else who stands by serves this directory; afterwards it is ours for as long as we hold this.

    Blocks, also for signals: call it before there is an event loop, where SIGTERM and Ctrl-C simply end the process.
    Raises `OSError` when the directory cannot be written.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir / _LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not _is_taken_at_once(lock):
            _log.info("standing_by")
            fcntl.flock(lock, fcntl.LOCK_EX)
            _see_off(os.pread(lock, 20, 0))
            _log.info("taking_over")
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def _is_taken_at_once(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _see_off(written: bytes) -> None:
    """Wait for the end of whoever wrote this: a dying process may give up its lock before its ports."""
    if not written.isdigit():
        return
    with contextlib.suppress(OSError):  # gone already, or nobody we may watch: then the port decides
        former = os.pidfd_open(int(written))
        try:
            going = select.poll()
            going.register(former, select.POLLIN)
            going.poll(_GOING_MS)
        finally:
            os.close(former)
