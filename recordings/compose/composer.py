"""Makes films in processes of their own that may be killed any moment; asks no rights, knows no table.

What is finished of a film stays on the disk: a process that dies costs the part it was at, a restart of the server
the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from mediation_server.at_rest.stored import HeldKeys, ScopeKeys
from mediation_server.disk import free_bytes
from mediation_server.errors import Unavailable
from recordings.compose.recipe import Recipe, recipe_bytes
from recordings.compose.work import FILM, SOUND, Shelves, film_scope, part_name
from recordings.vault import Vault

__all__ = ["Composer", "Film", "Told"]

_log = structlog.get_logger(__name__)

_LAST = 19  # behind everybody else on the machine
_TRIES = 3  # of one step
_STEP_S = 1_800.0
_LINE = 1 << 16

Told = Callable[[int, int], Awaitable[None]]  # steps done, steps in all


@dataclass(frozen=True, slots=True)
class Film:
    """A film that was made: its length in bytes and SHA-256."""

    bytes: int
    sha256: str


class Composer:
    """At most `workers` processes at a time."""

    def __init__(
        self, data_dir: Path, workers: int, niceness: int = _LAST, reserve: int = 0, keys: ScopeKeys | None = None
    ) -> None:
        """`reserve`: bytes of the disk that are left to recordings; `keys`: what opens these, and films."""
        self.shelves, self._vault = Shelves(data_dir, keys), Vault(data_dir, keys)
        self._data = data_dir.absolute()
        self._workers, self._niceness, self._reserve = workers, niceness, reserve
        self.pids: set[int] = set()

    async def make(self, film_id: str, session_id: str, recipe: Recipe, told: Told) -> Film:
        """Make a film, or go on with one. Raises `Unavailable(<what went wrong>)`; cancelling ends its processes."""
        scope, chest = film_scope(film_id), self._vault.chest(session_id, recipe.recording)
        opens = await asyncio.to_thread(chest.held, scope)
        directory = await asyncio.to_thread(self.shelves.begin, film_id, recipe_bytes(recipe), opens.of(scope))
        command = (str(self._data), session_id, recipe.recording, str(directory), str(self._niceness))
        names = [SOUND, *(part_name(number) for number in range(len(recipe.parts)))]
        made = await asyncio.to_thread(_there, directory, names)
        async with contextlib.AsyncExitStack() as stack:
            hands = [_Hand(command, opens, self.pids) for _ in range(self._workers)]
            for each in hands:
                stack.push_async_callback(each.close)
            job = _Job(hands, told, len(names) + 2, self._has_room)
            await job.do(["check"])
            await job.count(len(made))
            await job.do([_step(each) for each in names if each not in made])
            answer = await job.do(["join"])
        await asyncio.to_thread(self.shelves.finish, film_id)
        return Film(int(str(answer["bytes"])), str(answer["sha256"]))

    async def _has_room(self) -> bool:
        return await asyncio.to_thread(free_bytes, self._data) >= self._reserve


def _there(directory: Path, names: list[str]) -> set[str]:
    """What was made before."""
    found = {each.name for each in directory.iterdir()}
    return set(names) if FILM in found else found & set(names)


def _step(name: str) -> str:
    return "sound" if name == SOUND else f"part {int(name[1:5])}"


class _DiedError(Exception):
    """The process ended, or gave no answer, over a step."""


class _Job:
    """The steps of one film, shared out among hands."""

    def __init__(self, hands: list[_Hand], told: Told, total: int, has_room: Callable[[], Awaitable[bool]]) -> None:
        self._hands, self._told, self._total, self._has_room = hands, told, total, has_room
        self._done = 0

    async def count(self, steps: int) -> None:
        """So many more are done."""
        self._done += steps
        await self._told(self._done, self._total)

    async def do(self, steps: list[str]) -> dict[str, object]:
        """Do them all; the answer to the last one that was answered."""
        waiting = list(reversed(steps))
        answer: dict[str, object] = {}

        async def work(hand: _Hand) -> None:
            nonlocal answer
            while waiting:
                if not await self._has_room():
                    raise Unavailable("film_no_room")
                answer = await hand.take(waiting.pop())
                await self.count(1)

        try:
            async with asyncio.TaskGroup() as group:
                for hand in self._hands[: len(steps)]:
                    group.create_task(work(hand))
        except ExceptionGroup as found:
            raise found.exceptions[0] from None
        return answer


class _Hand:
    """One process, started when there is something to do and anew when it has died."""

    def __init__(self, command: tuple[str, ...], opens: HeldKeys, pids: set[int]) -> None:
        self._command, self._opens, self._pids = command, opens, pids
        self._process: asyncio.subprocess.Process | None = None

    async def take(self, step: str) -> dict[str, object]:
        """Do a step; whatever kills the process may do so twice. Raises `Unavailable`."""
        for tries in range(1, _TRIES + 1):
            self._process = self._process or await self._started()
            try:
                return await _asked(self._process, step)
            except _DiedError:
                _log.warning("film_process_died", step=step, tries=tries)
                await self.close()
        raise Unavailable("film_failed")

    async def close(self) -> None:
        """End the process; idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        self._pids.discard(process.pid)
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _started(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "recordings.compose.child",
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
            limit=_LINE,
        )
        self._pids.add(process.pid)
        assert process.stdin is not None  # noqa: S101 - asked for above
        process.stdin.write(json.dumps(self._opens.told()).encode() + b"\n")
        return process


async def _asked(process: asyncio.subprocess.Process, step: str) -> dict[str, object]:
    """Have one step done. Raises `_DiedError`, or `Unavailable` when it says why it cannot."""
    assert process.stdin is not None  # noqa: S101 - asked for above
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(f"{step}\n".encode())
        await process.stdin.drain()
        line = await asyncio.wait_for(process.stdout.readline(), _STEP_S)
    except (TimeoutError, ConnectionError) as error:
        raise _DiedError(step) from error
    if not line:
        raise _DiedError(step)
    answer: dict[str, object] = json.loads(line)
    if "fault" in answer:
        _log.error("film_step_failed", step=step, fault=answer["fault"])
        known = answer["fault"] in ("original_changed", "font_changed")
        raise Unavailable(str(answer["fault"]) if known else "film_failed")
    return answer
