"""What lets anybody check a recording: receipts for its parties, the verifier, the keys, the answer to a code."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial

from aiohttp import web

from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role
from mediation_server.keyring import KeyRing
from mediation_server.services import own_recordings, sealing_receipts
from mediation_server.services.context import Context
from mediation_server.services.own_recordings import EvidenceShelf, OwnRecording
from web.app_keys import CONTEXT, EVIDENCE
from web.identity import signed_in
from web.qr import qr_svg
from web.render import render, translator
from web.verifier import verifier_page
from web.views.audience import grouped, lanes_of, names_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_LONGEST = 80


@routes.get("/my/{matter_id}/sealed")
async def mine(request: web.Request) -> web.StreamResponse:
    """The recordings of one's own sittings: receipt, and who could receive oneself when."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY), translator(request)
    shelf, matter_id = request.config_dict[EVIDENCE], request.match_info["matter_id"]
    told = await own_recordings.own_recordings(ctx, shelf, user, matter_id)
    codes = {each.recording.id: qr_svg(sealing_receipts.check_url(ctx, each)) for each in told.found}
    return render(
        request,
        "my_sealed.html",
        user=user,
        nav="my",
        court=tr.pick(told.matter.court, told.matter.court_en),
        matter=told.matter,
        found=told.found,
        lanes={each.recording.id: lanes_of(each) for each in told.found},
        codes=codes,
        names=partial(names_of, tr),
        grouped=grouped,
    )


@routes.get("/my/{matter_id}/sealed/{recording_id}/receipt.pdf")
async def receipt(request: web.Request) -> web.StreamResponse:
    """The receipt as a PDF, made when it is asked for."""
    ctx, shelf, one, matter = await _mine(request)
    body = await sealing_receipts.receipt_pdf(ctx, shelf, matter, one)
    name = f'inline; filename="receipt-{one.recording.id}.pdf"'
    return web.Response(body=body, content_type="application/pdf", headers={"Content-Disposition": name})


@routes.get("/my/{matter_id}/sealed/{recording_id}/receipt.json")
async def signed_receipt(request: web.Request) -> web.StreamResponse:
    """The receipt as it was signed, for programs."""
    _, shelf, one, _ = await _mine(request)
    name = f'attachment; filename="receipt-{one.recording.id}.json"'
    body = await shelf.receipt(one.recording)
    return web.Response(body=body, content_type="application/json", headers={"Content-Disposition": name})


@routes.get("/integrity/{recording_id}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Whether the value on a receipt is of the recording that is kept; tells nothing else, so nobody signs in."""
    recording_id, value = request.match_info["recording_id"], request.query.get("value", "")[:_LONGEST].strip()
    holds = await sealing_receipts.value_holds(request.config_dict[CONTEXT], recording_id, value)
    return render(request, "integrity.html", recording_id=recording_id, value=value, holds=holds)


@routes.get("/verify.html")
async def verifier(_request: web.Request) -> web.StreamResponse:
    """The verifier, to keep: it is opened from where it was saved, since it brings its own strict policy with it."""
    body = await asyncio.to_thread(verifier_page)
    headers = {"Content-Disposition": 'attachment; filename="verify.html"', "Cache-Control": "no-cache"}
    return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)


@routes.get("/.well-known/mediation-keys.json")
async def keys(request: web.Request) -> web.StreamResponse:
    """Every public key that has signed recordings here, oldest first (`docs/evidence-format.md` §7)."""
    ring = KeyRing(request.config_dict[CONTEXT].settings.keys_dir)
    found = await asyncio.to_thread(ring.public_keys)
    return web.json_response(
        {"keys": [asdict(each) for each in found]}, headers={"Cache-Control": "public, max-age=300"}
    )


async def _mine(request: web.Request) -> tuple[Context, EvidenceShelf, OwnRecording, Matter]:
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY)
    shelf, asked = request.config_dict[EVIDENCE], request.match_info
    matter, one = await own_recordings.own_recording(ctx, shelf, user, asked["matter_id"], asked["recording_id"])
    return ctx, shelf, one, matter
