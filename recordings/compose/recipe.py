"""What a composed film consists of, down to the file and the frame, as plain data; equal recordings give equal recipes.

The recipe is made from what a reviewer sees (`recordings.playback`), so that it can hold nothing of a caucus.
Frames are counted, not milliseconds: a part of so many frames always has so many.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mediation_server.domain.film import FilmLayout
from mediation_server.domain.log import canonical
from mediation_server.domain.recording import GapReason

if TYPE_CHECKING:  # the process that makes a film reads recipes, and a review brings the whole store along
    from recordings.manifest import Manifest
    from recordings.playback import Lane, Review
    from recordings.spans import Span

__all__ = [
    "FORMAT",
    "FPS",
    "Caption",
    "Card",
    "Chapter",
    "ChapterKind",
    "Input",
    "Part",
    "Recipe",
    "Seat",
    "Wish",
    "frames_between",
    "parse_recipe",
    "recipe_bytes",
    "recipe_of",
]

FORMAT = "mediation-composite/1"
FPS = 25
_CARD_FRAMES = 4 * FPS
_LONGEST_MS = 30_000  # of one part: what is lost when its process is killed
_SHORTEST_MS = 400  # changes closer together than this are one
_TURN_MS = 2_000  # who speaks for less does not get the large picture
_TURNS_AT_MS = 60_000  # a new chapter for who speaks at most this often


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: the layout, the language of names and cards, and for whom (`mark` is burnt in)."""

    layout: FilmLayout
    lang: str  # zh or en
    mark: str


class ChapterKind(StrEnum):
    """What a chapter is of; words are put when it is drawn."""

    JOINT = "joint"
    GAP = "gap"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Input:
    """One sealed file: its place among the manifest's segments, what it must hash to, where it begins (ms)."""

    index: int
    sha256: str
    media: str  # audio or video
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in the picture; `input` is the place of their picture in `Recipe.inputs`, None for a name alone."""

    participant: str
    input: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """`frames` pictures of the sitting from `from_ms` on; the first seat has the large place in the speaker layout."""

    from_ms: int
    frames: int
    seats: tuple[Seat, ...]
    screen: int | None  # the place of a shared screen in `Recipe.inputs`
    sounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """`frames` pictures that say what is missing here, from when to when, and why."""

    from_ms: int
    to_ms: int
    frames: int
    reason: GapReason
    side: str | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Begins with frame `frame` of the film."""

    frame: int
    at_ms: int
    kind: ChapterKind
    about: str  # participant, reason of a gap, or nothing


