import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import expect

expect.set_options(timeout=20_000)  # as long as the pages' own waits: a busy machine is no defect


@dataclass
class Demo:
    """The product as a newcomer starts it, in a process of its own."""

    directory: Path
    arguments: tuple[str, ...] = ()
    process: asyncio.subprocess.Process | None = None
    url: str = ""
    roles: dict[str, str] = field(default_factory=dict)

    async def start(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "mediation_server", "demo", "--json", "--port", str(port), *self.arguments]
        environment = {**os.environ, "MEDIATION_DATA_DIR": str(self.directory / "var")}
        with (self.directory / "server.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        line = await asyncio.wait_for(self.process.stdout.readline(), 120)
        if not line:
            raise RuntimeError((self.directory / "server.log").read_text()[-4000:])
        ready = json.loads(line)
        self.url, self.roles = ready["url"], ready["roles"]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].strip("/"))

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 15)
            except TimeoutError:
                await self.kill()
                raise


@pytest.fixture
async def demo(tmp_path, first_days):
    await first_days.lay(tmp_path / "var")
    running = Demo(tmp_path)
    await running.start()
    yield running
    await running.stop()
