"""What was typed when a login ended: shown after signing in again, and sent on its way or let go."""

from __future__ import annotations

from aiohttp import web

from mediation_server.services import unsent
from web.app_keys import CONTEXT
from web.identity import forget_form, form_sent, remember_form, signed_in
from web.redirect import see_other
from web.render import render
from web.too_late import ALSO, PATH

__all__ = ["routes"]

routes = web.RouteTableDef()
_MARK = "kept"  # in the query of an address: which of the kept forms the page was about


@routes.get(PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """What is kept for whoever signed in; on to their home page where there is nothing."""
    user = await signed_in(request)
    found = await unsent.mine(request.config_dict[CONTEXT], user)
    if found is None:
        return see_other("/home")
    return render(request, "unsent.html", user=user, found=found, also=ALSO in request.query)


@routes.post(f"{PATH}/send")
async def send(request: web.Request) -> web.StreamResponse:
    """On its way: the browser sends the same fields again, to where they were going (RFC 9110 §15.4.8).

    Only what the page has shown: another form may have been kept since, and a press of a button is never repeated.
    """
    found = await unsent.mine(request.config_dict[CONTEXT], await signed_in(request))
    if found is None or found.mark != request.query.get(_MARK) or not found.is_filled:
        return see_other(PATH)
    response = web.Response(status=307, headers={"Location": found.path})
    remember_form(request, response, found.mark)
    return response


@routes.post(f"{PATH}/drop")
async def let_go(request: web.Request) -> web.StreamResponse:
    """It is not wanted any more."""
    mark, response = request.query.get(_MARK, ""), see_other("/home")
    await unsent.drop(request.config_dict[CONTEXT], await signed_in(request), mark)
    if form_sent(request) == mark:  # a page left open from before says nothing of the form that is followed now
        forget_form(request, response)
    return response
