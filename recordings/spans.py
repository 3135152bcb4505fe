"""Stretches of time as whole milliseconds, half open; pure arithmetic that knows nothing of recordings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Span", "Tracer", "merged", "without"]


@dataclass(frozen=True, slots=True)
class Span:
    """From `from_ms` to `to_ms`, ms from the start of the sitting."""

    from_ms: int
    to_ms: int


class Tracer:
    """Turns a yes or no told at moments into the spans of yes."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._since: int | None = None

    def tell(self, at_ms: int, *, on: bool) -> None:
        """From `at_ms` on it is so."""
        if on and self._since is None:
            self._since = at_ms
        elif not on and self._since is not None:
            self._spans.append(Span(self._since, at_ms))
            self._since = None

    def spans(self, end_ms: int) -> tuple[Span, ...]:
        """The spans of yes up to `end_ms`, none of them empty."""
        self.tell(end_ms, on=False)
        return merged(self._spans, end_ms)


def merged(spans: Iterable[Span], end_ms: int) -> tuple[Span, ...]:
    """In order, within 0..end_ms, touching or overlapping ones joined, empty ones gone."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda each: each.from_ms):
        start, end = max(0, span.from_ms), min(end_ms, span.to_ms)
        if start >= end:
            continue
        if out and start <= out[-1].to_ms:
            out[-1] = Span(out[-1].from_ms, max(out[-1].to_ms, end))
        else:
            out.append(Span(start, end))
    return tuple(out)


def without(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """The spans with the holes cut out of them."""
    left = list(spans)
    for hole in holes:
        cut = []
        for span in left:
            cut.append(Span(span.from_ms, min(span.to_ms, hole.from_ms)))
            cut.append(Span(max(span.from_ms, hole.to_ms), span.to_ms))
        left = [each for each in cut if each.from_ms < each.to_ms]
    return tuple(left)
