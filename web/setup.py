"""Puts the web adapter onto an application: keys, middleware, headers, routes; the one thing the composition root calls."""

from __future__ import annotations

from aiohttp import web

from mediation_server.services.context import Context
from web.app_keys import ASSETS, CONTEXT, FRESH_LINKS, TEMPLATES, TRANSLATORS
from web.assets import Assets
from web.fresh_links import FreshLinks
from web.headers import add_headers
from web.i18n import translators
from web.middleware import errors_middleware, number_middleware, origin_middleware
from web.render import make_environment
from web.routes import ROUTES

__all__ = ["setup_web"]


def setup_web(app: web.Application, ctx: Context) -> None:
    """Add everything a browser sees. The application's `handler_args` should switch aiohttp's own access log off."""
    known = translators()
    assets = Assets(catalogues={language: each.texts for language, each in known.items()})
    app[CONTEXT] = ctx
    app[ASSETS] = assets
    app[TRANSLATORS] = known
    app[TEMPLATES] = make_environment(assets)
    app[FRESH_LINKS] = FreshLinks(ctx.clock)
    app.middlewares.extend((number_middleware, errors_middleware, origin_middleware))
    app.on_response_prepare.append(add_headers)
    for table in ROUTES:
        app.router.add_routes(table)
    app.router.add_get("/static/{version}/{name:.+}", assets.serve)
