"""A served sitting, and browsers without a picture: real sockets, real cookies, real Socket.IO."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import socketio
from aiohttp import ClientSession, web

from mediation_server.domain.session import CHECKLIST
from mediation_server.domain.tokens import hash_of, new_token
from mediation_server.services.cookies import LOGIN_COOKIE, seat_cookie
from mediation_server.store import seats, users
from signaling.server import make_signaling
from tests.court_world import eventually
from tests.room_world import MEDIATOR, room_world

SDP = "v=0\r\n"


def translate(code, language, details):
    return f"{language}:{code}:{sorted(details)}"


class Browser:
    """One page of one person on one device."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.heard: list[tuple[str, dict]] = []
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._hear)
        self.socket.on("connect_error", self._refuse)

    async def _hear(self, event, payload):
        self.heard.append((event, payload))

    async def _refuse(self, payload):
        self.heard.append(("connect_error", payload))

    async def connect(self, *, cookie=None, origin=None, seat=None, headers=None, auth=...):
        sent = {"Cookie": cookie or await self.server.cookie(self.name), **(headers or {})}
        if origin is not False:
            sent["Origin"] = origin or self.server.url
        if auth is ...:
            auth = {"seat": seat or self.server.world.ids[self.name]}
        await self.socket.connect(self.server.url, headers=sent, auth=auth, transports=["websocket"], wait_timeout=5)
        return self

    async def ask(self, event, payload=None):
        return await self.socket.call(event, {} if payload is None else payload, timeout=10)

    async def hello(self, *, take_over=False):
        return await self.ask("hello", {"take_over": take_over})

    def told(self, event):
        return [payload for kind, payload in self.heard if kind == event]

    @property
    def view(self):
        return self.told("room")[-1]

    async def close(self):
        await self.socket.disconnect()
        await self.socket.eio.disconnect()


@dataclass
class Server:
    world: object
    signaling: object
    url: str = ""
    browsers: list[Browser] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def browser(self, name):
        self.browsers.append(Browser(self, name))
        return self.browsers[-1]

    async def cookie(self, name):
        if name not in self.cookies:
            self.cookies[name] = await self.new_cookie(name)
        return self.cookies[name]

    async def new_cookie(self, name):
        """The cookie of one more device."""
        token, now = new_token(), self.world.clock.now()
        ends = now + timedelta(hours=2)
        async with self.world.ctx.db.transaction() as tx:
            if name == "mediator":
                await users.add_login(tx, hash_of(token), MEDIATOR.id, now, ends)
                return f"{LOGIN_COOKIE}={token}"
            await seats.add_key(tx, hash_of(token), self.world.ids[name], now, ends)
        return f"{seat_cookie(self.world.ids[name])}={token}"

    async def come(self, name, **how):
        """Connect and sit down."""
        browser = await self.browser(name).connect(**how)
        answer = await browser.hello()
        assert answer.get("ok"), answer
        browser.heard.append(("room", answer["room"]))
        browser.welcome = answer
        return browser

    async def live(self, *names, publish=True):
        """Everybody is in and the sitting has started."""
        mediator = await self.come("mediator")
        parties = [await self.come(name) for name in names or ("zhou", "lin")]
        ids = [self.world.ids[each.name] for each in parties]
        asked = [
            ("admit", {"participants": "all"}),
            *(("verify", {"participant": each, "verified": True}) for each in ids),
        ]
        asked += [("check", {"item": item.value, "done": True}) for item in CHECKLIST]
        for event, payload in [*asked, ("start", {})]:
            answer = await mediator.ask(event, payload)
            assert answer == {"ok": True}, (event, answer)
        for each in (mediator, *parties) if publish else ():
            answer = await each.ask("publish", {"sdp": SDP, "sources": {"0": "microphone", "1": "camera"}})
            assert answer["ok"], answer
            assert await each.ask("devices", {"microphone": True, "camera": True}) == {"ok": True}
        return [mediator, *parties]

    async def get(self, query, **headers):
        async with (
            ClientSession() as session,
            session.get(f"{self.url}/socket.io/?{query}", headers=headers) as response,
        ):
            return response.status, await response.json()


@asynccontextmanager
async def served(directory, **options):
    async with room_world(directory, **options) as world:
        signaling = make_signaling(world.ctx, translate=translate)
        app = web.Application()
        signaling.attach(app)
        runner = web.AppRunner(app, shutdown_timeout=5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server = Server(world, signaling, f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            yield server
        finally:
            for browser in server.browsers:
                await browser.close()
            await world.ctx.rooms.close()
            await signaling.shutdown()
            await runner.cleanup()
            await asyncio.sleep(0)


__all__ = ["SDP", "Browser", "Server", "eventually", "served", "translate"]
