"""A form that arrives too late: kept for the account whose login has ended, or shown once to whoever lost a seat."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from mediation_server.domain.unsent import FILLED
from mediation_server.errors import MediationError
from mediation_server.services import unsent
from web.app_keys import CONTEXT
from web.forms import read_form
from web.identity import forget_form, form_sent, login_token, user_of

__all__ = ["ALSO", "PATH", "Typed", "has_arrived", "kept_for_later", "typed_in"]

PATH = "/unsent"
ALSO = "also"  # in its query: something was pressed after what is kept
_LOG = logging.getLogger(__name__)
_NEVER = ("password", "ticket")
_BY_LINK = ("/seats/", "/join/")  # their people have no account: nobody could be asked later whose a form is
_WRITTEN = "text"  # the one field of those forms in which somebody writes; all others are choices
_FOR_GOOD = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)  # a link that was replaced, a sitting that is over


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form by seat or link that was refused: for the answer to it alone, and kept nowhere.

    `path` is where it can be sent again once its sender has come back; empty where it never can.
    """

    text: str
    chosen: Mapping[str, str]
    path: str


async def kept_for_later(request: web.Request) -> str:
    """Where what was sent can be found after signing in; empty where nothing is kept: no form, or nobody's."""
    if _is_form(request) and request.path.startswith(f"{PATH}/"):
        return PATH  # what is kept stays as it is: this only says what becomes of it
    fields = await _sent(request)
    if not any(fields.values()):
        return ""
    kept = await unsent.keep(request.config_dict[CONTEXT], login_token(request), request.path, fields)
    if kept is None:
        return ""
    return PATH if (kept.path, kept.fields) == (request.path, fields) else f"{PATH}?{ALSO}=yes"


async def typed_in(request: web.Request, refusal: MediationError) -> Typed | None:
    """What whoever holds a seat or a link wrote in vain; None where nothing was written, or another page sent it."""
    if refusal.code == "foreign_origin" or not request.path.startswith(_BY_LINK):
        return None
    fields = await _sent(request)
    text = fields.pop(_WRITTEN, "")
    fields.pop(FILLED, None)  # the page that is shown says it anew
    if not text.strip():
        return None
    return Typed(text, fields, "" if refusal.status in _FOR_GOOD else request.path)


def _is_form(request: web.Request) -> bool:
    """Whether a person's browser sends it from a page, and shows the answer."""
    return request.method == "POST" and "text/html" in request.headers.get("Accept", "")


async def _sent(request: web.Request) -> dict[str, str]:
    """The fields of a form but for what is never shown again; none where it is no form, or none of ours."""
    if not _is_form(request):
        return {}
    try:
        fields = (await read_form(request)).fields
    except MediationError:
        return {}
    return {name: value for name, value in fields.items() if name not in _NEVER}


async def has_arrived(request: web.Request, response: web.StreamResponse) -> None:
    """Forget a kept form that was sent again, once the answer says that it was taken; refused, it stays.

    What was taken was taken: if forgetting fails it is shown once more, and gone after a day.
    """
    mark = form_sent(request)
    if request.method != "POST" or not mark or response.status >= HTTPStatus.BAD_REQUEST:
        return
    if request.path.startswith(f"{PATH}/"):
        return  # what is sent on its way or let go there is known by what is pressed
    try:
        await _forgotten(request, response, mark)
    except Exception:  # noqa: BLE001 - whatever it is, the answer is the one of what was taken
        _LOG.exception("a form that was sent again is still kept")


async def _forgotten(request: web.Request, response: web.StreamResponse, mark: str) -> None:
    """Nothing is followed any more, unless the form that is followed was going somewhere else: then it stays."""
    ctx, user = request.config_dict[CONTEXT], await user_of(request)
    if user is None:
        return
    kept = await unsent.mine(ctx, user)
    if kept is not None and kept.mark == mark:
        if kept.path != request.path:
            return
        await unsent.drop(ctx, user, mark)
    forget_form(request, response)
