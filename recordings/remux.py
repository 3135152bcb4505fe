"""A live file made fit for playing: copied, never decoded, index and length in front so that a browser can seek.

A torn tail is left behind.  Holes in sound are filled with Opus's own mark for "nothing was transmitted": a
browser plays sound by counting samples, so that without them all later words would come too early.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from recordings.matroska import Block, blocks, ebml_head, element, paced, uint
from recordings.opus import duration as opus_duration
from recordings.opus import lost_packet

__all__ = ["Copied", "UnreadableError", "remuxed"]

_FRAME_MS, _LONGEST_MS = 40, 100  # how long a lone frame lasts, and the last of many at most
_SAMPLES_PER_MS, _SHORTEST = 48, 120  # samples: nothing that Opus has is shorter (RFC 6716 §2.1.4)
_LONGEST_HOLE = 60_000 * _SAMPLES_PER_MS  # a longer one is a damaged time: the lane begins a new file after two seconds
_PICTURES = frozenset({"vp8", "h264"})
_CLUSTER_MS, _CLUSTER_BYTES = 4000, 2 << 20  # what a browser reads in vain, at most, to find its place in sound
_SIMPLE, _TRACK, _KEY = b"\xa3", 0x81, 0x80
_BLOCK_HEAD = struct.Struct(">BhB").pack
_SEGMENT, _INFO, _TRACKS, _CLUSTER, _CUES = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
_TWO_BYTES = 0x3FFF  # sizes below this take so many


class Copied(NamedTuple):
    """What a copy holds: the head that belongs before its clusters, frames, where the last ends (ms in the file)."""

    head: bytes
    frames: int
    end_ms: int


class UnreadableError(Exception):
    """A live file has no readable head; nothing can be copied from it."""


def remuxed(source: BinaryIO, target: BinaryIO, codec: str) -> Copied:
    """Copy the frames of a live file into clusters. Raises `UnreadableError` for the source, `OSError` of the disk."""
    tracks, found = blocks(source)
    if not tracks:
        raise UnreadableError
    copy = _Clusters(target, codec)
    for each in _filled(found) if codec == "opus" else found:
        copy.add(each)
    copy.flush()
    end_ms = copy.last_ms + (copy.last.lasts_ms or _lasts_ms(copy, codec))
    if codec in _PICTURES and copy.frames > 1:
        tracks = paced(tracks, copy.last_ms / (copy.frames - 1))
    return Copied(_head(tracks, copy.index, end_ms, copy.length), copy.frames, end_ms)


def _lasts_ms(copy: _Clusters, codec: str) -> int:
    """How long the last frame lasts: as its sound says, or a picture as long as the one before it."""
    samples = opus_duration(copy.last.data) if codec == "opus" else None
    if samples:
        return samples // _SAMPLES_PER_MS
    return min(copy.step_ms, _LONGEST_MS) or _FRAME_MS


def _filled(units: Iterator[Block]) -> Iterator[Block]:
    """Sound without holes, counted in samples as a player counts."""
    heard, before, placed = 0, b"", -1
    for unit in units:
        at = unit.ms * _SAMPLES_PER_MS
        if not before:
            heard = max(heard, at)
        elif at - heard >= _SHORTEST:
            mark, samples = lost_packet(before)
            heard = max(heard, at - _LONGEST_HOLE)
            while at - heard >= samples and placed + 1 < unit.ms:  # a mark never takes the place of a frame
                placed = max(heard // _SAMPLES_PER_MS, placed + 1)
                yield Block(placed, mark, key=True)
                heard += samples
        before = unit.data
        heard += opus_duration(before) or 0
        placed = max(unit.ms, placed + 1)
        yield unit


class _Clusters:
    """Writes blocks; `index` has (ms, offset) of each cluster that a player may begin with."""

    def __init__(self, target: BinaryIO, codec: str) -> None:
        self.frames = self.length = self.step_ms = 0
        self.last, self.last_ms = Block(0, b"", key=False), -1
        self.index: list[tuple[int, int]] = []
        self._target, self._pictures, self._lasting = target, codec in _PICTURES, codec == "text"
        self._from_ms = self._until_ms = self._size = 0
        self._parts: list[bytes] = []

    def add(self, block: Block) -> None:
        """The next frame; time within a file never stands still. Raises `OSError`."""
        ms, data, key, lasts_ms = block
        if ms <= self.last_ms:
            ms = self.last_ms + 1
        if ms >= self._until_ms or (key and self._pictures) or self._size >= _CLUSTER_BYTES:
            self._begin(ms, key=key)
        head = _BLOCK_HEAD(_TRACK, ms - self._from_ms, _KEY if key and not self._lasting else 0)
        length = len(data) + 4
        if self._lasting:
            self._parts.append(element(0xA0, element(0xA1, head, data), uint(0x9B, lasts_ms)))
        else:
            size = length | 0x4000 if length < _TWO_BYTES else length | 0x10000000  # RFC 8794 §4; below 8 MiB
            self._parts += (_SIMPLE, size.to_bytes(2 if length < _TWO_BYTES else 4, "big"), head, data)
        self._size += length
        self.step_ms = ms - self.last_ms if self.frames else 0
        self.frames += 1
        self.last, self.last_ms = block, ms

    def flush(self) -> None:
        """Write what is held. Raises `OSError`."""
        if self._parts:
            whole = element(_CLUSTER, uint(0xE7, self._from_ms), *self._parts)
            self._target.write(whole)
            self.length += len(whole)
            self._parts, self._size = [], 0

    def _begin(self, ms: int, *, key: bool) -> None:
        self.flush()
        self._from_ms, self._until_ms = ms, ms + _CLUSTER_MS
        if key:
            self.index.append((ms, self.length))


def _head(tracks: bytes, index: list[tuple[int, int]], end_ms: int, length: int) -> bytes:
    """All that stands before the clusters, which are so many bytes long."""
    info = element(
        _INFO,
        uint(0x2AD7B1, 1_000_000),
        element(0x4489, struct.pack(">d", float(end_ms))),
        element(0x4D80, b"mediation-server"),
        element(0x5741, b"mediation-server"),
    )
    parts = [(_INFO, info), (_TRACKS, tracks)]
    if index:
        parts.append((_CUES, b""))
    seek = len(_seek_head([(number, 0) for number, _ in parts]))
    cues = len(_cues(index, 0)) if index else 0
    clusters_at = seek + len(info) + len(tracks) + cues
    places, at = [], seek
    for number, part in parts:
        places.append((number, at))
        at += len(part)
    body = _seek_head(places) + info + tracks + (_cues(index, clusters_at) if index else b"")
    return ebml_head() + _SEGMENT.to_bytes(4, "big") + (1 << 56 | len(body) + length).to_bytes(8, "big") + body


def _seek_head(places: list[tuple[int, int]]) -> bytes:
    return element(
        0x114D9B74,
        *(element(0x4DBB, element(0x53AB, number.to_bytes(4, "big")), _wide(0x53AC, at)) for number, at in places),
    )


def _cues(index: list[tuple[int, int]], clusters_at: int) -> bytes:
    return element(
        _CUES,
        *(
            element(0xBB, uint(0xB3, ms), element(0xB7, uint(0xF7, 1), _wide(0xF1, clusters_at + at)))
            for ms, at in index
        ),
    )


def _wide(number: int, value: int) -> bytes:
    """A whole number that takes eight bytes, so that how long an index is does not depend on what it says."""
    return element(number, value.to_bytes(8, "big"))
