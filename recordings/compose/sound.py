"""The sound of a film in one go: all voices of each stretch mixed, silence under cards, AAC; counted in samples."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av.filter import Graph

from recordings.compose.picture import OpenInput
from recordings.compose.recipe import FPS, Card, Input, Part, Recipe

__all__ = ["encode_sound"]

_RATE = 48_000
_PER_FRAME = _RATE // FPS
_CHUNK = 960  # 20 ms
_AAC = 1024
_FORM = "fltp"  # what Opus decodes to and AAC is made of: nothing to convert between them
_BIT_RATE = 96_000
_BASE = Fraction(1, _RATE)
_SLACK = _RATE // 100  # a file's own count may be off by so much before silence is put in
_BITEXACT = {"fflags": "+bitexact"}


class _Stretch(NamedTuple):
    """Parts without a gap between them: where it begins (ms), its samples, which inputs sound in it."""

    from_ms: int
    samples: int
    sounds: tuple[int, ...]


def encode_sound(recipe: Recipe, open_input: OpenInput, target: Path) -> None:
    """Write the whole sound. Raises `OSError` and `av.FFmpegError`."""
    with av.open(str(target), "w", format="matroska", options=_BITEXACT) as out:
        stream = out.add_stream("aac", rate=_RATE, layout="mono")
        stream.bit_rate = _BIT_RATE
        fifo, written = av.AudioFifo(), 0
        for stretch in _stretches(recipe.parts):
            for frame in _mixed(recipe, stretch, open_input):
                frame.pts = None
                fifo.write(frame)
                while (block := fifo.read(_AAC)) is not None:
                    out.mux(stream.encode(_placed(block, written)))
                    written += block.samples
        rest = fifo.read(0, partial=True)
        if rest is not None:
            out.mux(stream.encode(_placed(rest, written)))
        out.mux(stream.encode(None))


def _stretches(parts: Sequence[Part | Card]) -> Iterator[_Stretch]:
    sounds: dict[int, None] = {}
    first = samples = 0
    for part in parts:
        if isinstance(part, Card):
            if samples:
                yield _Stretch(first, samples, tuple(sounds))
            yield _Stretch(0, part.frames * _PER_FRAME, ())
            samples, sounds = 0, {}
            continue
        first = part.from_ms if not samples else first
        samples += part.frames * _PER_FRAME
        sounds |= dict.fromkeys(part.sounds)
    if samples:
        yield _Stretch(first, samples, tuple(sounds))


def _mixed(recipe: Recipe, stretch: _Stretch, open_input: OpenInput) -> Iterator[av.AudioFrame]:
    if not stretch.sounds:
        for at in range(0, stretch.samples, _CHUNK):
            yield _silence(min(_CHUNK, stretch.samples - at))
        return
    with contextlib.ExitStack() as stack:
        voices = []
        for place in stretch.sounds:
            source = recipe.inputs[place]
            file = stack.enter_context(contextlib.closing(open_input(source.index)))
            container = stack.enter_context(av.open(file, "r", format="matroska"))
            voices.append(_even(_placed_in(container, source, stretch.from_ms), stretch.samples))
        yield from _joined(voices)


def _joined(voices: list[Iterator[av.AudioFrame]]) -> Iterator[av.AudioFrame]:
    """Equally long voices, block by block, added up and kept from clipping."""
    graph = Graph()
    mix = graph.add("amix", f"inputs={len(voices)}:normalize=0:duration=longest")
    inputs = []
    for at in range(len(voices)):
        each = graph.add_abuffer(sample_rate=_RATE, format=_FORM, layout="mono", time_base=_BASE)
        each.link_to(mix, 0, at)
        inputs.append(each)
    limit = graph.add("alimiter", "limit=0.95:level=disabled")
    form = graph.add("aformat", f"sample_fmts={_FORM}:sample_rates=48000:channel_layouts=mono")
    sink = graph.add("abuffersink")
    mix.link_to(limit)
    limit.link_to(form)
    form.link_to(sink)
    graph.configure()
    for frames in zip(*voices, strict=True):
        for source, frame in zip(inputs, frames, strict=True):
            source.push(frame)
        yield from _pulled(sink)
    for source in inputs:
        source.push(None)
    yield from _pulled(sink)


def _pulled(sink: av.filter.FilterContext) -> Iterator[av.AudioFrame]:
    while True:
        try:
            yield sink.pull()  # type: ignore[misc]
        except (BlockingIOError, EOFError):
            return


def _placed_in(
    container: av.container.InputContainer, source: Input, from_ms: int
) -> Iterator[tuple[int, av.AudioFrame]]:
    """What a file holds, each frame with the sample at which it begins, from the start of the stretch on."""
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    begin = from_ms - source.offset_ms
    if begin > 0:
        container.seek(begin * 1000, backward=True)
    resampler = av.AudioResampler(format=_FORM, layout="mono", rate=_RATE)
    base, start = stream.time_base or _BASE, begin * _RATE // 1000
    scale, per = base.numerator * _RATE, base.denominator
    with contextlib.suppress(av.FFmpegError):  # the rest of a file that cannot be decoded is silence
        for frame in container.decode(stream):
            at = (frame.pts or 0) * scale // per - start
            for each in resampler.resample(frame):
                yield at, each
                at += each.samples


def _even(found: Iterator[tuple[int, av.AudioFrame]], samples: int) -> Iterator[av.AudioFrame]:
    """The voice in blocks of 20 ms that cover the stretch exactly, silence where there is nothing."""
    fifo, position, given = av.AudioFifo(), 0, 0
    for start, frame in found:
        for each in _filled(start - position, frame):
            each.pts = None
            fifo.write(each)
            position += each.samples
        while given < samples and (block := fifo.read(_CHUNK)) is not None:
            yield _placed(block, given)
            given += _CHUNK
        if given >= samples:
            return
    fifo.write(_silence(samples - given))  # more than is missing
    while given < samples and (block := fifo.read(_CHUNK)) is not None:
        yield _placed(block, given)
        given += _CHUNK


def _filled(ahead: int, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
    """Silence up to where a frame begins, then the frame; nothing when most of it is from before."""
    while ahead > _SLACK:
        silence = _silence(min(ahead, _RATE))
        ahead -= silence.samples
        yield silence
    if ahead >= -frame.samples // 2:
        yield frame


def _placed(frame: av.AudioFrame, at: int) -> av.AudioFrame:
    frame.pts, frame.time_base, frame.sample_rate = at, _BASE, _RATE
    return frame


def _silence(samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(format=_FORM, layout="mono", samples=samples)
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    frame.sample_rate = _RATE
    return frame
