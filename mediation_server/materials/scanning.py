"""Asking a virus scanner about a file (病毒查验): the operator's program, or a clamd; knows no table and no person."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path

from mediation_server.domain.material import ScanState

__all__ = ["Scan", "ScanError", "scanner"]

Scan = Callable[[Path], Awaitable[ScanState]]

_CHUNK = 64 * 1024
_CLEAN, _INFECTED = 0, 1  # exit codes, as clamscan and clamdscan have them
_LONGEST_ANSWER = 4096


class ScanError(Exception):
    """The scanner cannot be asked, or says nothing that can be read; the file stays as it was."""


def scanner(command: str, socket: str, seconds: float) -> Scan | None:
    """The scanner of the settings; None when there is none."""
    if command.strip():
        arguments = shlex.split(command)
        return lambda path: _in_time(_by_command(arguments, path), seconds)
    if socket.strip():
        return lambda path: _in_time(_by_clamd(socket.strip(), path), seconds)
    return None


async def _in_time(asked: Awaitable[ScanState], seconds: float) -> ScanState:
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        raise ScanError(type(error).__name__) from error


async def _by_command(arguments: list[str], path: Path) -> ScanState:
    process = await asyncio.create_subprocess_exec(
        *arguments,
        str(path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,  # what it says of a file may quote it
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        start_new_session=True,
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code not in (_CLEAN, _INFECTED):
        raise ScanError(f"exit {code}")
    return ScanState.CLEAN if code == _CLEAN else ScanState.INFECTED


async def _by_clamd(address: str, path: Path) -> ScanState:
    """INSTREAM (clamd(8)): the bytes go over the socket, so that clamd needs no right to our files."""
    host, _, port = address.rpartition(":")
    opened = asyncio.open_connection(host, int(port)) if host else asyncio.open_unix_connection(address)
    reader, writer = await opened
    try:
        writer.write(b"zINSTREAM\0")
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
        writer.write((0).to_bytes(4, "big"))
        await writer.drain()
        answer = (await reader.read(_LONGEST_ANSWER)).rstrip(b"\0\n")
    finally:
        writer.close()
    if answer.endswith(b" OK"):
        return ScanState.CLEAN
    if answer.endswith(b" FOUND"):
        return ScanState.INFECTED
    raise ScanError("no verdict")
