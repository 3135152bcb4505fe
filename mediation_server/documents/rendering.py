"""From a template and data to a PDF, in a thread and few at a time; knows no kind of document."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import typst

from mediation_server.errors import Unavailable

__all__ = ["Document", "printed", "rendered"]

_TEMPLATES = Path(__file__).parent / "templates"
_LOG = logging.getLogger("documents")
_AT_ONCE = asyncio.Semaphore(1)  # one page takes a core for a moment; a live room needs the other


class Document(NamedTuple):
    """What `templates/<template>.typ` is filled with; equal documents of equal instants are equal bytes."""

    template: str
    data: Mapping[str, object]
    at: datetime | None = None  # the instant the file bears inside; None: when it is made


async def rendered(template: str, data: Mapping[str, object], at: datetime | None = None) -> bytes:
    """The PDF of `templates/<template>.typ` with its data. Raises `Unavailable("document_unavailable")`."""
    async with _AT_ONCE:
        return await asyncio.to_thread(printed, Document(template, data, at))


def printed(document: Document) -> bytes:
    """The same for whoever is in a thread of the background already; blocks. Raises `Unavailable`."""
    try:
        return _compiled(document)
    except (RuntimeError, OSError) as broken:  # TypstError is a RuntimeError
        _LOG.warning("no document from %s: %s", document.template, broken)
        raise Unavailable("document_unavailable") from broken


def _compiled(document: Document) -> bytes:
    made = typst.compile(
        _TEMPLATES / f"{document.template}.typ",
        root=_TEMPLATES,
        sys_inputs={"data": json.dumps(document.data, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=int(document.at.timestamp()) if document.at else None,
    )
    if not isinstance(made, bytes):
        raise TypeError("a document of one file was asked for")
    return made
