"""What is done with materials, each by a form: begun, written, put in order, handed in, passed on, answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from mediation_server.domain.checks.together import Together
from mediation_server.domain.material import MOST_REASON, MOST_TEXT, MOST_TITLE, MaterialKind
from mediation_server.domain.people import Side
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, Refused, TooLarge
from mediation_server.services import examining, forwarding, handing_in
from mediation_server.services.context import Context
from mediation_server.services.examining import Opinion
from mediation_server.services.handing_in import Words
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.redirect import see_other
from web.routes.materials import BASE, ITEM, base_of, item_answer, reader_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_FILE = ITEM + r"/files/{file_id:[0-9a-hjkmnp-tv-z]{26}}"
Step = Callable[[Context, User, str, str], Awaitable[object]]


@routes.post(BASE)
async def begin(request: web.Request) -> web.StreamResponse:
    """A new item; staff say for whom."""
    user, form = await reader_of(request), await read_form(request)
    party = form.text("party") or None
    ctx, matter_id = request.config_dict[CONTEXT], request.match_info["matter_id"]
    material = await handing_in.begin(ctx, user, matter_id, party)
    return see_other(f"{base_of(request)}/{material.id}")


@routes.post(ITEM + "/save")
async def save(request: web.Request) -> web.StreamResponse:
    """Keep what has been written so far."""

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        await handing_in.write(ctx, user, matter_id, material_id, words_of(form))

    form = await read_form(request)
    return await _done(request, form, step)


@routes.post(_FILE + r"/{verb:up|down|remove}")
async def arrange(request: web.Request) -> web.StreamResponse:
    """One file up, down or away; what has been written stays."""
    verb, file_id = request.match_info["verb"], request.match_info["file_id"]

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        await handing_in.write(ctx, user, matter_id, material_id, words_of(form))
        if verb == "remove":
            await handing_in.remove_file(ctx, user, matter_id, material_id, file_id)
        else:
            await handing_in.move_file(ctx, user, matter_id, material_id, file_id, up=verb == "up")

    form = await read_form(request)
    return await _done(request, form, step)


@routes.post(ITEM + "/submit")
async def submit(request: web.Request) -> web.StreamResponse:
    """Hand it in; the receipt follows."""

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        with Together() as checked:
            words = checked(words_of, form)
            if "title" in form.fields:
                checked(form.required, "title", most=MOST_TITLE)
            checked(form.answer, "kept")
        await handing_in.submit(ctx, user, matter_id, material_id, words)

    form = await read_form(request)
    mine = request.match_info["desk"] == "my"
    return await _done(request, form, step, to="/receipt" if mine else "")


@routes.post(ITEM + "/discard")
async def discard(request: web.Request) -> web.StreamResponse:
    """Throw a draft away."""
    user, match = await reader_of(request), request.match_info
    await handing_in.discard(request.config_dict[CONTEXT], user, match["matter_id"], match["material_id"])
    return see_other(base_of(request))


@routes.post(ITEM + r"/{verb:withdraw|release|hold}")
async def decide(request: web.Request) -> web.StreamResponse:
    """Its party takes it back or lets it be relayed; the mediator keeps it."""
    verb = {"withdraw": handing_in.withdraw, "release": handing_in.release, "hold": forwarding.hold}
    return await _done(request, await read_form(request), verb[request.match_info["verb"]])


@routes.post(ITEM + "/relay")
async def relay(request: web.Request) -> web.StreamResponse:
    """转对方: to the sides that are ticked."""

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        sides = [side for side in Side if form.fields.get(f"to_{side.value}") == "yes"]
        await forwarding.relay(ctx, user, matter_id, material_id, sides)

    form = await read_form(request)
    return await _done(request, form, step)


@routes.post(ITEM + "/return")
async def send_back(request: web.Request) -> web.StreamResponse:
    """Back to its party, with the reason."""

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        reason = form.text("reason", most=MOST_REASON)
        await forwarding.send_back(ctx, user, matter_id, material_id, reason)

    form = await read_form(request)
    return await _done(request, form, step)


@routes.post(ITEM + "/opinion")
async def opinion(request: web.Request) -> web.StreamResponse:
    """What the other side says of it."""

    async def step(ctx: Context, user: User, matter_id: str, material_id: str) -> None:
        with Together() as checked:
            said = Opinion(
                authentic=checked(form.answer, "authentic"),
                lawful=checked(form.answer, "lawful"),
                relevant=checked(form.answer, "relevant"),
                reason=checked(form.text, "reason", most=MOST_REASON),
            )
        await examining.give_opinion(ctx, user, matter_id, material_id, said)

    form = await read_form(request)
    return await _done(request, form, step, to="#opinion")


def words_of(form: Form) -> Words:
    """What a party wrote about an item. Raises `BadInput`."""
    kind = form.text("kind") or MaterialKind.EVIDENCE.value
    if kind not in set(MaterialKind):
        raise BadInput("bad_input", field="kind")
    with Together() as checked:
        title, proves = checked(form.text, "title", most=MOST_TITLE), checked(form.text, "proves", most=MOST_TEXT)
    return Words(MaterialKind(kind), title, proves, kept=form.fields.get("kept") == "yes")


async def _done(request: web.Request, form: Form, step: Step, *, to: str = "") -> web.StreamResponse:
    """Take one step with an item, then show it again; what is wrong stands beside its field, what was typed stays."""
    user, match = await reader_of(request), request.match_info
    try:
        await step(request.config_dict[CONTEXT], user, match["matter_id"], match["material_id"])
    except (BadInput, Conflict, Refused, TooLarge) as refusal:
        return await item_answer(request, user, chosen=form.fields, refusal=refusal)
    kept = form.fields.get("kept", "")
    query = f"?kept={kept}" if kept in ("yes", "no") and not to else ""
    return see_other(f"{base_of(request)}/{match['material_id']}{query}{to}")
