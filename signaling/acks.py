"""Answers: one of the two places that turn a refusal into what a person reads; knows no room and no socket."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from mediation_server.domain.ids import new_id
from mediation_server.errors import BadInput, MediationError, TooLarge
from mediation_server.rooms.shapes import Language

__all__ = ["Translate", "accepted", "parsed_refusal", "refused"]

_LOG = logging.getLogger(__name__)
_TOO_LONG = {"string_too_long", "too_long"}

# (code, language, details) -> the sentence a person reads; `error.<code>` of the catalogues
Translate = Callable[[str, Language, Mapping[str, object]], str]


def accepted(answer: Mapping[str, object] | None = None) -> dict[str, object]:
    """An event was carried out."""
    return {"ok": True, **(answer or {})}


def refused(error: Exception, language: Language, translate: Translate) -> dict[str, object]:
    """An event was not carried out, and why. A bug is logged with a number, and called one."""
    if not isinstance(error, MediationError):
        number = new_id()
        _LOG.error("a signalling event failed: %s", number, exc_info=error)
        return {"error": "internal", "message": translate("internal", language, {"id": number})}
    answer: dict[str, object] = {
        "error": error.code,
        "message": translate(error.code, language, error.details),
    }
    return {**answer, "field": error.field} if error.field else answer


def parsed_refusal(error: ValidationError) -> MediationError:
    """What the trust boundary refused, as the error tree says it; nothing that was sent is repeated."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or str(part).isidentifier())[:80]
    return (TooLarge if first["type"] in _TOO_LONG else BadInput)(field=field or None)
