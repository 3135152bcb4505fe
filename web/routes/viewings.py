"""The reviewer's cockpit: the page, its time line, each range of each file, the check of the seal, one's own notes."""

from __future__ import annotations

import asyncio

from aiohttp import web

from mediation_server.domain.users import User
from mediation_server.domain.viewing import NOTE_CHARACTERS
from mediation_server.errors import MediationError, NotFound
from mediation_server.services import noting, recording_wall, reviewing
from web.app_keys import CONTEXT, SHELF
from web.forms import read_form
from web.identity import signed_in
from web.ranges import PLAYED, Still, send_range
from web.redirect import see_other
from web.render import render, translator
from web.views.notes import LONGEST_MS, note_told

__all__ = ["routes"]

routes = web.RouteTableDef()
_VIEWING = "/viewings/{viewing_id}"


@routes.get(_VIEWING)
async def cockpit(request: web.Request) -> web.StreamResponse:
    """The page; pictures, time line and check follow by script."""
    user, tr = await signed_in(request), translator(request)
    page = await reviewing.review_page(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
    court = tr.pick(page.matter.court, page.matter.court_en)
    base, home = f"/viewings/{page.viewing.id}", f"/recordings/{page.recording.id}"
    return render(
        request, "cockpit.html", user=user, court=court, page=page, most=NOTE_CHARACTERS, base=base, home=home
    )


@routes.get(f"{_VIEWING}/review.json")
async def time_line(request: web.Request) -> web.StreamResponse:
    """Lanes, chat, moments, gaps, phases, clips, and what else there is with a time."""
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    return web.json_response(dict(await reviewing.review(ctx, shelf, user, request.match_info["viewing_id"])))


@routes.get(f"{_VIEWING}/standing.json")
async def standing(request: web.Request) -> web.StreamResponse:
    """Whether the viewing may go on, and until when; the page asks every few seconds."""
    user = await signed_in(request)
    viewing = await recording_wall.check_viewing(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
    return web.json_response({"until": viewing.expires_at.isoformat()})


@routes.post(f"{_VIEWING}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """Whoever watches has seen enough."""
    user = await signed_in(request)
    viewing = await recording_wall.end_viewing(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
    return see_other(f"/recordings/{viewing.recording_id}")


@routes.get(f"{_VIEWING}/integrity.json")
async def integrity(request: web.Request) -> web.StreamResponse:
    """Every place where the evidence does not hold, checked now."""
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    found = await reviewing.integrity(ctx, shelf, user, request.match_info["viewing_id"])
    return web.json_response({"findings": list(found)})


@routes.get(f"{_VIEWING}/previews.json")
async def previews(request: web.Request) -> web.StreamResponse:
    """How loud each voice was and which small pictures there are, once they are made."""
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    return web.json_response(dict(await reviewing.previews(ctx, shelf, user, request.match_info["viewing_id"])))


@routes.get(_VIEWING + r"/sheets/{participant:[0-9a-z]{26}}.jpg")
async def sheet(request: web.Request) -> web.StreamResponse:
    """One person's small pictures."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        raise NotFound
    user, match = await signed_in(request), request.match_info
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    found = await reviewing.sheet(ctx, shelf, user, match["viewing_id"], match["participant"])
    return web.Response(body=found, content_type="image/jpeg", headers={"Cache-Control": "no-store, private"})


@routes.get(_VIEWING + r"/tracks/{index:\d{1,6}}")
async def track(request: web.Request) -> web.StreamResponse:
    """One range of one file; the rights are asked for anew each time, and while a long range is on its way."""
    if "Sec-Fetch-Dest" in request.headers and request.headers["Sec-Fetch-Dest"] == "document":
        raise NotFound  # a file is shown on the page, under its watermark, and nowhere else
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    index = int(request.match_info["index"])
    async with ctx.db.one_state():  # a jump asks for eight ranges at once
        user = await signed_in(request)
        clip = await reviewing.clip(ctx, shelf, user, request.match_info["viewing_id"], index)
    try:
        return await send_range(request, clip.stream, clip.bytes, clip.media_type, still=_still(request, user))
    finally:
        await asyncio.to_thread(clip.stream.close)


def _still(request: web.Request, user: User) -> Still:
    async def allowed() -> bool:
        try:
            await signed_in(request)
            await recording_wall.check_viewing(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
        except MediationError:
            return False
        return True

    return Still(allowed, most=PLAYED)


# --- one's own notes --------------------------------------------------------------------------------------


@routes.get(f"{_VIEWING}/notes.json")
async def notes(request: web.Request) -> web.StreamResponse:
    """What this person noted about this recording."""
    user = await signed_in(request)
    found = await noting.notes_of(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
    return web.json_response({"notes": [note_told(each) for each in found]})


@routes.post(f"{_VIEWING}/notes")
async def note(request: web.Request) -> web.StreamResponse:
    """A bookmark, with a note or without."""
    user, form = await signed_in(request), await read_form(request)
    at_ms, text = form.number("at_ms", 0, LONGEST_MS), form.text("text", most=NOTE_CHARACTERS)
    made = await noting.add_note(request.config_dict[CONTEXT], user, request.match_info["viewing_id"], at_ms, text)
    return web.json_response(note_told(made), status=201)


@routes.delete(_VIEWING + "/notes/{note_id}")
async def unnote(request: web.Request) -> web.StreamResponse:
    """Take one away."""
    user, match = await signed_in(request), request.match_info
    await noting.remove_note(request.config_dict[CONTEXT], user, match["viewing_id"], match["note_id"])
    return web.Response(status=204)
