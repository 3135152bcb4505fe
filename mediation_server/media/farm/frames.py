"""Messages of the control channel: four bytes of length, then JSON; validated on arrival, for a worker reads the net.

A worker parses what strangers send it. What it says is therefore checked for shape like any other input, and nothing
it says is ever executed (no pickle).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

import mediation_server.errors as tree
from mediation_server.errors import MediationError
from mediation_server.media.engine import EngineEvent, Load, MemberQuality

__all__ = [
    "BUG",
    "Beat",
    "Refusal",
    "Reply",
    "Report",
    "Request",
    "Serving",
    "Told",
    "error_of",
    "event_of",
    "frame",
    "read_frame",
    "refusal_of",
    "told",
]

BUG = "bug"  # kind of a refusal that is none: the worker stumbled, and what was asked may or may not be done
_LENGTH = struct.Struct("!I")
_KINDS: Mapping[str, type[MediationError]] = {
    name: kind for name in tree.__all__ if issubclass(kind := getattr(tree, name), MediationError)
}
_EVENTS: Mapping[str, TypeAdapter[EngineEvent]] = {each.__name__: TypeAdapter(each) for each in get_args(EngineEvent)}


@dataclass(frozen=True, slots=True)
class Request:
    """To a worker: do `do` (a name of `calls.CALLS`) with these arguments; answered by the reply of that number."""

    number: int
    do: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `MediationError` on its way: the name of its class, code and field; details stay behind."""

    kind: str
    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """From a worker: the result, or why not. `tape` counts what the recorders' channel held when it was done."""

    number: int
    result: Any = None
    refusal: Refusal | None = None
    tape: int = 0
    load: Load | None = None
    kind: Literal["reply"] = "reply"


@dataclass(frozen=True, slots=True)
class Serving:
    """From a worker, first of all: it serves on these ports; or why it cannot."""

    port: int = 0
    tcp_port: int | None = None
    refusal: Refusal | None = None
    kind: Literal["serving"] = "serving"


@dataclass(frozen=True, slots=True)
class Told:
    """From a worker: an `EngineEvent` by the name of its class."""

    name: str
    event: Any
    kind: Literal["told"] = "told"


@dataclass(frozen=True, slots=True)
class Beat:
    """From a worker: it lives. `busy` is the share of a core used since the last beat; qualities once a second."""

    load: Load
    busy: float
    qualities: Mapping[str, Mapping[str, MemberQuality]] | None = field(default=None)
    kind: Literal["beat"] = "beat"


Report = Annotated[Reply | Serving | Told | Beat, Field(discriminator="kind")]


def frame(message: bytes) -> bytes:
    """A message with its length before it."""
    return _LENGTH.pack(len(message)) + message


async def read_frame(reader: asyncio.StreamReader, most: int) -> bytes:
    """The next message. Raises `asyncio.IncompleteReadError` at the end, `ValueError` beyond `most` bytes."""
    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if size > most:
        raise ValueError("frame_too_large")
    return await reader.readexactly(size)


def told(event: EngineEvent) -> Told:
    """An event on its way."""
    name = type(event).__name__
    return Told(name, _EVENTS[name].dump_python(event, mode="json"))


def event_of(message: Told) -> EngineEvent:
    """The event that arrived. Raises `ValueError` (pydantic's `ValidationError` is one) for what is none."""
    if message.name not in _EVENTS:
        raise ValueError("unknown_event")
    return _EVENTS[message.name].validate_python(message.event)


def refusal_of(error: MediationError) -> Refusal:
    """An error on its way."""
    return Refusal(type(error).__name__, error.code, error.field)


def error_of(refusal: Refusal) -> MediationError:
    """The error that arrived; of an unknown class: the plain refusal."""
    return _KINDS.get(refusal.kind, MediationError)(refusal.code, field=refusal.field)
