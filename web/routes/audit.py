"""The audit log for whoever may read it: by object, actor and day."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from mediation_server.errors import BadInput
from mediation_server.services import audit_reading
from mediation_server.services.audit_reading import AuditPage
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.render import beside, render

__all__ = ["routes"]

routes = web.RouteTableDef()
_ASKED = ("about", "actor", "day")


@routes.get("/audit")
async def log(request: web.Request) -> web.StreamResponse:
    """Its newest entries, or those that are asked for."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *audit_reading.READERS)
    asked = {name: request.query.get(name, "").strip() for name in _ASKED}
    errors: dict[str, str] = {}
    try:
        page = await audit_reading.audit_page(ctx, user, **asked, before=request.query.get("before", "")[:12])
    except BadInput as refusal:
        page, errors = AuditPage((), {}, None), beside(request, refusal, "about")
    kept = {name: value for name, value in asked.items() if value}
    return render(
        request,
        "audit.html",
        status=BadInput.status if errors else 200,
        user=user,
        nav="audit",
        page=page,
        values=asked,
        errors=errors,
        narrowed=bool(kept),
        first=f"/audit?{urlencode(kept)}" if "before" in request.query else "",
        more=f"/audit?{urlencode(kept | {'before': str(page.before)})}" if page.before else "",
    )
