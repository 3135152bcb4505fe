"""Before a recording is watched: the purpose is asked for, the wall decides, a refusal is explained."""

from __future__ import annotations

import re

from aiohttp import web

from mediation_server.domain.access import Purpose
from mediation_server.domain.checks.together import Together
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import matters, recording_wall
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_SECOND = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_ASKABLE = {
    Role.JUDGE: (Purpose.CONFIRMATION, Purpose.JUDGMENT, Purpose.TRIAL),
    Role.MEDIATOR: (Purpose.OWN_SESSION,),
}


@routes.get("/recordings/{recording_id}")
async def recording(request: web.Request) -> web.StreamResponse:
    """What there is, and the form that asks what it is to be watched for."""
    return await _page(request, await signed_in(request))


@routes.post("/recordings/{recording_id}/viewings")
async def open_viewing(request: web.Request) -> web.StreamResponse:
    """State a purpose; the answer, yes or no, is written down before anything else happens."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request)
    form = await read_form(request)
    try:
        with Together() as checked:
            purpose, reason = checked(_purpose, form), checked(form.required, "reason", most=500)
        viewing = await recording_wall.open_viewing(ctx, user, request.match_info["recording_id"], purpose, reason)
    except (BadInput, Refused, Conflict) as refusal:
        return await _page(request, user, form, refusal)
    return see_other(f"/viewings/{viewing.id}{_moment(form)}")


def _moment(form: Form) -> str:
    """The second that a link to this recording named, for the page that opens; nonsense names none."""
    second = form.fields.get("t", "")
    return f"#t={second}" if _SECOND.fullmatch(second) else ""


def _purpose(form: Form) -> Purpose:
    try:
        return Purpose(form.fields.get("purpose", ""))
    except ValueError:
        raise BadInput("purpose_required", field="purpose") from None


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    item = await recording_wall.recording_item(ctx, user, request.match_info["recording_id"])
    page = await matters.matter_page(ctx, user, item.matter.id)
    errors = beside(request, refusal)
    return render(
        request,
        "recording.html",
        status=refusal.status if refusal else 200,
        user=user,
        court=tr.pick(item.matter.court, item.matter.court_en),
        item=item,
        parties=page.parties,
        grounds=item.grounds,
        purposes=item.purposes or _ASKABLE.get(user.role, ()),
        refusal=refusal.code if refusal and "_" in errors else "",
        errors=errors,
        values={name: (form.fields.get(name, "") if form else "") for name in ("purpose", "reason")},
        moment=form.fields.get("t", "") if form else request.query.get("t", ""),
    )
