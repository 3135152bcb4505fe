"""The receipt of an application, on screen and on paper, and the question how far a matter is."""

from __future__ import annotations

from aiohttp import web

from mediation_server.errors import BadInput, TooMany
from mediation_server.services import receipts
from mediation_server.services.receipts import MatterStatus
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import signed_in
from web.qr import qr_svg
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()


@routes.get("/apply/{application}/receipt")
async def receipt(request: web.Request) -> web.StreamResponse:
    """The receipt, to keep or print, and what happens next."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    found = await receipts.receipt_of(ctx, user, request.match_info["application"])
    return render(
        request,
        "apply_receipt.html",
        user=user,
        nav="apply",
        receipt=found,
        court=translator(request).pick(found.matter.court, found.matter.court_en),
        qr=qr_svg(receipts.status_url(ctx, found)),
    )


@routes.get("/apply/{application}/receipt.pdf")
async def receipt_pdf(request: web.Request) -> web.StreamResponse:
    """The receipt as a PDF, made when it is asked for."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    found = await receipts.receipt_of(ctx, user, request.match_info["application"])
    name = f'inline; filename="{found.number}.pdf"'
    body = await receipts.receipt_pdf(ctx, found)
    return web.Response(body=body, content_type="application/pdf", headers={"Content-Disposition": name})


@routes.get("/status")
async def ask(request: web.Request) -> web.StreamResponse:
    """The question for number and digits; a scanned code brings the number along."""
    return _page(request, request.query.get("number", "")[:40])


@routes.post("/status")
async def tell(request: web.Request) -> web.StreamResponse:
    """Where the matter stands, and nothing else of it."""
    form = await read_form(request)
    number, digits = form.fields.get("number", ""), form.fields.get("digits", "")
    try:
        status = await receipts.status_of(request.config_dict[CONTEXT], number, digits, request.remote or "")
    except (BadInput, TooMany) as refusal:
        errors = beside(request, refusal, "number")
        return _page(request, number, digits=digits, errors=errors, status=refusal.status)
    return _page(request, number, found=status)


def _page(
    request: web.Request,
    number: str,
    *,
    digits: str = "",
    found: MatterStatus | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    return render(request, "status.html", status=status, number=number, digits=digits, found=found, errors=errors or {})
