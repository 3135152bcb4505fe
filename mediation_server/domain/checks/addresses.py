"""Postal addresses (送达地址): enough of one to find the door, and postcodes; knows no map."""

from __future__ import annotations

import re

from mediation_server.domain.checks.texts import one_code, one_line
from mediation_server.errors import BadInput

__all__ = ["address", "postcode"]

_POSTCODE = re.compile(r"\d{6}", re.ASCII)
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
_LEAST, _MOST = 6, 120


def address(text: str, *, field: str = "address") -> str:
    """An address, in Chinese without blanks. Raises `BadInput`: `required`, `too_long`, `address_short`, `_script`."""
    plain = one_line(text, field=field, most=_MOST)
    if len(plain) < _LEAST:
        raise BadInput("address_short", field=field)
    if _HAN.search(plain):
        return plain.replace(" ", "")
    if not _LATIN_WORDS.search(plain):
        raise BadInput("address_script", field=field)
    return plain


def postcode(text: str, *, field: str = "postcode") -> str:
    """Six digits. Raises `BadInput`: `required`, `postcode_form`."""
    plain = one_code(text, field=field, most=40)
    if not _POSTCODE.fullmatch(plain):
        raise BadInput("postcode_form", field=field)
    return plain
