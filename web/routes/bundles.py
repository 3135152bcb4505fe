"""Taking a matter along as one file: what would be in it, the reason, how far it is, and the file itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from aiohttp import web

from mediation_server.domain.bundle import BundleOrder
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound
from mediation_server.services import bundling
from web.app_keys import BINDER, CONTEXT, RECORDING_FILES
from web.forms import Form, read_form
from web.identity import signed_in
from web.ranges import Still, send_range
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_MOST_REASON = 500
_PATH = "/{desk:my|matters}/{matter_id}/bundle"


@routes.get(_PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """What would be in it, what for, and those that were asked for before."""
    return await _page(request, await _reader(request))


@routes.post(_PATH)
async def ask(request: web.Request) -> web.StreamResponse:
    """Have one made."""
    user, form = await _reader(request), await read_form(request)
    ctx, shelf, language = request.config_dict[CONTEXT], request.config_dict[RECORDING_FILES], translator(request)
    try:
        reason = form.text("reason", most=_MOST_REASON)
        await bundling.ask_bundle(ctx, shelf, user, _matter(request), reason, language.language)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    return see_other(_home(request))


@routes.get(f"{_PATH}/made.json")
async def progress(request: web.Request) -> web.StreamResponse:
    """How far each is; the page asks every few seconds."""
    user = await _reader(request)
    found = await bundling.orders_for(request.config_dict[CONTEXT], user, _matter(request))
    return web.json_response({"made": [_told(each) for each in found]})


@routes.post(_PATH + "/{order_id}/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """Let one go."""
    user, ctx, binder = await _reader(request), request.config_dict[CONTEXT], request.config_dict[BINDER]
    await bundling.cancel_bundle(ctx, binder, user, _matter(request), request.match_info["order_id"])
    return see_other(_home(request))


@routes.get(_PATH + "/{order_id}/matter.zip")
async def take(request: web.Request) -> web.StreamResponse:
    """The file, or a range of it; the rights are asked for while it is on its way, too."""
    user, ctx = await _reader(request), request.config_dict[CONTEXT]
    shelf, binder = request.config_dict[RECORDING_FILES], request.config_dict[BINDER]
    found = await bundling.take_bundle(ctx, shelf, binder, user, _matter(request), request.match_info["order_id"])
    more = {"Content-Disposition": f'attachment; filename="{found.ref}.zip"', "X-Content-Type-Options": "nosniff"}
    still = Still(lambda: bundling.still_theirs(ctx, shelf, user, found.order))
    try:
        return await send_range(request, found.stream, found.bytes, "application/zip", more, still)
    finally:
        await asyncio.to_thread(found.stream.close)


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
        orders=await bundling.orders_for(ctx, user, _matter(request)),
        matter=bundle.matter,
        back=f"/{request.match_info['desk']}/{_matter(request)}",
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {}),
        most=_MOST_REASON,
        megabytes=_megabytes,
    )


def _told(each: BundleOrder) -> dict[str, object]:
    return {"id": each.id, "state": each.state.value, "done": each.done, "total": each.total}


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


def _matter(request: web.Request) -> str:
    return request.match_info["matter_id"]


def _home(request: web.Request) -> str:
    return f"/{request.match_info['desk']}/{_matter(request)}/bundle"


async def _reader(request: web.Request) -> User:
    """Parties under /my, everybody else under /matters. Raises `NotSignedIn`, `NotFound`."""
    user = await signed_in(request)
    if (user.role is Role.PARTY) is not (request.match_info["desk"] == "my"):
        raise NotFound
    return user
