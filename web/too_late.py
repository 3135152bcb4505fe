"""A form that arrives after its login has ended: kept for its account, found again at one address after signing in."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from mediation_server.domain.unsent import Unsent
from mediation_server.errors import MediationError
from mediation_server.services import unsent
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import login_token, user_of

__all__ = ["MARK", "PATH", "has_arrived", "kept_for_later", "way_of"]

PATH = "/unsent"
MARK = "kept"  # in the query of an address: which of the kept forms this is about
_NEVER = ("password",)


async def kept_for_later(request: web.Request) -> str:
    """Where what was sent can be found after signing in; empty where nothing is kept: no form, or nobody's."""
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return ""
    if request.path.startswith(f"{PATH}/"):
        return PATH  # what is kept stays as it is: this only says what becomes of it
    try:
        fields = {name: value for name, value in (await read_form(request)).fields.items() if name not in _NEVER}
    except MediationError:
        return ""
    if not any(fields.values()):
        return ""
    kept = await unsent.keep(request.config_dict[CONTEXT], login_token(request), request.path, fields)
    return PATH if kept else ""


def way_of(form: Unsent) -> str:
    """The address to which a kept form is sent again; by its query it is known there, once it has arrived."""
    return f"{form.path}?{urlencode({MARK: form.mark})}"


async def has_arrived(request: web.Request, response: web.StreamResponse) -> None:
    """Forget a kept form that was sent again, once the answer says that it was taken; refused, it stays."""
    mark = request.query.get(MARK, "")
    if request.method != "POST" or not mark or response.status >= 400:  # noqa: PLR2004
        return
    user = await user_of(request)
    if user is not None:
        await unsent.drop(request.config_dict[CONTEXT], user, mark, sent_to=request.path)
