"""`Finding`: one place where evidence does not hold; what every check of a recording answers with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "moment", "second"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where it breaks: `code` is stable (a key `verify.<code>` in the locale files), `where` names it."""

    code: str
    where: str

    def __str__(self) -> str:
        return f"{self.code}: {self.where}"


def second(from_ms: int, to_ms: int) -> str:
    """A stretch of the sitting as people find it on a player: 01:02:03.400–01:02:04.380."""
    return f"{moment(from_ms)}–{moment(to_ms)}"


def moment(ms: int) -> str:
    """One moment of it."""
    seconds, rest = divmod(max(0, ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"
