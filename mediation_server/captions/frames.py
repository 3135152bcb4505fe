"""Between the server and the process that listens: frames of voices one way, lines of text back; knows neither end.

Each frame is a head of 13 bytes - kind, number of the voice, monotonic time in ns, length - and its body.
Each line is a JSON object: {"voice","line","from_ns","to_ns","text","final"}, or {"done": time of the frame}.
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import BinaryIO, NamedTuple

__all__ = ["LONGEST_LINE", "LONGEST_TEXT", "Frame", "FrameKind", "Said", "frame", "parsed", "read_frame", "written"]

LONGEST_LINE = 8192  # bytes
LONGEST_TEXT = 400  # characters
_HEAD = struct.Struct(">BHQH")
_VOICES = 1 << 16


class FrameKind(IntEnum):
    """What a frame is."""

    PACKET = 1  # one RTP packet of a voice
    END = 2  # a voice ends, or may not be heard any more
    ASK = 3  # say `done` when everything before is; whoever has fallen silent has come to an end
    FLUSH = 4  # the same, and everybody has come to an end


class Frame(NamedTuple):
    """One frame as read."""

    kind: FrameKind
    voice: int
    at_ns: int
    body: bytes


class Said(NamedTuple):
    """What was understood of a voice; `line` stays the same until it is final."""

    voice: int
    line: int
    from_ns: int
    to_ns: int
    text: str
    final: bool


def frame(kind: FrameKind, voice: int, at_ns: int, body: bytes = b"") -> bytes:
    """One frame."""
    return _HEAD.pack(kind, voice, at_ns, len(body)) + body


def read_frame(source: BinaryIO) -> Frame | None:
    """The next frame, or None at the end. Raises `ValueError` for what is none. Blocks."""
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, voice, at_ns, length = _HEAD.unpack(head)
    return Frame(FrameKind(kind), voice, at_ns, source.read(length))


def written(said: Said | int) -> bytes:
    """One line: something understood, or (a time) that everything up to there is done."""
    content = {"done": said} if isinstance(said, int) else said._asdict()
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parsed(line: bytes) -> Said | int:
    """A line as read, trusted in nothing. Raises `ValueError`, `KeyError` or `TypeError` for what is none of ours."""
    content = json.loads(line)
    if "done" in content:
        return _whole(content["done"], 1 << 63)
    numbers = {name: _whole(content[name], 1 << 63) for name in ("voice", "line", "from_ns", "to_ns")}
    text, final = content["text"], content["final"]
    if not (isinstance(text, str) and isinstance(final, bool)) or numbers["voice"] >= _VOICES:
        raise TypeError
    return Said(**numbers, text=text[:LONGEST_TEXT], final=final)


def _whole(value: object, limit: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise TypeError
    return value
