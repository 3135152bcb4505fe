"""Reads forms within limits and hands out plain texts; knows no form in particular."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.checks.together import Together
from mediation_server.errors import BadInput, TooLarge

__all__ = ["MAX_BODY", "Form", "local_path", "read_form"]

MAX_BODY = 64 * 1024
_MAX_FIELDS = 64
E = TypeVar("E", bound=StrEnum)
_FORM_TYPE = "application/x-www-form-urlencoded"


class Form:
    """The fields of one form; every reader refuses with `BadInput` naming the field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields

    def text(self, name: str, *, most: int = 200) -> str:
        """A text without surrounding blanks, at most `most` characters; empty when missing."""
        value = self.fields.get(name, "").strip()
        if len(value) > most or "\0" in value:
            raise BadInput("too_long", field=name, most=most)
        return value

    def required(self, name: str, *, most: int = 200) -> str:
        """A text that must be there. Raises `BadInput("required")`."""
        value = self.text(name, most=most)
        if not value:
            raise BadInput("required", field=name)
        return value

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number between `least` and `most`, both included. Raises `BadInput("number_range")`."""
        value = self.text(name, most=12)
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise BadInput("number_range", field=name, least=least, most=most)
        return int(value)

    def instant(self, day: str, clock: str) -> datetime:
        """A day and a clock time at the court (Asia/Shanghai). Raises `BadInput` naming the field that is wrong."""
        with Together() as checked:
            on, at = checked(self._read, day, "%Y-%m-%d", "date_form"), checked(self._read, clock, "%H:%M", "time_form")
        return on.replace(hour=at.hour, minute=at.minute)

    def _read(self, name: str, form: str, wrong: str) -> datetime:
        try:
            return datetime.strptime(self.text(name), form).replace(tzinfo=SHANGHAI)
        except ValueError:
            raise BadInput(wrong, field=name) from None

    def one_of(self, name: str, kind: type[E]) -> E:
        """One of the values of an enumeration; nothing is assumed. Raises `BadInput("decision_missing")`."""
        try:
            return kind(self.text(name))
        except ValueError:
            raise BadInput("decision_missing", field=name) from None

    def answer(self, name: str) -> bool:
        """A decision that was made, `yes` or `no`; nothing is ever assumed. Raises `BadInput("decision_missing")`."""
        value = self.fields.get(name)
        if value not in ("yes", "no"):
            raise BadInput("decision_missing", field=name)
        return value == "yes"


_READ = web.RequestKey("web.form", Form)


async def read_form(request: web.Request) -> Form:
    """The form in the body, read once. Raises `TooLarge`, `BadInput`; never read beyond `MAX_BODY` bytes."""
    if _READ not in request:
        request[_READ] = await _read(request)
    form: Form = request[_READ]
    return form


async def _read(request: web.Request) -> Form:
    if request.content_type != _FORM_TYPE:
        raise BadInput("form_type")
    body = bytearray()
    async for chunk in request.content.iter_chunked(8192):
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise BadInput from None
    if any("\0" in value for _, value in pairs):  # nobody types it, and a database may not take it
        raise BadInput
    return Form(dict(pairs))


def local_path(text: str, default: str = "/") -> str:
    """`text` if it is a path of this server, else `default`; so that nobody is sent elsewhere after a form."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and len(text) <= 500  # noqa: PLR2004
    return text if plain and "\\" not in text else default
