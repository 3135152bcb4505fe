"""A form that arrives after its login has ended: kept for its account, found again at one address after signing in."""

from __future__ import annotations

from aiohttp import web

from mediation_server.errors import MediationError
from mediation_server.services import unsent
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import login_token

__all__ = ["PATH", "kept_for_later"]

PATH = "/unsent"
_NEVER = ("password",)


async def kept_for_later(request: web.Request) -> str:
    """Where what was sent can be found after signing in; empty where nothing is kept: no form, or nobody's."""
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return ""
    try:
        fields = {name: value for name, value in (await read_form(request)).fields.items() if name not in _NEVER}
    except MediationError:
        return ""
    kept = await unsent.keep(request.config_dict[CONTEXT], login_token(request), request.path, fields)
    return PATH if kept else ""
