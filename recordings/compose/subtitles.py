"""What a machine understood (机器字幕), as words under a film: from its picture on, marked as a machine's; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recordings.compose.recipe import FPS, Part, Recipe, frames_between

__all__ = ["Subtitle", "subtitles_of"]

_LONGEST = 7 * FPS  # pictures one stays for; whoever reads on has the cockpit


class Subtitle(NamedTuple):
    """Words shown from picture to picture of the film; no two at a time."""

    from_frame: int
    to_frame: int
    text: str


def subtitles_of(recipe: Recipe) -> list[Subtitle]:
    """The captions of a recipe where its parts show them; what was said in no part of it is left out."""
    starts = sorted(set(_placed(recipe)))
    if not starts:
        return []
    ends = [frame for frame, _ in starts[1:]] + [recipe.frames]
    found = [Subtitle(frame, min(end, frame + _LONGEST), text) for (frame, text), end in zip(starts, ends, strict=True)]
    return [each for each in found if each.to_frame > each.from_frame]


def _placed(recipe: Recipe) -> Iterator[tuple[int, str]]:
    """Each caption with the picture it begins at."""
    start = 0
    for part in recipe.parts:
        if isinstance(part, Part):
            end_ms = part.from_ms + part.frames * 1000 // FPS
            for each in recipe.captions:
                if part.from_ms <= each.from_ms < end_ms:
                    name = recipe.names.get(each.participant, "")
                    text = recipe.words["caption"].format(name=name, text=each.text)
                    yield start + min(frames_between(part.from_ms, each.from_ms), part.frames - 1), text
        start += part.frames
