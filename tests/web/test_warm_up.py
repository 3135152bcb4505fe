"""Whoever asks first waits for no file."""

import gzip

from aiohttp import web

from web.app_keys import ASSETS, TEMPLATES
from web.assets import Assets
from web.render import make_environment
from web.setup import warm_up


def test_what_pages_are_made_of_is_read_and_compressed_before_it_is_asked_for(monkeypatch):
    app = web.Application()
    app[ASSETS] = Assets()
    app[TEMPLATES] = make_environment(app[ASSETS])
    warm_up(app)
    monkeypatch.delattr(type(app[TEMPLATES]), "compile")
    monkeypatch.delattr(gzip, "compress")
    assert len(app[TEMPLATES].list_templates(extensions=["html"])) > 100
    assert all(app[TEMPLATES].get_template(name) for name in app[TEMPLATES].list_templates(extensions=["html"]))
    assert app[ASSETS].files["css/site.css"].gzipped
