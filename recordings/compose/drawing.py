"""What is written into a composed picture: names, the line with the clock, cards for gaps; knows no film.

Colours are those of the room, so that the film looks like the product.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from mediation_server.domain.calendar import SHANGHAI
from recordings.compose.fonts import font_file
from recordings.compose.layout import HEIGHT, WIDTH, Cell
from recordings.compose.recipe import Card, Recipe

__all__ = ["BACKGROUND", "LINE_HEIGHT", "card", "clock_of", "line", "name_plate", "nameplate_only"]

BACKGROUND = (27, 31, 36)
_PAPER, _QUIET, _ACCENT = (240, 242, 245), (164, 172, 182), (196, 154, 84)
_PLATE = (15, 18, 22, 178)
LINE_HEIGHT = 36
_SIMPLIFIED = 2  # place of the Simplified Chinese face in Noto's collection: JP, KR, SC, TC, HK

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_MARGIN = 14


def clock_of(recipe: Recipe, at_ms: int) -> str:
    """The wall clock of the court when the sitting stood at `at_ms`, to the second."""
    at = datetime.fromisoformat(recipe.started_at) + timedelta(milliseconds=at_ms)
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def line(recipe: Recipe, at_ms: int) -> Image.Image:
    """The line at the foot of the picture: the clock, for whom the film was made, and that it is no original."""
    picture = Image.new("RGBA", (WIDTH, LINE_HEIGHT), _PLATE)
    draw, font = ImageDraw.Draw(picture), font_of(18)
    draw.text((_MARGIN, 6), clock_of(recipe, at_ms), _PAPER, font)
    told = f"{recipe.words['notice']}  {recipe.wish.mark}"
    draw.text((WIDTH - _MARGIN - draw.textlength(told, font), 6), told, _QUIET, font)
    return picture


def name_plate(name: str, cell: Cell) -> Image.Image:
    """A name for the lower left corner of a cell, not wider than the cell."""
    size = 16 if cell.height < LINE_HEIGHT * 6 else 20
    font = font_of(size)
    fitted = _fitted(name, font, cell.width - 4 * _MARGIN)
    width = int(font.getlength(fitted)) + _MARGIN
    picture = Image.new("RGBA", (_even(width), _even(size + 12)), _PLATE)
    ImageDraw.Draw(picture).text((_MARGIN // 2, 3), fitted, _PAPER, font)
    return picture


def nameplate_only(name: str, cell: Cell) -> Image.Image:
    """The cell of somebody whose picture is off: a round with the first character, the name below it."""
    picture = Image.new("RGB", (cell.width, cell.height), BACKGROUND)
    draw, middle = ImageDraw.Draw(picture), (cell.width // 2, cell.height // 2)
    radius = min(cell.width, cell.height) // 5
    x, y = middle[0], middle[1] - radius // 3
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), (58, 66, 76))
    draw.text((x, y), name[:1], _PAPER, font_of(radius), anchor="mm")
    return picture


def card(recipe: Recipe, gap: Card) -> Image.Image:
    """The card for a stretch that was not recorded: why, from when to when, for how long."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    draw, middle = ImageDraw.Draw(picture), WIDTH // 2
    draw.line((middle - 60, 250, middle + 60, 250), _ACCENT, 4)
    title = _fitted(recipe.words[gap.reason.value], font_of(44), WIDTH - 160)
    draw.text((middle, 320), title, _PAPER, font_of(44), anchor="mm")
    times = f"{clock_of(recipe, gap.from_ms)} – {clock_of(recipe, gap.to_ms)[11:]}"
    draw.text((middle, 400), times, _QUIET, font_of(28), anchor="mm")
    minutes, seconds = divmod((gap.to_ms - gap.from_ms + 500) // 1000, 60)
    draw.text((middle, 450), f"{minutes}:{seconds:02d}", _QUIET, font_of(28), anchor="mm")
    picture.paste(line(recipe, gap.from_ms).convert("RGB"), (0, HEIGHT - LINE_HEIGHT))
    return picture


@cache
def font_of(size: int) -> Font:
    """The font at a size in pixels."""
    found = font_file()
    if found is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(found), size, index=_SIMPLIFIED if found.name.startswith("NotoSansCJK-") else 0)


def _fitted(text: str, font: Font, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


def _even(number: int) -> int:
    return -(-number // 2) * 2
