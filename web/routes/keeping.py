"""Keeping records: what is due, held or waits for a second person; one record with what can be done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.checks.together import Together
from mediation_server.domain.people import Role
from mediation_server.domain.retention import YEARS, HoldCause, RetentionClass
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import archiving, disposing, retaining
from mediation_server.services.disposal_certificates import certificate_pdf
from web.app_keys import CONTEXT, SHREDDER
from web.courts import court_over
from web.forms import Form, read_form
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_WHO = (Role.FILING, Role.CLERK, Role.JUDGE, Role.ADMIN)
_OVERSEE = (Role.FILING, Role.CLERK, Role.ADMIN)
_EXPLAINED = (BadInput, Conflict, Refused)
_Act = Callable[[web.Request, User, str, Form], Awaitable[object]]


@routes.get("/keeping")
async def keeping(request: web.Request) -> web.StreamResponse:
    """What is due, what waits for a yes, what is held, and what went lately."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_OVERSEE)
    found = await retaining.keeping_list(ctx, user)
    court, today = await court_over(request, user), local_date(ctx.clock.now())
    return render(request, "keeping.html", user=user, nav="keeping", court=court, found=found, today=today)


@routes.get("/matters/{matter_id}/keeping")
async def record(request: web.Request) -> web.StreamResponse:
    """How long one record is kept, what holds it, and what can be done about it."""
    return await _page(request, await signed_in(request, *_WHO))


@routes.post("/matters/{matter_id}/keeping/{what:archive|retention|hold|ask_release|release|propose|decline|dispose}")
async def act(request: web.Request) -> web.StreamResponse:
    """Do it, or say what stands against it."""
    user, form = await signed_in(request, *_WHO), await read_form(request)
    what = request.match_info["what"]
    try:
        await _ACTS[what](request, user, request.match_info["matter_id"], form)
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal, what)
    return see_other(f"/matters/{request.match_info['matter_id']}/keeping")


@routes.get("/matters/{matter_id}/keeping/certificate.pdf")
async def certificate(request: web.Request) -> web.StreamResponse:
    """The certificate of what went, as a PDF."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_WHO)
    _, gone = await retaining.certificate(ctx, user, request.match_info["matter_id"])
    name = f'inline; filename="{gone.id}.pdf"'
    return web.Response(
        body=await certificate_pdf(gone), content_type="application/pdf", headers={"Content-Disposition": name}
    )


def _reason(form: Form) -> str:
    return reason_of(form.fields.get("reason", ""))


async def _archive(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    del form
    await archiving.archive(request.config_dict[CONTEXT], user, matter_id)


async def _set_retention(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    with Together() as checked:
        chosen, reason = checked(form.one_of, "retention", RetentionClass), checked(_reason, form)
    await retaining.set_retention(request.config_dict[CONTEXT], user, matter_id, chosen, reason)


async def _hold(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    with Together() as checked:
        cause, reason = checked(form.one_of, "cause", HoldCause), checked(_reason, form)
    await retaining.hold(request.config_dict[CONTEXT], user, matter_id, cause, reason)


async def _ask_release(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    named = form.text("hold", most=40)
    await retaining.ask_release(request.config_dict[CONTEXT], user, matter_id, named, _reason(form))


async def _release(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    named = form.text("hold", most=40)
    await retaining.release(request.config_dict[CONTEXT], user, matter_id, named, _reason(form))


async def _propose(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    await retaining.propose(request.config_dict[CONTEXT], user, matter_id, _reason(form))


async def _decline(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    await retaining.decline(request.config_dict[CONTEXT], user, matter_id, _reason(form))


async def _dispose(request: web.Request, user: User, matter_id: str, form: Form) -> None:
    shredder = request.config_dict[SHREDDER]
    await disposing.approve(request.config_dict[CONTEXT], shredder, user, matter_id, _reason(form))


_ACTS: dict[str, _Act] = {
    "archive": _archive,
    "retention": _set_retention,
    "hold": _hold,
    "ask_release": _ask_release,
    "release": _release,
    "propose": _propose,
    "decline": _decline,
    "dispose": _dispose,
}


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    what: str = "",
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await retaining.keeping_page(ctx, user, request.match_info["matter_id"])
    matter = page.keep.matter
    return render(
        request,
        "keeping_record.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="keeping",
        court=tr.pick(matter.court, matter.court_en),
        page=page,
        matter=matter,
        years=YEARS,
        may={each.value for each in page.keep.actions},
        classes=list(RetentionClass),
        causes=list(HoldCause),
        what=what,
        chosen_hold=form.fields.get("hold", "") if form else "",
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {}),
        most=retaining.MOST_REASON,
    )
