"""Taking a matter along as one file: what would be in it, the reason, and the file itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

from aiohttp import web

from mediation_server.domain.bundle import BUNDLES_AT_ONCE, Bundle
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound
from mediation_server.services import bundling
from web.app_keys import CONTEXT, RECORDING_FILES, TEMPLATES
from web.bundle_zip import zipped
from web.forms import Form, read_form
from web.identity import signed_in
from web.render import render, translator
from web.words import side_key

__all__ = ["routes"]

routes = web.RouteTableDef()
_MOST_REASON = 500
_PATH = "/{desk:my|matters}/{matter_id}/bundle"
_STYLE = Path(__file__).parents[1] / "static/css/bundle.css"
_TURNS = asyncio.Semaphore(BUNDLES_AT_ONCE)


@routes.get(_PATH)
async def ask(request: web.Request) -> web.StreamResponse:
    """What would be in it, and what for."""
    return await _page(request, await _reader(request))


@routes.post(_PATH)
async def take(request: web.Request) -> web.StreamResponse:
    """The file; that it was taken is written down first."""
    user, form = await _reader(request), await read_form(request)
    ctx, shelf, matter_id = request.config_dict[CONTEXT], request.config_dict[RECORDING_FILES], _matter(request)
    if _TURNS.locked():
        return await _page(request, user, form, Conflict("bundles_busy"))
    try:
        reason = form.text("reason", most=_MOST_REASON)
        bundle = await bundling.take_bundle(ctx, shelf, user, matter_id, reason)
    except BadInput as refusal:
        return await _page(request, user, form, refusal)
    async with _TURNS:
        return await _sent(request, bundle)


async def _sent(request: web.Request, bundle: Bundle) -> web.StreamResponse:
    name = f'attachment; filename="{bundle.matter["ref"]}.zip"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}
    answer = web.StreamResponse(headers=headers)
    answer.content_type = "application/zip"
    pages = await _pages(request, bundle)
    await answer.prepare(request)
    async with aclosing(zipped(bundle, pages)) as pieces:
        async for piece in pieces:
            await answer.write(piece)
    await answer.write_eof()
    return answer


async def _pages(request: web.Request, bundle: Bundle) -> Mapping[str, bytes]:
    """The page that opens without us, and how it looks."""
    tr = translator(request)
    media = {each.path: each.media_type for each in bundle.files}
    text = (
        request.config_dict[TEMPLATES]
        .get_template("bundle_index.html")
        .render(t=tr.t, tr=tr, bundle=bundle, matter=bundle.matter, media=media, side_key=side_key)
    )
    return {"index.html": text.encode(), "bundle.css": await asyncio.to_thread(_STYLE.read_bytes)}


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    bundle = await bundling.bundle_for(ctx, request.config_dict[RECORDING_FILES], user, _matter(request))
    return render(
        request,
        "bundle.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="matters",
        court=tr.pick(bundle.matter["court"], bundle.matter["court_en"]),
        bundle=bundle,
        matter=bundle.matter,
        back=f"/{request.match_info['desk']}/{_matter(request)}",
        errors={refusal.field or "_": tr.error(refusal.code, refusal.details)} if refusal else {},
        values=defaultdict(str, form.fields if form else {}),
        most=_MOST_REASON,
    )


def _matter(request: web.Request) -> str:
    return request.match_info["matter_id"]


async def _reader(request: web.Request) -> User:
    """Parties under /my, everybody else under /matters. Raises `NotSignedIn`, `NotFound`."""
    user = await signed_in(request)
    if (user.role is Role.PARTY) is not (request.match_info["desk"] == "my"):
        raise NotFound
    return user
