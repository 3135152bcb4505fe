"""The filing desk: what waits, one application, the questions about it, and what is decided."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.case_numbers import case_number
from mediation_server.domain.checks.dates import day
from mediation_server.domain.checks.together import Together
from mediation_server.domain.diversion import (
    ALTERNATIVES,
    MOST_NOTE,
    Defect,
    cause_of,
    defect_codes,
    doubts_about,
    first_open,
    rejection_for,
)
from mediation_server.domain.listing import place_of
from mediation_server.domain.masking import Datum, masked
from mediation_server.domain.matter import MatterParty, MatterState, Track
from mediation_server.domain.matter_payloads import PROCEDURES
from mediation_server.domain.people import Role
from mediation_server.domain.revealing import RevealPurpose
from mediation_server.domain.suitability import Question
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused, TooMany
from mediation_server.services import revealing, triaging
from mediation_server.services.triaging import Application, Choice
from web.app_keys import CONTEXT
from web.courts import court_over
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.desk import found, left_of, next_step, step_page
from web.views.turning import turn_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_STAFF = (Role.FILING, Role.CLERK)
_NOTHING = "none"
_SHOWN = (Datum.IDENTITY, Datum.CREDIT_CODE, Datum.PHONE, Datum.EMAIL, Datum.ADDRESS)


@routes.get("/intake")
@of_one_state
async def waiting(request: web.Request) -> web.StreamResponse:
    """What was handed in and waits for a decision, the oldest first, and what is being completed."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_STAFF)
    asked = {name: request.query.get(name, "") for name in ("after", "completed")}
    desk = await triaging.desk_of(ctx, user, *(place_of(each) for each in asked.values()))
    piles = {"after": desk.submitted, "completed": desk.supplement}
    return render(
        request,
        "desk_list.html",
        user=user,
        nav="intake",
        court=await court_over(request, user),
        desk=desk,
        left=left_of(desk, ctx.clock.now()),
        turns={name: turn_of("/intake", asked, name, pile.after) for name, pile in piles.items()},
    )


@routes.get("/intake/{matter_id}")
async def application(request: web.Request) -> web.StreamResponse:
    """Everything the party wrote, personal data masked, and what can be decided."""
    return await _page(request, await signed_in(request, *_STAFF))


@routes.post("/intake/{matter_id}/reveal")
async def reveal(request: web.Request) -> web.StreamResponse:
    """One datum of one party whole, for this page only; who looked and what for is written down first."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    party = form.text("party")
    try:
        with Together() as checked:
            datum, purpose = checked(form.one_of, "datum", Datum), checked(form.one_of, "purpose", RevealPurpose)
            reason = checked(form.text, "reason", most=revealing.MOST_REASON)
        value = await revealing.reveal(ctx, user, party, datum, purpose, reason)
    except (BadInput, TooMany) as refusal:
        return await _page(request, user, form, refusal, at=f"reveal-{party}")
    return await _page(request, user, form, whole={(party, datum): value})


@routes.post("/intake/{matter_id}/supplement")
async def supplement(request: web.Request) -> web.StreamResponse:
    """Return it once with everything it lacks."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    matter_id = request.match_info["matter_id"]
    try:
        with Together() as checked:
            listed, due = checked(_listed, form), checked(_due, form, local_date(ctx.clock.now()))
        await triaging.request_supplement(ctx, user, matter_id, listed, due)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal, at="supplement")
    return see_other(f"/intake/{matter_id}")


def _listed(form: Form) -> list[tuple[Defect, str]]:
    """What is ticked, each with its note. Raises `BadInput("defect_not_ticked")` for a note nobody would read."""
    ticked = [each for each in Defect if form.fields.get(f"defect_{each.value}") == "yes"]
    with Together() as checked:
        notes = {each: checked(_note, form, each, ticked=each in ticked) for each in Defect}
    listed = [(each, notes[each]) for each in ticked]
    defect_codes(listed, ())
    return listed


def _note(form: Form, defect: Defect, *, ticked: bool) -> str:
    name = f"note_{defect.value}"
    note = form.text(name, most=MOST_NOTE)
    if note and not ticked:
        raise BadInput("defect_not_ticked", field=name)
    return note


def _due(form: Form, today: date) -> date:
    due = day(form.fields.get("due", ""), field="due")
    triaging.check_due(due, today)
    return due


@routes.post("/intake/{matter_id}/reject")
async def reject(request: web.Request) -> web.StreamResponse:
    """Do not accept it, for a reason of the law, and say where to go instead."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), await read_form(request)
    matter_id = request.match_info["matter_id"]
    try:
        with Together() as checked:
            reason, advice = checked(form.required, "reason"), checked(form.text, "advice", most=triaging.MOST_ADVICE)
        await triaging.reject(ctx, user, matter_id, reason, advice)
    except (BadInput, Conflict) as refusal:
        return await _page(request, user, form, refusal, at="reject")
    return see_other(f"/intake/{matter_id}")


@routes.get("/intake/{matter_id}/triage")
async def triage(request: web.Request) -> web.StreamResponse:
    """Where the questions go on."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.FILING)
    page = await triaging.application(ctx, user, request.match_info["matter_id"])
    step = next_step(page)
    return see_other(f"/intake/{page.matter.id}/triage/{step.value if step else 'result'}")


