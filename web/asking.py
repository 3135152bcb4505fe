"""The page on which a party asks for another time or for protection, by its link or by its account."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediation_server.domain.checks.together import Together
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.sitting import LONGEST_TEXT, RequestKind
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, TooMany
from mediation_server.services import asking
from web.app_keys import CONTEXT
from web.forms import Form, read_form
from web.render import beside, render
from web.sitting_forms import one_of

__all__ = ["Asked", "ask_page", "take_wish"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which sitting something is asked; `back` is where the form goes (with `/ask`) and the way back."""

    session: Session
    court: str
    back: str
    user: User | None = None


async def take_wish(request: web.Request, who: Participant, asked: Asked) -> web.Response:
    """Keep what was asked for; what is wrong stays beside its field."""
    form = await read_form(request)
    try:
        with Together() as checked:
            kind = checked(one_of, form, "kind", RequestKind)
            text = checked(form.text, "text", most=LONGEST_TEXT)
        await asking.ask(request.config_dict[CONTEXT], who, kind, text)
    except (BadInput, Conflict, TooMany) as refusal:
        return ask_page(request, asked, form, refusal)
    return render(request, "asked.html", asked=asked, kind=kind.value, court=asked.court, user=asked.user)


def ask_page(
    request: web.Request, asked: Asked, form: Form | None = None, refusal: BadInput | Conflict | TooMany | None = None
) -> web.Response:
    """What can be asked for, and what follows from it."""
    errors = beside(request, refusal)
    values = form.fields if form else {"kind": request.query.get("kind", "")}
    return render(
        request,
        "ask.html",
        status=refusal.status if refusal else 200,
        asked=asked,
        kinds=tuple(RequestKind),
        errors=errors,
        values=values,
        court=asked.court,
        user=asked.user,
    )
