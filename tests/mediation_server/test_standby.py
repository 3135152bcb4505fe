"""A process that stands by serves when the one before it is gone, and not before."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import pytest

from mediation_server.standby import our_turn

# Says when it has the port, which stays in use as long as the process.
SERVES = """
import socket, sys, time
from pathlib import Path
from mediation_server.standby import our_turn

with our_turn(Path(sys.argv[1])):
    bound = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    print("serves", flush=True)
    sys.stdin.read()
time.sleep(0.3)  # the port goes later than the lock
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


@asynccontextmanager
async def standing_by(directory, port):
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVES, str(directory), str(port), stdin=pipe, stdout=pipe
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def says(process, word):
    line = await process.stdout.readline()
    while line and word not in line:
        line = await process.stdout.readline()
    return bool(line)


def killed(process):
    process.kill()


def ended_in_order(process):
    process.stdin.close()


@pytest.mark.parametrize("way", [killed, ended_in_order])
async def test_who_stands_by_serves_when_the_one_before_is_gone_and_not_before(tmp_path, port, way):
    async with standing_by(tmp_path, port) as first:
        assert await says(first, b"serves")
        async with standing_by(tmp_path, port) as second:
            assert await says(second, b"standing_by")
            way(first)
            assert await says(second, b"serves")


async def test_who_stands_by_may_be_sent_away(tmp_path, port):
    async with standing_by(tmp_path, port) as first:
        assert await says(first, b"serves")
        async with standing_by(tmp_path, port) as second:
            assert await says(second, b"standing_by")
            second.terminate()
            assert await second.wait() == -signal.SIGTERM


def test_the_number_of_a_process_from_before_keeps_nobody_waiting(tmp_path):
    (tmp_path / "serving.lock").write_text(str(os.getpid()))
    with our_turn(tmp_path):
        assert (tmp_path / "serving.lock").read_text() == str(os.getpid())
