"""The reviewer's cockpit: the page, its time line, each range of each file, and the check of the seal."""

from __future__ import annotations

import asyncio

from aiohttp import web

from mediation_server.errors import NotFound
from mediation_server.services import reviewing
from web.app_keys import CONTEXT, SHELF
from web.identity import signed_in
from web.ranges import send_range
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/viewings/{viewing_id}")
async def cockpit(request: web.Request) -> web.StreamResponse:
    """The page; pictures, time line and check follow by script."""
    user, tr = await signed_in(request), translator(request)
    page = await reviewing.review_page(request.config_dict[CONTEXT], user, request.match_info["viewing_id"])
    court = tr.pick(page.matter.court, page.matter.court_en)
    return render(request, "cockpit.html", user=user, court=court, page=page)


@routes.get("/viewings/{viewing_id}/review.json")
async def time_line(request: web.Request) -> web.StreamResponse:
    """Lanes, chat, moments, gaps and clips."""
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    return web.json_response(dict(await reviewing.review(ctx, shelf, user, request.match_info["viewing_id"])))


@routes.get("/viewings/{viewing_id}/integrity.json")
async def integrity(request: web.Request) -> web.StreamResponse:
    """Every place where the evidence does not hold, checked now."""
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    found = await reviewing.integrity(ctx, shelf, user, request.match_info["viewing_id"])
    return web.json_response({"findings": list(found)})


@routes.get(r"/viewings/{viewing_id}/tracks/{index:\d{1,6}}")
async def track(request: web.Request) -> web.StreamResponse:
    """One range of one file; the rights are asked for anew each time."""
    if "Sec-Fetch-Dest" in request.headers and request.headers["Sec-Fetch-Dest"] == "document":
        raise NotFound  # a file is shown on the page, under its watermark, and nowhere else
    user = await signed_in(request)
    ctx, shelf = request.config_dict[CONTEXT], request.config_dict[SHELF]
    index = int(request.match_info["index"])
    clip = await reviewing.clip(ctx, shelf, user, request.match_info["viewing_id"], index)
    try:
        return await send_range(request, clip.stream, clip.bytes, clip.media_type)
    finally:
        await asyncio.to_thread(clip.stream.close)
