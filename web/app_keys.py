"""The typed keys under which the web adapter keeps what every handler needs; holds no logic."""

from __future__ import annotations

from aiohttp import web
from jinja2 import Environment

from mediation_server.caseflow.mock_court_server import MockCourtServer
from mediation_server.services.bundle_asking import RecordingFiles
from mediation_server.services.bundling import Binder
from mediation_server.services.composing import Studio
from mediation_server.services.context import Context
from mediation_server.services.disposing import Shredder
from mediation_server.services.importing import ImportedShelf
from mediation_server.services.operating import Vitals
from mediation_server.services.own_recordings import EvidenceShelf
from mediation_server.services.reviewing import RecordingShelf
from web.assets import Assets
from web.fresh_links import FreshLinks
from web.i18n import Language, Translator

__all__ = [
    "ASSETS",
    "BINDER",
    "CONTEXT",
    "COURT_KEY",
    "EVIDENCE",
    "FRESH_LINKS",
    "IMPORTED",
    "MOCK_COURT",
    "PAGES",
    "RECORDING_FILES",
    "SHELF",
    "SHREDDER",
    "STUDIO",
    "TEMPLATES",
    "TRANSLATORS",
    "VITALS",
]

CONTEXT = web.AppKey("web.context", Context)
ASSETS = web.AppKey("web.assets", Assets)
TEMPLATES = web.AppKey("web.templates", Environment)
TRANSLATORS = web.AppKey("web.translators", dict[Language, Translator])
FRESH_LINKS = web.AppKey("web.fresh_links", FreshLinks)
# Set by the composition root; None where a real court is configured.
MOCK_COURT: web.AppKey[MockCourtServer | None] = web.AppKey("web.mock_court")
# Set by the composition root where the court may call us; the key that signs both ways.
COURT_KEY: web.AppKey[bytes] = web.AppKey("web.court_key", bytes)
SHELF = web.AppKey("web.shelf", RecordingShelf)  # set by the composition root
EVIDENCE: web.AppKey[EvidenceShelf] = web.AppKey("web.evidence")  # the same, for what parties are told
BINDER = web.AppKey("web.binder", Binder)  # set by the composition root
IMPORTED = web.AppKey("web.imported", ImportedShelf)  # set by the composition root
STUDIO = web.AppKey("web.studio", Studio)  # set by the composition root
RECORDING_FILES: web.AppKey[RecordingFiles] = web.AppKey("web.recording_files")  # set by the composition root
SHREDDER = web.AppKey("web.shredder", Shredder)  # set by the composition root
# The shapes of all pages (`web.views.entries.shape_of`): whether something one could be led to exists.
PAGES: web.AppKey[frozenset[str]] = web.AppKey("web.pages", frozenset)
VITALS = web.AppKey("web.vitals", Vitals)  # set by the composition root
