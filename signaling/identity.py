"""Who is behind a connection: by cookie alone, and only by cookie; knows no message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from mediation_server.domain.session import Participant
from mediation_server.domain.tokens import hash_of
from mediation_server.errors import NotFound, NotSignedIn
from mediation_server.rooms.shapes import Language
from mediation_server.services.context import Context
from mediation_server.services.cookies import LOGIN_COOKIE, named, over_tls, seat_cookie
from mediation_server.services.joining import seat_of, staff_seat
from mediation_server.services.login import user_of

__all__ = ["Identity", "comes_from_us", "held_key", "identify", "language_of"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose seat it is, and a key that tells one device from another; the key never leaves this process."""

    participant: Participant
    key: str


async def identify(ctx: Context, request: web.Request, participant_id: str, key: str = "") -> Identity:
    """The seat that this browser's cookies open, or the key it was given over this very connection.

    Raises `NotSignedIn("seat_invalid")` for every other one alike.
    """
    secure = over_tls(ctx.settings.public_url, encrypted=request.secure)
    token = key or held_key(ctx, request, participant_id)
    if token:
        return Identity(await seat_of(ctx, participant_id, token), hash_of(token))
    login = request.cookies.get(named(LOGIN_COOKIE, secure=secure))
    user = await user_of(ctx, login)
    if user is None or login is None:
        raise NotSignedIn("seat_invalid")
    try:
        return Identity(await staff_seat(ctx, user, participant_id), hash_of(login))
    except NotFound:
        raise NotSignedIn("seat_invalid") from None


def held_key(ctx: Context, request: web.Request, participant_id: str) -> str:
    """The key of a seat in this browser's cookies; empty when there is none."""
    secure = over_tls(ctx.settings.public_url, encrypted=request.secure)
    return request.cookies.get(named(seat_cookie(participant_id), secure=secure), "")


def comes_from_us(request: web.Request, public_url: str, origins: frozenset[str]) -> bool:
    """Whether the page that opened this socket is ours. A missing or `null` origin is foreign (threat T32)."""
    origin = request.headers.get("Origin", "")
    if origin in origins:
        return True
    if public_url:
        parts = urlsplit(public_url)
        return origin == f"{parts.scheme}://{parts.netloc}"
    return origin == f"{request.scheme}://{request.host}"


def language_of(request: web.Request, default: str) -> Language:
    """The language chosen on the pages, else the browser's, else the house's."""
    chosen = parse_qs(request.cookies.get("prefs", "")[:200]).get("language", [""])[-1]
    liked = [
        part.split(";")[0].strip().lower()[:2] for part in request.headers.get("Accept-Language", "")[:200].split(",")
    ]
    found = next((each for each in (chosen, *liked) if each in ("zh", "en")), default)
    return cast("Language", found)
