"""The mock court's own HTTP server on its own loopback port, so that the demo crosses a real boundary; can be off."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Middleware

from mediation_server.caseflow.answers import answer_to
from mediation_server.caseflow.envelope import MAX_BYTES, opened
from mediation_server.caseflow.http_json import ENVELOPES
from mediation_server.caseflow.mock_court import MockCourt
from mediation_server.clock import Clock
from mediation_server.errors import BadInput, MediationError

__all__ = ["CourtMode", "MockCourtServer"]

_STOP_S = 1.0


class CourtMode(StrEnum):
    """What whoever calls the mock court finds."""

    ON = "on"
    UNAVAILABLE = "unavailable"  # answers 503
    UNREACHABLE = "unreachable"  # cuts every connection without a word


class MockCourtServer:
    """Serves one `MockCourt` on loopback; `port` 0 takes a free one, which `url` then tells."""

    def __init__(
        self, court: MockCourt, key: bytes, clock: Clock, *, port: int = 0, middlewares: Sequence[Middleware] = ()
    ) -> None:
        self.court = court
        self.mode = CourtMode.ON
        self._key = key
        self._clock = clock
        self._port = port
        app = web.Application(client_max_size=MAX_BYTES, middlewares=middlewares)
        app.router.add_post(f"/{ENVELOPES}", self._envelopes)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S)

    @property
    def url(self) -> str:
        """The base URL for `HttpJsonCourt`; known once it has started."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Remember the journal and listen."""
        await self.court.open()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening; idempotent."""
        await self._runner.cleanup()

    async def _envelopes(self, request: web.Request) -> web.Response:
        if self.mode is CourtMode.UNREACHABLE and request.transport:
            request.transport.abort()
        if self.mode is not CourtMode.ON:
            return web.json_response({"error": "unavailable"}, status=503)
        try:
            envelope = opened(await request.read(), self._key, now=self._clock.now())
            if request.headers.get("Idempotency-Key") != envelope.message_id:
                raise BadInput("idempotency_key")
        except MediationError as refusal:
            return web.json_response({"error": refusal.code}, status=refusal.status)
        answer = await self.court.receive(envelope)
        return web.Response(body=answer_to(envelope, answer), content_type="application/json")
