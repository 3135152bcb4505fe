"""Applying for mediation: the pages of an application in their order, its review, its submission."""

from __future__ import annotations

from datetime import date
from functools import partial
from urllib.parse import quote

from aiohttp import web

from mediation_server.domain.application import FIELDS, ApplicationStep, Draft
from mediation_server.domain.application_checks import answers_problems, asks_for_arbitration, cause_of
from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.causes import Cause
from mediation_server.domain.courts import COURTS
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, NotSignedIn, Refused
from mediation_server.services import applying, wishing
from mediation_server.services.applying import ApplicationPage, Writer
from mediation_server.services.wishing import Wishable
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.identity import application_key, remember_application, signed_in, user_of
from web.redirect import see_other
from web.render import render, translator
from web.views import application as views

__all__ = ["held_up", "page_of", "routes", "show", "writer_of"]

routes = web.RouteTableDef()
_STEPS, _FIRST = "|".join(ApplicationStep), next(iter(ApplicationStep))


@routes.get("/apply")
async def begun(request: web.Request) -> web.StreamResponse:
    """What somebody has begun, and the way to begin anew."""
    return await _list(request, await signed_in(request))


@routes.post("/apply")
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin an application; this browser gets a key by which nothing typed is lost when the login ends."""
    user = await signed_in(request)
    try:
        application_id, key = await applying.begin(request.config_dict[CONTEXT], user)
    except Conflict as refusal:
        return await _list(request, user, refusal)
    response = see_other(f"/apply/{application_id}/court")
    remember_application(request, response, application_id, key)
    return response


@routes.get("/apply/{application}")
async def resume(request: web.Request) -> web.StreamResponse:
    """Go on where something is still to do."""
    _, page = await page_of(request)
    if not page.open:
        return see_other(f"{_base(request)}/receipt")
    step = ApplicationStep.REVIEW if page.supplement else views.first_open(page.record.draft, page.problems)
    return see_other(f"{_base(request)}/{step}")


@routes.get(f"/apply/{{application}}/{{step:{_STEPS}}}")
async def look(request: web.Request) -> web.StreamResponse:
    """One page of the application, with its mistakes once it was sent."""
    user, page = await page_of(request)
    if not page.open:
        return see_other(f"{_base(request)}/receipt")
    step = ApplicationStep(request.match_info["step"])
    seen = step.value in page.record.draft.seen
    return await show(request, user, page, step, _problems(request, page.record.draft, step) if seen else {})


@routes.post(f"/apply/{{application}}/{{step:{_STEPS}}}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep what was typed, whatever it is, then go on, or stay and say what is wrong with it."""
    step, form = ApplicationStep(request.match_info["step"]), await read_form(request)
    writer = await writer_of(request)
    said = {name: form.fields[name] for name in FIELDS.get(step, ()) if name in form.fields}
    if step is ApplicationStep.COURT:
        said["cause"] = _meant(request, form)
    record = await applying.save(
        request.config_dict[CONTEXT], writer, request.match_info["application"], lambda draft: draft.saying(step, said)
    )
    go = form.fields.get("go", "next")
    kept = held_up(request, writer, go)
    if kept is not None:
        return kept
    if go == "back":
        return see_other(f"{_base(request)}/{views.steps_after(step, -1)}" if step is not _FIRST else "/apply")
    problems, status = _problems(request, record.draft, step), 400
    if go == "stay":  # to look something up; what was not answered yet is no mistake
        problems = {field: each for field, each in problems.items() if said.get(field) and field != "cause"}
        status = 200
    elif not problems:
        return see_other(f"{_base(request)}/{views.steps_after(step, 1)}")
    user, page = await page_of(request)
    return await show(request, user, page, step, problems, status=status)


@routes.post("/apply/{application}/submit")
async def submit(request: web.Request) -> web.StreamResponse:
    """Submit; what is missing is listed with the way to each of it."""
    user = await signed_in(request)
    try:
        await applying.submit(request.config_dict[CONTEXT], user, request.match_info["application"])
    except (BadInput, Conflict, Refused) as refusal:
        user, page = await page_of(request)
        why = {} if page.problems else {"_": translator(request).error(refusal.code, refusal.details)}
        return await show(request, user, page, ApplicationStep.REVIEW, why, status=refusal.status)
    return see_other(f"{_base(request)}/receipt")


