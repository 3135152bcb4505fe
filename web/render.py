"""Turns a template and values into a page in the reader's language; the only module that touches Jinja."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from aiohttp import web
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from mediation_server.errors import BadInput, MediationError
from web import words
from web.app_keys import CONTEXT, TEMPLATES, TRANSLATORS
from web.assets import Assets
from web.i18n import Language, Translator
from web.preferences import Preferences, preferences_of
from web.request_id import request_id
from web.views.laws import law_words
from web.views.navigation import navigation

__all__ = ["TEMPLATE_DIR", "beside", "compile_all", "make_environment", "preferences", "render", "translator"]

_WORDS = re.compile("(?=交通事故|责任纠纷|合同纠纷)")
TEMPLATE_DIR = Path(__file__).parent / "templates"


class _Compiled(FileSystemBytecodeCache):
    """What templates were compiled to, for the next start, which then need not do it again.

    A cache and no more: where it cannot be written, or is of other templates or another Python, they are compiled.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - whatever is wrong with a file, its template is compiled
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def make_environment(assets: Assets, compiled: Path | None = None) -> Environment:
    """Templates with escaping on and undefined names refused; `compiled`: a directory for what they are compiled to."""
    if compiled is not None:
        with contextlib.suppress(OSError):
            compiled.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_DIR),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_Compiled(str(compiled)) if compiled else None,
    )

    @cache
    def icon(name: str, kind: str = "") -> Markup:
        """A decorative icon of the sprite."""
        template = '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>'
        return Markup(template).format(f"i {kind}".strip(), assets.url("icons.svg"), name)  # noqa: S704 - a constant

    def phrased(text: str) -> Markup:
        """A cause as the law names it, which may be cut between its words but not within one."""
        return Markup("<wbr>").join(part for part in _WORDS.split(text) if part)

    environment.globals.update(static=assets.url, modules=assets.modules, icon=icon, phrased=phrased)
    environment.globals.update(words=words, law_words=law_words, navigation=navigation)
    return environment


def compile_all(environment: Environment) -> None:
    """Load every template, so that the event loop never waits for a file. Blocks."""
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def preferences(request: web.Request) -> Preferences:
    """Language, theme and size of whoever asks."""
    default: Language = "en" if request.config_dict[CONTEXT].settings.default_language == "en" else "zh"
    return preferences_of(request, default)


def translator(request: web.Request) -> Translator:
    """The translator for whoever asks."""
    return request.config_dict[TRANSLATORS][preferences(request).language]


def beside(
    request: web.Request,
    refusal: MediationError | None,
    default: str = "_",
    *,
    only: Container[str] | None = None,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """What a page says of a refusal, by the fields it stands beside; `default` where it is about none, or not `only`.

    `renamed`: what a service calls a field, where its page has another name for it.
    """
    tr, said = translator(request), dict[str, str]()
    for each in refusal.all if isinstance(refusal, BadInput) else (refusal,) if refusal else ():
        field = renamed.get(each.field or "", each.field)
        known = field and (only is None or field in only)
        said.setdefault(field if field and known else default, tr.error(each.code, each.details))
    return said


def render(request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
    """A page. Every template also knows `tr`, `t`, `rich`, `prefs`, `path`, `demo`, `now`, `request_id` and `user`."""
    tr, context = translator(request), request.config_dict[CONTEXT]
    known: dict[str, object] = {
        "tr": tr,
        "t": tr.t,
        "rich": tr.rich,
        "prefs": preferences(request),
        "path": request.rel_url.path_qs,
        "demo": context.settings.demo,
        "now": context.clock.now(),
        "request_id": request_id(request),
        "user": None,
        "court": tr.t("court.default"),
        "nav": "",
        "dot": "·" if tr.language == "zh" else " · ",
    }
    text = request.config_dict[TEMPLATES].get_template(template).render(known | values)
    return web.Response(text=text, status=status, content_type="text/html", headers={"Content-Language": tr.tag})
