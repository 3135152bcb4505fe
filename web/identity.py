"""The cookies, most of which say who is asking; their names are the services', so that sockets read the same ones."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.domain.unsent import UNSENT_LASTS
from mediation_server.domain.users import User
from mediation_server.errors import NotFound, NotSignedIn
from mediation_server.services import login
from mediation_server.services.cookies import (
    CODE_COOKIE,
    FORM_COOKIE,
    LOGIN_COOKIE,
    application_cookie,
    named,
    over_tls,
    seat_cookie,
)
from mediation_server.services.entering import CODE_LASTS
from web.app_keys import CONTEXT

__all__ = [
    "application_key",
    "code_token",
    "forget_form",
    "forget_login",
    "form_sent",
    "is_secure",
    "login_token",
    "remember_application",
    "remember_code",
    "remember_form",
    "remember_login",
    "remember_seat",
    "seat_token",
    "signed_in",
    "user_of",
]

_ON_ITS_WAY = timedelta(minutes=15)  # to correct a form that was refused; later it is a form like any other


def is_secure(request: web.Request) -> bool:
    """Whether this browser reaches us over TLS, ours or a proxy's: so cookies are `Secure` and bound to the host."""
    return over_tls(request.config_dict[CONTEXT].settings.public_url, encrypted=request.secure)


def _name(request: web.Request, name: str) -> str:
    return named(name, secure=is_secure(request))


def login_token(request: web.Request) -> str:
    """The token of a login; empty when there is none."""
    return request.cookies.get(_name(request, LOGIN_COOKIE), "")


def code_token(request: web.Request) -> str:
    """The token of whoever asked for a code by SMS; empty when there is none."""
    return request.cookies.get(_name(request, CODE_COOKIE), "")


def application_key(request: web.Request, application_id: str) -> str:
    """The key by which this browser may go on writing an application; empty when it has none."""
    return request.cookies.get(_name(request, application_cookie(application_id)), "")


def seat_token(request: web.Request, participant_id: str) -> str:
    """The token of one seat; empty when there is none."""
    return request.cookies.get(_name(request, seat_cookie(participant_id)), "")


def remember_login(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Set the login cookie; it outlives the login, which the server ends: by it we know whose a late form is."""
    hours = request.config_dict[CONTEXT].settings.login_hours
    _remember(request, response, LOGIN_COOKIE, token, timedelta(hours=hours) + UNSENT_LASTS)


def remember_application(request: web.Request, response: web.StreamResponse, application_id: str, key: str) -> None:
    """Set the cookie of whoever writes an application: it outlives the login, and opens nothing but saving."""
    _remember(request, response, application_cookie(application_id), key, timedelta(days=30))


def remember_code(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Set the cookie of whoever asked for a code; it lives a little longer than the code, which the server ends."""
    _remember(request, response, CODE_COOKIE, token, CODE_LASTS * 2)


def form_sent(request: web.Request) -> str:
    """The mark of the kept form this browser has sent on its way; empty when there is none."""
    return request.cookies.get(_name(request, FORM_COOKIE), "")


def remember_form(request: web.Request, response: web.StreamResponse, mark: str) -> None:
    """Know a kept form by its mark until it has arrived, also when it has to be corrected on the way."""
    _remember(request, response, FORM_COOKIE, mark, _ON_ITS_WAY)


def remember_seat(request: web.Request, response: web.StreamResponse, participant_id: str, token: str) -> None:
    """Set the cookie of a seat; a day outlasts any sitting, the server decides when the key ends."""
    _remember(request, response, seat_cookie(participant_id), token, timedelta(days=1))


def forget_login(request: web.Request, response: web.StreamResponse) -> None:
    """Take the login cookie back."""
    _forget(request, response, LOGIN_COOKIE)


def forget_form(request: web.Request, response: web.StreamResponse) -> None:
    """Take back what a form was known by: it has arrived, or is not kept any more."""
    _forget(request, response, FORM_COOKIE)


def _forget(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(_name(request, name), path="/", secure=is_secure(request), httponly=True, samesite="Lax")


def _remember(request: web.Request, response: web.StreamResponse, name: str, token: str, age: timedelta) -> None:
    response.set_cookie(
        _name(request, name),
        token,
        max_age=int(age.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )


async def user_of(request: web.Request) -> User | None:
    """The person signed in, if any."""
    token = login_token(request)
    return await login.user_of(request.config_dict[CONTEXT], token) if token else None


async def signed_in(request: web.Request, *roles: Role) -> User:
    """The person signed in. Raises `NotSignedIn`; `NotFound` when this page is for other roles."""
    user = await user_of(request)
    if user is None:
        raise NotSignedIn
    if roles and user.role not in roles:
        raise NotFound
    return user
