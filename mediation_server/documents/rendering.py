"""From a template and data to a PDF, in a thread and few at a time; knows no kind of document."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import typst

from mediation_server.errors import Unavailable

__all__ = ["rendered"]

_TEMPLATES = Path(__file__).parent / "templates"
_LOG = logging.getLogger("documents")
_AT_ONCE = asyncio.Semaphore(1)  # one page takes a core for a moment; a live room needs the other


async def rendered(template: str, data: Mapping[str, object]) -> bytes:
    """The PDF of `templates/<template>.typ` with its data. Raises `Unavailable("document_unavailable")`."""
    said = json.dumps(data, ensure_ascii=False)
    async with _AT_ONCE:
        try:
            return await asyncio.to_thread(_compiled, template, said)
        except (RuntimeError, OSError) as broken:  # TypstError is a RuntimeError
            _LOG.warning("no document from %s: %s", template, broken)
            raise Unavailable("document_unavailable") from broken


def _compiled(template: str, data: str) -> bytes:
    made = typst.compile(
        _TEMPLATES / f"{template}.typ", root=_TEMPLATES, sys_inputs={"data": data}, pdf_standards=["a-2b"]
    )
    if not isinstance(made, bytes):
        raise TypeError("a document of one file was asked for")
    return made
