"""The public roster (特邀调解员名册): who can be asked to mediate, what for and for how much; no login."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from mediation_server.domain.courts import english_name
from mediation_server.domain.roster import Speciality, Tongue
from mediation_server.errors import BadInput
from mediation_server.services import rostering
from mediation_server.services.rostering import Looked, Wanted
from web.app_keys import CONTEXT, PAGES
from web.identity import user_of
from web.render import render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_MOST_WORDS = 40
_FIELDS = ("q", "speciality", "court", "tongue", "charges")
_E = TypeVar("_E", bound=StrEnum)


@routes.get("/mediators")
async def mediators(request: web.Request) -> web.StreamResponse:
    """The roster by name, narrowed by words, field, court, language and charges; the address holds the search."""
    values = {name: request.query.get(name, "").strip()[:_MOST_WORDS] for name in _FIELDS}
    errors: dict[str, str] = {}
    page = Looked((), (), None)
    try:
        page = await rostering.look_up(request.config_dict[CONTEXT], _wanted(values, request.query.get("after", "")))
    except BadInput as refusal:
        errors["q"] = translator(request).error(refusal.code, refusal.details)
    narrowed = {name: value for name, value in values.items() if value}
    more = f"/mediators?{urlencode({**narrowed, 'after': page.after})}" if page.after else ""
    return render(
        request,
        "mediators.html",
        status=400 if errors else 200,
        user=await user_of(request),
        page=page,
        values=values,
        errors=errors,
        narrowed=bool(narrowed),
        more=more,
        most=_MOST_WORDS,
        specialities=Speciality,
        tongues=Tongue,
        court_en=english_name,
    )


@routes.get("/mediators/{user_id}")
async def mediator(request: web.Request) -> web.StreamResponse:
    """What the law wants everybody to know of one mediator (在线调解规则 art. 28), and nothing of how busy they are."""
    found = await rostering.profile(request.config_dict[CONTEXT], request.match_info["user_id"])
    may_apply = "/apply" in request.config_dict[PAGES]
    user = await user_of(request)
    return render(request, "mediator.html", user=user, one=found, may_apply=may_apply, court_en=english_name)


@routes.get("/organisations/{organisation_id}")
async def organisation(request: web.Request) -> web.StreamResponse:
    """A body: what it takes, what it charges, who mediates for it."""
    found = await rostering.organisation_page(request.config_dict[CONTEXT], request.match_info["organisation_id"])
    user = await user_of(request)
    return render(request, "organisation.html", user=user, page=found, body=found.organisation, court_en=english_name)


def _wanted(values: Mapping[str, str], after: str) -> Wanted:
    return Wanted(
        words=values["q"],
        speciality=_one_of(Speciality, values["speciality"]),
        court=values["court"],
        tongue=_one_of(Tongue, values["tongue"]),
        free={"free": True, "charged": False}.get(values["charges"]),
        after=after,
    )


def _one_of(kind: type[_E], value: str) -> _E | None:
    return kind(value) if value in set(kind) else None
