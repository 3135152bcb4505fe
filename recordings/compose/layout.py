"""Where people are in a composed picture of 1280 x 720: cells that fill it without overlapping; pure arithmetic."""

from __future__ import annotations

from typing import NamedTuple

from mediation_server.domain.film import FilmLayout

__all__ = ["HEIGHT", "MOST", "WIDTH", "Cell", "cells"]

WIDTH, HEIGHT = 1280, 720
MOST = 16  # people in one picture; a sitting has fewer seats
_STRIP = 320  # width of the column beside the large picture
_BESIDE = 4  # people in that column before it becomes two narrower ones


class Cell(NamedTuple):
    """A rectangle of the picture, all numbers even."""

    x: int
    y: int
    width: int
    height: int


def cells(layout: FilmLayout, people: int, *, screen: bool) -> list[Cell]:
    """The cells for a shared screen, if there is one, and then for so many people (at most `MOST`)."""
    count = min(people, MOST)
    if not count:
        return [Cell(0, 0, WIDTH, HEIGHT)] if screen else []
    if screen:
        return [Cell(0, 0, WIDTH - _STRIP, HEIGHT), *_column(count)]
    if layout is FilmLayout.SPEAKER and count > 1:
        return [Cell(0, 0, WIDTH - _STRIP, HEIGHT), *_column(count - 1)]
    return _grid(count)


def _column(count: int) -> list[Cell]:
    across = 1 if count <= _BESIDE else 2
    width, height = _STRIP // across, 180 // across
    return [
        Cell(WIDTH - _STRIP + number % across * width, number // across * height, width, height)
        for number in range(count)
    ]


def _grid(count: int) -> list[Cell]:
    across = next(each for each in (1, 2, 3, 4) if each * each >= count)
    down = -(-count // across)
    xs = [_even(WIDTH * number // across) for number in range(across + 1)]
    ys = [_even(HEIGHT * number // down) for number in range(down + 1)]
    return [
        Cell(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row])
        for row, column in (divmod(number, across) for number in range(count))
    ]


def _even(number: int) -> int:
    return number // 2 * 2
