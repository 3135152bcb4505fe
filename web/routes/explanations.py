"""The written explanations of faults in a recording: drafts to complete and sign, and what was signed as a PDF."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError
from mediation_server.services import explaining
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/sessions/{session_id}/explanations")
async def drafts(request: web.Request) -> web.StreamResponse:
    """Every interruption nobody meant, with a draft or what was signed."""
    return await _page(request, await signed_in(request))


@routes.post(r"/sessions/{session_id}/explanations/{number:\d{1,9}}")
async def sign(request: web.Request) -> web.StreamResponse:
    """Sign one; what was typed stays when it cannot be taken."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    session_id, number = request.match_info["session_id"], int(request.match_info["number"])
    form = await read_form(request)
    try:
        await explaining.sign(ctx, user, session_id, number, form.fields.get("text", ""))
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"/sessions/{session_id}/explanations#gap-{number}")


@routes.get(r"/sessions/{session_id}/explanations/{number:\d{1,9}}.pdf")
async def signed(request: web.Request) -> web.StreamResponse:
    """What was signed, as a PDF."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    body = await explaining.explanation_pdf(
        ctx, user, request.match_info["session_id"], int(request.match_info["number"])
    )
    headers = {"Content-Disposition": 'inline; filename="explanation.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    told = await explaining.explanations(ctx, user, request.match_info["session_id"])
    return render(
        request,
        "explanations.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(told.matter.court, told.matter.court_en),
        told=told,
        longest=explaining.LONGEST,
        typed=form.fields.get("text", "") if form else "",
        about=request.match_info.get("number", ""),
        error=tr.error(refusal.code, refusal.details) if refusal else "",
    )
