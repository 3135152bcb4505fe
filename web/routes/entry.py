"""The front door: landing page, sign-in and out, preferences."""

from __future__ import annotations

from aiohttp import web

from mediation_server.errors import BadInput, MediationError, NotSignedIn, TooMany
from mediation_server.services import login
from web.app_keys import CONTEXT
from web.forms import Form, local_path, read_form
from web.identity import forget_login, is_secure, login_token, remember_login, user_of
from web.preferences import COOKIE
from web.redirect import see_other
from web.render import preferences, render, translator
from web.routes.demo import DEMO_ROLES

__all__ = ["routes"]

routes = web.RouteTableDef()
_YEAR = 365 * 24 * 3600


@routes.get("/")
async def landing(request: web.Request) -> web.StreamResponse:
    """What this is, and the ways in; whoever is signed in goes on to the own home page."""
    if await user_of(request):
        return see_other("/home")
    return render(request, "landing.html")


@routes.get("/login")
async def login_page(request: web.Request) -> web.StreamResponse:
    """Accounts of staff; in the demo the role buttons beside them."""
    return _login_page(request, local_path(request.query.get("next", ""), "/home"))


@routes.post("/login")
async def sign_in(request: web.Request) -> web.StreamResponse:
    """Sign in; what was typed as a name stays, the password does not."""
    form = await read_form(request)
    then = local_path(form.fields.get("next", ""), "/home")
    try:
        address = request.remote or ""
        signed_in = await login.sign_in(
            request.config_dict[CONTEXT], form.text("login"), form.fields.get("password", "")[:1000], address
        )
    except (BadInput, NotSignedIn, TooMany) as refusal:
        return _login_page(request, then, form, refusal)
    response = see_other(then)
    remember_login(request, response, signed_in.token)
    return response


@routes.post("/logout")
async def sign_out(request: web.Request) -> web.StreamResponse:
    """Sign out, here and on the server."""
    await login.sign_out(request.config_dict[CONTEXT], login_token(request))
    response = see_other("/")
    forget_login(request, response)
    return response


@routes.post("/preferences")
async def change_preferences(request: web.Request) -> web.StreamResponse:
    """Keep language, theme or size of type in the cookie and go back to the page."""
    form = await read_form(request)
    response = see_other(local_path(form.fields.get("back", "")))
    chosen = preferences(request).changed(dict(form.fields))
    response.set_cookie(
        COOKIE, chosen.as_cookie(), max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=is_secure(request)
    )
    return response


def _login_page(
    request: web.Request, then: str, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    said = translator(request).error(refusal.code, refusal.details) if refusal else ""
    errors = {refusal.field: said} if refusal and refusal.field else {}
    values = {"login": form.fields.get("login", "") if form else ""}
    status = refusal.status if refusal else 200
    return render(
        request,
        "login.html",
        status=status,
        next=then,
        values=values,
        errors=errors,
        problem="" if errors else said,
        demo_roles=DEMO_ROLES,
    )