@dataclass(frozen=True, slots=True)
class Caption:
    """What a machine understood of somebody (机器字幕) from `from_ms` on."""

    participant: str
    from_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of it. `names` by participant and `words` by what they are of are those of the wished language."""

    recording: str
    manifest_sha256: str
    started_at: str
    wish: Wish
    names: Mapping[str, str]
    words: Mapping[str, str]
    font: str  # SHA-256 of the font that is drawn with; empty for the one built in
    inputs: tuple[Input, ...]
    parts: tuple[Part | Card, ...]
    chapters: tuple[Chapter, ...]
    captions: tuple[Caption, ...] = ()

    @property
    def frames(self) -> int:
        """How many pictures the film has."""
        return sum(each.frames for each in self.parts)


def frames_between(from_ms: int, to_ms: int) -> int:
    """Pictures shown at or after one moment and before another, on a grid that begins with the sitting."""
    return -(-to_ms * FPS // 1000) - -(-from_ms * FPS // 1000)


def recipe_of(
    review: Review,
    sealed: tuple[Manifest, str],
    wish: Wish,
    words: Mapping[str, str],
    font: str,
    *,
    captions: Iterable[Caption] = (),
) -> Recipe:
    """The recipe for a reviewed recording; `sealed` is its manifest with the hash of it.

    `words` holds what is written into the film: `joint`, `notice`, `caption`, and one for each `GapReason`.
    """
    manifest, manifest_sha256 = sealed
    segments = manifest.segments
    inputs = tuple(Input(each.index, segments[each.index].sha256, each.media, each.offset_ms) for each in review.clips)
    parts = tuple(_Parts(review, wish).all())
    return Recipe(
        recording=review.recording,
        manifest_sha256=manifest_sha256,
        started_at=review.started_at,
        wish=wish,
        names={each.participant: _name(each, wish.lang) for each in review.lanes},
        words=dict(words),
        font=font,
        inputs=inputs,
        parts=parts,
        chapters=tuple(_chapters(parts, review)),
        captions=tuple(captions),
    )


def recipe_bytes(recipe: Recipe) -> bytes:
    """Canonical JSON: equal recipes give equal bytes."""
    return canonical({"format": FORMAT, **asdict(recipe)})


def parse_recipe(data: bytes) -> Recipe:
    """The recipe in these bytes. Raises `ValueError`, `KeyError` or `TypeError` when they are none."""
    raw = json.loads(data)
    if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
        raise ValueError(FORMAT)
    raw["wish"] = Wish(**{**raw["wish"], "layout": FilmLayout(raw["wish"]["layout"])})
    raw["inputs"] = tuple(Input(**each) for each in raw["inputs"])
    raw["parts"] = tuple(_parsed_part(each) for each in raw["parts"])
    raw["chapters"] = tuple(Chapter(**{**each, "kind": ChapterKind(each["kind"])}) for each in raw["chapters"])
    raw["captions"] = tuple(Caption(**each) for each in raw.get("captions", ()))
    return Recipe(**raw)


def _parsed_part(raw: dict[str, object]) -> Part | Card:
    if "reason" in raw:
        return Card(**{**raw, "reason": GapReason(raw["reason"])})  # type: ignore[arg-type]
    seats = tuple(Seat(**each) for each in raw["seats"])  # type: ignore[attr-defined]
    return Part(**{**raw, "seats": seats, "sounds": tuple(raw["sounds"])})  # type: ignore[arg-type]


def _name(lane: Lane, lang: str) -> str:
    return lane.name_en if lang == "en" and lane.name_en else lane.name


class _Parts:
    """Cuts the sitting where something changes in the picture."""

    def __init__(self, review: Review, wish: Wish) -> None:
        self._review, self._wish = review, wish
        self._places = {clip.index: place for place, clip in enumerate(review.clips)}
        self._people = [each for each in review.lanes if each.present or self._pictured(each)]
        self._turns = _turns(review.lanes) if wish.layout is FilmLayout.SPEAKER else ()

    def all(self) -> Iterator[Part | Card]:
        at = 0
        for gap in (*self._review.gaps, None):
            end = gap.from_ms if gap else self._review.total_ms
            yield from self._section(at, end)
            if gap is None:
                return
            yield Card(gap.from_ms, gap.to_ms, _CARD_FRAMES, gap.reason, gap.side)
            at = max(at, gap.to_ms)

    def _section(self, start: int, end: int) -> Iterator[Part]:
        """The parts from one gap to the next."""
        edges = sorted({start, end, *(each for each in self._changes() if start < each < end)}) if end > start else []
        at = start
        for edge in edges[1:]:
            if edge - at < _SHORTEST_MS and edge != end:
                continue
            for first, last in _pieces(at, edge):
                frames = frames_between(first, last)
                if frames:
                    yield self._part(first, last, frames)
            at = edge

    def _changes(self) -> Iterator[int]:
        for clip in self._review.clips:
            if clip.media == "video":
                yield from (clip.offset_ms, clip.offset_ms + clip.duration_ms)
        for lane in self._review.lanes:
            for span in lane.camera_off:
                yield from (span.from_ms, span.to_ms)
        yield from (at for at, _ in self._turns)

    def _part(self, first: int, last: int, frames: int) -> Part:
        middle = (first + last) // 2
        speaker = next((who for at, who in reversed(self._turns) if at <= first), None)
        people = sorted(self._people, key=lambda each: each.participant != speaker)  # stable: the rest in order
        return Part(
            from_ms=first,
            frames=frames,
            seats=tuple(Seat(each.participant, self._picture(each, middle)) for each in people),
            screen=self._live("screen", middle),
            sounds=tuple(
                self._places[each.index]
                for each in self._review.clips
                if each.media == "audio" and each.offset_ms < last and each.offset_ms + each.duration_ms > first
            ),
        )

    def _pictured(self, lane: Lane) -> bool:
        return any(each.media == "video" and each.participant == lane.participant for each in self._review.clips)

    def _picture(self, lane: Lane, at_ms: int) -> int | None:
        if any(each.from_ms <= at_ms < each.to_ms for each in lane.camera_off):
            return None
        return self._live("camera", at_ms, lane.participant)

    def _live(self, source: str, at_ms: int, participant: str | None = None) -> int | None:
        for clip in reversed(self._review.clips):
            on = clip.offset_ms <= at_ms < clip.offset_ms + clip.duration_ms
            if on and clip.media == "video" and clip.source == source and participant in (None, clip.participant):
                return self._places[clip.index]
        return None


def _pieces(first: int, last: int) -> Iterator[tuple[int, int]]:
    while last - first > _LONGEST_MS:
        yield first, first + _LONGEST_MS
        first += _LONGEST_MS
    yield first, last


def _turns(lanes: Sequence[Lane]) -> tuple[tuple[int, str], ...]:
    """Who has the floor from when on: whoever began last, if they speak for long enough."""
    spoken: list[tuple[Span, str]] = [
        (span, lane.participant) for lane in lanes for span in lane.speaking if span.to_ms - span.from_ms >= _TURN_MS
    ]
    turns: list[tuple[int, str]] = []
    for span, who in sorted(spoken, key=lambda each: each[0].from_ms):
        if not turns or turns[-1][1] != who:
            turns.append((span.from_ms, who))
    return tuple(turns)


def _chapters(parts: Sequence[Part | Card], review: Review) -> Iterator[Chapter]:
    """One for each stretch and each gap; within a stretch one for who has the floor, not too often."""
    frame, inside, spoke_at = 0, False, 0
    turns = _turns(review.lanes)
    for part in parts:
        if isinstance(part, Card):
            yield Chapter(frame, part.from_ms, ChapterKind.GAP, part.reason.value)
            inside = False
        else:
            if not inside:
                yield Chapter(frame, part.from_ms, ChapterKind.JOINT, "")
                inside, spoke_at = True, part.from_ms
            end_ms = part.from_ms + part.frames * 1000 // FPS
            for at, who in turns:
                if part.from_ms <= at < end_ms and at - spoke_at >= _TURNS_AT_MS:
                    yield Chapter(frame + frames_between(part.from_ms, at), at, ChapterKind.SPEAKER, who)
                    spoke_at = at
        frame += part.frames
