"""Puts the web adapter onto an application: keys, middleware, headers, routes; what the composition root calls."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from mediation_server.services.context import Context
from web.app_keys import ASSETS, CONTEXT, FRESH_LINKS, PAGES, TEMPLATES, TRANSLATORS
from web.assets import Assets
from web.fresh_links import FreshLinks
from web.headers import add_headers
from web.i18n import Language, Translator, translators
from web.middleware import errors_middleware, number_middleware, origin_middleware
from web.render import compile_all, make_environment
from web.routes import ROUTES
from web.views.entries import shape_of

__all__ = ["page_files", "setup_web", "warm_up"]

_COMPILED = "compiled-templates"  # in the data directory; may be removed at any time
_Files = tuple[dict[Language, Translator], Assets, Environment]
_READ: list[_Files] = []


def setup_web(app: web.Application, ctx: Context) -> None:
    """Add everything a browser sees. Reads files, so it blocks: call it in a thread when the loop is already busy.

    The runner should have `access_log=None`: aiohttp's own log would write down paths with tokens in them.
    """
    app[CONTEXT] = ctx
    app[TRANSLATORS], app[ASSETS], app[TEMPLATES] = page_files(ctx.settings.data_dir / _COMPILED)
    app[FRESH_LINKS] = FreshLinks(ctx.clock)
    app.middlewares.extend((number_middleware, errors_middleware, origin_middleware))
    app.on_response_prepare.append(add_headers)
    for table in ROUTES:
        app.router.add_routes(table)
    app.router.add_get("/static/{version}/{name:.+}", app[ASSETS].serve)
    gets = (each for each in app.router.routes() if each.method == "GET" and each.resource is not None)
    app[PAGES] = frozenset(shape_of(each.resource.canonical) for each in gets if each.resource is not None)


def warm_up(app: web.Application) -> None:
    """Load what pages are made of, which the first to ask would wait for. Blocks: call it in a thread."""
    compile_all(app[TEMPLATES])
    app[ASSETS].compress()


def page_files(compiled: Path | None = None) -> _Files:
    """What is read from the disk, once per process: it does not change while the process lives.

    `compiled`: where what the templates are compiled to is kept for the next process; the first call says so.
    """
    if not _READ:
        known = translators()
        assets = Assets(catalogues={language: each.texts for language, each in known.items()})
        _READ.append((known, assets, make_environment(assets, compiled)))
    return _READ[0]
