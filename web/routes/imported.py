"""Matters taken in from other houses: the list, a matter with its materials, and the reviewer's page for recordings."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from aiohttp import web

from mediation_server.domain.imported import ImportedMatter, ImportedViewing
from mediation_server.domain.users import User
from mediation_server.domain.viewing import NOTE_CHARACTERS
from mediation_server.errors import BadInput, MediationError, NotFound
from mediation_server.services import importing, noting_imported
from web.app_keys import CONTEXT, IMPORTED
from web.forms import Form, read_form
from web.i18n import Translator
from web.identity import signed_in
from web.ranges import PLAYED, Still, send_range
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.notes import LONGEST_MS, note_told

__all__ = ["routes"]

routes = web.RouteTableDef()
_ONE = "/imported/{imported_id}"
_VIEWING = _ONE + "/viewings/{viewing_id}"
_MOST_REASON = 500
_SHOWN = {"jpg": "image/jpeg", "png": "image/png"}


@routes.get("/imported")
async def mine(request: web.Request) -> web.StreamResponse:
    """What somebody took in."""
    user = await signed_in(request)
    found = await importing.imported_matters(request.config_dict[CONTEXT], user)
    return render(request, "imported_list.html", user=user, nav="matters", found=found)


@routes.get(_ONE)
async def show(request: web.Request) -> web.StreamResponse:
    """One of them: where it is from, whether its seal held, and what is in it."""
    return await _page(request, await signed_in(request))


@routes.post(_ONE + "/remove")
async def remove(request: web.Request) -> web.StreamResponse:
    """Remove it, files and all."""
    user, ctx, shelf = await signed_in(request), request.config_dict[CONTEXT], request.config_dict[IMPORTED]
    await importing.remove_imported(ctx, shelf, user, request.match_info["imported_id"])
    return see_other("/imported")


@routes.get(_ONE + r"/files/{path:(?:materials|documents)/[A-Za-z0-9_.-]{1,120}}")
async def file(request: web.Request) -> web.StreamResponse:
    """A material; a picture is shown, anything else is handed out to be kept."""
    user, match = await signed_in(request), request.match_info
    ctx, shelf, path = request.config_dict[CONTEXT], request.config_dict[IMPORTED], match["path"]
    stream, size = await importing.imported_file(ctx, shelf, user, match["imported_id"], path)
    kind, more = _SHOWN.get(path.rpartition(".")[2]), {"X-Content-Type-Options": "nosniff"}
    if kind is None:
        more["Content-Disposition"] = f'attachment; filename="{path.rpartition("/")[2]}"'
    try:
        return await send_range(request, stream, size, kind or "application/octet-stream", more)
    finally:
        await asyncio.to_thread(stream.close)


@routes.post(_ONE + r"/recordings/{number:\d{1,3}}/viewings")
async def open_viewing(request: web.Request) -> web.StreamResponse:
    """State what for; it is written down before anything else happens."""
    user, form, match = await signed_in(request), await read_form(request), request.match_info
    ctx, number = request.config_dict[CONTEXT], int(match["number"])
    try:
        reason = form.required("reason", most=_MOST_REASON)
        viewing = await importing.open_imported(ctx, user, match["imported_id"], number, reason)
    except BadInput as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"/imported/{viewing.imported_id}/viewings/{viewing.id}")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx = request.config_dict[CONTEXT]
    found = await importing.imported_matter(ctx, user, request.match_info["imported_id"])
    return render(
        request,
        "imported.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="matters",
        found=found,
        matter=found.facts,
        errors=beside(request, refusal),
        reason=form.fields.get("reason", "") if form else "",
        most=_MOST_REASON,
        megabytes=_megabytes,
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


# --- the reviewer's page ------------------------------------------------------------------------------------


@routes.get(_VIEWING)
async def cockpit(request: web.Request) -> web.StreamResponse:
    """The page; pictures, time line and check follow by script."""
    user, tr, viewing = await _looking(request)
    found = await importing.imported_matter(request.config_dict[CONTEXT], user, viewing.imported_id)
    facts = found.facts
    return render(
        request,
        "cockpit.html",
        user=user,
        court=tr.pick(facts["court"], facts["court_en"]),
        page=_drawn(found, viewing),
        most=NOTE_CHARACTERS,
        base=f"/imported/{found.id}/viewings/{viewing.id}",
        home=f"/imported/{found.id}",
    )


def _drawn(found: ImportedMatter, viewing: ImportedViewing) -> dict[str, Any]:
    """What stands around the pictures, of what the bundle says."""
    line, agreed = found.lines("recordings")[viewing.number - 1], found.lines("agreement")
    conclusion = {"outcome": found.facts["outcome"] or "agreed", "terms": agreed[-1]["terms"], "reasons": ""}
    return {
        "viewing": viewing,
        "matter": found.facts,
        "parties": found.facts["parties"],
        "recording": {**line, "started_at": datetime.fromisoformat(line["from"])},
        "conclusion": conclusion if agreed else None,
    }


@routes.get(f"{_VIEWING}/review.json")
async def time_line(request: web.Request) -> web.StreamResponse:
    """Lanes, chat, moments, gaps, phases, clips, as the other house drew them."""
    _, _, viewing = await _looking(request)
    shelf = request.config_dict[IMPORTED]
    drawn = await asyncio.to_thread(shelf.review, viewing.imported_id, viewing.number)
    return web.json_response(dict(drawn))


@routes.get(f"{_VIEWING}/standing.json")
async def standing(request: web.Request) -> web.StreamResponse:
    """Whether the look may go on, and until when."""
    _, _, viewing = await _looking(request)
    return web.json_response({"until": viewing.expires_at.isoformat()})


@routes.get(f"{_VIEWING}/integrity.json")
async def integrity(request: web.Request) -> web.StreamResponse:
    """Every place where the evidence does not hold, checked now."""
    _, _, viewing = await _looking(request)
    shelf = request.config_dict[IMPORTED]
    found = await asyncio.to_thread(shelf.findings, viewing.imported_id, viewing.number)
    return web.json_response({"findings": list(found)})


@routes.get(f"{_VIEWING}/previews.json")
async def previews(request: web.Request) -> web.StreamResponse:
    """How loud each voice was and which small pictures there are, once they are made here."""
    _, _, viewing = await _looking(request)
    shelf = request.config_dict[IMPORTED]
    return web.json_response(dict(await shelf.previews(viewing.imported_id, viewing.number)))


@routes.get(_VIEWING + r"/sheets/{participant:[0-9a-z]{26}}.jpg")
async def sheet(request: web.Request) -> web.StreamResponse:
    """One person's small pictures."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        raise NotFound
    _, _, viewing = await _looking(request)
    shelf = request.config_dict[IMPORTED]
    found = await shelf.sheet(viewing.imported_id, viewing.number, request.match_info["participant"])
    return web.Response(body=found, content_type="image/jpeg", headers={"Cache-Control": "no-store, private"})


