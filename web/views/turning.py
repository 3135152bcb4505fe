"""Leafing through lists that stand at one address: where the next page is, and the way back to the first; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from mediation_server.domain.listing import Place

__all__ = ["Turn", "turn_of"]


class Turn(NamedTuple):
    """Addresses under a list: back to its first page, and on to the next one; empty where there is none."""

    first: str
    more: str


def turn_of(path: str, asked: Mapping[str, str], name: str, after: Place | None) -> Turn:
    """The turn of the list whose place stands under `name` in the address; what else was asked for stays."""
    first = _address(path, {**asked, name: ""}) if asked.get(name) else ""
    return Turn(first, _address(path, {**asked, name: str(after)}) if after else "")


def _address(path: str, asked: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path