@routes.get("/intake/{matter_id}/triage/result")
async def result(request: web.Request) -> web.StreamResponse:
    """What the answers come to: where it may be sent, or why it is not accepted."""
    return await _result(request, await signed_in(request, Role.FILING))


@routes.get("/intake/{matter_id}/triage/{step}")
async def step(request: web.Request) -> web.StreamResponse:
    """One question with what would answer it."""
    return await _step(request, await signed_in(request, Role.FILING))


@routes.post("/intake/{matter_id}/triage/{step}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep the answers to one step; nothing is assumed: that none is true is an answer too."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.FILING), await read_form(request)
    matter_id, asked = request.match_info["matter_id"], _question(request)
    page = step_page(await triaging.application(ctx, user, matter_id), asked)
    if page is None:
        raise NotFound
    true = [each.fact for each in page.options if form.fields.get(each.fact.value) == "yes"]
    none = form.fields.get(_NOTHING) == "yes"
    if none == bool(true):
        return await _step(request, user, form, BadInput("none_and_some" if true else "decision_missing"))
    await triaging.answer(ctx, user, matter_id, asked, true)
    return see_other(f"/intake/{matter_id}/triage")


@routes.post("/intake/{matter_id}/divert")
async def divert(request: web.Request) -> web.StreamResponse:
    """Send it to mediation; a number that raises a doubt is asked about once."""
    ctx, user, form = request.config_dict[CONTEXT], await signed_in(request, Role.FILING), await read_form(request)
    matter_id = request.match_info["matter_id"]
    try:
        typed = {name: form.fields.get(name, "").strip() for name in ("procedure", "case_no", "judge")}
        choice = Choice(
            form.one_of("track", Track), typed["procedure"] or None, typed["case_no"], typed["judge"] or None
        )
        page = await triaging.application(ctx, user, matter_id)
        doubts = _doubts(request, page, choice.case_no)
        if doubts and form.fields.get("sure") != "yes":
            return await _result(request, user, form, doubts=doubts)
        await triaging.divert(ctx, user, matter_id, choice)
    except (BadInput, Conflict, Refused) as refusal:
        return await _result(request, user, form, refusal)
    return see_other(f"/asking/{matter_id}")


async def _page(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    *,
    at: str = "",
    whole: dict[tuple[str, Datum], str] | None = None,
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await triaging.application(ctx, user, request.match_info["matter_id"])
    cause = cause_of(page.matter)
    return render(
        request,
        "desk_application.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="intake",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        found=found(page),
        next_step=next_step(page),
        refused=rejection_for(cause, page.triage.answers),
        begun=bool(page.triage.answers),
        complete=first_open(cause, page.triage.answers) is None,
        decides=user.role is Role.FILING and page.matter.state is MatterState.SUBMITTED,
        data={each.id: _data(each, whole or {}) for each in page.parties},
        purposes=RevealPurpose,
        defects=Defect,
        alternatives=ALTERNATIVES,
        errors=beside(request, refusal),
        at=at,
        values=defaultdict(str, form.fields if form else {}),
    )


async def _step(
    request: web.Request, user: User, form: Form | None = None, refusal: BadInput | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await triaging.application(ctx, user, request.match_info["matter_id"])
    shown = step_page(page, _question(request))
    if shown is None or page.matter.state is not MatterState.SUBMITTED:
        raise NotFound
    return render(
        request,
        "desk_step.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="intake",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        step=shown,
        problem=tr.error(refusal.code) if refusal else "",
        typed=defaultdict(str, form.fields) if form else None,
    )


async def _result(
    request: web.Request,
    user: User,
    form: Form | None = None,
    refusal: MediationError | None = None,
    doubts: tuple[str, ...] = (),
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await triaging.application(ctx, user, request.match_info["matter_id"])
    if page.matter.state is not MatterState.SUBMITTED:
        raise NotFound
    cause, answers = cause_of(page.matter), page.triage.answers
    return render(
        request,
        "desk_result.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="intake",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        found=found(page),
        refused=rejection_for(cause, answers),
        complete=first_open(cause, answers) is None,
        procedures=PROCEDURES,
        alternatives=ALTERNATIVES,
        doubts=[tr.error(each) for each in doubts],
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {"case_no": page.matter.case_no or ""}),
    )


def _doubts(request: web.Request, page: Application, typed: str) -> tuple[str, ...]:
    """What to look at once more in a number; one that is wrong is refused by the service, in its own words."""
    try:
        number = case_number(typed, today=local_date(request.config_dict[CONTEXT].clock.now()))
    except BadInput:
        return ()
    return doubts_about(number, page.matter.ref)


def _data(party: MatterParty, whole: dict[tuple[str, Datum], str]) -> list[tuple[Datum, str, bool]]:
    """What is known of a party: the datum, how it is shown here, and whether that is whole."""
    known = ((each, revealing.REVEALABLE[each](party)) for each in _SHOWN if each in revealing.REVEALABLE)
    return [
        (datum, whole.get((party.id, datum)) or masked(datum, value), (party.id, datum) in whole)
        for datum, value in known
        if value
    ]


def _question(request: web.Request) -> Question:
    try:
        return Question(request.match_info["step"])
    except ValueError:
        raise NotFound from None
