"""A party's own matters (我的事项): the one next thing, the way so far, and into one's own sitting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from mediation_server.domain.listing import place_of
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, MediationError, NotSignedIn, Refused, TooMany
from mediation_server.services import applying, inviting, joining, mine, representing, terms
from mediation_server.services.inviting import path_of as link_of
from mediation_server.services.mine import MyMatter
from web.app_keys import CONTEXT, PAGES
from web.identity import seat_token, signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import render, translator
from web.views.entries import OF_PARTY, entries_of, links_of
from web.views.matter_path import path_of
from web.views.next_thing import NextThing, next_thing
from web.views.people import masked_phone
from web.views.terms import term_rows
from web.views.turning import turn_of

__all__ = ["routes"]

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class _Row:
    mine: MyMatter
    next: NextThing
    links: dict[str, str]


@routes.get("/my")
@of_one_state
async def all_mine(request: web.Request) -> web.StreamResponse:
    """The matters in which this account speaks for a party: those in which it is its turn first."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY), translator(request)
    now, pages, after = ctx.clock.now(), request.config_dict[PAGES], request.query.get("after", "")
    page = await mine.my_matters(ctx, user, place_of(after))
    found = page.lines
    rows = [_Row(each, next_thing(each, now), links_of(each.matter.id, pages)) for each in found]
    rows.sort(key=lambda row: not row.next.mine)
    court = tr.pick(found[0].matter.court, found[0].matter.court_en) if len(found) == 1 else tr.t("court.default")
    return render(
        request,
        "my.html",
        user=user,
        nav="my",
        court=court,
        rows=rows,
        agencies=await representing.agencies_of(ctx, user),
        drafts=await applying.drafts_of(ctx, user),
        kept=partial(applying.draft_kept_until, ctx),
        may_apply="/apply" in pages,
        turn=turn_of("/my", {"after": after}, "after", page.after),
    )


@routes.get("/my/{matter_id}")
@of_one_state
async def one(request: web.Request) -> web.StreamResponse:
    """Everything this party is told of one matter."""
    return await _page(request, await signed_in(request, Role.PARTY))


@routes.get("/my/{matter_id}/seen")
async def seen(request: web.Request) -> web.StreamResponse:
    """Who has seen this party's data whole, when and what for."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY), translator(request)
    found, looks = await mine.looks(ctx, user, request.match_info["matter_id"])
    court = tr.pick(found.matter.court, found.matter.court_en)
    return render(request, "my_seen.html", user=user, nav="my", court=court, mine=found, looks=looks)


@routes.post("/my/{matter_id}/sittings/{session_id}/enter")
async def enter(request: web.Request) -> web.StreamResponse:
    """To the own seat: at once on a device that holds it, else through the door, as by the link in the message."""
    ctx, user = request.config_dict[CONTEXT], await signed_in(request, Role.PARTY)
    matter_id, session_id = request.match_info["matter_id"], request.match_info["session_id"]
    try:
        seat, token = await inviting.issue_own(ctx, user, matter_id, session_id)
    except (Conflict, Refused, TooMany) as refusal:
        return await _page(request, user, refusal)
    try:
        await joining.seat_of(ctx, seat, seat_token(request, seat))
    except NotSignedIn:
        return see_other(link_of(token))
    return see_other(f"/seats/{seat}")


async def _page(request: web.Request, user: User, refusal: MediationError | None = None) -> web.Response:
    ctx, tr, pages = request.config_dict[CONTEXT], translator(request), request.config_dict[PAGES]
    found = await mine.my_matter(ctx, user, request.match_info["matter_id"])
    now = ctx.clock.now()
    running = await terms.own_terms(ctx, user, found.matter.id)
    return render(
        request,
        "my_matter.html",
        status=refusal.status if refusal else 200,
        user=user,
        nav="my",
        court=tr.pick(found.matter.court, found.matter.court_en),
        mine=found,
        next=next_thing(found, now),
        links=links_of(found.matter.id, pages),
        steps=path_of(found.matter, found.file, [each.session for each in found.sittings]),
        rows=term_rows(running, now)[:1],
        entries=entries_of(OF_PARTY, pages),
        masked=masked_phone,
        errors={"_": tr.error(refusal.code, refusal.details)} if refusal else {},
    )
