"""The door of parties: the phone, then the code that was sent to it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from mediation_server.errors import BadInput, MediationError, NotSignedIn, TooMany, Unavailable
from mediation_server.services import entering
from web.app_keys import CONTEXT
from web.forms import local_path, read_form
from web.identity import code_token, remember_code, remember_login
from web.redirect import see_other
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_HOME = "/my"


@routes.get("/enter")
async def ask(request: web.Request) -> web.StreamResponse:
    """The question for the phone."""
    return render(request, "enter.html", next=_then(request.query.get("next", "")), phone="", errors={})


@routes.post("/enter")
async def send(request: web.Request) -> web.StreamResponse:
    """Send a code; a phone we do not know gets one like any other."""
    form = await read_form(request)
    then, phone = _then(form.fields.get("next", "")), form.fields.get("phone", "")
    try:
        token = await entering.ask_for_code(request.config_dict[CONTEXT], phone, request.remote or "")
    except (BadInput, TooMany, Unavailable) as refusal:
        errors = _errors(request, refusal, "phone")
        return render(request, "enter.html", status=refusal.status, next=then, phone=phone, errors=errors)
    response = see_other(f"/enter/code?next={quote(then)}")
    remember_code(request, response, token)
    return response


@routes.get("/enter/code")
async def ask_code(request: web.Request) -> web.StreamResponse:
    """The question for the code; without one on its way back to the first."""
    return await _code_page(request, _then(request.query.get("next", "")))


@routes.post("/enter/code")
async def enter(request: web.Request) -> web.StreamResponse:
    """Sign in and go on to where the person wanted to be."""
    form = await read_form(request)
    then, code = _then(form.fields.get("next", "")), form.fields.get("code", "")[:20]
    try:
        signed_in = await entering.enter_by_code(
            request.config_dict[CONTEXT], code_token(request), code, request.remote or ""
        )
    except (NotSignedIn, TooMany) as refusal:
        return await _code_page(request, then, refusal)
    response = see_other(then)
    remember_login(request, response, signed_in.token)
    return response


async def _code_page(request: web.Request, then: str, refusal: MediationError | None = None) -> web.StreamResponse:
    phone = await entering.asked_phone(request.config_dict[CONTEXT], code_token(request))
    if phone is None and refusal is None:
        return see_other(f"/enter?next={quote(then)}")
    errors, status = (_errors(request, refusal, "code"), refusal.status) if refusal else ({}, 200)
    return render(request, "enter_code.html", status=status, next=then, phone=phone, errors=errors)


def _errors(request: web.Request, refusal: MediationError, field: str) -> dict[str, str]:
    return {field: translator(request).error(refusal.code, refusal.details)}


def _then(path: str) -> str:
    return local_path(path, _HOME)
