"""Matroska bytes (RFC 9559): the head of a file with one track, how far a torn one reaches, its blocks; knows no codec.

PyAV builds a stream without an encoder only from a template: `track_head` is that template.  `reach` walks the
clusters of a file nobody closed without reading its media, so that an hour is measured in milliseconds.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

__all__ = ["Block", "Reach", "blocks", "ebml_head", "element", "frames", "paced", "reach", "track_head", "uint"]

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0xE7, 0xA3, 0xA0, 0xA1
_BLOCK_DURATION, _TRACK_ENTRY, _DEFAULT_DURATION = 0x9B, 0xAE, 0x23E383
_VIDEO, _AUDIO, _TEXT = 1, 2, 17
_UNKNOWN = -1
_ENTERED = frozenset({_SEGMENT, _CLUSTER, _BLOCK_GROUP})
_BLOCK_HEAD, _LACING, _KEY = 4, 0x06, 0x80  # track number, relative time, flags (RFC 9559 §10)
_LONGEST_HEAD = 12
_END = (0, 0, 0)
_CHUNK = 1 << 20


def element(number: int, *body: bytes) -> bytes:
    """An element with a size of eight bytes, whatever it holds."""
    data = b"".join(body)
    size = (1 << 56 | len(data)).to_bytes(8, "big")
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + size + data


def uint(number: int, value: int) -> bytes:
    """An element that holds a whole number."""
    return element(number, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def ebml_head() -> bytes:
    """What every file begins with."""
    return element(_EBML, uint(0x4286, 1), uint(0x42F7, 1), uint(0x42F2, 4), uint(0x42F3, 8),
                   element(0x4282, b"matroska"), uint(0x4287, 4), uint(0x4285, 2))  # fmt: skip


def track_head(codec_id: str, private: bytes, width: int, height: int) -> bytes:
    """A whole small Matroska file with one track of this codec; width 0 makes it sound at 48 kHz, or text."""
    if width:
        kind, media = _VIDEO, element(0xE0, uint(0xB0, width), uint(0xBA, height))
    elif codec_id.startswith("S_"):
        kind, media = _TEXT, b""
    else:
        kind = _AUDIO
        media = element(0xE1, element(0xB5, struct.pack(">d", 48_000.0)), uint(0x9F, 2))
    track = element(
        _TRACK_ENTRY,
        uint(0xD7, 1),
        uint(0x73C5, 1),
        uint(0x83, kind),
        element(0x86, codec_id.encode()),
        element(0x63A2, private) if private else b"",
        media,
    )
    cluster = element(_CLUSTER, uint(_TIMESTAMP, 0), element(_SIMPLE_BLOCK, b"\x81\x00\x00\x80\x00"))
    return ebml_head() + element(_SEGMENT, element(_INFO, uint(0x2AD7B1, 1_000_000)), element(_TRACKS, track), cluster)


class Reach(NamedTuple):
    """How far a file reaches: `last_ms` of its last whole block (None without any), whether its tail is torn."""

    last_ms: int | None
    torn: bool


class _Head(NamedTuple):
    number: int
    size: int  # _UNKNOWN: until its parent ends
    body: int  # offset in the file


def _head(stream: BinaryIO, at: int) -> _Head | None:
    """The element head at `at`, or None when the file ends within it."""
    stream.seek(at)
    raw = stream.read(12)
    number_length = 9 - raw[0].bit_length() if raw and raw[0] else 0
    if not 1 <= number_length <= 4 or len(raw) <= number_length:  # noqa: PLR2004 - RFC 8794 §5
        return None
    first = raw[number_length]
    size_length = 9 - first.bit_length() if first else 0
    if not size_length or len(raw) < number_length + size_length:
        return None
    field = int.from_bytes(raw[number_length : number_length + size_length], "big")
    size = field & ((1 << 7 * size_length) - 1)
    if size == (1 << 7 * size_length) - 1:
        size = _UNKNOWN
    return _Head(int.from_bytes(raw[:number_length], "big"), size, at + number_length + size_length)


def reach(stream: BinaryIO) -> Reach:
    """Walk the clusters of a live file (timestamps in ms). Never raises on torn or foreign bytes."""
    length = stream.seek(0, 2)
    at, last, torn = 0, None, False
    while at < length:
        head = _head(stream, at)
        if head is None:
            return Reach(last, torn=True)
        if head.number == _SEGMENT:
            at = head.body
            continue
        end = length if head.size == _UNKNOWN else head.body + head.size
        torn = end > length
        if head.number == _CLUSTER:
            last = _last_in_cluster(stream, head.body, min(end, length), last)
        at = end
    return Reach(last, torn)


def _last_in_cluster(stream: BinaryIO, at: int, end: int, last: int | None) -> int | None:
    """The time of the last whole block of a cluster, or `last` when it has none."""
    base = 0
    while at < end:
        head = _head(stream, at)
        if head is None or head.size == _UNKNOWN or head.body + head.size > end:
            return last
        stream.seek(head.body)
        if head.number == _TIMESTAMP:
            base = int.from_bytes(stream.read(min(head.size, 8)), "big")
        elif head.number in (_SIMPLE_BLOCK, _BLOCK):
            block = stream.read(4)  # track number in one byte, relative time in two
            last = max(last or 0, base + int.from_bytes(block[1:3], "big", signed=True))
        at = head.body if head.number == _BLOCK_GROUP else head.body + head.size
    return last


def frames(stream: BinaryIO, seen: Callable[[bytes], object] | None = None) -> Iterator[tuple[int, bytes]]:
    """(ms in the file, data) of every whole block of a file with one track and no lacing, in order; never raises.

    One flat walk: segments, clusters and block groups are entered, everything else is passed over, so that neither
    unknown sizes nor a torn tail need special care.  `seen` is given all bytes of the file once, also those after
    what can be read as blocks.
    """
    window = _Window(stream, seen)
    base = 0
    while (found := window.element()) is not None:
        number, body, end = found
        data = window.data
        if number in (_SIMPLE_BLOCK, _BLOCK):
            if end - body < _BLOCK_HEAD or data[body + 3] & _LACING:
                break
            relative = data[body + 1] << 8 | data[body + 2]
            if relative & 0x8000:
                relative -= 0x10000
            yield base + relative, data[body + _BLOCK_HEAD : end]
        elif number == _TIMESTAMP:
            base = int.from_bytes(data[body:end], "big")
    window.drain()


class Block(NamedTuple):
    """One frame: `ms` in the file, whether a player can begin with it, how long it lasts (ms; 0: nobody said)."""

    ms: int
    data: bytes
    key: bool
    lasts_ms: int = 0


def blocks(stream: BinaryIO) -> tuple[bytes, Iterator[Block]]:
    """The element that describes the one track, and every whole block in order; b"" and none where it is no file."""
    window = _Window(stream, None)
    while (found := window.element()) is not None:
        number, body, end = found
        if number == _TRACKS:
            return element(_TRACKS, window.data[body:end]), _blocks(window)
        if number in (_SIMPLE_BLOCK, _BLOCK):
            break
    return b"", iter(())


def paced(tracks: bytes, frame_ms: float) -> bytes:
    """The description of a track, and how long a frame lasts: without that a player of H.264 reads far ahead."""
    read, head = io.BytesIO(tracks), _head(io.BytesIO(tracks), 0)
    while head is not None and head.number != _TRACK_ENTRY:
        head = _head(read, head.body if head.number == _TRACKS else head.body + head.size)
    if head is None:
        return tracks
    entry = tracks[head.body : head.body + head.size]  # alone: the checksum beside it would not be true any more
    return element(_TRACKS, element(_TRACK_ENTRY, entry, uint(_DEFAULT_DURATION, round(frame_ms * 1_000_000))))


def _blocks(window: _Window) -> Iterator[Block]:
    """How long a block of a group lasts follows it, so that one is held back. Groups are of captions: all are keys."""
    base, held = 0, None
    while (found := window.element()) is not None:
        number, body, end = found
        if number in (_SIMPLE_BLOCK, _BLOCK):
            if held is not None:
                yield held
            data = window.data
            if end - body < _BLOCK_HEAD or data[body + 3] & _LACING:
                return
            ms = base + int.from_bytes(data[body + 1 : body + 3], "big", signed=True)
            key = number == _BLOCK or bool(data[body + 3] & _KEY)
            held = Block(ms, data[body + _BLOCK_HEAD : end], key)
        elif number == _TIMESTAMP:
            base = int.from_bytes(window.data[body:end], "big")
        elif number == _BLOCK_DURATION and held is not None:
            held = held._replace(lasts_ms=int.from_bytes(window.data[body:end], "big"))
    if held is not None:
        yield held


class _Window:
    """A part of a file, moved along; elements lie in it whole."""

    def __init__(self, stream: BinaryIO, seen: Callable[[bytes], object] | None) -> None:
        self.data = b""
        self._at = 0
        self._stream, self._seen = stream, seen

    def element(self) -> tuple[int, int, int] | None:
        """(number, start, end) of the next element with content; None at the end, or where the file is torn."""
        while True:
            data, at = self.data, self._at
            left = len(data) - at
            # Nearly every element is a block of less than 16 KiB: its head is read in place.
            if left >= _LONGEST_HEAD and data[at] == _SIMPLE_BLOCK and (first := data[at + 1]) >= 0x40:  # noqa: PLR2004
                if first & 0x80:
                    body, end = at + 2, at + 2 + (first & 0x7F)
                else:
                    body, end = at + 3, at + 3 + ((first & 0x3F) << 8 | data[at + 2])
                if end - at <= left:
                    self._at = end
                    return _SIMPLE_BLOCK, body, end
            found = self._any(left)
            if found is not None:
                return found if found[0] else None

    def _any(self, left: int) -> tuple[int, int, int] | None:
        """The element that begins here, whatever it is; number 0 at the end; None: look again from where we are."""
        if left < _LONGEST_HEAD:
            self._more()
        found = self._here()
        if found is None:
            return _END
        number, body, size = found
        if number in _ENTERED:
            self._at = body
        elif body + size <= len(self.data):
            self._at = body + size
            return number, body, self._at
        elif not self._more():
            return _END
        return None

    def _here(self) -> tuple[int, int, int] | None:
        """(number, where its content begins, length) of the element that begins here, as far as it can be read."""
        data, at = self.data, self._at
        if at + 2 > len(data):
            return None
        size_at = at + 9 - data[at].bit_length()
        if size_at - at > 4 or size_at >= len(data):  # noqa: PLR2004 - RFC 8794 §5
            return None
        size_length = 9 - data[size_at].bit_length()
        body = size_at + size_length
        if size_length > 8 or body > len(data):  # noqa: PLR2004 - RFC 8794 §4
            return None
        size = int.from_bytes(data[size_at:body], "big") & ((1 << 7 * size_length) - 1)
        return int.from_bytes(data[at:size_at], "big"), body, size

    def drain(self) -> None:
        """Show the rest of the file to whoever sees all of it."""
        while self._seen is not None and self._more():
            self._at = len(self.data)

    def _more(self) -> bool:
        fresh = self._stream.read(_CHUNK)
        if fresh and self._seen is not None:
            self._seen(fresh)
        self.data, self._at = self.data[self._at :] + fresh, 0
        return bool(fresh)
