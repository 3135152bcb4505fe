"""The list of matters: searched, narrowed and paged by its address, so that it can be kept and come back to."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.calendar import local_date
from mediation_server.domain.listing import DUE_WINDOWS, Wish, wish_of
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.search import MOST_QUERY
from mediation_server.domain.users import User
from mediation_server.errors import BadInput
from mediation_server.services import listing
from web.app_keys import CONTEXT
from web.i18n import Translator
from web.identity import signed_in
from web.one_state import of_one_state
from web.render import render, translator
from web.views.lists import address_of, list_rows

__all__ = ["routes"]

routes = web.RouteTableDef()
_STATES = tuple(each for each in MatterState if each is not MatterState.DRAFT)


@routes.get("/matters")
@of_one_state
async def matters(request: web.Request) -> web.StreamResponse:
    """What somebody may see; a query that cannot be looked for says so beside its field and finds nothing."""
    ctx, user, tr = request.config_dict[CONTEXT], await signed_in(request), translator(request)
    asked = {name: request.query.get(name, "").strip() for name in ("q", "state", "track", "due", "after")}
    errors: dict[str, str] = {}
    try:
        wish = wish_of(**{"query": asked["q"]} | {name: asked[name] for name in asked if name != "q"})
    except BadInput as refusal:
        wish, errors = Wish(), {"q": tr.error(refusal.code, refusal.details)}
    found = await listing.listed(ctx, user, wish)
    kept = {name: asked[name] for name in ("q", "state", "track", "due") if asked[name] and not errors}
    return render(
        request,
        "matters.html",
        status=BadInput.status if errors else 200,
        user=user,
        nav="matters",
        court=_court(tr, user, found),
        page=found,
        rows=[] if errors else list_rows(found.lines, local_date(ctx.clock.now())),
        values=asked,
        errors=errors,
        most=MOST_QUERY,
        states=_STATES,
        tracks=tuple(Track),
        windows={due: address_of(kept | {"due": due}) for due in ("", *DUE_WINDOWS)},
        chosen=wish.due or "",
        narrowed=bool(kept),
        first=address_of(kept) if wish.after else "",
        more=address_of(kept | {"after": str(found.after)}) if found.after else "",
    )


def _court(tr: Translator, user: User, found: listing.MatterList) -> str:
    """The reader's own court, in the words its matters have for it; an account knows it in Chinese only."""
    known = next((line.matter for line in found.lines if line.matter.court == user.court), None)
    return tr.pick(known.court, known.court_en) if known else tr.t("court.default")
