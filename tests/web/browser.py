"""What a browser does that matters to the pages: keeps cookies, says where it comes from, shows what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from mediation_server.services.context import Context
from tests.doubles import FakeClock


@dataclass
class Site:
    """A running server with what stands behind it."""

    url: URL
    ctx: Context
    app: web.Application
    clock: FakeClock
    accounts: dict[str, str]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDict[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]


class Browser:
    """One person's browser; redirects are looked at, not followed."""

    def __init__(self, url: URL) -> None:
        self._http = aiohttp.ClientSession(base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return await self._asked("GET", path, {"Accept": "text/html"} | (headers or {}), None)

    async def post(
        self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        given = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        return await self._asked("POST", path, given, form or {})

    async def _asked(self, method: str, path: str, headers: dict[str, str], form: dict[str, str] | None) -> Answer:
        asked = self._http.request(method, path, data=form, headers=headers, allow_redirects=False)
        async with asked as response:
            return Answer(response.status, CIMultiDict(response.headers), await response.text())

    async def become(self, role: str) -> str:
        """Press a role button of the demo; where it leads."""
        answer = await self.post(f"/demo/as/{role}")
        assert answer.status == 303, answer.text
        return answer.location

    async def prefer(self, **wishes: str) -> None:
        """Change language, theme or size."""
        assert (await self.post("/preferences", {"back": "/", **wishes})).status == 303
