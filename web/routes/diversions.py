"""The register of diversions: what was sent on or not accepted, how it ended; as a page and as a file."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.dates import day
from mediation_server.domain.checks.together import Together
from mediation_server.domain.listing import place_of
from mediation_server.domain.matter import Track
from mediation_server.domain.people import Role
from mediation_server.errors import BadInput
from mediation_server.services import diversions
from mediation_server.services.diversions import Diversion, DiversionPage, Span
from web.app_keys import CONTEXT
from web.courts import court_over
from web.i18n import Translator
from web.identity import signed_in
from web.one_state import of_one_state
from web.render import beside, render, translator
from web.views.turning import turn_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_STAFF = (Role.FILING, Role.CLERK)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@routes.get("/diversions")
@of_one_state
async def register(request: web.Request) -> web.StreamResponse:
    """What was decided in these days, newest first."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_STAFF)
    errors, page = dict[str, str](), DiversionPage((), None)
    try:
        span = _span(request)
        page = await diversions.diversion_page(ctx, user, span, place_of(request.query.get("after", "")))
    except BadInput as wrong:
        errors = beside(request, wrong)
        span = diversions.span_of(local_date(ctx.clock.now()), None, None)
    return render(
        request,
        "diversions.html",
        status=400 if errors else 200,
        user=user,
        nav="diversions",
        court=await court_over(request, user),
        lines=page.lines,
        turn=turn_of("/diversions", {**_typed(span), "after": request.query.get("after", "")}, "after", page.after),
        span=span,
        tracks=Track,
        errors=errors,
        values=defaultdict(str, dict(request.query) if errors else _typed(span)),
    )


@routes.get("/diversions.csv")
async def as_file(request: web.Request) -> web.StreamResponse:
    """The same as a table for a spreadsheet; no names of parties, no amounts."""
    ctx, user, span = request.config_dict[CONTEXT], await signed_in(request, *_STAFF), _span(request)
    text = _table(translator(request), await diversions.diversions_of(ctx, user, span))
    name = f"diversions-{span.since.isoformat()}-{span.until.isoformat()}.csv"
    return web.Response(
        body=text.encode("utf-8-sig"),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _span(request: web.Request) -> Span:
    """The days and the track of the address. Raises `BadInput` with the field."""
    today = local_date(request.config_dict[CONTEXT].clock.now())
    since, until, track = (request.query.get(name, "").strip() for name in ("since", "until", "track"))
    with Together() as checked:
        first, last = checked(_day, since, "since"), checked(_day, until, "until")
        wanted = checked(_track, track)
    return diversions.span_of(today, first, last, wanted)


def _track(text: str) -> Track | None:
    try:
        return Track(text) if text else None
    except ValueError:
        raise BadInput("decision_missing", field="track") from None


def _day(text: str, field: str) -> date | None:
    return day(text, field=field) if text else None


def _typed(span: Span) -> dict[str, str]:
    return {"since": span.since.isoformat(), "until": span.until.isoformat(), "track": span.track or ""}


def _table(tr: Translator, lines: Iterable[Diversion]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    columns = ("at", "ref", "case_no", "cause", "track", "procedure", "by", "officer", "state", "outcome", "ended")
    table.writerow([tr.t(f"register.{each}") for each in columns])
    for each in lines:
        table.writerow([_harmless(cell) for cell in _cells(tr, each)])
    return out.getvalue()


def _cells(tr: Translator, line: Diversion) -> tuple[str, ...]:
    matter = line.matter
    outcome = tr.t(f"reject.{line.rejection}") if line.rejection else ""
    if line.outcome:
        outcome = tr.t(f"matteroutcome.{line.outcome}")
        outcome += f" / {tr.t(f'ground.{line.ground}')}" if line.ground else ""
    return (
        local_date(line.at).isoformat(),
        matter.ref,
        matter.case_no or "",
        tr.pick(matter.cause, matter.cause_en),
        tr.t(f"track.{line.track}") if line.track else tr.t("register.not_accepted"),
        line.procedure or "",
        tr.t(f"register.by_{line.by}"),
        tr.pick(line.officer.name, line.officer.name_en) if line.officer else "",
        tr.t(f"matterstate.{matter.state}"),
        outcome,
        local_date(line.ended_at).isoformat() if line.ended_at else "",
    )


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
