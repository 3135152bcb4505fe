"""One part of a film, encoded: files decoded, fitted into their cells, joined, marked; the same bytes every time.

The heavy work is libavcodec's and libavfilter's.  One thread for each encoder, because its bytes depend on their
number; parts are encoded beside each other instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import av
from av.filter import Graph
from PIL import Image

from recordings.compose import drawing
from recordings.compose.layout import HEIGHT, MOST, WIDTH, Cell, cells
from recordings.compose.recipe import FPS, Card, Part, Recipe

__all__ = ["OpenInput", "encode_card", "encode_part"]

OpenInput = Callable[[int], BinaryIO]  # a segment of the manifest by its index

_BASE = Fraction(1, FPS)
_MS = Fraction(1, 1000)
_KEY_EVERY = 2 * FPS
_OPTIONS = {
    "preset": "ultrafast",
    "crf": "27",
    "x264-params": f"threads=1:keyint={_KEY_EVERY}:min-keyint={_KEY_EVERY}:scenecut=0",
}
_BITEXACT = {"fflags": "+bitexact"}
_COLOUR = "0x{:02x}{:02x}{:02x}".format(*drawing.BACKGROUND)


def encode_part(recipe: Recipe, part: Part, open_input: OpenInput, target: Path) -> None:
    """Write the pictures of a part. Raises `OSError` and `av.FFmpegError`."""
    with contextlib.ExitStack() as stack:
        tiles = [stack.enter_context(each) for each in _tiles(recipe, part, open_input)]
        _encode(_composed(recipe, part, tiles), target)


def encode_card(recipe: Recipe, card: Card, target: Path) -> None:
    """Write the pictures of a card."""
    still = _frame_of(drawing.card(recipe, card))
    _encode((_stamped(still, number) for number in range(card.frames)), target)


def _encode(frames: Iterator[av.VideoFrame], target: Path) -> None:
    with av.open(str(target), "w", format="matroska", options=_BITEXACT) as out:
        stream = out.add_stream("libx264", rate=FPS, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.thread_count = 1
        stream.codec_context.time_base = _BASE
        for frame in frames:
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _tiles(recipe: Recipe, part: Part, open_input: OpenInput) -> Iterator[_Tile]:
    places = cells(recipe.wish.layout, len(part.seats), screen=part.screen is not None)
    if part.screen is not None:
        yield _Film(recipe, part, part.screen, places.pop(0), open_input)
    for seat, cell in zip(part.seats[:MOST], places, strict=False):
        name = recipe.names.get(seat.participant, "")
        if seat.input is None:
            yield _Still(name, cell)
        else:
            yield _Film(recipe, part, seat.input, cell, open_input, name)


def _composed(recipe: Recipe, part: Part, tiles: list[_Tile]) -> Iterator[av.VideoFrame]:
    graph = _Canvas(tiles)
    second, foot = -1, None
    for number in range(part.frames):
        at_ms = number * 1000 // FPS
        if foot is None or (part.from_ms + at_ms) // 1000 != second:
            second = (part.from_ms + at_ms) // 1000
            foot = _frame_of(drawing.line(recipe, second * 1000), "yuva420p")
        yield graph.join([*(each.at(at_ms) for each in tiles), foot], number)


class _Tile(Protocol):
    """One cell, what is seen in it, and the name over its lower left corner."""

    cell: Cell
    label: Image.Image | None

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def at(self, ms: int) -> av.VideoFrame:
        """The picture of this moment of the part."""
        ...


class _Canvas:
    """Cells side by side, the names on them and the line at the foot.

    Everything is drawn over the joined picture, which is the graph's own: a picture that a decoder still needs
    would be copied first.
    """

    def __init__(self, tiles: list[_Tile]) -> None:
        self._graph = graph = _graph()
        places = [each.cell for each in tiles]
        self._inputs = [_input(graph, each.width, each.height, "yuv420p", _BASE) for each in places]
        end, labels = _stacked(graph, self._inputs, places), []
        for label, cell in ((each.label, each.cell) for each in tiles):
            if label is not None:
                plate, end = _over(graph, end, label.size, (cell.x + 8, _label_y(label, cell)))
                labels.append((plate, label))
        foot, end = _over(graph, end, (WIDTH, drawing.LINE_HEIGHT), (0, HEIGHT - drawing.LINE_HEIGHT))
        self._inputs.append(foot)
        self._out = graph.add("buffersink")
        end.link_to(self._out)
        graph.configure()
        for plate, label in labels:
            plate.push(_stamped(_frame_of(label, "yuva420p"), 0))
            plate.push(None)  # the last picture of an input that has ended stays

    def join(self, frames: list[av.VideoFrame], number: int) -> av.VideoFrame:
        for source, frame in zip(self._inputs, frames, strict=True):
            source.push(_stamped(frame, number))
        return _stamped(self._out.pull(), number)  # type: ignore[arg-type]


def _stacked(graph: Graph, inputs: list[av.filter.FilterContext], places: list[Cell]) -> av.filter.FilterContext:
    if len(inputs) == 1:
        return inputs[0]
    layout = "|".join(f"{each.x}_{each.y}" for each in places)
    bare = sum(each.width * each.height for each in places) < WIDTH * HEIGHT
    fill = f":fill={_COLOUR}" if bare else ""  # which paints all of every picture
    stack = graph.add("xstack", f"inputs={len(inputs)}:layout={layout}{fill}")
    for at, each in enumerate(inputs):
        each.link_to(stack, 0, at)
    return stack


def _over(
    graph: Graph, under: av.filter.FilterContext, size: tuple[int, int], at: tuple[int, int]
) -> tuple[av.filter.FilterContext, av.filter.FilterContext]:
    """Something laid over the picture at a place: the input for it, and where the picture goes on."""
    plate = _input(graph, *size, "yuva420p", _BASE)
    over = graph.add("overlay", f"x={at[0]}:y={at[1]}:format=yuv420")
    under.link_to(over, 0, 0)
    plate.link_to(over, 0, 1)
    return plate, over


def _label_y(label: Image.Image, cell: Cell) -> int:
    """Where a name begins; the lowest row leaves room for the line at the foot."""
    lift = drawing.LINE_HEIGHT + 8 if cell.y + cell.height == HEIGHT else 8
    return cell.y + cell.height - label.height - lift


class _Still:
    """The cell of somebody without a picture."""

    def __init__(self, name: str, cell: Cell) -> None:
        self.cell = cell
        self.label: Image.Image | None = drawing.name_plate(name, cell)
        self._frame = _frame_of(drawing.nameplate_only(name, cell))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def at(self, ms: int) -> av.VideoFrame:  # noqa: ARG002 - the same at every moment
        return self._frame


class _Film:
    """One file from the moment a part begins: the picture that was seen at each moment, fitted into its cell."""

    def __init__(
        self, recipe: Recipe, part: Part, place: int, cell: Cell, open_input: OpenInput, name: str = ""
    ) -> None:
        source = recipe.inputs[place]
        self.cell = cell
        self.label: Image.Image | None = drawing.name_plate(name, cell) if name else None
        self._begin = part.from_ms - source.offset_ms
        self._stream = open_input(source.index)
        self._fitters: dict[tuple[int, int, str], _Fitter] = {}
        self._shown: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None
        self._next_ms = 0

    def __enter__(self) -> Self:
        self._container = av.open(self._stream, "r", format="matroska")
        video = self._container.streams.video[0]
        video.thread_count = 1
        self._container.seek(max(0, self._begin) * 1000, backward=True)  # av.time_base is a microsecond
        self._frames = self._container.decode(video)
        self._next = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        self._stream.close()

    def at(self, ms: int) -> av.VideoFrame:
        """The picture of this moment: the newest that is not later, or the first there is."""
        fresh = None
        while self._next is not None and (self._next_ms <= self._begin + ms or self._first(fresh)):
            fresh, self._next = self._next, self._read()
        if fresh is not None:
            self._shown = self._fitted(fresh)
        if self._shown is None:
            self._shown = _frame_of(Image.new("RGB", self.cell[2:], drawing.BACKGROUND))
        return self._shown

    def _first(self, fresh: av.VideoFrame | None) -> bool:
        return fresh is None and self._shown is None

    def _read(self) -> av.VideoFrame | None:
        try:
            found = next(self._frames, None)
        except av.FFmpegError:  # a picture that cannot be decoded: the last one stays
            return None
        if found is not None:
            self._next_ms = _ms_of(found)
        return found

    def _fitted(self, frame: av.VideoFrame) -> av.VideoFrame:
        key = (frame.width, frame.height, frame.format.name)
        if key == (self.cell.width, self.cell.height, "yuv420p"):
            return frame  # a filter that changes nothing copies it all the same
        if key not in self._fitters:
            self._fitters[key] = _Fitter(key, self.cell)
        return self._fitters[key].fit(frame)


class _Fitter:
    """Pictures of one size made to fit a cell."""

    def __init__(self, size: tuple[int, int, str], cell: Cell) -> None:
        self._graph = graph = _graph()
        self._in = _input(graph, *size, _BASE)
        scale = graph.add(
            "scale", f"{cell.width}:{cell.height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        )
        pad = graph.add("pad", f"{cell.width}:{cell.height}:(ow-iw)/2:(oh-ih)/2:color={_COLOUR}")
        form = graph.add("format", "pix_fmts=yuv420p")
        self._out = graph.add("buffersink")
        graph.link_nodes(self._in, scale, pad, form, self._out).configure()
        self._number = 0

    def fit(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._in.push(_stamped(frame, self._number))
        self._number += 1
        return self._out.pull()  # type: ignore[return-value]


def _graph() -> Graph:
    graph = Graph()
    graph.threads = 1
    return graph


def _input(graph: Graph, width: int, height: int, form: str, base: Fraction) -> av.filter.FilterContext:
    return graph.add_buffer(width=width, height=height, format=av.VideoFormat(form), time_base=base)


def _frame_of(picture: Image.Image, form: str = "yuv420p") -> av.VideoFrame:
    data = picture.convert("RGBA").tobytes()
    return av.VideoFrame.from_bytes(data, picture.width, picture.height, format="rgba").reformat(format=form)


def _stamped(frame: av.VideoFrame, number: int) -> av.VideoFrame:
    frame.pts, frame.time_base = number, _BASE
    return frame


def _ms_of(frame: av.VideoFrame) -> int:
    return round((frame.pts or 0) * (frame.time_base or _MS) / _MS)
