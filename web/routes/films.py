"""Films of a recording to take away: the page that asks, tells how far each is, and hands it out."""

from __future__ import annotations

import asyncio

from aiohttp import web

from mediation_server.domain.film import Film, FilmLayout
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import composing, recording_wall, reviewing
from web.app_keys import CONTEXT, STUDIO
from web.forms import read_form
from web.identity import signed_in
from web.ranges import Still, send_range
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_FILMS = "/viewings/{viewing_id}/films"


@routes.get(_FILMS)
async def films(request: web.Request) -> web.StreamResponse:
    """What there is of this recording for this reader, and the form that asks for another."""
    return await _page(request, await signed_in(request))


@routes.post(_FILMS)
async def ask(request: web.Request) -> web.StreamResponse:
    """Have one made."""
    user, form, viewing_id = await signed_in(request), await read_form(request), request.match_info["viewing_id"]
    language = translator(request).language
    try:
        layout = form.one_of("layout", FilmLayout)
        await composing.ask_film(request.config_dict[CONTEXT], user, viewing_id, layout, language)
    except (BadInput, Refused, Conflict) as refusal:
        return await _page(request, user, refusal)
    return see_other(f"/viewings/{viewing_id}/films")


@routes.get(f"{_FILMS}/films.json")
async def progress(request: web.Request) -> web.StreamResponse:
    """How far each is; the page asks every few seconds."""
    found = await composing.films_for(
        request.config_dict[CONTEXT], await signed_in(request), request.match_info["viewing_id"]
    )
    return web.json_response({"made": [_told(each) for each in found]})


@routes.post(_FILMS + "/{film_id}/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """Let one go."""
    user, match = await signed_in(request), request.match_info
    ctx, studio = request.config_dict[CONTEXT], request.config_dict[STUDIO]
    await composing.cancel_film(ctx, studio, user, match["viewing_id"], match["film_id"])
    return see_other(f"/viewings/{match['viewing_id']}/films")


@routes.get(_FILMS + "/{film_id}/film.mp4")
async def film(request: web.Request) -> web.StreamResponse:
    """The file; the rights are asked for while it is on its way, too."""
    user, match = await signed_in(request), request.match_info
    ctx, studio = request.config_dict[CONTEXT], request.config_dict[STUDIO]
    found = await composing.take_film(ctx, studio, user, match["viewing_id"], match["film_id"])
    more = {"Content-Disposition": f'attachment; filename="film-{found.film.id[-6:].lower()}.mp4"'}
    try:
        return await send_range(request, found.stream, found.bytes, "video/mp4", more, _still(request, user))
    finally:
        await asyncio.to_thread(found.stream.close)


def _still(request: web.Request, user: User) -> Still:
    async def allowed() -> bool:
        try:
            await recording_wall.check_viewing(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
        except MediationError:
            return False
        return True

    return Still(allowed)


async def _page(request: web.Request, user: User, refusal: MediationError | None = None) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await reviewing.review_page(ctx, user, request.match_info["viewing_id"])
    return render(
        request,
        "films.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        films=await composing.films_for(ctx, user, page.viewing.id),
        layouts=tuple(FilmLayout),
        refusal=tr.error(refusal.code, refusal.details) if refusal else "",
        megabytes=_megabytes,
    )


def _told(each: Film) -> dict[str, object]:
    return {"id": each.id, "state": each.state.value, "done": each.done, "total": each.total}


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"
