"""Stands between Playwright and Debian's Firefox, which both speak WebDriver BiDi; run as a program in Firefox's place.

One command that Playwright always sends is not known to this Firefox yet and would end the session: it is answered
here, with yes. Everything else passes as it is. Once Debian's Firefox knows the command, this module can go.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

import aiohttp
from aiohttp import web

PROGRAM = "/usr/bin/firefox-esr"
NOT_KNOWN_YET = "emulation.setMediaFeaturesOverride"


async def stand_between(arguments: list[str]) -> int:
    """Run Firefox with these arguments and answer for it what it does not know; returns its exit status."""
    firefox = await asyncio.create_subprocess_exec(PROGRAM, *arguments, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    async for line in firefox.stderr:
        if found := re.search(rb"BiDi listening on (ws://\S+)", line):
            break
    else:
        return await firefox.wait()
    runner = web.AppRunner(_passing_on_to(found[1].decode()), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stderr.write(
        f"WebDriver BiDi listening on ws://127.0.0.1:{runner.addresses[0][1]}\n"
    )  # Playwright waits for it
    async for _ in firefox.stderr:
        pass
    await runner.cleanup()
    return await firefox.wait()


def _passing_on_to(firefox: str) -> web.Application:
    async def session(request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(max_msg_size=0)
        await near.prepare(request)
        async with aiohttp.ClientSession() as client, client.ws_connect(f"{firefox}/session", max_msg_size=0) as far:
            await asyncio.gather(_commands(near, far), _answers(near, far))
        return near

    application = web.Application()
    application.router.add_get("/session", session)
    return application


async def _commands(near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in near:
        command = json.loads(message.data)
        if command["method"] == NOT_KNOWN_YET:
            await near.send_json({"type": "success", "id": command["id"], "result": {}})
        else:
            await far.send_str(message.data)
    await far.close()


async def _answers(near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        await near.send_str(message.data)
    await near.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(stand_between(sys.argv[1:])))
