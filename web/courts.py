"""The court whose name stands over a page of its staff; knows no matter."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.users import User
from mediation_server.services import triaging
from web.app_keys import CONTEXT
from web.render import translator

__all__ = ["court_over"]


async def court_over(request: web.Request, user: User) -> str:
    """The name of somebody's own court in the reader's language."""
    tr = translator(request)
    zh, en = await triaging.court_of(request.config_dict[CONTEXT], user)
    return (en if tr.language == "en" else zh) or tr.t("court.default")
