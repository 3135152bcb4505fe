"""The recorders' channel: what workers hand to packet sinks in the main process, in order, as bytes; knows no socket.

Each record is a head of 17 bytes - kind, number of the track, monotonic arrival time in ns, length - and its body.
Both ends are on one machine, so the clock is the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from pydantic import TypeAdapter

from mediation_server.media.engine import Publication

__all__ = [
    "HEAD",
    "REPORT",
    "Kind",
    "Lost",
    "Started",
    "lost_body",
    "read_lost",
    "read_started",
    "record",
    "records",
    "started_body",
]

HEAD = struct.Struct("!BIqI")
REPORT = struct.Struct("!QI")
_MOST = 1 << 20  # bytes of one record


class Kind(IntEnum):
    """What a record is."""

    STARTED = 1
    PACKET = 2
    REPORT = 3
    STOPPED = 4
    LOST = 5


@dataclass(frozen=True, slots=True)
class Started:
    """The recorder of this number may receive this publication, under the number of the record's track."""

    sink: int
    publication: Publication


@dataclass(frozen=True, slots=True)
class Lost:
    """Packets there was no room for, of the recorder of this number, between two monotonic times in ns."""

    sink: int
    from_ns: int
    to_ns: int
    packets: int


_STARTED: TypeAdapter[Started] = TypeAdapter(Started)
_LOST: TypeAdapter[Lost] = TypeAdapter(Lost)


def record(kind: Kind, track: int, at_ns: int, body: bytes = b"") -> bytes:
    """One record."""
    return HEAD.pack(kind, track, at_ns, len(body)) + body


def started_body(started: Started) -> bytes:
    """The body of a `STARTED` record."""
    return _STARTED.dump_json(started)


def read_started(body: bytes) -> Started:
    """What a `STARTED` record says. Raises `ValueError`."""
    return _STARTED.validate_json(body)


def lost_body(lost: Lost) -> bytes:
    """The body of a `LOST` record."""
    return _LOST.dump_json(lost)


def read_lost(body: bytes) -> Lost:
    """What a `LOST` record says. Raises `ValueError`."""
    return _LOST.validate_json(body)


def records(buffer: bytearray) -> Iterator[tuple[int, int, int, bytes]]:
    """Take every whole record off the front of `buffer`: kind, track, arrival in ns, body. Raises `ValueError`."""
    at, end = 0, len(buffer)
    try:
        while end - at >= HEAD.size:
            kind, track, arrival, size = HEAD.unpack_from(buffer, at)
            if size > _MOST:
                raise ValueError("record_too_large")
            after = at + HEAD.size + size
            if after > end:
                return
            body = bytes(buffer[at + HEAD.size : after])
            at = after
            yield kind, track, arrival, body
    finally:
        del buffer[:at]
