"""A live file made fit for playing: copied, never transcoded, index and length in front so that a browser can seek.

A torn tail is left behind.  Holes in sound are filled with Opus's own mark for "nothing was transmitted": a
browser plays sound by counting samples, so that without them all later words would come too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import av

from recordings.opus import duration as opus_duration
from recordings.opus import lost_packet
from recordings.segment import MILLISECONDS

__all__ = ["Copied", "UnreadableError", "remuxed"]

_FRAME_MS = 40
_SAMPLES_PER_MS = 48
_OPTIONS = {"cues_to_front": "1"}


class Copied(NamedTuple):
    """What a copy holds: frames that arrived, where the last one ends (ms from the start of the file)."""

    frames: int
    end_ms: int


class _Unit(NamedTuple):
    data: bytes
    pts_ms: int
    key: bool
    duration_ms: int


class UnreadableError(Exception):
    """A live file has no readable head; nothing can be copied from it."""


def remuxed(source: BinaryIO, target: Path) -> Copied:
    """Copy a live file to `target`. Raises `UnreadableError` for the source, `OSError` when the disk refuses."""
    try:
        read = av.open(source, "r", format="matroska")
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableError from error
    with read, av.open(str(target), "w", format="matroska", container_options=_OPTIONS) as out:
        stream = read.streams[0]
        units = _units(read, stream)
        track = out.add_stream_from_template(stream, opaque=True)
        return _copy(_filled(units) if stream.type == "audio" else units, out, track)


def _units(read: av.container.InputContainer, stream: av.stream.Stream) -> Iterator[_Unit]:
    """The frames of a file up to where it is torn."""
    base = stream.time_base or MILLISECONDS
    try:
        for packet in read.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            pts_ms = round(packet.pts * base / MILLISECONDS)
            yield _Unit(bytes(packet), pts_ms, packet.is_keyframe, round((packet.duration or 0) * base / MILLISECONDS))
    except av.FFmpegError:  # the torn tail
        return


def _filled(units: Iterator[_Unit]) -> Iterator[_Unit]:
    """Sound without holes, counted in samples as a player counts."""
    heard, before = 0, None
    for unit in units:
        if before is not None:
            mark, samples = lost_packet(before.data)
            while unit.pts_ms * _SAMPLES_PER_MS - heard >= samples:
                yield _Unit(mark, heard // _SAMPLES_PER_MS, key=True, duration_ms=samples // _SAMPLES_PER_MS)
                heard += samples
        heard = max(heard, (unit.pts_ms * _SAMPLES_PER_MS) if before is None else heard)
        heard += opus_duration(unit.data) or 0
        before = unit
        yield unit


def _copy(units: Iterator[_Unit], out: av.container.OutputContainer, track: av.stream.Stream) -> Copied:
    frames = end = 0
    last = -1
    for unit in units:
        packet = av.Packet(unit.data)
        packet.stream = track
        packet.time_base = MILLISECONDS
        packet.pts = packet.dts = last = max(unit.pts_ms, last + 1)
        packet.duration = unit.duration_ms
        packet.is_keyframe = unit.key
        out.mux_one(packet)
        frames += 1
        end = last + (unit.duration_ms or _FRAME_MS)
    return Copied(frames, end)
