"""Keeping the roster (名册管理): entries and bodies, by who may; what is wrong stays beside its field."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.contacts import phone
from mediation_server.domain.checks.credit_codes import credit_code
from mediation_server.domain.checks.dates import day
from mediation_server.domain.checks.names import organisation_name
from mediation_server.domain.checks.texts import tidy
from mediation_server.domain.checks.together import Together
from mediation_server.domain.people import Role
from mediation_server.domain.roster import (
    MOST_MATTERS,
    Mediator,
    Organisation,
    OrganisationKind,
    RosterStatus,
    Speciality,
    Tongue,
)
from mediation_server.domain.users import User
from mediation_server.errors import BadInput
from mediation_server.services import rostering
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render

__all__ = ["routes"]

routes = web.RouteTableDef()
_NEW = "new"
_KEEPERS = (Role.ADMIN, Role.FILING, Role.ORGANISATION)
_MOST_BIO, _MOST_CHARGES, _MOST_LOAD = 400, 300, 200
_E = TypeVar("_E", bound=StrEnum)


@routes.get("/roster")
async def kept(request: web.Request) -> web.StreamResponse:
    """The roster behind the counter: every status, load and limit, refusals that count."""
    user = await signed_in(request, *_KEEPERS)
    page = await rostering.kept_roster(request.config_dict[CONTEXT], user)
    new_body = rostering.may_keep(user, None)
    return render(request, "roster.html", user=user, nav="roster", page=page, new_body=new_body)


@routes.get("/roster/mediators/{user_id}")
async def entry(request: web.Request) -> web.StreamResponse:
    """One entry to be changed, or an empty one."""
    return await _entry_page(request, await signed_in(request, *_KEEPERS))


@routes.post("/roster/mediators/{user_id}")
async def save_entry(request: web.Request) -> web.StreamResponse:
    """Write the entry."""
    user, form = await signed_in(request, *_KEEPERS), await read_form(request)
    try:
        found = _entry_of(form, _id(request), user)
        await rostering.save_entry(request.config_dict[CONTEXT], user, form.text("login"), found)
    except BadInput as refusal:
        return await _entry_page(request, user, form, refusal)
    return see_other("/roster")


@routes.get("/roster/organisations/{organisation_id}")
async def body(request: web.Request) -> web.StreamResponse:
    """One body to be changed, or an empty form."""
    return await _body_page(request, await signed_in(request, *_KEEPERS))


@routes.post("/roster/organisations/{organisation_id}")
async def save_body(request: web.Request) -> web.StreamResponse:
    """Write the body."""
    user, form = await signed_in(request, *_KEEPERS), await read_form(request)
    try:
        await rostering.save_organisation(request.config_dict[CONTEXT], user, _body_of(form, _id(request)))
    except BadInput as refusal:
        return await _body_page(request, user, form, refusal)
    return see_other("/roster")


def _id(request: web.Request) -> str:
    named = request.match_info.get("user_id") or request.match_info["organisation_id"]
    return "" if named == _NEW else named


def _entry_of(form: Form, user_id: str, user: User) -> Mediator:
    """The entry a form describes. Raises `BadInput` naming the fields."""
    until = form.fields.get("valid_to", "")
    with Together() as checked:
        certificate_no = checked(_line, form, "certificate_no", most=40, needed=True)
        specialities = checked(_ticked, form, "speciality", Speciality)
        courts = checked(_courts, form)
        tongues = checked(_ticked, form, "tongue", Tongue)
        valid_from = checked(day, form.fields.get("valid_from", ""), field="valid_from")
        valid_to = checked(day, until, field="valid_to") if until.strip() else None
        status = checked(_chosen, form, "status", RosterStatus)
        charges, charges_en = (checked(_line, form, each, most=_MOST_CHARGES) for each in ("charges", "charges_en"))
        bio, bio_en = (checked(_line, form, each, most=_MOST_BIO) for each in ("bio", "bio_en"))
        most_matters = checked(form.number, "most_matters", 1, _MOST_LOAD)
    return Mediator(
        user_id=user_id,
        certificate_no=certificate_no,
        specialities=specialities,
        courts=courts,
        tongues=tongues,
        valid_from=valid_from,
        valid_to=valid_to,
        status=status,
        organisation_id=user.organisation_id if user.role is Role.ORGANISATION else form.text("organisation") or None,
        charges=charges,
        charges_en=charges_en,
        bio=bio,
        bio_en=bio_en,
        most_matters=most_matters,
    )


def _body_of(form: Form, organisation_id: str) -> Organisation:
    """The body a form describes. Raises `BadInput` naming the fields."""
    code, number = form.fields.get("credit_code", ""), form.fields.get("phone", "")
    with Together() as checked:
        name = checked(organisation_name, form.fields.get("name", ""))
        name_en = checked(_line, form, "name_en", needed=True)
        kind = checked(_chosen, form, "kind", OrganisationKind)
        scope = checked(_ticked, form, "speciality", Speciality)
        courts = checked(_courts, form)
        charges, charges_en = (checked(_line, form, each, most=_MOST_CHARGES) for each in ("charges", "charges_en"))
        known_code = checked(credit_code, code) if code.strip() else None
        known_phone = checked(phone, number) if number.strip() else ""
    return Organisation(
        id=organisation_id,
        name=name,
        name_en=name_en,
        kind=kind,
        scope=scope,
        courts=courts,
        charges=charges,
        charges_en=charges_en,
        credit_code=known_code,
        phone=known_phone,
        active=form.text("active") == "yes",
    )


def _line(form: Form, name: str, *, most: int = 200, needed: bool = False) -> str:
    return tidy((form.required if needed else form.text)(name, most=most), field=name)


def _ticked(form: Form, name: str, kind: type[_E]) -> tuple[_E, ...]:
    found = tuple(each for each in kind if form.fields.get(f"{name}.{each.value}") == "yes")
    if not found:
        raise BadInput("required", field=name)
    return found


def _chosen(form: Form, name: str, kind: type[_E]) -> _E:
    value = form.required(name)
    if value not in set(kind):
        raise BadInput("required", field=name)
    return kind(value)


def _courts(form: Form) -> tuple[str, ...]:
    """One court a line; each once. Raises `BadInput`."""
    lines = form.required("courts", most=600).splitlines()
    named = dict.fromkeys(organisation_name(each, field="courts") for each in lines if each.strip())
    return tuple(named)


async def _entry_page(
    request: web.Request, user: User, form: Form | None = None, refusal: BadInput | None = None
) -> web.Response:
    ctx, user_id = request.config_dict[CONTEXT], _id(request)
    found = await rostering.entry_page(ctx, user, user_id) if user_id else None
    page = await rostering.kept_roster(ctx, user)
    values = dict(form.fields) if form else _entry_values(found.entry if found else None)
    values.setdefault("valid_from", local_date(ctx.clock.now()).isoformat())
    return render(
        request,
        "roster_entry.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="roster",
        one=found,
        values=_Values(values),
        errors=beside(request, refusal),
        specialities=Speciality,
        tongues=Tongue,
        statuses=RosterStatus,
        organisations=page.organisations,
        most_load=_MOST_LOAD,
    )


async def _body_page(
    request: web.Request, user: User, form: Form | None = None, refusal: BadInput | None = None
) -> web.Response:
    ctx, organisation_id = request.config_dict[CONTEXT], _id(request)
    if organisation_id:
        found = await rostering.body_page(ctx, user, organisation_id)
    else:
        await rostering.kept_roster(ctx, user)
        found = None
    return render(
        request,
        "roster_body.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="roster",
        one=found,
        values=_Values(dict(form.fields) if form else _body_values(found)),
        errors=beside(request, refusal),
        specialities=Speciality,
        kinds=OrganisationKind,
        standing=user.role is not Role.ORGANISATION,
    )


class _Values(dict[str, str]):
    """What stands in a form; a field nobody filled is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _entry_values(entry: Mediator | None) -> dict[str, str]:
    if entry is None:
        return {"status": RosterStatus.LISTED.value, "most_matters": str(MOST_MATTERS), "tongue.mandarin": "yes"}
    plain = ("certificate_no", "charges", "charges_en", "bio", "bio_en")
    return {
        **{name: getattr(entry, name) for name in plain},
        **_ticks("speciality", entry.specialities),
        **_ticks("tongue", entry.tongues),
        "courts": "\n".join(entry.courts),
        "valid_from": entry.valid_from.isoformat(),
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
        "status": entry.status.value,
        "organisation": entry.organisation_id or "",
        "most_matters": str(entry.most_matters),
    }


def _body_values(found: Organisation | None) -> dict[str, str]:
    if found is None:
        return {"active": "yes"}
    plain = ("name", "name_en", "charges", "charges_en", "phone")
    return {
        **{name: getattr(found, name) for name in plain},
        **_ticks("speciality", found.scope),
        "courts": "\n".join(found.courts),
        "kind": found.kind.value,
        "credit_code": found.credit_code or "",
        "active": "yes" if found.active else "",
    }


def _ticks(name: str, ticked: Iterable[StrEnum]) -> dict[str, str]:
    return {f"{name}.{each.value}": "yes" for each in ticked}