@routes.get(f"{_VIEWING}/notes.json")
async def notes(request: web.Request) -> web.StreamResponse:
    """What this person noted about this recording."""
    user, match = await signed_in(request), request.match_info
    found = await noting_imported.notes_of(
        request.config_dict[CONTEXT], user, match["imported_id"], match["viewing_id"]
    )
    return web.json_response({"notes": [note_told(each) for each in found]})


@routes.post(f"{_VIEWING}/notes")
async def note(request: web.Request) -> web.StreamResponse:
    """A bookmark, with a note or without."""
    user, form, match = await signed_in(request), await read_form(request), request.match_info
    at_ms, text = form.number("at_ms", 0, LONGEST_MS), form.text("text", most=NOTE_CHARACTERS)
    made = await noting_imported.add_note(
        request.config_dict[CONTEXT], user, match["imported_id"], match["viewing_id"], at_ms, text
    )
    return web.json_response(note_told(made), status=201)


@routes.delete(_VIEWING + "/notes/{note_id}")
async def unnote(request: web.Request) -> web.StreamResponse:
    """Take one away."""
    user, match = await signed_in(request), request.match_info
    ctx = request.config_dict[CONTEXT]
    await noting_imported.remove_note(ctx, user, match["imported_id"], match["viewing_id"], match["note_id"])
    return web.Response(status=204)


@routes.get(_VIEWING + r"/tracks/{index:\d{1,6}}")
async def track(request: web.Request) -> web.StreamResponse:
    """One range of one file; asked for anew each time, and while a long range is on its way."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        raise NotFound  # a file is shown on the page, under its watermark, and nowhere else
    async with request.config_dict[CONTEXT].db.one_state():  # a jump asks for eight ranges at once
        _, _, viewing = await _looking(request)
    shelf, index = request.config_dict[IMPORTED], int(request.match_info["index"])
    clip = await asyncio.to_thread(shelf.clip, viewing.imported_id, viewing.number, index)
    try:
        return await send_range(
            request, clip.stream, clip.bytes, clip.media_type, still=Still(lambda: _goes_on(request), most=PLAYED)
        )
    finally:
        await asyncio.to_thread(clip.stream.close)


@routes.post(f"{_VIEWING}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """Whoever watches has seen enough."""
    user, match = await signed_in(request), request.match_info
    await importing.end_imported(request.config_dict[CONTEXT], user, match["imported_id"], match["viewing_id"])
    return see_other(f"/imported/{match['imported_id']}")


async def _looking(request: web.Request) -> tuple[User, Translator, ImportedViewing]:
    user, match = await signed_in(request), request.match_info
    ctx = request.config_dict[CONTEXT]
    viewing = await importing.check_imported(ctx, user, match["imported_id"], match["viewing_id"])
    return user, translator(request), viewing


async def _goes_on(request: web.Request) -> bool:
    try:
        await _looking(request)
    except MediationError:
        return False
    return True
