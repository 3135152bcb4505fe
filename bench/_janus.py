"""Janus as a peer to be measured: its own configuration in a temporary directory, VideoRoom, nothing public."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from bench._server import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Janus", "config_files", "installed"]

_ROOM = "bench"
_START_TIMEOUT_S = 10.0
_REPLY_TIMEOUT_S = 10.0
_MODULES = Path("/usr/lib")
_WANTED = {"plugins": "libjanus_videoroom.so", "transports": "libjanus_websockets.so"}


def installed() -> str | None:
    """Return the path of the janus program, or None."""
    return shutil.which("janus")


def config_files(home: Path, ws_port: int, interface: str, event_loops: int | None) -> dict[str, str]:
    """Return Janus's configuration by file name: one interface for media, loopback for control, one plug-in.

    `event_loops` None is Janus's default of one thread for each association.
    """
    loops = "" if event_loops is None else f"    event_loops = {event_loops}\n"
    folders = "".join(
        f'    {kind}_folder = "{home / kind}"\n' for kind in ("plugins", "transports", "events", "loggers")
    )
    return {
        "janus.jcfg": (
            f'general: {{\n    configs_folder = "{home}"\n{folders}{loops}'
            "    debug_level = 2\n    session_timeout = 0\n}\n"
            f'nat: {{\n    ice_enforce_list = "{interface}"\n    ignore_mdns = true\n}}\n'
        ),
        "janus.transport.websockets.jcfg": (
            f'general: {{\n    json = "compact"\n    ws = true\n    ws_port = {ws_port}\n    ws_ip = "127.0.0.1"\n'
            "    wss = false\n}\nadmin: {\n    admin_ws = false\n    admin_wss = false\n}\n"
        ),
        "janus.plugin.videoroom.jcfg": (
            "general: {\n    string_ids = true\n}\n"
            f'room-{_ROOM}: {{\n    description = "bench"\n    publishers = 1\n    bitrate = 0\n'
            '    videocodec = "vp8"\n}\n'
        ),
    }


class Janus:
    """One Janus process and one control connection to it."""

    def __init__(self, home: Path, process: asyncio.subprocess.Process, port: int) -> None:
        self._home = home
        self._process = process
        self._port = port
        self._http: aiohttp.ClientSession | None = None
        self._api: _Api | None = None
        self._publisher = 0
        self._subscribers: dict[int, int] = {}

    @classmethod
    async def start(cls, program: str, interface: str, *, event_loops: int | None) -> Janus:
        """Start Janus and open its API. Raises ServerError."""
        home = Path(tempfile.mkdtemp(prefix="bench-janus-"))
        port = _free_port()
        _lay_out(home, config_files(home, port, interface, event_loops))
        log = (home / "janus.log").open("wb")
        with log:
            process = await asyncio.create_subprocess_exec(
                program, "-C", str(home / "janus.jcfg"), "-F", str(home), "-o", stdout=log, stderr=log
            )
        server = cls(home, process, port)
        try:
            await server._open()
        except BaseException:
            await server.close()
            raise
        return server

    @property
    def pid(self) -> int:
        """Process id of Janus."""
        return self._process.pid

    async def publish(self, offer: str) -> str:
        """Join as the publisher and configure with its offer."""
        api = self._ready()
        self._publisher = await api.attach()
        joining = {"request": "join", "ptype": "publisher", "room": _ROOM, "id": "publisher"}
        await api.message(self._publisher, joining)
        reply = await api.message(self._publisher, {"request": "publish"}, {"type": "offer", "sdp": offer})
        return str(reply["jsep"]["sdp"])

    async def subscribe(self, subscriber: int) -> str:
        """Join as a subscriber of the one feed."""
        api = self._ready()
        handle = self._subscribers[subscriber] = await api.attach()
        joining = {"request": "join", "ptype": "subscriber", "room": _ROOM, "streams": [{"feed": "publisher"}]}
        reply = await api.message(handle, joining)
        return str(reply["jsep"]["sdp"])

    async def answer(self, subscriber: int, sdp: str) -> None:
        """Start the subscription."""
        await self._ready().message(self._subscribers[subscriber], {"request": "start"}, {"type": "answer", "sdp": sdp})

    async def close(self) -> None:
        """End Janus and remove its directory."""
        if self._api is not None:
            await self._api.close()
        if self._http is not None:
            await self._http.close()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _ready(self) -> _Api:
        if self._api is None:
            msg = "Janus is not open"
            raise ServerError(msg)
        return self._api

    async def _open(self) -> None:
        self._http = aiohttp.ClientSession()
        deadline = asyncio.get_running_loop().time() + _START_TIMEOUT_S
        while self._api is None:
            try:
                socket_ = await self._http.ws_connect(f"ws://127.0.0.1:{self._port}", protocols=("janus-protocol",))
            except aiohttp.ClientError as error:
                if self._process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                    msg = f"Janus did not start: {(self._home / 'janus.log').read_text(errors='replace')[-500:]}"
                    raise ServerError(msg) from error
                await asyncio.sleep(0.05)
            else:
                self._api = _Api(socket_)
        await self._api.create()


class _Api:
    """Janus's JSON protocol over one WebSocket, one request at a time."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self._websocket = websocket
        self._session = 0

    async def create(self) -> None:
        self._session = int((await self._request({"janus": "create"}))["data"]["id"])

    async def attach(self) -> int:
        request = {"janus": "attach", "plugin": "janus.plugin.videoroom", "session_id": self._session}
        return int((await self._request(request))["data"]["id"])

    async def message(
        self, handle: int, body: Mapping[str, object], jsep: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        request: dict[str, object] = {
            "janus": "message",
            "session_id": self._session,
            "handle_id": handle,
            "body": body,
        }
        if jsep is not None:
            request["jsep"] = jsep
        reply = await self._request(request)
        data = reply.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise ServerError(str(data["error"]))
        return reply

    async def close(self) -> None:
        await self._websocket.close()

    async def _request(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send and wait for the reply: `success`, or the `event` that follows `ack`; other events are not ours."""
        transaction = secrets.token_hex(6)
        await self._websocket.send_json({**request, "transaction": transaction})
        async with asyncio.timeout(_REPLY_TIMEOUT_S):
            while True:
                reply: dict[str, Any] = await self._websocket.receive_json()
                if reply.get("transaction") != transaction or reply["janus"] == "ack":
                    continue
                if reply["janus"] == "error":
                    raise ServerError(str(reply["error"]))
                return reply


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lay_out(home: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (home / name).write_text(text, encoding="utf-8")
    for kind in ("plugins", "transports", "events", "loggers"):
        folder = home / kind
        folder.mkdir()
        wanted = _WANTED.get(kind)
        if wanted is not None:
            (folder / wanted).symlink_to(_module(kind, wanted))


def _module(kind: str, name: str) -> Path:
    for found in _MODULES.glob(f"*/janus/{kind}/{name}"):
        return found
    msg = f"Janus is installed without {name}"
    raise ServerError(msg)
