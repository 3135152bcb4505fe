"""What administrators keep (管理): courts and their ways into mediation, accounts, holidays; no content at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.courts import Court
from mediation_server.domain.matter import Track
from mediation_server.domain.people import Role
from mediation_server.domain.tracks import TrackRule
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError
from mediation_server.services import administering, calendars, court_keeping
from mediation_server.services.administering import STAFF, AccountForm, NewPassword
from mediation_server.services.court_keeping import CourtForm
from web.app_keys import CONTEXT, PAGES
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.courts import court_values, courts_on
from web.views.entries import OF_STAFF, entries_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_FIELDS = ("login", "name", "name_en", "role", "court", "organisation_id")
_TICK = "heads_division"


@routes.get("/admin")
async def overview(request: web.Request) -> web.StreamResponse:
    """Courts with the tracks they offer on a day, and the way to everything else."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), translator(request)
    pages = request.config_dict[PAGES]
    today, asked, errors = local_date(ctx.clock.now()), request.query.get("day", "")[:20], dict[str, str]()
    try:
        day = date.fromisoformat(asked) if asked else today
    except ValueError:
        day, errors = today, {"day": tr.error("date_form")}
    people = await administering.accounts(ctx, user)
    return render(
        request,
        "admin.html",
        status=BadInput.status if errors else 200,
        user=user,
        nav="admin",
        courts=courts_on(day, {each.court for each in people if each.court}),
        day=day.isoformat(),
        errors=errors,
        staff=sum(each.active for each in people),
        years=await calendars.years(user),
        entries=entries_of(OF_STAFF[Role.ADMIN], pages),
    )


@routes.get("/admin/users")
async def users(request: web.Request) -> web.StreamResponse:
    """Every account of staff."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN)
    return render(request, "admin_users.html", user=user, nav="admin", people=await administering.accounts(ctx, user))


@routes.get("/admin/users/new")
async def new_user(request: web.Request) -> web.StreamResponse:
    """The form for a new account."""
    return _form(request, await signed_in(request, Role.ADMIN))


@routes.post("/admin/users")
async def create_user(request: web.Request) -> web.StreamResponse:
    """Make it, and show its password this once."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), await read_form(request)
    try:
        made = await administering.create(ctx, user, form.fields.get("login", ""), _account(form, active=True))
    except (BadInput, Conflict) as refusal:
        return _form(request, user, form=form, refusal=refusal)
    return _told(request, user, made)


@routes.get("/admin/users/{user_id}")
async def one_user(request: web.Request) -> web.StreamResponse:
    """One account, to be changed."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN)
    return _form(request, user, await administering.account(ctx, user, request.match_info["user_id"]))


@routes.post("/admin/users/{user_id}")
async def change_user(request: web.Request) -> web.StreamResponse:
    """Keep the changes; what is wrong stays beside its field."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), await read_form(request)
    found = await administering.account(ctx, user, request.match_info["user_id"])
    try:
        await administering.change(ctx, user, found.id, _account(form, active=form.fields.get("active") == "yes"))
    except (BadInput, Conflict) as refusal:
        return _form(request, user, found, form, refusal)
    return see_other("/admin/users")


@routes.post("/admin/users/{user_id}/password")
async def reset_password(request: web.Request) -> web.StreamResponse:
    """A new password, shown this once; every login of the account ends."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN)
    return _told(request, user, await administering.reset_password(ctx, user, request.match_info["user_id"]))


@routes.get("/admin/calendar")
async def calendar(request: web.Request) -> web.StreamResponse:
    """The years whose holidays are known, each with its notice; and the form for one more."""
    return await _calendar(request, await signed_in(request, Role.ADMIN))


@routes.post("/admin/calendar")
async def publish(request: web.Request) -> web.StreamResponse:
    """Bring the notice of one more year."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), await read_form(request)
    try:
        year = await calendars.publish(ctx, user, form.fields.get("notice", ""))
    except (BadInput, Conflict) as refusal:
        return await _calendar(request, user, form, refusal)
    return see_other(f"/admin/calendar#year-{year}")


@routes.get("/admin/courts/new")
async def new_court(request: web.Request) -> web.StreamResponse:
    """The form for one more court."""
    return _court(request, await signed_in(request, Role.ADMIN))


@routes.post("/admin/courts")
async def add_court(request: web.Request) -> web.StreamResponse:
    """Add it; what is wrong stays beside its field."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), await read_form(request)
    try:
        await court_keeping.add(ctx, user, _court_form(form))
    except (BadInput, Conflict) as refusal:
        return _court(request, user, form=form, refusal=refusal)
    return see_other("/admin")


@routes.get("/admin/courts/{code}")
async def one_court(request: web.Request) -> web.StreamResponse:
    """One court, to be changed."""
    user = await signed_in(request, Role.ADMIN)
    return _court(request, user, court_keeping.court_page(user, request.match_info["code"]))


@routes.post("/admin/courts/{code}")
async def change_court(request: web.Request) -> web.StreamResponse:
    """Keep the changes."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.ADMIN), await read_form(request)
    found = court_keeping.court_page(user, request.match_info["code"])
    try:
        await court_keeping.change(ctx, user, found[0].code, _court_form(form))
    except (BadInput, Conflict) as refusal:
        return _court(request, user, found, form, refusal)
    return see_other("/admin")


def _court_form(form: Form) -> CourtForm:
    said = {name: form.fields.get(name, "") for name in ("code", "name", "name_en")}
    days = {each: (form.fields.get(f"from_{each}", "")[:20], form.fields.get(f"to_{each}", "")[:20]) for each in Track}
    tracks = {each: days.pop(each) for each in Track if form.fields.get(f"track_{each}") == "yes"}
    return CourtForm(**said, open=form.fields.get("open") == "yes", tracks=tracks, others=days)


def _court(
    request: web.Request,
    user: User,
    found: tuple[Court, tuple[TrackRule, ...]] | None = None,
    form: Form | None = None,
    refusal: MediationError | None = None,
) -> web.Response:
    return render(
        request,
        "admin_court.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="admin",
        found=found[0] if found else None,
        tracks=Track,
        values=defaultdict(str, form.fields) if form else court_values(found),
        errors=beside(request, refusal),
    )


def _account(form: Form, *, active: bool) -> AccountForm:
    given = {name: form.fields.get(name, "") for name in _FIELDS if name != "login"}
    return AccountForm(**given, active=active, heads_division=form.fields.get(_TICK) == "yes")


def _form(
    request: web.Request,
    user: User,
    found: User | None = None,
    form: Form | None = None,
    refusal: MediationError | None = None,
) -> web.Response:
    known = {name: str(getattr(found, name) or "") if found else "" for name in _FIELDS}
    typed = {name: form.fields.get(name, "") for name in _FIELDS} if form else {}
    values: Mapping[str, str] = known | typed
    return render(
        request,
        "admin_user.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="admin",
        found=found,
        roles=STAFF,
        values=values,
        active=form.fields.get("active") == "yes" if form else found is not None and found.active,
        heads=form.fields.get(_TICK) == "yes" if form else found is not None and found.heads_division,
        errors=beside(request, refusal, only=(*_FIELDS, _TICK)),
    )


def _told(request: web.Request, user: User, made: NewPassword) -> web.Response:
    return render(request, "admin_password.html", user=user, nav="admin", whose=made.user, password=made.password)


async def _calendar(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    return render(
        request,
        "admin_calendar.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="admin",
        years=await calendars.years(user),
        value=form.fields.get("notice", "") if form else "",
        errors=beside(request, refusal, "notice"),
    )
