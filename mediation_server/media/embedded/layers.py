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


_Step = tuple[Wish, int, int]  # whose, to which encoding, for how many bit/s more


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
    return _taken(wishes, _steps(wishes), budget)


def settle(wishes: Sequence[Wish], before: Mapping[str, int], budget: int) -> dict[str, int]:
    """Like `allocate`, but what was chosen before stays as long as it fits and nothing clearly better does."""
    best = {each.id: min(each.top, len(each.costs) - 1) for each in wishes}
    kept = {each.id: min(before.get(each.id, PAUSED), best[each.id]) for each in wishes}
    steps = _steps(wishes)
    if sum(cost for each, level, cost in steps if kept[each.id] >= level) > budget:
        return _taken(wishes, steps, budget)
    if kept == best:
        return kept
    better = _taken(wishes, steps, int(budget * _MARGIN))
    return better if _worth(steps, better) > _worth(steps, kept) else kept


def _steps(wishes: Sequence[Wish]) -> list[_Step]:
    """Each step up, in the order they are taken."""
    among = sorted(wishes, key=lambda each: (each.rank, -each.size, each.id))
    steps = [
        (each, level, max(0, each.costs[level] - (each.costs[level - 1] if level else 0)))
        for each in among
        for level in range(min(each.top + 1, len(each.costs)))
    ]
    return sorted(steps, key=_turn)


def _turn(step: _Step) -> tuple[bool, bool, Rank, int]:
    each, level, _ = step
    if each.rank is Rank.SCREEN:  # one after the other, each as far as it goes
        return False, False, Rank.SCREEN, 0
    return True, level > 0, each.rank, level


def _taken(wishes: Sequence[Wish], steps: Sequence[_Step], budget: int) -> dict[str, int]:
    levels = {each.id: PAUSED for each in wishes}
    for each, level, cost in steps:
        if cost > budget and each.rank is not Rank.SCREEN:
            break
        if cost <= budget and levels[each.id] == level - 1:
            levels[each.id] = level
            budget -= cost
    return levels


def _worth(steps: Sequence[_Step], levels: Mapping[str, int]) -> list[bool]:
    """Which of the steps are taken, the most important first."""
    return [levels[each.id] >= level for each, level, _ in steps]
