"""What of the pictures a member looks at is sent, given what the line carries; pure, knows no packet and no line.

The order is fixed: a shared screen, then the lowest encoding of whoever speaks, then the lowest of everybody
else, then better ones in the same order.  Voices are not here at all: whoever calls takes them off the budget first,
so no budget can silence one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["PAUSED", "Rank", "Wish", "allocate", "level_for", "settle"]

PAUSED = -1
_MARGIN = 0.85  # what is better must fit into so much of the budget, or a line on the edge makes pictures jump
_HEIGHTS = (240, 480)  # px of a tile up to which the first and the second of three encodings are enough


class Rank(IntEnum):
    """What comes first."""

    SCREEN = 0
    SPEAKER = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture a member could get; `costs` in bit/s by encoding, lowest first; `top` -1: nobody looks at it."""

    id: str
    rank: Rank
    top: int
    costs: tuple[int, ...]
    size: int = 0  # px; among equals the larger tile comes first


def level_for(height: int, encodings: int) -> int:
    """The encoding that fills a tile of that many px; -1 for a tile that is not seen."""
    if height <= 0:
        return PAUSED
    step = sum(height > each for each in _HEIGHTS)
    return max(0, step - max(0, len(_HEIGHTS) + 1 - encodings))


def allocate(wishes: Sequence[Wish], budget: int) -> dict[str, int]:
    """The encoding of each wish, or -1; together they never cost more than the budget.

    Screens are taken one by one where they fit.  Of the rest the steps are taken in their order up to the first
    that does not fit, so a larger budget takes nothing away from anybody.
    """
    levels = {each.id: PAUSED for each in wishes}
    for each, level, cost in _steps(wishes, screens=True):
        if levels[each.id] == level - 1 and cost <= budget:
            levels[each.id] = level
            budget -= cost
    for each, level, cost in _steps(wishes, screens=False):
        if cost > budget:
            break
        levels[each.id] = level
        budget -= cost
    return levels


def settle(wishes: Sequence[Wish], before: Mapping[str, int], budget: int) -> dict[str, int]:
    """Like `allocate`, but what was chosen before stays as long as it fits and nothing clearly better does."""
    kept = {each.id: min(before.get(each.id, PAUSED), each.top, len(each.costs) - 1) for each in wishes}
    if _cost(wishes, kept) > budget:
        return allocate(wishes, budget)
    better = allocate(wishes, int(budget * _MARGIN))
    return better if _worth(wishes, better) > _worth(wishes, kept) else kept


def _steps(wishes: Sequence[Wish], *, screens: bool) -> list[tuple[Wish, int, int]]:
    """Each step up: whose, to which encoding, for how much more; in the order they are taken."""
    among = sorted(
        (each for each in wishes if (each.rank is Rank.SCREEN) is screens),
        key=lambda each: (each.rank, -each.size, each.id),
    )
    steps = [
        (each, level, max(0, each.costs[level] - (each.costs[level - 1] if level else 0)))
        for each in among
        for level in range(min(each.top + 1, len(each.costs)))
    ]
    if screens:
        return steps
    return sorted(steps, key=lambda step: (step[1] > 0, step[0].rank, step[1]))


def _cost(wishes: Sequence[Wish], levels: Mapping[str, int]) -> int:
    taken = [*_steps(wishes, screens=True), *_steps(wishes, screens=False)]
    return sum(cost for each, level, cost in taken if levels[each.id] >= level)


def _worth(wishes: Sequence[Wish], levels: Mapping[str, int]) -> list[bool]:
    """Which of the steps are taken, the most important first."""
    steps = [*_steps(wishes, screens=True), *_steps(wishes, screens=False)]
    return [levels[each.id] >= level for each, level, _ in steps]
