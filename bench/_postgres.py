"""A PostgreSQL of one's own, for a benchmark or tests: a fresh cluster in a temporary directory, on a socket."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

__all__ = ["PostgresMissing", "postgres"]

_BINARIES = Path("/usr/lib/postgresql")
_NOBODY = ("postgres", "nobody")  # PostgreSQL refuses to run as root


class PostgresMissing(Exception):
    """Why there is none, in one sentence that says what to do."""


@contextlib.asynccontextmanager
async def postgres(*, durable: bool = True) -> AsyncIterator[str]:
    """The SQLAlchemy URL of an empty database while the block lasts. Raises `PostgresMissing`.

    `durable`: it waits for the disk as it does for an operator; tests do without and throw it away at once.
    """
    binaries = await _binaries()
    if importlib.util.find_spec("asyncpg") is None:
        raise PostgresMissing("PostgreSQL is not there: install asyncpg beside the server (pip install asyncpg)")
    directory = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    as_other = _as_other(directory)
    data = directory / "data"
    try:
        await _run(*as_other, str(binaries / "initdb"), "-D", str(data), "-U", "mediation", "-A", "trust", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={directory}"
        options += "" if durable else " -c fsync=off -c full_page_writes=off"
        control = (*as_other, str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(directory / "log"))
        await _run(*control, "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://mediation@/postgres?host={directory}"
        finally:
            await _run(*control, "-m", "fast" if durable else "immediate", "stop")
    finally:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


async def _binaries() -> Path:
    """Where initdb and pg_ctl are; Debian's package is fetched when nobody has."""
    found = _newest()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with contextlib.suppress(PostgresMissing):
            await _run("apt-get", "install", "-y", "-q", "postgresql")
        found = _newest()
    if found is None:
        raise PostgresMissing("PostgreSQL is not there: install it (apt-get install postgresql)")
    return found


def _newest() -> Path | None:
    versions = sorted(_BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def _as_other(directory: Path) -> tuple[str, ...]:
    """How to start as somebody without rights, who then owns the directory; nothing when we are nobody special."""
    if os.geteuid() != 0:
        return ()
    for name in _NOBODY:
        with contextlib.suppress(KeyError):
            who = pwd.getpwnam(name)
            os.chown(directory, who.pw_uid, who.pw_gid)
            return ("setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups")
    raise PostgresMissing("PostgreSQL is not there: it does not run as root, and there is no other account")


async def _run(*command: str) -> None:
    made = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd="/"
    )
    said, _ = await made.communicate()
    if made.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise PostgresMissing(f"PostgreSQL is not there: {command[-1]}: {' '.join(last)}")
