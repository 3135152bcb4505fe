"""A person's calendar: the page where its address is made and closed, and the feed itself."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.calendar_feed import FeedEntry, feed_text
from mediation_server.domain.people import Role
from mediation_server.domain.session import SessionState
from mediation_server.domain.users import User
from mediation_server.services import feeding
from mediation_server.services.feeding import FeedClock, FeedSitting
from web.app_keys import CONTEXT, TRANSLATORS
from web.forms import read_form
from web.i18n import Language, Translator
from web.identity import signed_in
from web.one_state import of_one_state
from web.redirect import see_other
from web.render import preferences, render

__all__ = ["routes"]

routes = web.RouteTableDef()
_PRODUCT = "-//Online Mediation//Calendar//ZH"
_UID = "mediation.invalid"


@routes.get("/calendar")
@of_one_state
async def page(request: web.Request) -> web.StreamResponse:
    """Whether there is an address, since when, and what it shows; the address itself is shown only when it is made."""
    return await _page(request, await signed_in(request))


@routes.post("/calendar/new")
async def make(request: web.Request) -> web.StreamResponse:
    """A fresh address, shown once; the one before leads nowhere any more."""
    user = await signed_in(request)
    await read_form(request)
    return await _page(request, user, await feeding.make_address(request.config_dict[CONTEXT], user))


@routes.post("/calendar/revoke")
async def revoke(request: web.Request) -> web.StreamResponse:
    """Close the address."""
    user = await signed_in(request)
    await read_form(request)
    await feeding.revoke_address(request.config_dict[CONTEXT], user)
    return see_other("/calendar")


@routes.get("/calendar/{token}.ics")
async def feed(request: web.Request) -> web.StreamResponse:
    """The calendar itself, for whoever has its address; in the language the address asks for."""
    ctx = request.config_dict[CONTEXT]
    found = await feeding.feed_of(ctx, request.match_info["token"])
    language: Language = "en" if request.query.get("lang") == "en" else "zh"
    tr = request.config_dict[TRANSLATORS][language]
    entries = [*(_sitting(each, tr) for each in found.sittings), *(_clock(each, tr) for each in found.clocks)]
    text = feed_text(tr.t("calendar.name"), entries, _PRODUCT)
    headers = {"Content-Disposition": 'inline; filename="mediation.ics"', "Cache-Control": "private, no-store"}
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=headers)


async def _page(request: web.Request, user: User, token: str = "") -> web.Response:
    ctx = request.config_dict[CONTEXT]
    base = (ctx.url or ctx.settings.public_url or str(request.url.origin())).rstrip("/")
    suffix = "?lang=en" if preferences(request).language == "en" else ""
    return render(
        request,
        "calendar.html",
        user=user,
        nav="my" if user.role is Role.PARTY else "home",
        since=await feeding.feed_since(ctx, user),
        address=f"{base}/calendar/{token}.ics{suffix}" if token else "",
    )


def _sitting(one: FeedSitting, tr: Translator) -> FeedEntry:
    session = one.session
    cancelled = session.state is SessionState.CANCELLED
    return FeedEntry(
        uid=f"{one.seat}@{_UID}",
        sequence=session.revision + cancelled,
        stamp=session.ended_at or session.starts_at,
        starts=session.starts_at,
        ends=session.ends_at,
        summary=f"{tr.t(f'sessionkind.{session.kind}')} {one.matter.case_no or one.matter.ref}",
        description=tr.t("calendar.sitting"),
        cancelled=cancelled,
    )


def _clock(one: FeedClock, tr: Translator) -> FeedEntry:
    clock, due = one.clock, one.clock.due or one.clock.started_on
    return FeedEntry(
        uid=f"{one.matter.id}-{clock.id.value}-{clock.started_on:%Y%m%d}@{_UID}",
        sequence=one.version,
        stamp=one.changed_at,
        starts=due,
        ends=due,
        summary=tr.t("calendar.due", name=tr.t(f"clock.{clock.id.value}"), ref=one.matter.case_no or one.matter.ref),
        description=tr.t(f"clock.then_{clock.id.value}", day=tr.short_day(due)),
    )
