"""The typed keys under which the web adapter keeps what every handler needs; holds no logic."""

from __future__ import annotations

from aiohttp import web
from jinja2 import Environment

from mediation_server.services.context import Context
from web.assets import Assets
from web.i18n import Language, Translator

__all__ = ["ASSETS", "CONTEXT", "TEMPLATES", "TRANSLATORS"]

CONTEXT = web.AppKey("web.context", Context)
ASSETS = web.AppKey("web.assets", Assets)
TEMPLATES = web.AppKey("web.templates", Environment)
TRANSLATORS = web.AppKey("web.translators", dict[Language, Translator])
