"""What waits for somebody: the list, one task with what can be done about it; closing a matter and opening it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.people import Role
from mediation_server.domain.task import MOST_NOTE, Task, TaskKind
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, Refused
from mediation_server.services import closing, pausing, todo
from web.app_keys import CONTEXT
from web.courts import court_over
from web.forms import Form, read_form
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import beside, render, translator

__all__ = ["routes"]

routes = web.RouteTableDef()
_WHO = (Role.FILING, Role.CLERK, Role.JUDGE, Role.ORGANISATION, Role.ADMIN)
_EXPLAINED = (BadInput, Conflict, Refused)
# Where a task is done that has a page of its own.
_PAGES = {
    TaskKind.NAME_MEDIATOR: "/matters/{}/appoint",
    TaskKind.DECIDE_REPLACEMENT: "/matters/{}/appoint",
    TaskKind.DISPOSE_RECORDINGS: "/matters/{}/keeping",
    TaskKind.APPROVE_DISPOSAL: "/matters/{}/keeping",
    TaskKind.APPROVE_RELEASE: "/matters/{}/keeping",
}
_Act = Callable[[User, Form], Awaitable[object]]


@routes.get("/tasks")
@of_one_state
async def tasks(request: web.Request) -> web.StreamResponse:
    """Everything that waits, the soonest due first."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, *_WHO)
    found, today = await todo.todo_of(ctx, user), local_date(ctx.clock.now())
    court = await court_over(request, user)
    return render(request, "tasks.html", user=user, nav="tasks", court=court, todo=found, today=today)


@routes.get("/tasks/{task_id}")
async def task(request: web.Request) -> web.StreamResponse:
    """What is to be done, why, and by when."""
    return await _page(request, await signed_in(request, *_WHO))


@routes.post("/tasks/{task_id}/done")
async def done(request: web.Request) -> web.StreamResponse:
    """Say how it was settled."""

    async def act(user: User, form: Form) -> None:
        note = form.text("note", most=MOST_NOTE)
        await todo.settle_task(request.config_dict[CONTEXT], user, request.match_info["task_id"], note)

    return await _done(request, act)


@routes.post("/tasks/{task_id}/resend")
async def resend(request: web.Request) -> web.StreamResponse:
    """Send again what did not reach the court."""
    user = await signed_in(request, *_WHO)
    await todo.resend_task(request.config_dict[CONTEXT], user, request.match_info["task_id"])
    return see_other("/tasks")


@routes.post("/tasks/{task_id}/reopen")
async def reopen(request: web.Request) -> web.StreamResponse:
    """Agree that a closed matter is opened again."""

    async def act(user: User, form: Form) -> None:
        reason = form.text("reason", most=closing.MOST_REASON)
        await closing.approve_reopening(request.config_dict[CONTEXT], user, request.match_info["task_id"], reason)

    return await _done(request, act)


@routes.post("/tasks/{task_id}/suspicion")
async def suspicion(request: web.Request) -> web.StreamResponse:
    """A suspicion was checked: the mediation goes on, or it ends as a sham."""

    async def act(user: User, form: Form) -> None:
        ctx = request.config_dict[CONTEXT]
        found = (await todo.task_page(ctx, user, request.match_info["task_id"])).item
        if form.answer("sham"):
            await pausing.find_sham(ctx, user, found.matter.id, form.text("reason", most=pausing.MOST_REASON))
        else:
            await pausing.resume(ctx, user, found.matter.id)

    return await _done(request, act)


@routes.get("/matters/{matter_id}/closing")
async def closing_of(request: web.Request) -> web.StreamResponse:
    """Close a matter, or ask for a closed one to be opened again."""
    return await _closing(request, await signed_in(request, Role.FILING))


@routes.post("/matters/{matter_id}/closing/{what:close|reopen}")
async def close(request: web.Request) -> web.StreamResponse:
    """Do it, or say what is left to do before."""
    user, form = await signed_in(request, Role.FILING), await read_form(request)
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    try:
        if request.match_info["what"] == "close":
            await closing.close(ctx, user, matter_id)
        else:
            await closing.ask_reopening(ctx, user, matter_id, form.text("reason", most=closing.MOST_REASON))
    except _EXPLAINED as refusal:
        return await _closing(request, user, form, refusal)
    return see_other(f"/matters/{matter_id}/closing")


async def _done(request: web.Request, act: _Act) -> web.StreamResponse:
    """Back to the list when it went well; else the page again, with what was typed and what is wrong in its place."""
    user, form = await signed_in(request, *_WHO), await read_form(request)
    try:
        await act(user, form)
    except _EXPLAINED as refusal:
        return await _page(request, user, form, refusal)
    return see_other("/tasks")


async def _page(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await todo.task_page(ctx, user, request.match_info["task_id"])
    item = page.item
    return render(
        request,
        "task.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="tasks",
        court=tr.pick(item.matter.court, item.matter.court_en),
        page=page,
        task=item.task,
        matter=item.matter,
        today=local_date(ctx.clock.now()),
        instants=_instants(item.task),
        there=_PAGES.get(item.task.kind, "").format(item.matter.id),
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {}),
        most=MOST_NOTE,
    )


def _instants(task: Task) -> dict[str, datetime]:
    """The instants a task rests on, by the key of their text."""
    keys = ("signed_at", "closed_at")
    return {key: datetime.fromisoformat(task.facts[key]) for key in keys if key in task.facts}


async def _closing(
    request: web.Request, user: User, form: Form | None = None, refusal: MediationError | None = None
) -> web.Response:
    ctx, tr = request.config_dict[CONTEXT], translator(request)
    page = await closing.closing_page(ctx, user, request.match_info["matter_id"])
    return render(
        request,
        "closing.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="matters",
        court=tr.pick(page.matter.court, page.matter.court_en),
        page=page,
        matter=page.matter,
        offered={each.value for each in page.offered},
        errors=beside(request, refusal),
        values=defaultdict(str, form.fields if form else {}),
        most=closing.MOST_REASON,
    )
