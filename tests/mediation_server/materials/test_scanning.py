"""Asking a virus scanner: a real program, and a clamd that speaks its protocol over a real socket."""

import asyncio
import contextlib
import sys

import pytest

from mediation_server.domain.material import ScanState
from mediation_server.materials.scanning import ScanError, scanner

SCRIPT = "import sys; data = open(sys.argv[1], 'rb').read(); sys.exit({b'bad': 1, b'broken': 2}.get(data, 0))"


@contextlib.asynccontextmanager
async def clamd(path, said=None):
    """A clamd of a few lines: takes INSTREAM, finds a virus in `bad`; `said` answers something else."""

    async def serve(reader, writer):
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            data += await reader.readexactly(size)
        found = said or (b"stream: Eicar FOUND\0" if b"bad" in data else b"stream: OK\0")
        writer.write(found)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield


@pytest.fixture
def file(tmp_path):
    def made(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return made


def by_program(tmp_path, seconds=30):
    program = tmp_path / "scan.py"
    program.write_text(SCRIPT)
    return scanner(f"{sys.executable} {program}", "", seconds)


@pytest.mark.parametrize(("data", "state"), [(b"good", ScanState.CLEAN), (b"bad", ScanState.INFECTED)])
async def test_a_program_says_by_its_exit_code_what_it_found(tmp_path, file, data, state):
    assert await by_program(tmp_path)(file(data)) is state


@pytest.mark.parametrize(("data", "state"), [(b"good" * 40_000, ScanState.CLEAN), (b"bad", ScanState.INFECTED)])
async def test_clamd_is_given_the_bytes_and_says_what_it_found(tmp_path, file, data, state):
    async with clamd(tmp_path / "clamd"):
        assert await scanner("", str(tmp_path / "clamd"), 30)(file(data)) is state


async def test_a_scanner_that_fails_has_said_nothing(tmp_path, file):
    with pytest.raises(ScanError):
        await by_program(tmp_path)(file(b"broken"))
    with pytest.raises(ScanError):
        await scanner("", str(tmp_path / "nobody"), 30)(file(b"good"))
    async with clamd(tmp_path / "odd", said=b"UNKNOWN COMMAND\0"):
        with pytest.raises(ScanError):
            await scanner("", str(tmp_path / "odd"), 30)(file(b"good"))


async def test_a_scanner_that_never_answers_is_ended(tmp_path, file):
    endless = scanner(f"{sys.executable} -c 'import time; time.sleep(600)'", "", 0.2)
    with pytest.raises(ScanError):
        await endless(file(b"good"))


def test_without_a_setting_there_is_none():
    assert scanner(" ", "", 30) is None
