"""The court's door: one signed envelope in, one answer out; no cookie, no page, no browser."""

from __future__ import annotations

from aiohttp import web

from mediation_server.caseflow.answers import answer_to
from mediation_server.caseflow.envelope import MAX_BYTES, from_court
from mediation_server.errors import NotFound
from mediation_server.services.receiving import receive
from web.app_keys import CONTEXT, COURT_KEY
from web.origin import SIGNED

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.post("/api/court/envelopes", name=SIGNED)
async def envelopes(request: web.Request) -> web.StreamResponse:
    """Keep what the court says and answer it; what is not signed with the key of the settings changes nothing."""
    key = request.config_dict.get(COURT_KEY)
    if not key:
        raise NotFound
    ctx = request.config_dict[CONTEXT]
    body = bytearray()
    async for chunk in request.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > MAX_BYTES:
            break  # `from_court` refuses it by its length
    envelope = from_court(bytes(body), key, now=ctx.clock.now())
    answer = await receive(ctx, envelope)
    return web.Response(body=answer_to(envelope, answer), content_type="application/json")