@routes.post("/apply/{application}/remove")
async def remove(request: web.Request) -> web.StreamResponse:
    """Throw a draft away."""
    await applying.remove(request.config_dict[CONTEXT], await signed_in(request), request.match_info["application"])
    return see_other("/apply")


async def page_of(request: web.Request) -> tuple[User, ApplicationPage]:
    """Who asks and the application of the address. Raises `NotSignedIn`, `NotFound`."""
    user = await signed_in(request)
    return user, await applying.application_page(request.config_dict[CONTEXT], user, request.match_info["application"])


async def writer_of(request: web.Request) -> Writer:
    """Who sends a page: somebody signed in, else this browser by its key. Raises `NotSignedIn` without either."""
    user, key = await user_of(request), application_key(request, request.match_info["application"])
    if user is None and not key:
        raise NotSignedIn
    return Writer(user, key)


def held_up(request: web.Request, writer: Writer, go: str) -> web.StreamResponse | None:
    """The answer where what was typed is kept and that is all: to the page while somebody types, and after a login."""
    if go == "keep":
        return web.Response(status=204)
    if writer.user is None:
        return see_other(f"/enter?next={quote(request.path)}")
    return None


async def show(
    request: web.Request,
    user: User,
    page: ApplicationPage,
    step: ApplicationStep,
    problems: dict[str, str],
    *,
    status: int = 200,
) -> web.Response:
    """One page of the application; a problem under `_` is one with the whole."""
    tr, draft, today = translator(request), page.record.draft, _today(request)
    cause = cause_of(draft, today)
    return render(
        request,
        f"apply_{step}.html",
        status=status,
        user=user,
        nav="apply",
        page=page,
        mending=views.MENDING,
        step=step,
        steps=list(ApplicationStep),
        said={name: draft.said.get(name, "") for names in FIELDS.values() for name in names},
        errors=problems,
        courts=COURTS,
        court_answers=[(each.code, tr.pick(each.name, each.name_en)) for each in COURTS],
        causes=views.causes_on(today),
        choices=views.cause_choices(draft.said.get("cause", ""), today) if cause is None else (),
        cause=cause,
        arbitration=asks_for_arbitration(cause),
        amount=views.amount_view(draft),
        fee=views.fee_view(draft, cause),
        gaps=views.gaps(tr, page.record.id, draft, page.problems),
        sides=views.SIDES.get(step, ()),
        wishes=await _wishes(request, step, draft, cause),
    )


async def _wishes(request: web.Request, step: ApplicationStep, draft: Draft, cause: Cause | None) -> Wishable:
    """Whom one can wish for, on the pages that say so."""
    if step not in (ApplicationStep.DISPUTE, ApplicationStep.REVIEW):
        return Wishable()
    named = cause.name if cause else ""
    return await wishing.wishable(request.config_dict[CONTEXT], draft.said.get("court", ""), named)


def _base(request: web.Request) -> str:
    return f"/apply/{request.match_info['application']}"


def _today(request: web.Request) -> date:
    return local_date(request.config_dict[CONTEXT].clock.now())


def _problems(request: web.Request, draft: Draft, step: ApplicationStep) -> dict[str, str]:
    return views.beside(translator(request), answers_problems(draft, step, _today(request)))


def _meant(request: web.Request, form: Form) -> str:
    """The cause that was pressed, or the only one that what was typed can mean, or what was typed."""
    typed = form.fields.get("pick") or form.fields.get("cause", "")
    found = views.cause_choices(typed, _today(request))
    return found[0].name if len(found) == 1 else typed


async def _list(request: web.Request, user: User, refusal: MediationError | None = None) -> web.Response:
    if not applying.may_apply(user):
        raise NotFound
    ctx = request.config_dict[CONTEXT]
    return render(
        request,
        "apply.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="apply",
        drafts=await applying.drafts_of(ctx, user),
        kept=partial(applying.draft_kept_until, ctx),
        problem=translator(request).error(refusal.code, refusal.details) if refusal else "",
    )
