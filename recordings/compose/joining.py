"""The parts of a film made one MP4 that plays while it loads: copied, with chapters and captions; same bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av

from recordings.compose.recipe import FPS, Chapter, ChapterKind, Recipe
from recordings.compose.subtitles import Subtitle, subtitles_of

__all__ = ["Pieces", "join"]

_BASE = Fraction(1, FPS)
_TICKS = 12_800  # MP4's own units in a second for 25 pictures; named, so that no version of a library chooses others
_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact", "video_track_timescale": str(_TICKS)}


class Pieces(NamedTuple):
    """The files a film is made of, by name: its parts in order, its sound; `opened` opens one."""

    opened: Callable[[str], BinaryIO]
    parts: Sequence[str]
    sound: str

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[av.container.InputContainer]:
        """One of them while the block lasts."""
        with self.opened(name) as stream, av.open(stream, "r", format="matroska") as read:
            yield read


def join(recipe: Recipe, pieces: Pieces, target: Path) -> None:
    """Write the film. Raises `OSError`, `av.FFmpegError`, `ValueError` for parts that do not belong together."""
    with (
        pieces.reading(pieces.parts[0]) as first,
        pieces.reading(pieces.sound) as heard,
        av.open(str(target), "w", format="mp4", options=_OPTIONS) as out,
    ):
        out.metadata["title"] = recipe.wish.mark
        out.metadata["comment"] = recipe.words["notice"]
        picture = out.add_stream_from_template(first.streams.video[0], opaque=True)
        sound = out.add_stream_from_template(heard.streams.audio[0], opaque=True)
        subtitles = subtitles_of(recipe)
        words = out.add_mux_stream("mov_text") if subtitles else None
        out.set_chapters(list(_chapters(recipe)))
        head = first.streams.video[0].codec_context.extradata
        flows = [_pictures(recipe, pieces, picture, head), _sounds(heard, sound)]
        if words is not None:
            flows.append(_words(subtitles, words))
        for packet in _in_order(flows):
            out.mux_one(packet)


def _in_order(flows: list[Iterator[av.Packet[Any]]]) -> Iterator[av.Packet[Any]]:
    """Packets of all streams by time; of two at once the stream that was added first."""
    heads = {at: packet for at, flow in enumerate(flows) if (packet := next(flow, None)) is not None}
    while heads:
        at = min(heads, key=lambda each: ((heads[each].dts or 0) * (heads[each].time_base or 0), each))
        yield heads.pop(at)
        following = next(flows[at], None)
        if following is not None:
            heads[at] = following


def _pictures(recipe: Recipe, pieces: Pieces, stream: Any, head: bytes | None) -> Iterator[av.Packet[Any]]:
    start = 0
    for file, part in zip(pieces.parts, recipe.parts, strict=True):
        with pieces.reading(file) as read:
            source = read.streams.video[0]
            if source.codec_context.extradata != head:
                raise ValueError(file)
            count = 0
            for packet in read.demux(source):
                if packet.size:
                    packet.stream = stream
                    packet.time_base, packet.pts = _BASE, start + count
                    packet.dts, packet.duration = packet.pts, 1
                    count += 1
                    yield packet
        if count != part.frames:
            raise ValueError(file)
        start += count


def _sounds(read: av.container.InputContainer, stream: Any) -> Iterator[av.Packet[Any]]:
    for packet in read.demux(read.streams.audio[0]):
        if packet.size:
            packet.stream = stream
            yield packet


def _words(subtitles: Iterable[Subtitle], stream: Any) -> Iterator[av.Packet[Any]]:
    """3GPP timed text: a length and UTF-8; an empty sample takes the words away."""
    end = 0
    for each in subtitles:
        if each.from_frame > end:
            yield _word("", end, each.from_frame, stream)
        yield _word(each.text, each.from_frame, each.to_frame, stream)
        end = each.to_frame


def _word(text: str, start: int, end: int, stream: Any) -> av.Packet[Any]:
    data = text.encode()
    packet = av.Packet(len(data).to_bytes(2, "big") + data)
    packet.stream, packet.time_base = stream, _BASE
    packet.pts = packet.dts = start
    packet.duration = end - start
    return packet


def _chapters(recipe: Recipe) -> Iterator[Any]:
    ends = [each.frame for each in recipe.chapters[1:]] + [recipe.frames]
    for number, (chapter, end) in enumerate(zip(recipe.chapters, ends, strict=True)):
        title = {"title": _title(recipe, chapter)}
        yield {"id": number, "start": chapter.frame, "end": end, "time_base": _BASE, "metadata": title}


def _title(recipe: Recipe, chapter: Chapter) -> str:
    if chapter.kind is ChapterKind.SPEAKER:
        return recipe.names.get(chapter.about, "")
    return recipe.words[chapter.about or "joint"]
