"""What happens around every handler: number, log line, origin check, and the one translation of refusals into pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.errors import BadInput, Gone, MediationError, NotFound, NotSignedIn, Refused, TooLarge, TooMany
from mediation_server.services import unsent
from web.access_log import log_request
from web.app_keys import CONTEXT
from web.identity import login_token, user_of
from web.origin import comes_from_us
from web.redirect import see_other
from web.render import render, translator
from web.request_id import assign_request_id, request_id
from web.too_late import Typed, has_arrived, kept_for_later, typed_in

__all__ = ["errors_middleware", "number_middleware", "origin_middleware"]

_LOG = logging.getLogger("web")
_OF_PARTIES = ("/my", "/apply")  # these pages are a party's, whoever asks for them
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def number_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its number and write one line when it is done."""
    assign_request_id(request)
    started = time.perf_counter()
    status = HTTPStatus.INTERNAL_SERVER_ERROR.value
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        log_request(request, status, started)
    return response


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into pages or JSON in the reader's language; a bug is logged whole and shown as a number only."""
    try:
        return await _answered(request, handler)
    except web.HTTPException:
        raise  # on to another page
    except Exception:  # noqa: BLE001 - the boundary: whatever is left is a bug, logged whole
        _LOG.exception("bug in %s, request %s", request.match_info.handler, request_id(request))
        return await _shown(request, "internal", HTTPStatus.INTERNAL_SERVER_ERROR, None, {"id": request_id(request)})


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except MediationError as refusal:
        return await _refused(request, refusal)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return await _refused(request, _as_refusal(error))
    await has_arrived(request, response)
    return response


@web.middleware
async def origin_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what would change something unless one of our own pages sent it."""
    if not comes_from_us(request, request.config_dict[CONTEXT].settings.public_url):
        raise Refused("foreign_origin")
    return await handler(request)


_BY_STATUS: dict[int, type[MediationError]] = {
    HTTPStatus.BAD_REQUEST: BadInput,
    HTTPStatus.UNAUTHORIZED: NotSignedIn,
    HTTPStatus.FORBIDDEN: Refused,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.GONE: Gone,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.TOO_MANY_REQUESTS: TooMany,
}


# What an error page says above and below the sentence of the refusal, by code or else by status.
_PAGES: dict[str | int, tuple[str, str]] = {
    "seat_invalid": ("seat", "key"),
    HTTPStatus.FORBIDDEN.value: ("refused", "lock"),
    HTTPStatus.NOT_FOUND.value: ("not_found", "search"),
    HTTPStatus.GONE.value: ("gone", "clock"),
    HTTPStatus.INTERNAL_SERVER_ERROR.value: ("bug", "alert"),
}


def _as_refusal(error: web.HTTPException) -> MediationError:
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        return _MethodNotAllowed()
    return _BY_STATUS.get(error.status, BadInput)()


class _MethodNotAllowed(MediationError):
    """The address exists, but not for this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    default_code = "method_not_allowed"


async def _refused(request: web.Request, refusal: MediationError) -> web.StreamResponse:
    if isinstance(refusal, NotSignedIn) and not _wants_json(request):
        then = request.path if request.method == "GET" else await kept_for_later(request)
        if then:
            return see_other(f"{await _door(request)}?next={quote(then)}")
    typed = await typed_in(request, refusal)
    return await _shown(request, refusal.code, refusal.status, refusal.field, refusal.details, typed)


async def _door(request: web.Request) -> str:
    """Where whoever asks signs in: parties by a code from their phone, also to a page that is everybody's."""
    if request.path.startswith(_OF_PARTIES):
        return "/enter"
    owner = await unsent.whose(request.config_dict[CONTEXT], login_token(request))
    return "/enter" if owner is not None and owner.role is Role.PARTY else "/login"


async def _shown(
    request: web.Request,
    code: str,
    status: int,
    field: str | None,
    details: dict[str, object],
    typed: Typed | None = None,
) -> web.StreamResponse:
    tr = translator(request)
    message = tr.error(code, details)
    if _wants_json(request):
        body = {"error": code, "message": message} | ({"field": field} if field else {})
        return web.json_response(body | {"request": request_id(request)}, status=status)
    if code == "link_invalid":
        return render(request, "link_invalid.html", status=status, typed=typed)
    kind, symbol = _PAGES.get(code) or _PAGES.get(status) or ("input", "info")
    user = None if kind == "bug" else await user_of(request)
    known = {"message": message, "kind": kind, "symbol": symbol, "user": user, "typed": typed}
    return render(request, "error.html", status=status, **known)


def _wants_json(request: web.Request) -> bool:
    """Whether a script is asking; a person's browser asks for `text/html` first."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)
