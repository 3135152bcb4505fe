"""How somebody is reached: mobile and landline numbers, mail addresses; knows no carrier."""

from __future__ import annotations

import re

from mediation_server.domain.checks.texts import one_code
from mediation_server.errors import BadInput

__all__ = ["email", "landline", "mobile", "phone"]

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0\d{2,3})-?(\d{7,8})(?:-(\d{1,6}))?", re.ASCII)
_COUNTRY = re.compile(r"(?:\+|00)86-?(?=[01])|86-?(?=1\d{10}$)", re.ASCII)
_SERVICE = re.compile(r"1\d{2,4}|(?:400|800)-?\d{3}-?\d{4}", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}", re.ASCII)
_MOST = 40
_MOST_EMAIL = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


def mobile(text: str, *, field: str = "phone") -> str:
    """Eleven digits. Raises `BadInput`: `required`, `phone_service` (12368 and its like), `mobile_form`."""
    number = _plain(text, field)
    short = number.replace("-", "")
    if not _MOBILE.fullmatch(short):
        raise BadInput("mobile_form", field=field)
    return short


def landline(text: str, *, field: str = "phone") -> str:
    """`0551-62345678` or with an extension. Raises `BadInput`: `required`, `phone_service`, `landline_form`."""
    found = _LANDLINE.fullmatch(_plain(text, field))
    if found is None:
        raise BadInput("landline_form", field=field)
    return "-".join(part for part in found.groups() if part)


def phone(text: str, *, field: str = "phone") -> str:
    """Either kind of number. Raises `BadInput`: `required`, `phone_service`, `phone_form`."""
    number = _plain(text, field)
    if _MOBILE.fullmatch(number.replace("-", "")):
        return mobile(number, field=field)
    if _LANDLINE.fullmatch(number):
        return landline(number, field=field)
    raise BadInput("phone_form", field=field)


def email(text: str, *, field: str = "email") -> str:
    """A mail address, its domain in small letters. Raises `BadInput`: `required`, `too_long`, `email_form`."""
    address = one_code(text, field=field, most=_MOST_EMAIL)
    if not _EMAIL.fullmatch(address) or ".." in address:
        raise BadInput("email_form", field=field)
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.lower()}"


def _plain(text: str, field: str) -> str:
    number = _COUNTRY.sub("", one_code(text, field=field, most=_MOST), count=1)
    if _SERVICE.fullmatch(number):
        raise BadInput("phone_service", field=field)
    return number
